"""The change itself: what a session is asked to sign, and whether what it sends back is accepted."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError
from chukyso.sandbox.portal.document import build_document
from chukyso.sandbox.portal.model import PortalSettings, UnitSpec
from chukyso.sandbox.portal.store import Account, Change, LoginSession, Prepared, Store
from chukyso.sandbox.portal.texts import Problem, Refused
from chukyso.sandbox.portal.verification import Verification
from chukyso.signature.profile import format_time

_EMAIL = re.compile(r"(?a:[\w.+\-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})")
_PHONE = re.compile(r"(?a:\+?\d(?:[ .\-]?\d){7,14})")
_MAX_CERTIFICATE = 16 * 1024


@dataclass(frozen=True)
class ChangeRequest:
    """A change that the page asks for.

    Attributes:
        certificate: The new certificate, DER.
        email: Contact e-mail to be registered.
        phone: Contact telephone to be registered.
        commitment: Whether the box was ticked.
    """

    certificate: bytes
    email: str
    phone: str
    commitment: bool


class ChangeDesk:
    """Takes changes in and decides on them. Blocking: to be called from a worker thread."""

    def __init__(
        self,
        store: Store,
        settings: PortalSettings,
        verification: Verification,
        tell: Callable[[str, str, str], None] | None = None,
    ) -> None:
        self._tell = tell  # called with MST, e-mail and the change's id after each accepted change
        self._store = store
        self._settings = settings
        self._verification = verification
        self.lenient: set[str] = set()  # accounts of which a document is accepted whatever is registered by now

    def prepare(self, session: LoginSession, unit: UnitSpec, request: ChangeRequest) -> Prepared:
        """Make the document that this session is asked to sign.

        Raises:
            Refused: the request is not acceptable.
        """
        account = self._store.account(session.tax_code)
        if not request.commitment:
            raise Refused.because(Problem.COMMITMENT_MISSING)
        certificate = read_certificate(request.certificate)
        registered = Certificate.from_der(account.certificate)
        if certificate.tax_code != account.tax_code:
            raise Refused.because(Problem.CERT_MST, f"certificate of {certificate.tax_code or 'nobody'}")
        if same_certificate(certificate, registered):
            raise Refused.because(Problem.CERT_ALREADY_REGISTERED)
        if len(request.email) > 254 or not _EMAIL.fullmatch(request.email):
            raise Refused.because(Problem.EMAIL_INVALID)
        if not _PHONE.fullmatch(request.phone):
            raise Refused.because(Problem.PHONE_INVALID)
        prepared = self._prepared(account, unit, request, registered, certificate)
        self._store.keep_prepared(session.key, prepared)
        return prepared

    def _prepared(
        self,
        account: Account,
        unit: UnitSpec,
        request: ChangeRequest,
        registered: Certificate,
        certificate: Certificate,
    ) -> Prepared:
        change_id, nonce = str(uuid.uuid4()), secrets.token_urlsafe(32)
        try:
            document = build_document(
                change_id=change_id,
                nonce=nonce,
                at=datetime.now(UTC),
                tax_code=account.tax_code,
                unit=unit,
                email=request.email,
                phone=request.phone,
                registered=registered,
                new=certificate,
            )
        except ValueError as error:  # a name in the certificate holds characters that XML has no place for
            raise Refused.because(Problem.CERT_UNREADABLE, str(error)) from error
        return Prepared(
            id=change_id,
            nonce=nonce,
            tax_code=account.tax_code,
            unit_code=unit.code,
            certificate=certificate.der,
            registered=account.certificate,
            email=request.email,
            phone=request.phone,
            document=document,
            expires=time.time() + self._settings.document_seconds,
        )

    def submit(self, session: LoginSession, signed: bytes) -> Change:
        """Verify a signed document and register what it says.

        The first submission after ``prepare``, good or bad, uses up what the session was asked to sign.
        Which nonce that is, the session says, never the untrusted document.

        Raises:
            Refused: nothing was registered.
        """
        prepared = self._store.take_prepared(session.key)
        verified = self._verification.verify(signed)
        if verified.signed_bytes != self._verification.canonical(prepared.document):
            raise Refused.because(Problem.DOCUMENT_MISMATCH)
        if verified.certificate.tax_code != session.tax_code:
            raise Refused.because(Problem.CERT_MST)
        if verified.certificate.der != prepared.certificate:
            raise Refused.because(Problem.CERT_OTHER, f"signed with {verified.certificate.serial}")
        change = Change(
            id=prepared.id,
            at=format_time(datetime.now(UTC)),
            previous_serial=Certificate.from_der(prepared.registered).serial,
            serial=verified.certificate.serial,
            email=prepared.email,
            phone=prepared.phone,
            unit=prepared.unit_code,
        )
        self._store.commit_change(prepared, change, signed, anyway=session.tax_code in self.lenient)
        if self._tell:
            self._tell(session.tax_code, change.email, change.id)
        return change


def same_certificate(one: Certificate, other: Certificate) -> bool:
    """Serial and issuer name a certificate; its bytes may be written in more than one way."""
    return (one.serial, one.issuer_dn) == (other.serial, other.issuer_dn)


def read_certificate(der: bytes) -> Certificate:
    if len(der) > _MAX_CERTIFICATE:
        raise Refused.because(Problem.CERT_UNREADABLE, f"{len(der)} bytes")
    try:
        return Certificate.from_der(der)
    except ChukysoError as error:
        raise Refused.because(Problem.CERT_UNREADABLE, error.detail) from error
