"""What the product knows of a token and of the certificates on it.

Standard library only: parent and child process share these types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import TYPE_CHECKING

from chukyso.pin.gate import PinState

if TYPE_CHECKING:  # the child process must not load the cryptography package
    from chukyso.certificate import Certificate
    from chukyso.errors import ChukysoError


class TokenFlag(IntFlag):
    """The bits of ``CK_TOKEN_INFO.flags`` that matter here (PKCS#11 v2.40, section 3.2)."""

    LOGIN_REQUIRED = 0x00000004
    USER_PIN_INITIALIZED = 0x00000008
    PROTECTED_AUTHENTICATION_PATH = 0x00000100
    TOKEN_INITIALIZED = 0x00000400
    USER_PIN_COUNT_LOW = 0x00010000
    USER_PIN_FINAL_TRY = 0x00020000
    USER_PIN_LOCKED = 0x00040000


class Quirk(StrEnum):
    """What drivers do wrong that has to be known beforehand (``modules.toml``)."""

    ONE_STEP_ATTRIBUTES = "one-step-attributes"


@dataclass(frozen=True)
class TokenInfo:
    """One token as ``C_GetTokenInfo`` describes it, at one moment.

    Attributes:
        slot: Slot ID; may change whenever the token is plugged in again, so it never names a token.
        serial: Serial number without padding; this names the token.
        label: Label without padding.
        manufacturer: Maker of the chip, not the certificate authority.
        model: Model without padding.
        flags: ``CK_TOKEN_INFO.flags`` as the module gave them.
        min_pin: Shortest PIN, bytes.
        max_pin: Longest PIN, bytes.
    """

    slot: int
    serial: str
    label: str
    manufacturer: str
    model: str
    flags: int
    min_pin: int
    max_pin: int

    @property
    def pin_state(self) -> PinState:
        """The worst state that the flags announce."""
        if self.flags & TokenFlag.USER_PIN_LOCKED:
            return PinState.LOCKED
        if self.flags & TokenFlag.USER_PIN_FINAL_TRY:
            return PinState.FINAL_TRY
        return PinState.COUNT_LOW if self.flags & TokenFlag.USER_PIN_COUNT_LOW else PinState.OK

    @property
    def ready(self) -> bool:
        """A user PIN was set, so somebody can log in."""
        return bool(self.flags & TokenFlag.USER_PIN_INITIALIZED)

    @property
    def pin_pad(self) -> bool:
        """The PIN is entered on the device itself (protected authentication path)."""
        return bool(self.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH)

    @property
    def empty_slot(self) -> bool:
        """Nothing that anybody could sign with.

        A place for a future token (SoftHSM always offers one more of these), or a module's own services, for which
        there is no PIN at all (NSS has one with the serial number of its real token).
        """
        future = not self.serial and not self.flags & TokenFlag.TOKEN_INITIALIZED
        return future or not self.flags & (TokenFlag.LOGIN_REQUIRED | TokenFlag.USER_PIN_INITIALIZED)


@dataclass(frozen=True)
class TokenCertificate:
    """A certificate on a token.

    Attributes:
        certificate: The certificate.
        key_id: ``CKA_ID``, which ties certificate and private key together; may be empty on a badly written token.
        has_key: False when it is known before login that no key goes with it: ``CKA_ID`` is empty, or the token shows
            keys of other certificates but none of this one. Private keys are hidden until login, so only signing tells
            for sure.
        label: ``CKA_LABEL`` without padding.
    """

    certificate: Certificate
    key_id: bytes
    has_key: bool
    label: str


@dataclass(frozen=True)
class UnreadableCertificate:
    """A certificate on a token that this product cannot read or use.

    Attributes:
        der: ``CKA_VALUE`` as it is.
        key_id: As of ``TokenCertificate``.
        label: As of ``TokenCertificate``.
        error: ``CERT_UNREADABLE`` or ``CERT_KEY_UNSUPPORTED``.
    """

    der: bytes
    key_id: bytes
    label: str
    error: ChukysoError

    @property
    def description(self) -> str:
        """Which one it is and why, Vietnamese, part of a sentence."""
        reason = self.error.context.get("reason", self.error.code.name)
        label = "".join(char for char in self.label if char.isprintable())[:80]
        return f"nhãn “{label or 'trống'}”, CKA_ID {self.key_id.hex() or 'trống'}: {reason}"


def tell_unreadable(unreadable: Sequence[UnreadableCertificate]) -> str:
    """Which ones and why, Vietnamese, part of a sentence."""
    return "; ".join(each.description for each in unreadable)


@dataclass(frozen=True)
class TokenContents:
    """The X.509 certificates of a token, in its order."""

    certificates: tuple[TokenCertificate, ...] = ()
    unreadable: tuple[UnreadableCertificate, ...] = ()


@dataclass(frozen=True)
class SigningRecord:
    """How the last signature was made, for the log and the evidence.

    Attributes:
        mechanism: Name of the PKCS#11 mechanism.
        before: The token before login.
        after: The token after logout; None when it could not be read any more.
    """

    mechanism: str
    before: TokenInfo
    after: TokenInfo | None
