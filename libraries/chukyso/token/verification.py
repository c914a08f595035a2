"""Is it a signature of this certificate's key? Asked of every signature before it leaves."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code


def verify_signature(certificate: Certificate, data: bytes, signature: bytes) -> None:
    """Check a signature as XMLDSig carries it.

    Args:
        certificate: Whose key must have signed.
        data: What was signed.
        signature: RSA PKCS#1 v1.5 over SHA-256, or ECDSA over SHA-256 as raw ``r || s``.

    Raises:
        ChukysoError: ``SIGNATURE_INVALID``.
    """
    try:
        _verify(certificate, data, signature)
    except InvalidSignature as error:
        detail = f"{len(signature)} bytes do not verify with certificate {certificate.serial}"
        raise ChukysoError(Code.SIGNATURE_INVALID, detail) from error


def _verify(certificate: Certificate, data: bytes, signature: bytes) -> None:
    key = certificate.x509().public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), SHA256())
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(_der_signature(signature, key.key_size), data, ec.ECDSA(SHA256()))
    else:
        raise InvalidSignature


def _der_signature(raw: bytes, key_bits: int) -> bytes:
    size = (key_bits + 7) // 8
    if len(raw) != 2 * size:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(raw[:size]), int.from_bytes(raw[size:]))
