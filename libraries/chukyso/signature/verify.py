"""Verifying signed documents.

``check_signature`` answers whether the signature is right for the certificate that it names; ``verify_xml``
also whether that certificate may be believed. Consume ``VerifiedDocument.root`` and nothing else: it was
parsed again from the very bytes that were digested, so whatever a document carries beside the signed content
cannot reach the caller.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from cryptography.exceptions import InvalidSignature as CryptoInvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from chukyso.certificate import Certificate
from chukyso.signature.chain import load
from chukyso.signature.names import issued
from chukyso.signature.profile import (
    ACCEPTED_METHODS,
    DEFAULT_PLACE,
    DIGESTS,
    EC_CURVES,
    RSA_BITS,
    RSA_LEAST_EXPONENT,
    RSA_PSS_SHA256,
    SIGNING_TIME,
    ds,
    parse_time,
)
from chukyso.signature.refusal import Refusal, SignatureRefused, refusing
from chukyso.signature.structure import find_place, read_signature
from chukyso.signature.trust import (
    DEFAULT_REVOCATION,
    RevocationPolicy,
    TrustStore,
    ValidatedPath,
    check_owner,
)
from chukyso.signature.verified import SignedElement, Verified
from chukyso.signature.xmlsafe import DEFAULT_LIMITS, Limits, hardened_parser, parse
from chukyso.token.verification import has_key_length

DEFAULT_TIME_TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True, eq=False, kw_only=True)
class VerifiedDocument(Verified):
    """A document whose signature is right. Neither Reference covers KeyInfo: only the certificate's key is certain.

    Attributes:
        root: The element that was signed, the place of the signature being empty: the only thing to consume.
        signed_bytes: Its canonical form, the bytes that were digested; compare with
            ``xmlsafe.canonical_form`` of the document that was to be signed.
        signing_time: The signed SigningTime, UTC, aware. The signer's own word.
        method: The signature algorithm, one of ``profile.ACCEPTED_METHODS``.
        path: The validated path with the answers about revocation; None after ``check_signature``.
    """

    root: etree._Element
    signed_bytes: bytes
    signing_time: datetime
    method: str
    path: ValidatedPath | None = None

    @property
    def signed(self) -> tuple[SignedElement, ...]:
        return (SignedElement(),)


@refusing(Refusal.SIG_UNREADABLE)
def check_signature(
    data: bytes,
    *,
    place: str | None = DEFAULT_PLACE,
    expected: Certificate | None = None,
    limits: Limits = DEFAULT_LIMITS,
    allow_pss: bool = False,
) -> VerifiedDocument:
    """Check shape and mathematics of the signature, without asking who stands behind the certificate.

    Args:
        data: The signed document.
        place: Where the signature must be: name of a child of the root, path to an element, or None for the root's end.
        expected: The only certificate that is accepted, if given.
        limits: How large the document may be.
        allow_pss: Accept RSA-PSS as well; the portal is not known to.

    Raises:
        SignatureRefused: with a ``SIG_…`` code.
    """
    root = parse(data, limits)
    parts = read_signature(root, place)
    leaf, *chain = (load(der, "X509Data") for der in parts.certificates)
    if expected is not None and leaf.der != expected.der:
        raise SignatureRefused(Refusal.SIG_OTHER_CERTIFICATE, f"signed with {leaf.serial}, expected {expected.serial}")
    check_key(leaf)
    _check_chain_order(leaf, chain)
    if parts.method not in ACCEPTED_METHODS[leaf.key_kind] or (parts.method == RSA_PSS_SHA256 and not allow_pss):
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"{parts.method} with a key of kind {leaf.key_kind}")
    (signed, signed_bytes), (time, _) = _verify_digests(data, place, leaf, parts.method)
    if (place is not None and len(find_place(signed, place))) or next(signed.iter(ds("*")), None) is not None:
        raise SignatureRefused(Refusal.SIG_WRAPPED, "the signed content holds a signature")
    return VerifiedDocument(
        root=signed,
        signed_bytes=signed_bytes,
        certificate=leaf,
        chain=tuple(certificate.der for certificate in chain),
        signing_time=_read_signing_time(time),
        method=parts.method,
    )


def verify_xml(
    data: bytes,
    *,
    trust: TrustStore,
    now: datetime,
    place: str | None = DEFAULT_PLACE,
    limits: Limits = DEFAULT_LIMITS,
    revocation: RevocationPolicy = DEFAULT_REVOCATION,
    time_tolerance: timedelta = DEFAULT_TIME_TOLERANCE,
) -> VerifiedDocument:
    """Verify a signed document completely: signature, tax code, signing time, trust, revocation.

    Blocks while CRL and OCSP are fetched, and must not be called from an event loop: use ``asyncio.to_thread``
    there.

    Args:
        data: The signed document.
        trust: Who is believed.
        now: The moment to verify at, aware.
        place: Where the signature must be: name of a child of the root, path to an element, or None for the root's end.
        limits: How large the document may be.
        revocation: How CRL and OCSP are asked.
        time_tolerance: How far the signing time may be from ``now``.

    Raises:
        SignatureRefused: with the code of the first reason found.
    """
    # Only here: pyhanko-certvalidator doubles the import time and the signing agent validates no path.
    from chukyso.signature.path import validate_path  # noqa: PLC0415

    verified = check_signature(data, place=place, limits=limits)
    check_owner(verified.certificate)
    check_signing_time(verified, now, time_tolerance)
    path = validate_path(verified.certificate, verified.chain, trust, at=now, revocation=revocation)
    return replace(verified, path=path)


def check_key(certificate: Certificate) -> None:
    """Refuse keys that are too weak to sign with.

    Raises:
        SignatureRefused: ``SIG_WEAK_KEY``.
    """
    key = certificate.x509().public_key()
    if isinstance(key, rsa.RSAPublicKey):
        good = key.key_size in RSA_BITS and key.public_numbers().e >= RSA_LEAST_EXPONENT
    else:
        good = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in EC_CURVES
    if not good:
        raise SignatureRefused(
            Refusal.SIG_WEAK_KEY,
            f"{certificate.key_kind} key of {certificate.key_bits} bits in {certificate.serial}",
        )


def check_signing_time(verified: Verified, now: datetime, tolerance: timedelta, *, old: bool = False) -> None:
    """Refuse a signing time outside the certificate's validity or too far from now.

    Args:
        verified: What was signed; without a signing time there is nothing to refuse.
        now: The moment to verify at, aware.
        tolerance: How far the signing time may be from ``now``.
        old: It may lie any time in the past.

    Raises:
        SignatureRefused: ``SIG_TIME_OUTSIDE_VALIDITY``, ``SIG_TIME_SKEW``.
    """
    certificate, moment = verified.certificate, verified.signing_time
    if moment is None:
        return
    # An invalid certificate is the better reason to give; the path validation gives it.
    if certificate.valid_at(now) and not certificate.valid_at(moment):
        raise SignatureRefused(
            Refusal.SIG_TIME_OUTSIDE_VALIDITY,
            f"signed {moment}, certificate valid from {certificate.not_before} to {certificate.not_after}",
        )
    if moment - now > tolerance or (now - moment > tolerance and not old):
        raise SignatureRefused(Refusal.SIG_TIME_SKEW, f"signed {moment}, now {now}, tolerance {tolerance}")


def _check_chain_order(leaf: Certificate, chain: list[Certificate]) -> None:
    """The chain must lead away from the leaf, so that first-is-the-signer has no second reading."""
    subject = leaf
    for issuer in chain:
        if not issued(issuer, subject):
            raise SignatureRefused(Refusal.SIG_KEYINFO, f"{issuer.subject_dn} did not issue {subject.subject_dn}")
        subject = issuer


@cache
def _schema() -> etree.XMLSchema:
    with files("signxml.schemas").joinpath("xmldsig1-schema.xsd").open("rb") as file:
        return etree.XMLSchema(etree.parse(file))


class _Verifier(XMLVerifier):
    """Reads signxml's schema by its own encoding; signxml does by the machine's, which may be ASCII."""

    @classmethod
    def schemas(cls) -> list[etree.XMLSchema]:
        return [_schema()]


def _verify_digests(
    data: bytes, place: str | None, leaf: Certificate, method: str
) -> list[tuple[etree._Element, bytes]]:
    """Let signxml do the mathematics with the leaf's key: what was signed of document and time."""
    configuration = SignatureConfiguration(
        location=f"./{place}/" if place is not None else "./",
        expect_references=2,
        signature_methods=frozenset({SignatureMethod(method)}),
        digest_algorithms=frozenset({DigestAlgorithm(DIGESTS[method])}),
        # signxml insists on a validity check; ours is against the caller's clock, with a code of its own.
        verification_time=leaf.not_before,
    )
    try:
        results = _Verifier().verify(data, x509_cert=leaf.x509(), expect_config=configuration, parser=hardened_parser())
    except InvalidDigest as error:
        raise SignatureRefused(Refusal.SIG_DIGEST, str(error)) from error
    except (SignXMLException, CryptoInvalidSignature) as error:
        raise SignatureRefused(Refusal.SIG_BROKEN, str(error)) from error
    except (etree.LxmlError, ValueError) as error:
        raise SignatureRefused(Refusal.SIG_STRUCTURE, str(error)) from error
    several = results if isinstance(results, list) else [results]
    check_value_length(several[0].signature_xml, leaf)
    signed = [(result.signed_xml, result.signed_data) for result in several if result.signed_xml is not None]
    if len(signed) != 2:
        raise SignatureRefused(Refusal.SIG_REFERENCE, "the References do not yield two XML elements")
    return signed


def check_value_length(signature: etree._Element, leaf: Certificate) -> None:
    """Refuse an RSA signature that was verified and is not as long as its key.

    Raises:
        SignatureRefused: ``SIG_BROKEN``.
    """
    value = b64decode(signature.findtext(ds("SignatureValue")) or "")
    if not has_key_length(leaf, value):
        raise SignatureRefused(Refusal.SIG_BROKEN, f"{len(value)} bytes for a key of {leaf.key_bits} bits")


def _read_signing_time(element: etree._Element) -> datetime:
    found = element.findall(f".//{SIGNING_TIME}")
    if element.tag != ds("Object") or len(found) != 1:
        raise SignatureRefused(Refusal.SIG_TIME, "the second Reference does not cover one SigningTime")
    try:
        return parse_time(found[0].text or "")
    except ValueError as error:
        raise SignatureRefused(Refusal.SIG_TIME, str(error)) from error
