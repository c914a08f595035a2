"""The token as the signing client sees it: PKCS#11 in the host's own process, as a vendor's program would.

It knows nothing of ``chukyso.pin``: what the run remembers of a PIN is the run's, and two that guard one token would
wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from chukyso.errors import ChukysoError, Code
from chukyso.lenient import load_certificate
from chukyso.sandbox.signing_client.faults import NO_KEY
from chukyso.token import pkcs11
from chukyso.token.model import TokenFlag

_RSA_PKCS: Final = 0x1  # CKM_RSA_PKCS
# RFC 8017, section 9.2, note 1: DigestInfo of SHA-256 without the hash itself
_SHA256_PREFIX: Final = bytes.fromhex("3031300d060960864801650304020105000420")


class TokenRefusedError(Exception):
    """The token does not do it; the argument is the ``result`` for the page."""

    def __init__(self, result: str, message: str = "") -> None:
        super().__init__(result)
        self.result, self.message = result, message


@dataclass(frozen=True)
class Listed:
    """A certificate that can be chosen.

    Attributes:
        der: The certificate.
        slot: Slot of its token.
        label: The token's label.
        locked: Whether the token says that its PIN is locked.
    """

    der: bytes
    slot: int
    label: str
    locked: bool


class ClientToken:
    """All tokens of a module.

    Args:
        module: The PKCS#11 module.

    Raises:
        TokenRefusedError: ``driver_error``.
    """

    def __init__(self, module: Path) -> None:
        try:
            self._module = pkcs11.Module(str(module))
        except ChukysoError as error:
            raise TokenRefusedError("driver_error") from error

    def certificates(self) -> list[Listed]:
        """What a person may choose from, as Windows' picker filters it: valid now, for nonRepudiation.

        The one that ends first is the first row: after a renewal that is the old one (facts, section 9, row 11).
        """
        found = []
        for slot in self._module.slots():
            info = self._module.token_info(slot)
            if not info.flags & TokenFlag.TOKEN_INITIALIZED:  # SoftHSM2 always offers a slot for one more token
                continue
            with self._module.session(slot) as session:
                kinds = (pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE), (pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509)
                ders = [session.attribute(one, pkcs11.CKA_VALUE) for one in session.find(*kinds)]
            locked = bool(info.flags & TokenFlag.USER_PIN_LOCKED)
            found += [Listed(der, slot, info.label, locked) for der in ders if _can_be_chosen(der)]
        return sorted(found, key=lambda one: load_certificate(one.der).not_valid_after_utc)

    def sign(self, listed: Listed, digest: bytes, pin: bytes) -> bytes:
        """Log in once and sign a hash.

        Args:
            listed: Whose key signs.
            digest: SHA-256, 32 bytes.
            pin: The PIN, UTF-8.

        Returns:
            The signature, RSASSA-PKCS1-v1_5.

        Raises:
            TokenRefusedError: ``wrong_pin``, ``pin_blocked``, or ``technical_error`` when there is no private key.
        """
        if listed.locked:  # SoftHSM2 takes the PIN whatever its flags say; a token that says so does not
            raise TokenRefusedError("pin_blocked")
        with self._module.session(listed.slot) as session:
            try:
                session.log_in(pkcs11.CKU_USER, pin, serial="")
            except ChukysoError as error:
                raise _login_refused(error) from error
            try:
                keys = session.find((pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), (pkcs11.CKA_MODULUS, _modulus(listed)))
                if not keys:
                    raise TokenRefusedError("technical_error", NO_KEY)
                session.sign_init(_RSA_PKCS, keys[0])
                return session.sign(_SHA256_PREFIX + digest)
            finally:
                session.log_out()


def _login_refused(error: ChukysoError) -> TokenRefusedError:
    results = {Code.PIN_INCORRECT: "wrong_pin", Code.PIN_LENGTH: "wrong_pin", Code.PIN_LOCKED: "pin_blocked"}
    if error.code in results:
        return TokenRefusedError(results[error.code])
    return TokenRefusedError("technical_error", str(error.context.get("ckr", "")))


def _can_be_chosen(der: bytes) -> bool:
    certificate = load_certificate(der)
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.content_commitment and not usage.key_cert_sign


def _modulus(listed: Listed) -> bytes:
    key = load_certificate(listed.der).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TokenRefusedError("technical_error", "not an RSA key")
    number = key.public_numbers().n
    return number.to_bytes((number.bit_length() + 7) // 8)
