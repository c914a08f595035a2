"""Making detached CMS signatures with the attributes of CAdES-BES (RFC 5652, RFC 5035, ETSI EN 319 122-1).

Signed are four attributes: content type, digest of the data, signing time, and signing-certificate-v2, which binds the
signature to this certificate: without it another certificate of the same key could be put in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from asn1crypto import cms, core

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.moment import to_utc
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.sign import require_good_key
from chukyso.token.mechanisms import Scheme
from chukyso.token.verification import fitting_scheme

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
    """Sign data; the data itself is not in the result. Must not be called from an event loop.

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
    # Only here: pyHanko takes a second to import, and the keyword libraries import this module at once.
    from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute  # noqa: PLC0415

    from chukyso.signature.token_signer import TokenSigner  # noqa: PLC0415

    if signing_time.tzinfo is None:
        raise ValueError("signing_time must be aware")
    if not data:
        raise ChukysoError(Code.DOCUMENT_INVALID, "no data", reason="không có nội dung để ký")
    require_good_key(certificate)
    scheme = fitting_scheme(certificate, scheme)
    signer = TokenSigner(certificate, chain, sign, scheme)
    attributes = {
        "content_type": "data",
        "message_digest": scheme.hash.digest(data),
        "signing_time": _time(signing_time),
        "signing_certificate_v2": as_signing_certificate_v2(signer.signing_cert, scheme.hash.value),
    }
    # A SET OF, which asn1crypto brings into DER's order by itself.
    signed = cms.CMSAttributes([simple_cms_attribute(name, value) for name, value in attributes.items()])
    der: bytes = asyncio.run(signer.async_sign_prescribed_attributes(scheme.hash.value, signed)).dump()
    try:
        check_cms_signature(der, data, expected=certificate)
    except SignatureRefused as error:
        raise ChukysoError(Code.SIGNATURE_INVALID, str(error)) from error
    return der


def _time(moment: datetime) -> cms.Time:
    """pyHanko's own attribute is a UTCTime in any year."""
    whole = to_utc(moment).replace(microsecond=0)
    if whole.year < _FIRST_GENERALIZED:
        return cms.Time(name="utc_time", value=core.UTCTime(whole))
    return cms.Time(name="generalized_time", value=core.GeneralizedTime(whole))
