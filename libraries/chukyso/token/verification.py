"""Which scheme fits a certificate's key, and is it a signature of this key? Asked before any signature leaves."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chukyso.certificate import Certificate, KeyKind
from chukyso.errors import ChukysoError, Code
from chukyso.token.mechanisms import Family, HashAlgorithm, Scheme

_HASHES: dict[HashAlgorithm, hashes.HashAlgorithm] = {
    HashAlgorithm.SHA256: hashes.SHA256(),
    HashAlgorithm.SHA384: hashes.SHA384(),
    HashAlgorithm.SHA512: hashes.SHA512(),
}
# Each curve with the hash of its strength (RFC 5480, section 4).
_CURVES = {"secp256r1": HashAlgorithm.SHA256, "secp384r1": HashAlgorithm.SHA384}


def scheme_of(certificate: Certificate, *, pss: bool = False) -> Scheme:
    """The signature scheme for a certificate's key: SHA-256 for RSA, for EC the hash that fits the curve.

    Args:
        certificate: Whose key is to sign.
        pss: RSA-PSS instead of PKCS#1 v1.5; changes nothing for an EC key.

    Raises:
        ChukysoError: ``CERT_KEY_UNSUPPORTED`` for other curves than P-256 and P-384.
    """
    if certificate.key_kind is KeyKind.RSA:
        return Scheme(Family.RSA_PSS if pss else Family.RSA_PKCS1)
    key = certificate.x509().public_key()
    curve = key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__
    if curve not in _CURVES:
        # Better said before the login than by the token.
        raise ChukysoError(
            Code.CERT_KEY_UNSUPPORTED, f"curve {curve}", serial=certificate.serial, reason=f"đường cong {curve}"
        )
    return Scheme(Family.ECDSA, _CURVES[curve])


def fitting_scheme(certificate: Certificate, scheme: Scheme | None) -> Scheme:
    """The scheme that is wanted, or by default ``scheme_of`` the certificate.

    Raises:
        ChukysoError: ``CERT_KEY_UNSUPPORTED`` when it is one for another kind of key.
    """
    wanted = scheme or scheme_of(certificate)
    if (wanted.family is Family.ECDSA) != (certificate.key_kind is KeyKind.EC):
        raise ChukysoError(
            Code.CERT_KEY_UNSUPPORTED,
            f"{wanted} with a key of kind {certificate.key_kind}",
            serial=certificate.serial,
            reason="thuật toán ký không hợp với loại khóa",
        )
    return wanted


def public_value(certificate: Certificate) -> bytes:
    """What a token shows of the same public key: the modulus (``CKA_MODULUS``) or the uncompressed point."""
    key = certificate.x509().public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_numbers().n.to_bytes((key.key_size + 7) // 8)
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - Certificate holds no other kind
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def verify_signature(certificate: Certificate, data: bytes, signature: bytes, scheme: Scheme | None = None) -> None:
    """Check a signature over data as it comes from a token: for EC raw ``r || s``.

    Args:
        certificate: Whose key must have signed.
        data: What was signed.
        signature: The signature.
        scheme: How it was signed; by default ``scheme_of`` the certificate.

    Raises:
        ChukysoError: ``SIGNATURE_INVALID``; ``CERT_KEY_UNSUPPORTED`` as ``scheme_of``.
    """
    scheme = scheme or scheme_of(certificate)
    try:
        verify_encoded(certificate, data, encode_signature(signature, certificate, scheme), scheme)
    except InvalidSignature as error:
        detail = f"{len(signature)} bytes do not verify as {scheme} with certificate {certificate.serial}"
        raise ChukysoError(Code.SIGNATURE_INVALID, detail) from error


def verify_encoded(certificate: Certificate, data: bytes, signature: bytes, scheme: Scheme) -> None:
    """Check a signature over data as ``encode_signature`` returns it.

    Raises:
        InvalidSignature: It is none of this key over the data, or the scheme does not fit the key.
    """
    key, algorithm = certificate.x509().public_key(), _HASHES[scheme.hash]
    if not has_key_length(certificate, signature):
        raise InvalidSignature
    if isinstance(key, rsa.RSAPublicKey) and scheme.family is Family.RSA_PKCS1:
        key.verify(signature, data, padding.PKCS1v15(), algorithm)
    elif isinstance(key, rsa.RSAPublicKey) and scheme.family is Family.RSA_PSS:
        key.verify(signature, data, padding.PSS(padding.MGF1(algorithm), scheme.hash.size), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and scheme.family is Family.ECDSA:
        key.verify(signature, data, ec.ECDSA(algorithm))
    else:
        raise InvalidSignature


def has_key_length(certificate: Certificate, signature: bytes) -> bool:
    """Whether an RSA signature is as long as its key (RFC 8017, 8.1.2 and 8.2.2); what others must be is in their form.

    OpenSSL takes a PSS signature without its leading zeros.
    """
    key = certificate.x509().public_key()
    return not isinstance(key, rsa.RSAPublicKey) or len(signature) == (key.key_size + 7) // 8


def encode_signature(value: bytes, certificate: Certificate, scheme: Scheme) -> bytes:
    """A token's signature as CMS and X.509 carry it: for EC ``ECDSA-Sig-Value`` in DER instead of ``r || s``.

    Raises:
        ChukysoError: ``SIGNATURE_INVALID`` when an EC signature has not the length that goes with the key.
    """
    if scheme.family is not Family.ECDSA:
        return value
    size = (certificate.key_bits + 7) // 8
    if len(value) != 2 * size:
        raise ChukysoError(Code.SIGNATURE_INVALID, f"EC signature of {len(value)} bytes, expected r‖s of {2 * size}")
    return encode_dss_signature(int.from_bytes(value[:size]), int.from_bytes(value[size:]))
