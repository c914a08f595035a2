"""Keywords that give the data suites real certificates, a really signed document, and errors of the product."""

from __future__ import annotations

import sys
from pathlib import Path

from robot.api.deco import keyword

from chukyso.certificate import Certificate, ShownCertificate
from chukyso.errors import ChukysoError, Code
from ChukysoKeywords import ChukysoKeywords

sys.path.insert(0, str(Path(__file__).parents[2]))

import support.evidence


class evidence_data(ChukysoKeywords):  # noqa: N801 - Robot finds a library class by the name of its file
    """Data for the suites in this directory."""

    def __init__(self) -> None:
        super().__init__([])

    @keyword
    def signed_document(self) -> bytes:
        """A signed document."""
        return support.evidence.signed_document()

    @keyword
    def new_certificate(self) -> Certificate:
        """The certificate that signed it."""
        return support.evidence.signing_key()[1]

    @keyword
    def shown_certificate(self) -> ShownCertificate:
        """A certificate as the portal shows it."""
        return support.evidence.REGISTERED

    @keyword
    def raise_error(self, code: str) -> None:
        """Fail with an error of the product."""
        raise ChukysoError(Code[code], f"technical detail of {code}")
