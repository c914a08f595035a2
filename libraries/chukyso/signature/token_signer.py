"""pyHanko's signer over a key that stays on a token: it builds CMS signatures and seals (see decision 0024)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asn1crypto import x509 as asn1_x509
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from chukyso.certificate import Certificate
from chukyso.signature.cms_verify import signature_algorithm
from chukyso.token.mechanisms import Scheme
from chukyso.token.verification import encode_signature


class TokenSigner(Signer):
    """Signs by asking a callable, which is the only way to a token in this product.

    Args:
        certificate: The signer's certificate.
        chain: Certificates that go along, DER.
        sign: Signs data as a token does: for EC r‖s.
        scheme: How it signs.
    """

    def __init__(
        self, certificate: Certificate, chain: Sequence[bytes], sign: Callable[[bytes], bytes], scheme: Scheme
    ) -> None:
        self._certificate = certificate
        self._scheme = scheme
        self._sign = sign
        store = SimpleCertificateStore()
        store.register_multiple(asn1_x509.Certificate.load(der) for der in chain)
        super().__init__(
            signing_cert=asn1_x509.Certificate.load(certificate.der),
            cert_registry=store,
            signature_mechanism=signature_algorithm(scheme),
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002
        """Sign; a dry run returns as many bytes as a signature can have. pyHanko compared the digests before."""
        if dry_run:
            return bytes(self._certificate.key_bits // 4 + 16)
        return encode_signature(self._sign(data), self._certificate, self._scheme)
