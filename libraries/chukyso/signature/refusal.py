"""Why a signature is refused: one stable code per reason. The sentences that people read are in ``refusal.toml``."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum, auto
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which itself refuses
    from chukyso.signature.trust import ValidatedPath

_log = logging.getLogger(__name__)
_WORDS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class Refusal(StrEnum):
    """A reason for refusing a signed document; the value is the stable code."""

    @staticmethod
    def _generate_next_value_(name: str, _start: int, _count: int, _last: list[str]) -> str:
        return name

    # The document, before the signature is looked at
    SIG_TOO_LARGE = auto()
    SIG_MALFORMED = auto()
    SIG_MALFORMED_CMS = auto()
    SIG_TRAILING_DATA = auto()
    SIG_DTD = auto()
    SIG_COMMENT = auto()
    SIG_DUPLICATE_ID = auto()
    SIG_CONTENT_MISSING = auto()
    SIG_UNSUPPORTED = auto()
    SIG_UNREADABLE = auto()

    # Where the signature is, and how it is built
    SIG_MISSING = auto()
    SIG_MULTIPLE = auto()
    SIG_WRAPPED = auto()
    SIG_STRUCTURE = auto()
    SIG_SIGNED_INFO = auto()
    SIG_REFERENCE = auto()
    SIG_EXTERNAL_REFERENCE = auto()
    SIG_TRANSFORM = auto()
    SIG_ALGORITHM = auto()
    SIG_KEYINFO = auto()
    SIG_KEY_VALUE = auto()
    SIG_WEAK_KEY = auto()
    SIG_OTHER_CERTIFICATE = auto()

    # What the mathematics says
    SIG_BROKEN = auto()
    SIG_DIGEST = auto()

    # When it was signed
    SIG_TIME = auto()
    SIG_TIME_OUTSIDE_VALIDITY = auto()
    SIG_TIME_SKEW = auto()

    # The certificate
    CERT_MST_MISSING = auto()
    CERT_MST_DOUBLED = auto()
    CERT_MST_MALFORMED = auto()
    CERT_EXPIRED = auto()
    CERT_NOT_YET_VALID = auto()
    CERT_KEY_USAGE = auto()
    CERT_SELF_SIGNED = auto()
    CERT_UNTRUSTED = auto()
    CERT_TOO_COMPLEX = auto()
    CERT_UNREADABLE = auto()
    CERT_WEAK_ALGORITHM = auto()
    CERT_REVOKED = auto()
    CERT_REVOCATION_STALE = auto()
    CERT_REVOCATION_FUTURE = auto()
    CERT_REVOCATION_UNKNOWN = auto()

    @property
    def message(self) -> str:
        """The sentence in Vietnamese."""
        return _WORDS[self.name]["vi"]

    @property
    def english(self) -> str:
        """The sentence in English."""
        return _WORDS[self.name]["en"]


@contextmanager
def refusing(refusal: Refusal) -> Iterator[None]:
    """What nobody foresaw in a stranger's document or certificate is an answer about it, not an error of the program.

    Args:
        refusal: What it is refused with; the detail is the error.

    Raises:
        SignatureRefused: instead of any other exception.
    """
    try:
        yield
    except SignatureRefused:
        raise
    except Exception as error:  # see above; whatever is met often gets a check and a code of its own
        _log.debug("unforeseen", exc_info=True)
        raise SignatureRefused(refusal, f"{type(error).__name__}: {error}"[:300]) from error


class Circumstance(StrEnum):
    """What the verdict has to know beyond the code, when the same code covers cases that a standard tells apart.

    ``ISSUER``: an issuer's certificate is meant, not the signer's. ``ON_HOLD``: suspended, not revoked for good.
    ``BROKEN_CHAIN``: a chain to a trusted root was there, and does not hold. ``UNREADABLE``: the part cannot even be
    decoded.
    """

    ISSUER = auto()
    ON_HOLD = auto()
    BROKEN_CHAIN = auto()
    UNREADABLE = auto()


class SignatureRefused(Exception):  # noqa: N818 - the name says what happened; nothing failed
    """A signed document, or its certificate, is refused.

    Args:
        refusal: Which reason.
        detail: Technical detail in English, for the log.
        circumstance: What tells this case from others with the same code.
        advice: Options of ``chukyso verify`` that would choose what the document has; each is one way to go on.

    Attributes:
        seen: The path and the answers about revocation that speak against the certificate; None when it did not come
            to that.
    """

    seen: ValidatedPath | None = None

    def __init__(
        self,
        refusal: Refusal,
        detail: str,
        circumstance: Circumstance | None = None,
        *,
        advice: tuple[str, ...] = (),
    ) -> None:
        self.refusal = refusal
        self.detail = detail
        self.circumstance = circumstance
        self.advice = advice
        super().__init__(f"[{refusal.value}] {detail}")

    @property
    def message(self) -> str:
        """The Vietnamese sentence for people."""
        return self.refusal.message

    @property
    def reason(self) -> str:
        """The same as part of another sentence: no capital, no full stop."""
        return self.message[:1].lower() + self.message[1:].rstrip(".")
