"""What a verified signature says, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chukyso.certificate import Certificate


@dataclass(frozen=True)
class SignedElement:
    """An element that a signature is over.

    Attributes:
        path: Local names from below the document's root; the empty string for the whole document.
        identifier: Its Id, or the empty string.
    """

    path: str = ""
    identifier: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is the document's root."""
        return not self.path

    def __str__(self) -> str:
        return f"{self.path or 'document'}{f' #{self.identifier}' if self.identifier else ''}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Verified:
    """A signature whose shape and mathematics are right; nobody asked who stands behind the certificate.

    Attributes:
        certificate: The certificate that made the signature.
        chain: Its issuers that came along, DER, in order. Not trusted by themselves.
        signing_time: The signed time, aware, the signer's own word; None when no time is signed.
        certificate_bound: Whether what was signed names the certificate. If not, only its key is certain, and any other
            certificate of the same key could stand here.
        others: XML: places of the document's other signatures, which were not looked at.
        not_checked: What else was not looked at, for the verdict.
    """

    certificate: Certificate
    chain: tuple[bytes, ...]
    signing_time: datetime | None
    certificate_bound: bool = False
    others: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()

    @property
    def signed(self) -> tuple[SignedElement, ...]:
        """XML: what the signature is over, what was asked for first."""
        return ()
