"""Validating a certificate's path to a trusted root, with revocation (RFC 5280).

``candidates`` finds paths whose signatures hold, in bounded time; each is validated as RFC 5280 says before anybody is
asked, so that nothing is fetched on the word of a certificate that no authority issued; ``revocation`` then judges what
CRL and OCSP say. The first path that passes all of it is the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator import errors as pki
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy
from pyhanko_certvalidator.validate import async_validate_path

from chukyso.certificate import Certificate
from chukyso.certificate_limits import TooComplex
from chukyso.signature.candidates import MALFORMED, PathSearch, Signatures, parse, parse_helpers
from chukyso.signature.fetch import AnswerSource
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused, refusing
from chukyso.signature.revocation import judge_revocation
from chukyso.signature.trust import (
    DEFAULT_REVOCATION,
    RevocationPolicy,
    TrustStore,
    ValidatedPath,
    check_usage,
)

# asn1crypto parses lazily: a malformed certificate shows as a built-in error somewhere inside.
_PKI_ERRORS = (*MALFORMED, pki.PathError, pki.ValidationError, pki.CRLValidationError, pki.OCSPValidationError)

_MAX_ASKED = 3  # paths about which CRL and OCSP are asked
_REASONS: tuple[tuple[type[Exception], Refusal], ...] = (
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
    revocation: RevocationPolicy | None = DEFAULT_REVOCATION,
) -> ValidatedPath:
    """Validate a signer's certificate up to a trusted root: path, dates, key usage, and what CRL and OCSP say.

    Blocks while it fetches, and must not be called from an event loop: use ``asyncio.to_thread`` there.

    Args:
        certificate: The signer's certificate.
        chain: Certificates that help to build the path, DER; not trusted by themselves.
        trust: Who is believed.
        at: The moment to validate for, aware; the answers must be fresh then.
        revocation: Whom to ask about revocation and how long; None: nobody is asked, and no answer looked at.

    Raises:
        SignatureRefused: with a ``CERT_…`` code.
    """
    _check_leaf(certificate, at)
    return find_path(certificate.der, (*chain, *trust.intermediates), trust.roots, at=at, revocation=revocation)


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


@refusing(Refusal.CERT_UNREADABLE)
def find_path(
    leaf: bytes,
    helpers: Sequence[bytes],
    roots: Sequence[bytes],
    *,
    at: datetime,
    revocation: RevocationPolicy | None,
) -> ValidatedPath:
    """Find a path that holds, whatever the certificate is for.

    Args:
        leaf: The certificate, DER.
        helpers: Certificates that help to build the path, DER; not trusted by themselves.
        roots: Who is believed, DER.
        at: The moment to validate for, aware.
        revocation: Whom to ask about revocation; None: nobody is asked, and no answer looked at.

    Raises:
        SignatureRefused: with a ``CERT_…`` code. Its ``seen`` is set when only revocation speaks against the path.
    """
    refusals: list[SignatureRefused] = []
    source = AnswerSource(revocation) if revocation else None
    tolerance = (revocation or DEFAULT_REVOCATION).clock_tolerance
    between = parse_helpers(helpers)
    for path in _paths(leaf, between, roots, at):
        try:
            asyncio.run(_check(path, at, tolerance))
            if source:
                return judge_revocation(path, between, at=at, source=source)
        except SignatureRefused as refused:
            refusals.append(refused)
            if sum(one.seen is not None for one in refusals) == _MAX_ASKED:
                break
        else:
            return ValidatedPath(_as_bytes(path), (), at)
    raise _weightiest(refusals)


def _paths(
    leaf: bytes, helpers: Sequence[asn1_x509.Certificate], roots: Sequence[bytes], at: datetime
) -> Iterator[ValidationPath]:
    """Yield paths to roots, at least one.

    Raises:
        SignatureRefused: ``CERT_UNTRUSTED`` when there is none; ``CERT_TOO_COMPLEX``, ``CERT_UNREADABLE``.
    """
    try:
        parsed = parse(leaf)
    except TooComplex as error:
        raise SignatureRefused(Refusal.CERT_TOO_COMPLEX, str(error)) from error
    except MALFORMED as error:
        raise SignatureRefused(Refusal.CERT_UNREADABLE, f"{type(error).__name__}: {error}") from error
    search = PathSearch(parse_helpers(roots), helpers, at)
    none = True
    for path in search.paths(parsed):
        none = False
        yield path
    if none and search.exhausted:
        raise SignatureRefused(Refusal.CERT_TOO_COMPLEX, f"no path among those that were tried: {search.limits}")
    if none and search.broken:
        detail = f"{search.broken} is named as an issuer, but its key did not sign"
        raise SignatureRefused(Refusal.CERT_UNTRUSTED, detail, Circumstance.BROKEN_CHAIN)
    if none:
        detail = f"no path from {parsed.issuer.human_friendly} to a trusted root"
        raise SignatureRefused(Refusal.CERT_UNTRUSTED, detail)


async def _check(path: ValidationPath, at: datetime, tolerance: timedelta) -> None:
    """Validate a path as RFC 5280 (section 6.1) says, but for revocation.

    Raises:
        SignatureRefused: with a ``CERT_…`` code.
    """
    root, *between = list(path.iter_certs(include_root=True))[:-1]
    context = ValidationContext(
        trust_roots=[root],
        other_certs=between,
        moment=at,
        time_tolerance=tolerance,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
        signature_validator=Signatures(),
    )
    try:
        await async_validate_path(context, path)
    except _PKI_ERRORS as error:
        refusal = next((reason for kind, reason in _REASONS if isinstance(error, kind)), Refusal.CERT_UNTRUSTED)
        raise SignatureRefused(refusal, f"{type(error).__name__}: {error}", _circumstance(error)) from error


def _weightiest(refusals: Sequence[SignatureRefused]) -> SignatureRefused:
    """Of several paths that do not hold, the reason of the one that came furthest; of equals, the first."""
    return max(refusals, key=lambda one: (one.seen is not None, one.refusal is Refusal.CERT_REVOKED))


def _as_bytes(path: ValidationPath) -> tuple[bytes, ...]:
    return tuple(reversed([one.dump() for one in path.iter_certs(include_root=True)]))


def _circumstance(error: Exception) -> Circumstance:
    issuer = isinstance(error, pki.PathValidationError) and not error.is_ee_cert
    return Circumstance.ISSUER if issuer else Circumstance.BROKEN_CHAIN
