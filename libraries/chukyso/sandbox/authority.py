"""One certificate authority of the sandbox: it issues certificates and answers for them by CRL and OCSP."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

# An answer is dated a little back, as authorities do: a validator that took "now" before it asked must not find it from
# the future.
_BACKDATED: Final = timedelta(minutes=5)
_ANSWER_LIFETIME: Final = timedelta(hours=12)
_COMMON_NAME: Final = bytes.fromhex("0603550403")  # the attribute's OID, DER
_PRINTABLE_STRING: Final = 19
_CA_LIFETIME: Final = timedelta(days=3650)

CA_USAGE: Final = frozenset({"key_cert_sign", "crl_sign"})
RESPONDER_USAGE: Final = frozenset({"digital_signature"})
LEAF_USAGE: Final = frozenset({"digital_signature", "content_commitment", "key_encipherment"})
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class IssueRequest:
    """What a certificate is to say.

    Attributes:
        subject: Subject name.
        public_key: The key to be certified.
        not_before: Start of validity, aware.
        not_after: End of validity, aware.
        usage: Names of the key usage bits that are set, as ``cryptography.x509.KeyUsage`` spells them.
        is_ca: Whether it may issue certificates itself.
        path_length: How many authorities may follow it; only with ``is_ca``.
        extended: Extended key usages.
        extended_critical: Whether a program that does not know them must refuse the certificate.
        check_revocation: Whether it names CRL and OCSP; ``False`` makes it id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
    """

    subject: x509.Name
    public_key: RSAPublicKey
    not_before: datetime
    not_after: datetime
    usage: frozenset[str] = LEAF_USAGE
    is_ca: bool = False
    path_length: int | None = None
    extended: Sequence[x509.ObjectIdentifier] = ()
    extended_critical: bool = False
    check_revocation: bool = True


class Authority:
    """Certificate authority with a delegated OCSP responder.

    Args:
        name: Its part of the addresses of CRL, OCSP and certificate.
        base_url: Address of the sandbox's PKI listener.
        certificate: Its own certificate.
        key: Its key.
        responder_key: Key of its OCSP responder; may be shared, the certificates differ.
    """

    def __init__(
        self, name: str, base_url: str, certificate: x509.Certificate, key: RSAPrivateKey, responder_key: RSAPrivateKey
    ) -> None:
        self.name = name
        self.certificate = certificate
        self._base_url = base_url
        self._key = key
        self._responder_key = responder_key
        self._issued: set[int] = set()
        self._revoked: dict[int, datetime] = {}
        self._crl_number = 0
        self._lock = threading.Lock()
        now = datetime.now(UTC)
        self._responder = self.issue(
            IssueRequest(
                subject=_responder_name(certificate.subject),
                public_key=responder_key.public_key(),
                not_before=now - timedelta(days=1),
                not_after=min(now + timedelta(days=365), certificate.not_valid_after_utc),
                usage=RESPONDER_USAGE,
                extended=(ExtendedKeyUsageOID.OCSP_SIGNING,),
                check_revocation=False,
            )
        )

    @classmethod
    def self_signed(
        cls, name: str, base_url: str, subject: x509.Name, key: RSAPrivateKey, responder_key: RSAPrivateKey
    ) -> Authority:
        """Make a root authority."""
        now = datetime.now(UTC)
        request = IssueRequest(
            subject=subject,
            public_key=key.public_key(),
            not_before=now - _CA_LIFETIME,
            not_after=now + 2 * _CA_LIFETIME,
            usage=CA_USAGE,
            is_ca=True,
        )
        builder = _builder(request, subject, key.public_key())
        return cls(name, base_url, builder.sign(key, hashes.SHA256()), key, responder_key)

    def subordinate(self, name: str, subject: x509.Name, key: RSAPrivateKey, responder_key: RSAPrivateKey) -> Authority:
        """Make an issuing authority that this one vouches for."""
        now = datetime.now(UTC)
        certificate = self.issue(
            IssueRequest(
                subject=subject,
                public_key=key.public_key(),
                not_before=now - _CA_LIFETIME + timedelta(days=30),
                not_after=now + _CA_LIFETIME,
                usage=CA_USAGE,
                is_ca=True,
                path_length=0,
            )
        )
        return Authority(name, self._base_url, certificate, key, responder_key)

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def issue(self, request: IssueRequest) -> x509.Certificate:
        """Issue a certificate with a random serial of 16 bytes."""
        builder = _builder(request, self.certificate.subject, self._key.public_key())
        if request.check_revocation:
            builder = builder.add_extension(self._distribution_points(), critical=False).add_extension(
                self._information_access(), critical=False
            )
        else:
            builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        with self._lock:
            self._issued.add(certificate.serial_number)
        return certificate

    def misspell(self, der: bytes) -> bytes:
        """The certificate with the owner's name in a PrintableString, whatever it holds, signed anew."""
        certificate = asn1_x509.Certificate.load(der)
        tbs = certificate["tbs_certificate"].dump()
        place = tbs.rindex(_COMMON_NAME) + len(_COMMON_NAME)  # the issuer's comes first
        tbs = tbs[:place] + bytes([_PRINTABLE_STRING]) + tbs[place + 1 :]
        certificate["tbs_certificate"] = asn1_x509.TbsCertificate.load(tbs)
        certificate["signature_value"] = self._key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
        return bytes(certificate.dump())

    def revoke(self, serial: int) -> bool:
        """Revoke a certificate from an hour ago on; says whether this authority had issued it."""
        with self._lock:
            if serial not in self._issued:
                return False
            self._revoked.setdefault(serial, datetime.now(UTC) - timedelta(hours=1))
            return True

    def crl(self) -> bytes:
        """The current list of revoked certificates, DER."""
        now = datetime.now(UTC)
        with self._lock:
            self._crl_number += 1
            number, revoked = self._crl_number, dict(self._revoked)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - _BACKDATED)
            .next_update(now + _ANSWER_LIFETIME)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for serial, since in revoked.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(since)
                .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
                .build()
            )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self, request_der: bytes) -> bytes:
        """Answer an OCSP request (RFC 6960), DER; a request that cannot be read is answered "malformed"."""
        try:
            request = ocsp.load_der_ocsp_request(request_der)
            algorithm = request.hash_algorithm
        except (ValueError, NotImplementedError, x509.UnsupportedGeneralNameType):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if (request.issuer_name_hash, request.issuer_key_hash) != self._hashes(algorithm):
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        now = datetime.now(UTC)
        with self._lock:
            known, since = request.serial_number in self._issued, self._revoked.get(request.serial_number)
        status = ocsp.OCSPCertStatus.GOOD if known else ocsp.OCSPCertStatus.UNKNOWN
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=request.issuer_name_hash,
                issuer_key_hash=request.issuer_key_hash,
                serial_number=request.serial_number,
                algorithm=algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if since else status,
                this_update=now - _BACKDATED,
                next_update=now + _ANSWER_LIFETIME,
                revocation_time=since,
                revocation_reason=x509.ReasonFlags.key_compromise if since else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self._responder)
            .certificates([self._responder])
        )
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(self._responder_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _hashes(self, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
        """What names this authority in an OCSP request: hash of its name, hash of its key."""
        name, key = hashes.Hash(algorithm), hashes.Hash(algorithm)
        name.update(self.certificate.subject.public_bytes())
        # RFC 6960, 4.1.1: hashed is the key's BIT STRING without tag and length; for RSA that is the PKCS#1 form.
        key.update(self._key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1))
        return name.finalize(), key.finalize()

    def _distribution_points(self) -> x509.CRLDistributionPoints:
        address = x509.UniformResourceIdentifier(f"{self._base_url}/crl/{self.name}.crl")
        return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])

    def _information_access(self) -> x509.AuthorityInformationAccess:
        places = (
            (AuthorityInformationAccessOID.OCSP, f"{self._base_url}/ocsp/{self.name}"),
            (AuthorityInformationAccessOID.CA_ISSUERS, f"{self._base_url}/ca/{self.name}.cer"),
        )
        return x509.AuthorityInformationAccess(
            [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in places]
        )


def _builder(request: IssueRequest, issuer: x509.Name, issuer_key: RSAPublicKey) -> x509.CertificateBuilder:
    usage = {name: name in request.usage for name in _USAGES}
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer)
        .public_key(request.public_key)
        .serial_number(_serial())
        .not_valid_before(request.not_before)
        .not_valid_after(request.not_after)
        .add_extension(x509.BasicConstraints(request.is_ca, request.path_length), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    if request.extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(request.extended), critical=request.extended_critical)
    return builder


def _serial() -> int:
    """16 random bytes, the first between 40 and 7f: positive and never shorter in DER."""
    raw = bytearray(secrets.token_bytes(16))
    raw[0] = raw[0] & 0x3F | 0x40
    return int.from_bytes(raw, "big")


def _responder_name(authority: x509.Name) -> x509.Name:
    common = authority.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{common!s} OCSP"),
            *(attribute for attribute in authority if attribute.oid != NameOID.COMMON_NAME),
        ]
    )


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
