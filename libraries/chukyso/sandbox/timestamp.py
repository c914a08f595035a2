"""The sandbox's time stamp authority (RFC 3161): signed answers that some data existed at a moment."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from chukyso.sandbox.authority import Authority, IssueRequest

POLICY: Final = "1.3.6.1.4.1.99999.5.1"  # under a number that IANA has given to nobody here
MAX_REQUEST: Final = 4096
REQUEST_TYPE: Final = "application/timestamp-query"
ANSWER_TYPE: Final = "application/timestamp-reply"
_ACCURACY_MILLIS: Final = 500
_DIGESTS: Final = {"sha256": 32, "sha384": 48, "sha512": 64}
_USAGE: Final = frozenset({"digital_signature", "content_commitment"})


class Refusal(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """A TimeStampResp without a token, which asn1crypto takes for mandatory (RFC 3161, section 2.4.2)."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


class TimeStampAuthority:
    """Answers time stamp requests with a certificate that is for nothing else (RFC 3161, section 2.3).

    Args:
        authority: Issues the certificate.
        subject: Its subject name.
        key: Its key.
    """

    def __init__(self, authority: Authority, subject: x509.Name, key: RSAPrivateKey) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        issued = authority.issue(
            IssueRequest(
                subject=subject,
                public_key=key.public_key(),
                not_before=now - timedelta(days=1),
                not_after=now + timedelta(days=3650),
                usage=_USAGE,
                extended=(ExtendedKeyUsageOID.TIME_STAMPING,),
                extended_critical=True,
            )
        )
        self._key = key
        self._certificate = asn1_x509.Certificate.load(issued.public_bytes(Encoding.DER))
        self._issuer = asn1_x509.Certificate.load(authority.certificate_der)

    @property
    def serial(self) -> str:
        """Serial of its certificate, hex."""
        return f"{self._certificate.serial_number:x}"

    def answer(self, request_der: bytes) -> bytes:
        """Answer a TimeStampReq, DER; one that cannot be read or granted gets a refusal that says why."""
        try:
            request = tsp.TimeStampReq.load(request_der, strict=True)
            version, imprint = request["version"].native, request["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            digest = imprint["hashed_message"].native
            policy, nonce = request["req_policy"].native, request["nonce"].native
            wants_certificates, extensions = bool(request["cert_req"].native), request["extensions"].native
        except (ValueError, TypeError, KeyError):
            return _refusal("bad_data_format")
        if version != "v1":
            return _refusal("bad_request")
        if _DIGESTS.get(algorithm) != len(digest):
            return _refusal("bad_alg" if algorithm not in _DIGESTS else "bad_data_format")
        if policy not in (None, POLICY):
            return _refusal("unaccepted_policy")
        if extensions:
            return _refusal("unaccepted_extensions")
        info = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(120) | 1 << 120,
            "gen_time": core.GeneralizedTime(datetime.now(UTC).replace(microsecond=0)),
            "accuracy": tsp.Accuracy({"seconds": 0, "millis": _ACCURACY_MILLIS}),
            "ordering": False,
        }
        if nonce is not None:
            info["nonce"] = nonce
        return self._granted(tsp.TSTInfo(info), with_certificates=wants_certificates)

    def _granted(self, info: tsp.TSTInfo, *, with_certificates: bool) -> bytes:
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": core.ParsableOctetString(info.dump())}
        )
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": info["gen_time"].native})]}),
                cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(info.dump()).digest()]}),
                cms.CMSAttribute({"type": "signing_certificate_v2", "values": [self._certificate_reference()]}),
            ]
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    name="issuer_and_serial_number",
                    value=cms.IssuerAndSerialNumber(
                        {"issuer": self._certificate.issuer, "serial_number": self._certificate.serial_number}
                    ),
                ),
                "digest_algorithm": {"algorithm": "sha256"},
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                "signature": self._key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()),
            }
        )
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": content,
            "signer_infos": [signer],
        }
        if with_certificates:
            signed["certificates"] = [self._certificate, self._issuer]
        token = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})
        answer: bytes = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
        return answer

    def _certificate_reference(self) -> tsp.SigningCertificateV2:
        identifier = tsp.ESSCertIDv2(
            {
                "hash_algorithm": {"algorithm": "sha256"},
                "cert_hash": hashlib.sha256(self._certificate.dump()).digest(),
            }
        )
        return tsp.SigningCertificateV2({"certs": [identifier]})


def _refusal(reason: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {reason}})
    answer: bytes = Refusal({"status": status}).dump()
    return answer
