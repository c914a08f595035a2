"""A client for time stamp authorities (RFC 3161) that checks each answer before it is used."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.sign.general import SignedDataCerts, extract_certificate_info, extract_signer_info
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator import errors as pki
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy

from chukyso.errors import ChukysoError, Code
from chukyso.signature.candidates import MALFORMED
from chukyso.signature.fetch import AnswerSource, http_exchange
from chukyso.signature.path import find_path
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.trust import RevocationAnswer, RevocationPolicy, TrustStore

_SECONDS: Final = 10.0
_MAX_ANSWER: Final = 1 << 20


@dataclass(frozen=True)
class Authority:
    """What is known of a time stamp authority.

    Attributes:
        path: Its certificate and those above it, up to the root, DER; its certificate alone when nobody is believed.
        answers: What CRL and OCSP said about them.
        unknown: Why nobody said anything about revocation, English; "" when somebody did.
    """

    path: tuple[bytes, ...]
    answers: tuple[RevocationAnswer, ...]
    unknown: str = ""


class TimeStampClient(TimeStamper):
    """Time stamps of one authority, each checked when it comes: hash, nonce, signature, purpose of the certificate.

    Args:
        url: Address of the authority.
        trust: Who is believed; None: whose certificate it is stays open.
    """

    def __init__(self, url: str, trust: TrustStore | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url = url
        self._trust = trust
        self._policy = RevocationPolicy(
            hosts=frozenset({urlsplit(url).hostname or ""}), timeout=_SECONDS, size=_MAX_ANSWER
        )

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Send one request.

        Raises:
            ChukysoError: ``TSA_UNREACHABLE``, ``TSA_ANSWER_INVALID``.
        """
        try:
            body = await asyncio.to_thread(
                http_exchange, self.url, self._policy, body=req.dump(), content_type="application/timestamp-query"
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise ChukysoError(Code.TSA_UNREACHABLE, detail, url=self.url, reason=_why(error)) from error
        try:
            return tsp.TimeStampResp.load(body, strict=True)
        except MALFORMED as error:
            raise self._invalid("không phải trả lời RFC 3161", error) from error

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Ask for a time stamp over a digest.

        Raises:
            ChukysoError: ``TSA_UNREACHABLE``, ``TSA_ANSWER_INVALID``.
        """
        try:
            token: cms.ContentInfo = await super().async_timestamp(message_digest, md_algorithm)
            status = await self._status(token["content"], message_digest)
        except (TimestampRequestError, SignatureValidationError) as error:
            raise self._invalid("từ chối hoặc trả lời sai câu hỏi", error) from error
        except (*MALFORMED, pki.PathError, pki.ValidationError) as error:
            raise self._invalid("không đọc được", error) from error
        if not (status["intact"] and status["valid"]):
            raise self._invalid("chữ ký của dấu thời gian sai", None)
        return token

    async def _status(self, signed: cms.SignedData, digest: bytes) -> dict[str, Any]:
        check_purpose(signed)
        # Whether the certificate is trusted is found out apart from this, see ``authority``.
        context = trusting(_certificates(signed).signer_cert)
        return dict(await validate_tst_signed_data(signed, context, lambda _algorithm: digest))

    def authority(self, at: datetime, revocation: RevocationPolicy, answers: Sequence[RevocationAnswer]) -> Authority:
        """Ask for a time stamp of nothing, to learn whose certificate the authority has, and find out about it.

        Args:
            at: The moment to validate for, aware.
            revocation: Whom to ask about revocation.
            answers: Answers that are there already.

        Raises:
            ChukysoError: ``TSA_UNREACHABLE``; ``TSA_ANSWER_INVALID``, also when the certificate is not trusted.
        """
        dummy = asyncio.run(self.async_dummy_response("sha256"))
        certificates = _certificates(dummy["content"])
        if self._trust is None:
            return Authority((certificates.signer_cert.dump(),), ())
        try:
            path = _path(certificates, self._trust, at)
        except SignatureRefused as error:
            raise self._invalid("chứng thư số của máy chủ không được tin cậy", error) from error
        source = AnswerSource(replace(revocation, answers=tuple(answers)))
        parsed = [x509.load_der_x509_certificate(der) for der in path]
        gathered = [source.about(subject, issuer, both=False) for subject, issuer in pairwise(parsed)]
        found = tuple(answer for each in gathered for answer in each.answers)
        # Without answers the stamp is as good; what is missing shows when it is verified.
        silent = [why for each in gathered if not each.answers for why in each.failures]
        return Authority(path, found, " | ".join(silent))

    def _invalid(self, reason: str, error: BaseException | None) -> ChukysoError:
        detail = f"{type(error).__name__}: {error}" if error else reason
        return ChukysoError(Code.TSA_ANSWER_INVALID, detail, url=self.url, reason=reason)


def trusting(certificate: asn1_x509.Certificate, moment: datetime | None = None) -> ValidationContext:
    """A context that trusts this certificate itself: for checking a signature, apart from whose it is.

    Args:
        certificate: The certificate that signed.
        moment: The moment to validate for, aware; None: now.
    """
    return ValidationContext(
        trust_roots=[certificate],
        moment=moment,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
    )


def check_purpose(signed: cms.SignedData) -> None:
    """Refuse a time stamp by a certificate that is for anything else as well (RFC 3161, section 2.3).

    Raises:
        SignatureValidationError: The extended key usage is not timeStamping alone, or not critical.
    """
    certificate = _certificates(signed).signer_cert
    usage = certificate.extended_key_usage_value
    critical = {
        each["extn_id"].native for each in certificate["tbs_certificate"]["extensions"] if each["critical"].native
    }
    if usage is None or usage.native != ["time_stamping"] or "extended_key_usage" not in critical:
        raise SignatureValidationError("the certificate is not for time stamps alone")


def _certificates(signed: cms.SignedData) -> SignedDataCerts:
    extract_signer_info(signed)  # exactly one
    return extract_certificate_info(signed)


def _path(certificates: SignedDataCerts, trust: TrustStore, at: datetime) -> tuple[bytes, ...]:
    helpers = (*(one.dump() for one in certificates.other_certs), *trust.intermediates)
    return find_path(certificates.signer_cert.dump(), helpers, trust.roots, at=at, revocation=None).certificates


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"không trả lời trong {_SECONDS:g} giây"
    if isinstance(error, ConnectionError):
        return "không kết nối được"
    return "không kết nối được" if isinstance(error, OSError) else "trả lời không phải 200"
