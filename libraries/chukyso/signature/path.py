"""Path validation: from the certificate to a trusted root, with revocation asked for real.

Two passes. The first builds and validates the path without revocation, so that nothing is fetched on the
word of a certificate that nobody issued; the second validates it again with the answers of CRL and OCSP. For
the leaf both must answer "good" (or, if the policy says so, one of the two); for a CA certificate whichever it names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator import errors as pki
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from chukyso.certificate import Certificate
from chukyso.lenient import load_certificate
from chukyso.signature.fetch import fetch_answers
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.trust import (
    DEFAULT_REVOCATION,
    UNREADABLE,
    AnswerKind,
    RevocationAnswer,
    RevocationPolicy,
    TrustStore,
    ValidatedPath,
    check_usage,
)

__all__ = ["RevocationPolicy", "TrustStore", "ValidatedPath", "validate_path", "validate_path_async"]

_BOTH_FOR_LEAF = RevocationCheckingPolicy(
    ee_certificate_rule=RevocationCheckingRule.CRL_AND_OCSP_REQUIRED,
    intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
)
_EITHER_FOR_LEAF = RevocationCheckingPolicy(
    ee_certificate_rule=RevocationCheckingRule.CRL_OR_OCSP_REQUIRED,
    intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
)

# asn1crypto parses lazily: a malformed certificate shows as a built-in error somewhere inside. An assertion is
# how pyhanko-certvalidator 0.33 meets a signature whose algorithm does not fit the issuer's key.
_PKI_ERRORS = (
    *UNREADABLE,
    pki.PathError,
    pki.ValidationError,
    pki.CRLValidationError,
    pki.OCSPValidationError,
    LookupError,
    AssertionError,
)

# First match wins: subclasses stand before their bases.
_REASONS: tuple[tuple[type[Exception], Refusal], ...] = (
    (pki.RevokedError, Refusal.CERT_REVOKED),
    (pki.StaleRevinfoError, Refusal.CERT_REVOCATION_STALE),
    (pki.InsufficientRevinfoError, Refusal.CERT_REVOCATION_UNKNOWN),
    (pki.ExpiredError, Refusal.CERT_EXPIRED),
    (pki.NotYetValidError, Refusal.CERT_NOT_YET_VALID),
    (pki.DisallowedAlgorithmError, Refusal.CERT_WEAK_ALGORITHM),
)


def validate_path(
    certificate: Certificate,
    chain: Sequence[bytes],
    trust: TrustStore,
    *,
    at: datetime,
    revocation: RevocationPolicy = DEFAULT_REVOCATION,
) -> ValidatedPath:
    """Validate a signer's certificate up to a trusted root, asking CRL and OCSP.

    Blocks while it fetches, and must not be called from an event loop: use ``validate_path_async`` there.

    Args:
        certificate: The signer's certificate.
        chain: Certificates that help to build the path, DER; not trusted by themselves.
        trust: Who is believed.
        at: The moment to validate for, aware; the answers must be fresh then.
        revocation: Whom to ask and how long.

    Raises:
        SignatureRefused: with a ``CERT_…`` code.
    """
    _check_leaf(certificate, at)
    helpers = (*chain, *trust.intermediates)
    question = _Question(certificate.der, helpers, trust.roots, at, revocation.clock_tolerance)
    built = question.validate(None)
    answers = _ask(built, revocation)
    try:
        path = question.validate(answers, _leaf_rule(certificate, answers, revocation))
        _check_not_listed(certificate, answers)
    except SignatureRefused as refused:
        refused.seen = ValidatedPath(certificates=built, answers=tuple(answers), at=at)
        raise
    return ValidatedPath(certificates=path, answers=tuple(answers), at=at)


def validate_without_revocation(
    certificate: Certificate, chain: Sequence[bytes], trust: TrustStore, *, at: datetime
) -> ValidatedPath:
    """As ``validate_path``, and nobody is asked about revocation: the path, dates and key usage alone.

    Raises:
        SignatureRefused: with a ``CERT_…`` code.
    """
    _check_leaf(certificate, at)
    tolerance = DEFAULT_REVOCATION.clock_tolerance
    helpers = (*chain, *trust.intermediates)
    question = _Question(certificate.der, helpers, trust.roots, at, tolerance)
    return ValidatedPath(certificates=question.validate(None), answers=(), at=at)


async def validate_path_async(
    certificate: Certificate,
    chain: Sequence[bytes],
    trust: TrustStore,
    *,
    at: datetime,
    revocation: RevocationPolicy = DEFAULT_REVOCATION,
) -> ValidatedPath:
    """As ``validate_path``, in a thread of its own, so that the event loop goes on."""
    return await asyncio.to_thread(validate_path, certificate, chain, trust, at=at, revocation=revocation)


def _check_leaf(certificate: Certificate, at: datetime) -> None:
    """What the leaf says of itself, before anything is asked about it."""
    if at > certificate.not_after:
        raise SignatureRefused(Refusal.CERT_EXPIRED, f"{certificate.serial} ended {certificate.not_after}")
    if at < certificate.not_before:
        raise SignatureRefused(Refusal.CERT_NOT_YET_VALID, f"{certificate.serial} begins {certificate.not_before}")
    parsed = certificate.x509()
    if parsed.subject == parsed.issuer:
        raise SignatureRefused(Refusal.CERT_SELF_SIGNED, f"{certificate.serial} was issued by itself")
    check_usage(certificate)


@dataclass(frozen=True)
class _Question:
    """Everything about a path but the answers on revocation."""

    leaf: bytes
    helpers: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    at: datetime
    tolerance: timedelta

    def validate(
        self, answers: Sequence[RevocationAnswer] | None, rule: RevocationCheckingPolicy = NO_REVOCATION
    ) -> tuple[bytes, ...]:
        """Build and validate the path, from leaf to root. ``answers`` None: leave revocation out."""
        # A path that was good in the first pass can fail in the second by what CRL and OCSP answered only.
        fallback = Refusal.CERT_UNTRUSTED if answers is None else Refusal.CERT_REVOCATION_UNKNOWN
        try:
            leaf = asn1_x509.Certificate.load(self.leaf)
            validator = CertificateValidator(leaf, validation_context=self._context(answers or (), rule))
            path = asyncio.run(validator.async_validate_path())
        except _PKI_ERRORS as error:
            refusal = next((reason for kind, reason in _REASONS if isinstance(error, kind)), fallback)
            raise SignatureRefused(refusal, f"{type(error).__name__}: {error}", _circumstance(error)) from error
        return tuple(reversed([found.dump() for found in path.iter_certs(include_root=True)]))

    def _context(self, answers: Sequence[RevocationAnswer], rule: RevocationCheckingPolicy) -> ValidationContext:
        return ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(der) for der in self.roots],
            other_certs=[asn1_x509.Certificate.load(der) for der in self.helpers],
            moment=self.at,
            time_tolerance=self.tolerance,
            allow_fetching=False,  # we fetch ourselves: see fetch.py
            crls=[answer.der for answer in answers if answer.kind is AnswerKind.CRL],
            ocsps=[answer.der for answer in answers if answer.kind is AnswerKind.OCSP],
            revinfo_policy=CertRevTrustPolicy(rule),
        )


def _leaf_rule(
    certificate: Certificate, answers: Iterable[RevocationAnswer], revocation: RevocationPolicy
) -> RevocationCheckingPolicy:
    """Where one answer is enough, one that was had and is not good still is not to be passed over for the other."""
    had = {answer.kind for answer in answers if answer.certificate_serial == certificate.serial}
    return _BOTH_FOR_LEAF if revocation.both or len(had) > 1 else _EITHER_FOR_LEAF


def _circumstance(error: Exception) -> Circumstance | None:
    if isinstance(error, pki.PathValidationError) and not error.is_ee_cert:
        return Circumstance.ISSUER
    if isinstance(error, pki.RevokedError) and error.reason.native == "certificate_hold":
        return Circumstance.ON_HOLD
    return None if isinstance(error, pki.PathBuildingError) else Circumstance.BROKEN_CHAIN


def _ask(path: Sequence[bytes], revocation: RevocationPolicy) -> list[RevocationAnswer]:
    parsed = [load_certificate(der) for der in path]
    answers: list[RevocationAnswer] = []
    for index, (subject, issuer) in enumerate(pairwise(parsed)):
        answers += fetch_answers(subject, issuer, revocation, both=revocation.both and index == 0)
    return answers


def _check_not_listed(certificate: Certificate, answers: Iterable[RevocationAnswer]) -> None:
    """Refuse a CRL entry dated after ``at`` as well.

    Validation for a moment skips later entries, which is right for old documents; here the list is of now, and
    a certificate that is on it is not used, whichever date stands beside it. (OCSP needs no such care: "revoked",
    whenever, is never "good".)
    """
    number = certificate.x509().serial_number
    for answer in answers:
        if answer.kind is AnswerKind.CRL and answer.certificate_serial == certificate.serial:
            crl = x509.load_der_x509_crl(answer.der)
            entry = (
                crl.get_revoked_certificate_by_serial_number(number)
                if number > 0
                else next((one for one in crl if one.serial_number == number), None)  # it looks up no other
            )
            if entry is not None:
                hold = Circumstance.ON_HOLD if _is_on_hold(entry) else None
                raise SignatureRefused(Refusal.CERT_REVOKED, f"{certificate.serial} is listed in {answer.url}", hold)


def _is_on_hold(entry: x509.RevokedCertificate) -> bool:
    try:
        values = [extension.value for extension in entry.extensions]
    except UNREADABLE:  # listed it is, whatever stands beside it
        return False
    hold = x509.ReasonFlags.certificate_hold
    return any(isinstance(value, x509.CRLReason) and value.reason is hold for value in values)
