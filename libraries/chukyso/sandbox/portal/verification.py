"""The portal's side of ``chukyso.signature``: whom it trusts, and its refusals as the API answers them.

What ``chukyso.signature`` builds on is slow to import and not needed before the first submission: ``warm_up``
imports it while the browser starts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chukyso.sandbox.portal.document import PLACE
from chukyso.sandbox.portal.model import PortalSettings
from chukyso.sandbox.portal.texts import Refused

if TYPE_CHECKING:
    from chukyso.signature.verify import VerifiedDocument


class Verification:
    """Verifies signed documents against the sandbox's root. Blocking: CRL and OCSP are fetched."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings

    def warm_up(self) -> None:
        """Import what the first submission would otherwise wait for."""
        import chukyso.signature.path  # noqa: F401, PLC0415 - see the module
        import chukyso.signature.verify  # noqa: F401, PLC0415 - see the module

    def verify(self, signed: bytes) -> VerifiedDocument:
        """Verify signature, tax code, signing time, path and revocation.

        Raises:
            Refused: with the code and the Vietnamese text of ``chukyso.signature``.
        """
        from chukyso.signature.refusal import SignatureRefused  # noqa: PLC0415 - see the module
        from chukyso.signature.trust import RevocationPolicy, TrustStore  # noqa: PLC0415 - same
        from chukyso.signature.verify import verify_xml  # noqa: PLC0415 - same

        trust = TrustStore(roots=(self._settings.root_der,), intermediates=self._settings.intermediates_der)
        hosts = frozenset(urlsplit(f"//{host}").hostname or "" for host in self._settings.allowed_pki_hosts)
        try:
            return verify_xml(
                signed, trust=trust, now=datetime.now(UTC), place=PLACE, revocation=RevocationPolicy(hosts)
            )
        except SignatureRefused as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise Refused(error.refusal.value, error.message, status, error.detail) from error

    def canonical(self, document: bytes) -> bytes:
        """Canonical form of a document that was made here, to be compared with what was signed."""
        from chukyso.signature.xmlsafe import canonical_form  # noqa: PLC0415 - see the module

        return canonical_form(document)
