"""Finding what CRLs and OCSP answers say against a certificate, however old they are.

The path validation asks whether an answer may be relied on to say "good", and passes over what is out of date. To say
"revoked" an answer needs no more than the authority's signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from chukyso.signature.names import name_key
from chukyso.signature.trust import UNREADABLE, AnswerKind, RevocationAnswer

_ERRORS = (*UNREADABLE, InvalidSignature, LookupError, OverflowError)


class RevocationStatus(IntEnum):
    """What an answer says against a certificate, the worst last.

    ``UNKNOWN``: its authority never heard of it (RFC 6960, section 2.2). ``ON_HOLD``: suspended. ``REVOKED``: for good.
    """

    UNKNOWN = 1
    ON_HOLD = 2
    REVOKED = 3


@dataclass(frozen=True)
class RevocationEntry:
    """What was found against a certificate.

    Attributes:
        status: What is said.
        source: Where the answer came from.
        fresh: Whether the answer was in its time; what is not for good may have changed since.
    """

    status: RevocationStatus
    source: str
    fresh: bool


def find_entry(
    subject: x509.Certificate,
    issuer: x509.Certificate,
    answers: Iterable[RevocationAnswer],
    at: datetime,
    tolerance: timedelta,
) -> RevocationEntry | None:
    """Return the worst that the answers say of a certificate, or None.

    Args:
        subject: The certificate in question.
        issuer: Its issuer, from a validated path.
        answers: Whatever is at hand; what the issuer did not sign, or let nobody sign, is passed over.
        at: The moment for which an answer is fresh or not, aware.
        tolerance: How far clocks may differ.
    """
    worst: RevocationEntry | None = None
    for answer in answers:
        read = _read_crl if answer.kind is AnswerKind.CRL else _read_ocsp
        try:
            for status, since, until in read(answer.der, subject, issuer):
                fresh = since <= at + tolerance and (until is None or at - tolerance <= until)
                found = RevocationEntry(status, answer.source, fresh)
                if worst is None or (found.status, found.fresh) > (worst.status, worst.fresh):
                    worst = found
        except _ERRORS:  # nothing that can be read, or signed by somebody else
            continue
    return worst


Said = tuple[RevocationStatus, datetime, datetime | None]
"""What is said, from when, and until when."""


def _read_crl(der: bytes, subject: x509.Certificate, issuer: x509.Certificate) -> Iterator[Said]:
    crl = x509.load_der_x509_crl(der)
    number = subject.serial_number
    if number > 0:
        entry = crl.get_revoked_certificate_by_serial_number(number)
    else:  # which it does not look up
        entry = next((one for one in crl if one.serial_number == number), None)
    key = issuer.public_key()
    if entry is None or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey):
        return
    # On an indirect list a serial may be another authority's; path validation reads those.
    if not crl.is_signature_valid(key) or is_indirect(crl):
        return
    reason = _reason(entry)
    if reason is x509.ReasonFlags.remove_from_crl:
        return
    status = RevocationStatus.ON_HOLD if reason is x509.ReasonFlags.certificate_hold else RevocationStatus.REVOKED
    yield status, crl.last_update_utc, crl.next_update_utc


def same_name(one: x509.Name, other: x509.Name) -> bool:
    """Whether two names are the same by RFC 5280, section 7.1: case, blanks and the kind of string do not matter."""
    first, second = (name_key(asn1_x509.Name.load(name.public_bytes())) for name in (one, other))
    return first == second


def is_indirect(crl: x509.CertificateRevocationList) -> bool:
    """Whether a list may hold certificates of other issuers than its own (RFC 5280, section 5.2.5)."""
    try:
        return crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value.indirect_crl
    except x509.ExtensionNotFound:
        return False


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        values = [extension.value for extension in entry.extensions]
    except UNREADABLE:  # listed it is, whatever stands beside it
        return None
    return next((value.reason for value in values if isinstance(value, x509.CRLReason)), None)


def _read_ocsp(der: bytes, subject: x509.Certificate, issuer: x509.Certificate) -> Iterator[Said]:
    response = ocsp.load_der_ocsp_response(der)
    said = [one for one in response.responses if _names(one, subject, issuer)]
    if not said or not any(_signed_by(response, key) for key in _responders(response, issuer)):
        return
    for one in said:
        if one.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            yield RevocationStatus.UNKNOWN, one.this_update_utc, one.next_update_utc
        elif one.certificate_status is ocsp.OCSPCertStatus.REVOKED:
            hold = one.revocation_reason is x509.ReasonFlags.certificate_hold
            status = RevocationStatus.ON_HOLD if hold else RevocationStatus.REVOKED
            yield status, one.this_update_utc, one.next_update_utc


def _names(one: ocsp.OCSPSingleResponse, subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether an answer is about a certificate: by its serial, and by the issuer's key, whose name may be misspelt."""
    public = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bits = asn1_keys.PublicKeyInfo.load(public)["public_key"].contents[1:]
    digest = hashlib.new(one.hash_algorithm.name, bits).digest()
    return one.serial_number == subject.serial_number and one.issuer_key_hash == digest


def _responders(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> Iterator[object]:
    """Keys that may answer for an issuer: its own, and those that it certified for it (RFC 6960, section 4.2.2.2)."""
    yield issuer.public_key()
    for certificate in response.certificates:
        try:
            certificate.verify_directly_issued_by(issuer)
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (x509.ExtensionNotFound, *_ERRORS):
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in usage:
            yield certificate.public_key()


def _signed_by(response: ocsp.OCSPResponse, key: object) -> bool:
    algorithm = response.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except _ERRORS:
        return False
    return True
