"""Detached CMS signatures with the attributes of CAdES-BES (RFC 5652, RFC 5035, ETSI EN 319 122-1).

Signed are four attributes: content type, digest of the data, signing time, and signing-certificate-v2, which binds the
signature to this certificate: without it another certificate of the same key could be put in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.moment import read_moment
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.profile import format_time
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.sign import require_good_key
from chukyso.token.mechanisms import Family, HashAlgorithm, Scheme
from chukyso.token.verification import der_signature, fitting_scheme

_FIRST_GENERALIZED = 2050  # from this year on a time is no UTCTime any more (RFC 5652, section 11.3)


def sign_cms(
    data: bytes,
    certificate: Certificate,
    sign: Callable[[bytes], bytes],
    *,
    signing_time: datetime,
    chain: Sequence[bytes] = (),
    scheme: Scheme | None = None,
) -> bytes:
    """Sign data; the data itself is not in the result.

    Args:
        data: What is signed.
        certificate: The signer's certificate.
        sign: Called once, with the signed attributes in DER. Returns their signature as a token makes it: for EC
            ``r || s``.
        signing_time: Aware; written in UTC with whole seconds.
        chain: Certificates that go along, DER.
        scheme: How ``sign`` signs; by default ``scheme_of`` the certificate.

    Returns:
        A ContentInfo with SignedData, DER, verified with the certificate.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID``, ``CERT_KEY_UNSUPPORTED`` before ``sign`` is called; ``SIGNATURE_INVALID``
            when what ``sign`` returned is not a signature of this certificate. What ``sign`` raises passes through.
    """
    if signing_time.tzinfo is None:
        raise ValueError("signing_time must be aware")
    if not data:
        raise ChukysoError(Code.DOCUMENT_INVALID, "no data", reason="không có nội dung để ký")
    require_good_key(certificate)
    scheme = fitting_scheme(certificate, scheme)
    attributes = _signed_attributes(data, certificate, scheme.hash, signing_time)
    value = sign(attributes.dump())
    signed = _signed_data(certificate, chain, scheme, attributes, encoded_signature(value, certificate, scheme))
    der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    check_cms(der, data, certificate)
    return der


def check_cms(der: bytes, data: bytes, certificate: Certificate) -> None:
    """Check that a detached signature is right and of this certificate.

    Raises:
        ChukysoError: ``SIGNATURE_INVALID``.
    """
    try:
        check_cms_signature(der, data, expected=certificate)
    except SignatureRefused as error:
        raise ChukysoError(Code.SIGNATURE_INVALID, str(error)) from error


def _signed_attributes(
    data: bytes, certificate: Certificate, algorithm: HashAlgorithm, moment: datetime
) -> cms.CMSAttributes:
    values: dict[str, Any] = {
        "content_type": "data",
        "message_digest": algorithm.digest(data),
        "signing_time": _time(moment),
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [_certificate_id(certificate, algorithm)]}),
    }
    # A SET OF, which asn1crypto brings into DER's order by itself.
    return cms.CMSAttributes([cms.CMSAttribute({"type": name, "values": [value]}) for name, value in values.items()])


def _certificate_id(certificate: Certificate, algorithm: HashAlgorithm) -> tsp.ESSCertIDv2:
    parsed = asn1_x509.Certificate.load(certificate.der)
    issuer = asn1_x509.GeneralName(name="directory_name", value=parsed.issuer)
    return tsp.ESSCertIDv2(
        {
            "hash_algorithm": {"algorithm": algorithm.value},
            "cert_hash": algorithm.digest(certificate.der),
            "issuer_serial": {"issuer": [issuer], "serial_number": parsed.serial_number},
        }
    )


def _time(moment: datetime) -> cms.Time:
    whole = read_moment(format_time(moment))
    if whole.year < _FIRST_GENERALIZED:
        return cms.Time(name="utc_time", value=core.UTCTime(whole))
    return cms.Time(name="generalized_time", value=core.GeneralizedTime(whole))


def _signed_data(
    certificate: Certificate, chain: Sequence[bytes], scheme: Scheme, attributes: cms.CMSAttributes, value: bytes
) -> cms.SignedData:
    parsed = asn1_x509.Certificate.load(certificate.der)
    digest_algorithm = {"algorithm": scheme.hash.value}
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number",
                value=cms.IssuerAndSerialNumber({"issuer": parsed.issuer, "serial_number": parsed.serial_number}),
            ),
            "digest_algorithm": digest_algorithm,
            "signed_attrs": attributes,
            "signature_algorithm": signature_algorithm(scheme),
            "signature": value,
        }
    )
    return cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest_algorithm],
            "encap_content_info": {"content_type": "data"},
            "certificates": [parsed, *(asn1_x509.Certificate.load(der) for der in chain)],
            "signer_infos": [signer],
        }
    )


def signature_algorithm(scheme: Scheme) -> algos.SignedDigestAlgorithm:
    """The algorithm as CMS names it."""
    name = scheme.hash.value
    if scheme.family is Family.ECDSA:
        return algos.SignedDigestAlgorithm({"algorithm": f"{name}_ecdsa"})
    if scheme.family is Family.RSA_PKCS1:
        return algos.SignedDigestAlgorithm({"algorithm": f"{name}_rsa"})
    mask = {"algorithm": "mgf1", "parameters": {"algorithm": name}}
    parameters = {
        "hash_algorithm": {"algorithm": name},
        "mask_gen_algorithm": mask,
        "salt_length": scheme.hash.size,
    }
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)})


def encoded_signature(value: bytes, certificate: Certificate, scheme: Scheme) -> bytes:
    """The signature as CMS carries it: for EC in DER."""
    if scheme.family is not Family.ECDSA:
        return value
    try:
        return der_signature(value, certificate.key_bits)
    except InvalidSignature as error:
        raise ChukysoError(Code.SIGNATURE_INVALID, f"EC signature of {len(value)} bytes") from error
