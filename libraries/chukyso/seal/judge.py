"""Whether a certificate led to a trusted root at a moment, by what lies beside the signature; nobody is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator import errors as pki
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from chukyso.signature.trust import UNREADABLE, TrustStore

# A clock that is some seconds behind must not make an answer of just before the signature one from the future.
_TOLERANCE: Final = timedelta(seconds=60)
_WITH_ANSWERS: Final = RevocationCheckingPolicy(
    ee_certificate_rule=RevocationCheckingRule.CRL_OR_OCSP_REQUIRED,
    intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
)
_ERRORS: Final = (
    *UNREADABLE,
    pki.PathError,
    pki.ValidationError,
    pki.CRLValidationError,
    pki.OCSPValidationError,
    LookupError,
    AssertionError,
)


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

    def validate(rule: RevocationCheckingPolicy) -> None:
        validator = CertificateValidator(leaf, validation_context=_context(trust, material, moment, rule))
        asyncio.run(validator.async_validate_usage(set(key_usage), set(extended)))

    try:
        validate(_WITH_ANSWERS)
    except pki.RevokedError as error:
        return Judgement(trusted=False, revoked=True, detail=str(error))
    except _ERRORS as error:
        lacking = f"{type(error).__name__}: {error}"
    else:
        return Judgement(trusted=True, answered=True)
    try:
        validate(NO_REVOCATION)
    except _ERRORS as error:
        return Judgement(trusted=False, detail=f"{type(error).__name__}: {error}")
    return Judgement(trusted=True, detail=lacking)


def alone(certificate: asn1_x509.Certificate, moment: datetime) -> ValidationContext:
    """A context that believes this certificate itself: for looking at a signature, apart from whose it is."""
    return ValidationContext(
        trust_roots=[certificate],
        moment=moment,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
    )


def _context(
    trust: TrustStore, material: Material, moment: datetime, rule: RevocationCheckingPolicy
) -> ValidationContext:
    return ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(der) for der in trust.roots],
        other_certs=[*material.certificates, *(asn1_x509.Certificate.load(der) for der in trust.intermediates)],
        moment=moment,
        time_tolerance=_TOLERANCE,
        allow_fetching=False,
        crls=list(material.crls),
        ocsps=list(material.ocsps),
        revinfo_policy=CertRevTrustPolicy(rule),
    )


def quiet() -> None:
    """What the PDF library logs about broken files is said by us, in other words."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
            logger.propagate = False
