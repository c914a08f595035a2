"""Validating a certificate before anything is signed with it: path, dates, key usage, revocation.

A signature that the recipient then refuses is the lesser harm; a signature with a certificate that was revoked because
somebody else has the key is the greater one. (Decree 23/2025 asks for this check and for its evidence.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.lenient import load_certificate, read_pem
from chukyso.moment import day_in_vietnam, in_vietnam
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.trust import (
    LOOPBACK,
    RevocationMode,
    RevocationPolicy,
    TrustStore,
    ValidatedPath,
)

NO_ROOTS = "no roots configured"
NOT_ASKED = "revocation checking is off"

# One of the two is enough before signing; the recipient asks again. An authority's list can be large.
ASK_INTERNET = RevocationPolicy(hosts=frozenset(), public=True, timeout=10, size=32 << 20, both=False)
ASK_THIS_MACHINE = RevocationPolicy(hosts=LOOPBACK, both=False)

_CODES = {
    Refusal.CERT_EXPIRED: Code.CERT_EXPIRED,
    Refusal.CERT_NOT_YET_VALID: Code.CERT_NOT_YET_VALID,
    Refusal.CERT_KEY_USAGE: Code.CERT_KEY_USAGE,
    Refusal.CERT_REVOKED: Code.CERT_REVOKED,
    Refusal.CERT_REVOCATION_STALE: Code.CERT_REVOCATION_UNTIMELY,
    Refusal.CERT_REVOCATION_FUTURE: Code.CERT_REVOCATION_UNTIMELY,
    Refusal.CERT_REVOCATION_UNKNOWN: Code.CERT_REVOCATION_UNKNOWN,
}
_UNANSWERED = {Refusal.CERT_REVOCATION_STALE, Refusal.CERT_REVOCATION_FUTURE, Refusal.CERT_REVOCATION_UNKNOWN}
_OF_ANY = {Code.CERT_REVOKED, Code.CERT_REVOCATION_UNTIMELY, Code.CERT_REVOCATION_UNKNOWN}  # the issuers' as well


class ValidationStatus(StrEnum):
    """What is known of a certificate.

    ``VALID``: path, dates, key usage, and not revoked. ``NOT_ASKED``: the same but for revocation. ``NOT_VALIDATED``:
    nothing, because nobody was told whom to believe. ``REFUSED``: it is bad, and validating it ended with an error.
    """

    VALID = "valid"
    NOT_ASKED = "valid-revocation-unknown"
    NOT_VALIDATED = "not-validated"
    REFUSED = "refused"


@dataclass(frozen=True)
class Validation:
    """What was found out about a certificate before it signed.

    Attributes:
        certificate: The certificate.
        standing: What is known of it.
        at: The moment that it was validated for, aware.
        path: The validated path with the answers about revocation; None when there are no roots. Of a certificate
            that was refused: what speaks against it, if it came to that.
        reason: Why no more is known, or why it was refused, English; "" when all is known and good.
    """

    certificate: Certificate
    standing: ValidationStatus
    at: datetime
    path: ValidatedPath | None = None
    reason: str = ""


class CertificateRefusedError(ChukysoError):
    """A certificate that must not sign; ``validation`` is the proof."""

    def __init__(self, code: Code, detail: str, validation: Validation, **context: object) -> None:
        super().__init__(code, detail, **context)
        self.validation = validation


def read_trust(path: Path) -> TrustStore:
    """Read a PEM file with roots: what issued itself is believed, what did not only helps to build a path.

    Raises:
        ValueError: There is no root in it, or it holds something else.
        OSError: It cannot be read.
    """
    certificates = {der: load_certificate(der) for der in read_pem(path.read_bytes())}
    roots = tuple(der for der, one in certificates.items() if one.issuer == one.subject)
    if not roots:
        raise ValueError("no self-signed certificate in it")
    return TrustStore(roots, tuple(der for der in certificates if der not in roots))


def read_trust_files(paths: Iterable[Path], name: str) -> TrustStore | None:
    """As ``read_trust``, of several files together; None when there are none.

    Args:
        paths: The files.
        name: Name of the option that gave them, for the error.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when one cannot be read, or holds no root.
    """
    stores = []
    for path in paths:
        try:
            stores.append(read_trust(path))
        except (OSError, ValueError) as error:
            reason = f"không đọc được chứng thư số gốc trong “{path}”"
            raise ChukysoError(Code.OPTION_INVALID, str(error), name=name, reason=reason) from error
    if not stores:
        return None
    return TrustStore(
        tuple(der for store in stores for der in store.roots),
        tuple(der for store in stores for der in store.intermediates),
    )


def validate_certificate(
    certificate: Certificate,
    chain: Sequence[bytes],
    trust: TrustStore | None,
    *,
    at: datetime,
    mode: RevocationMode = RevocationMode.REQUIRED,
    revocation: RevocationPolicy = ASK_INTERNET,
) -> Validation:
    """Validate a certificate that is about to sign. Blocks while CRL and OCSP are fetched.

    Args:
        certificate: The certificate.
        chain: Certificates that help to build the path, DER; not trusted by themselves.
        trust: Who is believed; None when nobody said, and then nothing is validated.
        at: The moment to validate for, aware.
        mode: What an answer about revocation is worth.
        revocation: Whom to ask and how long.

    Raises:
        CertificateRefusedError: ``CERT_REVOKED``, ``CERT_UNTRUSTED``, ``CERT_EXPIRED``, ``CERT_NOT_YET_VALID``,
            ``CERT_KEY_USAGE``; when ``mode`` is ``required``, ``CERT_REVOCATION_UNKNOWN`` when no answer is to be had,
            and ``CERT_REVOCATION_UNTIMELY`` when it is of another time than this machine's clock says.
    """
    if trust is None:
        return Validation(certificate, ValidationStatus.NOT_VALIDATED, at, reason=NO_ROOTS)
    # Only here: building paths takes a while to import, and the keyword libraries import this module at once.
    from chukyso.signature.path import validate_path  # noqa: PLC0415

    def without_revocation(reason: str) -> Validation:
        path = validate_path(certificate, chain, trust, at=at, revocation=None)
        return Validation(certificate, ValidationStatus.NOT_ASKED, at, path, reason)

    try:
        if mode is RevocationMode.OFF:
            return without_revocation(NOT_ASKED)
        try:
            path = validate_path(certificate, chain, trust, at=at, revocation=revocation)
        except SignatureRefused as refused:
            if mode is RevocationMode.REQUIRED or refused.refusal not in _UNANSWERED:
                raise
            return without_revocation(refused.detail)
    except SignatureRefused as refused:
        raise _error(certificate, refused, at) from refused
    return Validation(certificate, ValidationStatus.VALID, at, path)


def _error(certificate: Certificate, refused: SignatureRefused, at: datetime) -> CertificateRefusedError:
    code = _CODES.get(refused.refusal, Code.CERT_UNTRUSTED)
    if refused.circumstance is Circumstance.ISSUER and code not in _OF_ANY:
        code = Code.CERT_UNTRUSTED
    end = certificate.not_before if code is Code.CERT_NOT_YET_VALID else certificate.not_after
    return CertificateRefusedError(
        code,
        str(refused),
        Validation(certificate, ValidationStatus.REFUSED, at, refused.seen, str(refused)),
        serial=certificate.serial,
        date=day_in_vietnam(end),
        now=in_vietnam(at),
        reason=refused.reason,
    )
