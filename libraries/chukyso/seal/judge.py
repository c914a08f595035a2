"""Whether a certificate led to a trusted root at a moment, by what lies beside the signature; nobody is asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy

from chukyso.signature.path import find_path
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import AnswerKind, KeptAnswer, RevocationPolicy, TrustStore


@dataclass(frozen=True)
class Material:
    """What lies beside a signature to validate it by."""

    certificates: tuple[asn1_x509.Certificate, ...] = ()
    crls: tuple[asn1_crl.CertificateList, ...] = ()
    ocsps: tuple[asn1_ocsp.OCSPResponse, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What is known of a certificate at a moment.

    Attributes:
        trusted: It led to a trusted root, was in its time, and for this purpose.
        revoked: It, or one above it, was revoked then.
        answered: Fresh answers about revocation say that it was not.
        detail: Why not, English.
    """

    trusted: bool
    revoked: bool = False
    answered: bool = False
    detail: str = ""


def judge(
    leaf: asn1_x509.Certificate,
    trust: TrustStore,
    material: Material,
    moment: datetime,
    *,
    key_usage: Iterable[str] = (),
    extended: Iterable[str] = (),
) -> Judgement:
    """Find out about a certificate.

    Args:
        leaf: The certificate.
        trust: Who is believed.
        material: What helps; it vouches for nothing but by its own signatures.
        moment: The moment to validate for, aware.
        key_usage: Key usages that it must have, as asn1crypto spells them.
        extended: Extended key usages that it must have.
    """

    if lacking := _lacking(leaf, set(key_usage), set(extended)):
        return Judgement(trusted=False, detail=f"the certificate is not for {', '.join(sorted(lacking))}")
    helpers = (*(one.dump() for one in material.certificates), *trust.intermediates)
    kept = (
        *(KeptAnswer(AnswerKind.CRL, "the PDF", one.dump()) for one in material.crls),
        *(KeptAnswer(AnswerKind.OCSP, "the PDF", one.dump()) for one in material.ocsps),
    )
    policy = RevocationPolicy(both=False, kept=kept, online=False)
    try:
        find_path(leaf.dump(), helpers, trust.roots, at=moment, revocation=policy)
    except SignatureRefused as refused:
        revoked = refused.refusal is Refusal.CERT_REVOKED
        return Judgement(trusted=refused.seen is not None and not revoked, revoked=revoked, detail=str(refused))
    return Judgement(trusted=True, answered=True)


def _lacking(leaf: asn1_x509.Certificate, key_usage: set[str], extended: set[str]) -> set[str]:
    """The usages that a certificate should have and does not name. Without key usage it may be used for anything."""
    named, purposes = leaf.key_usage_value, leaf.extended_key_usage_value
    lacking = key_usage - named.native if named is not None else set()
    return lacking | (extended - set(purposes.native if purposes is not None else ()))


def alone(certificate: asn1_x509.Certificate, moment: datetime) -> ValidationContext:
    """A context that believes this certificate itself: for looking at a signature, apart from whose it is."""
    return ValidationContext(
        trust_roots=[certificate],
        moment=moment,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
    )


def quiet() -> None:
    """What the PDF library logs about broken files is said by us, in other words."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
            logger.propagate = False
