"""The sandbox's public key infrastructure: root, issuing authority, OCSP, organisations' certificates (facts §5)."""

from __future__ import annotations

import base64
import binascii
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from chukyso.certificate import Certificate, read_serial
from chukyso.moment import NO_END
from chukyso.sandbox.authority import LEAF_USAGE, Authority, IssueRequest
from chukyso.sandbox.options import CertificateKind

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from chukyso.sandbox.timestamp import TimeStampAuthority

_MAX_REQUEST: Final = 4096


# Validity in days from now; None for ``NO_END``. Of the others ``new`` ends last, so that "the latest end" is
# unambiguous on a token that holds several.
_VALIDITY: Final[dict[CertificateKind, tuple[int, int | None]]] = {
    CertificateKind.REGISTERED: (-1065, 30),
    CertificateKind.NEW: (-1, 1094),
    CertificateKind.EXPIRED: (-1105, -10),
    CertificateKind.NOT_YET_VALID: (7, 1000),
    CertificateKind.REVOKED: (-30, 1000),
    CertificateKind.UNKNOWN_CA: (-1, 1000),
    CertificateKind.OTHER_ACCOUNT: (-1, 1000),
    CertificateKind.WRONG_USAGE: (-1, 1000),
    CertificateKind.NO_KNOWN_END: (-1, None),
    CertificateKind.MISSPELT_NAME: (-1, 1000),
    CertificateKind.MST_IN_ORGANISATION: (-1, 1000),
    CertificateKind.NO_KEY: (-1, 1000),
}


class KeyMaker:
    """Makes RSA-2048 keys side by side: OpenSSL searches for primes without Python's lock."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="keys")

    def start(self) -> Future[rsa.RSAPrivateKey]:
        """Begin to make a key."""
        return self._pool.submit(rsa.generate_private_key, public_exponent=65537, key_size=2048)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Credential:
    """A certificate, its private key, its issuer's certificate (DER), and its label on the token ("" for the usual)."""

    kind: CertificateKind
    certificate: Certificate
    key: rsa.RSAPrivateKey
    issuer_der: bytes
    label: str = ""


class Pki:
    """Root, issuing authority and, once it is needed, an authority that nobody knows.

    Args:
        base_url: Address under which ``pki_app`` will answer, without a slash at the end.
        keys: Makes the keys.
    """

    def __init__(self, base_url: str, keys: KeyMaker) -> None:
        self.base_url = base_url
        self._keys = keys
        root, issuing, responder = keys.start(), keys.start(), keys.start()
        self._responder_key = responder.result()
        self.root = Authority.self_signed("root", base_url, _ROOT_NAME, root.result(), self._responder_key)
        self.issuing = self.root.subordinate("g1", _ISSUER_NAME, issuing.result(), self._responder_key)
        self._unknown: Authority | None = None
        self._stamps: TimeStampAuthority | None = None
        self._lock = threading.Lock()

    def authority(self, name: str) -> Authority | None:
        """The authority with this name in its addresses."""
        return next((one for one in self._authorities() if one.name == name), None)

    def issue(
        self, kind: CertificateKind, tax_code: str, owner: str, key: rsa.RSAPrivateKey | None = None
    ) -> Credential:
        """Issue an organisation's certificate.

        Args:
            kind: What is particular about it.
            tax_code: The MST that it carries.
            owner: The organisation's name.
            key: Its key; a new one by default.
        """
        pair = key or self._keys.start().result()
        if kind is CertificateKind.MISSPELT_NAME:
            owner = f"{owner} & CON"
        now = datetime.now(UTC).replace(microsecond=0)
        first, last = _VALIDITY[kind]
        place = NameOID.USER_ID if kind is not CertificateKind.MST_IN_ORGANISATION else NameOID.ORGANIZATION_NAME
        request = IssueRequest(
            subject=_name((place, f"MST:{tax_code}"), (NameOID.COMMON_NAME, owner), _PROVINCE, _COUNTRY),
            public_key=pair.public_key(),
            not_before=now + timedelta(days=first),
            not_after=NO_END if last is None else now + timedelta(days=last),
            usage=frozenset({"key_encipherment"}) if kind is CertificateKind.WRONG_USAGE else LEAF_USAGE,
        )
        authority = self._unknown_authority() if kind is CertificateKind.UNKNOWN_CA else self.issuing
        issued = authority.issue(request)
        if kind is CertificateKind.REVOKED:
            authority.revoke(issued.serial_number)
        der = issued.public_bytes(Encoding.DER)
        if kind is CertificateKind.MISSPELT_NAME:
            der = authority.misspell(der)
        return Credential(kind, Certificate.from_der(der), pair, authority.certificate_der)

    def issue_seal(self) -> Credential:
        """Issue the certificate of a company's evidence key: for signing documents, no tax code."""
        pair = self._keys.start().result()
        now = datetime.now(UTC).replace(microsecond=0)
        issued = self.issuing.issue(
            IssueRequest(_SEAL_NAME, pair.public_key(), now - timedelta(days=1), now + timedelta(days=1094))
        )
        certificate = Certificate.from_der(issued.public_bytes(Encoding.DER))
        return Credential(CertificateKind.NEW, certificate, pair, self.issuing.certificate_der, "evidence seal")

    @property
    def stamps(self) -> TimeStampAuthority:
        """The time stamp authority; made when it is first asked."""
        with self._lock:
            if self._stamps is None:
                from chukyso.sandbox.timestamp import TimeStampAuthority  # noqa: PLC0415 - few runs use it

                self._stamps = TimeStampAuthority(self.issuing, _STAMPS_NAME, self._keys.start().result())
            return self._stamps

    def revoke(self, serial: str) -> bool:
        """Revoke a certificate by its serial in hex; says whether one of the authorities had issued it."""
        number = int(read_serial(serial), 16)
        return any(authority.revoke(number) for authority in self._authorities())

    def _authorities(self) -> list[Authority]:
        with self._lock:
            return [self.root, self.issuing, *([self._unknown] if self._unknown else [])]

    def _unknown_authority(self) -> Authority:
        with self._lock:
            if self._unknown is None:
                key = self._keys.start().result()
                self._unknown = Authority.self_signed("unknown", self.base_url, _UNKNOWN_NAME, key, self._responder_key)
            return self._unknown


def pki_app(pki: Callable[[], Pki]) -> Starlette:
    """The ASGI application for CRL (``/crl/``), OCSP (``/ocsp/``, POST and GET), issuers (``/ca/``), ``/tsa``."""
    from starlette.applications import Starlette  # noqa: PLC0415 - the keys are being made while this is imported
    from starlette.concurrency import run_in_threadpool  # noqa: PLC0415 - the keys are being made meanwhile
    from starlette.responses import PlainTextResponse, Response  # noqa: PLC0415 - same
    from starlette.routing import Route  # noqa: PLC0415 - same

    def answer(content: bytes | None, media_type: str) -> Response:
        if content is None:
            return PlainTextResponse("not found", 404)
        return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})

    async def crl(request: Request) -> Response:
        authority = pki().authority(request.path_params["name"])
        return answer(authority.crl() if authority else None, "application/pkix-crl")

    async def issuer(request: Request) -> Response:
        authority = pki().authority(request.path_params["name"])
        return answer(authority.certificate_der if authority else None, "application/pkix-cert")

    async def read(request: Request) -> bytes | None:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > _MAX_REQUEST:
                return None
        return bytes(body)

    async def ocsp_post(request: Request) -> Response:
        authority = pki().authority(request.path_params["name"])
        body = await read(request)
        if body is None:
            return PlainTextResponse("request too large", 413)
        return answer(authority.ocsp(body) if authority else None, "application/ocsp-response")

    async def stamp(request: Request) -> Response:
        if request.headers.get("content-type") != "application/timestamp-query":  # RFC 3161, section 3.4
            return PlainTextResponse("not a time stamp request", 415)
        body = await read(request)
        if body is None:
            return PlainTextResponse("request too large", 413)
        return answer(await run_in_threadpool(lambda: pki().stamps.answer(body)), "application/timestamp-reply")

    async def ocsp_get(request: Request) -> Response:
        authority = pki().authority(request.path_params["name"])
        try:  # RFC 6960, A.1: base64, then URL-encoded
            body = base64.b64decode(unquote(request.path_params["request"]), validate=True)
        except binascii.Error:
            body = b""
        return answer(authority.ocsp(body) if authority else None, "application/ocsp-response")

    return Starlette(
        routes=[
            Route("/crl/{name}.crl", crl),
            Route("/ca/{name}.cer", issuer),
            Route("/ocsp/{name}", ocsp_post, methods=["POST"]),
            Route("/ocsp/{name}/{request:path}", ocsp_get),
            Route("/tsa", stamp, methods=["POST"]),
        ]
    )


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


_COUNTRY: Final = (NameOID.COUNTRY_NAME, "VN")
_PROVINCE: Final = (NameOID.STATE_OR_PROVINCE_NAME, "TỈNH DIỄN TẬP")
_ROOT_NAME: Final = _name(
    (NameOID.COMMON_NAME, "Sandbox National Root CA"), (NameOID.ORGANIZATION_NAME, "Sandbox (HƯ CẤU)"), _COUNTRY
)
_ISSUER_NAME: Final = _name(
    (NameOID.COMMON_NAME, "Sandbox-CA G1"),
    (NameOID.ORGANIZATION_NAME, "CÔNG TY CỔ PHẦN CHỮ KÝ SỐ DIỄN TẬP (HƯ CẤU)"),
    _COUNTRY,
)
_UNKNOWN_NAME: Final = _name(
    (NameOID.COMMON_NAME, "Stranger-CA G1"), (NameOID.ORGANIZATION_NAME, "CÔNG TY CHỨNG THỰC LẠ (HƯ CẤU)"), _COUNTRY
)
_SEAL_NAME: Final = _name(
    (NameOID.COMMON_NAME, "NIÊM PHONG BIÊN BẢN – DIỄN TẬP (HƯ CẤU)"),
    (NameOID.ORGANIZATION_NAME, "CÔNG TY DIỄN TẬP (HƯ CẤU)"),
    _COUNTRY,
)
_STAMPS_NAME: Final = _name(
    (NameOID.COMMON_NAME, "Sandbox-TSA G1"), (NameOID.ORGANIZATION_NAME, "DẤU THỜI GIAN DIỄN TẬP (HƯ CẤU)"), _COUNTRY
)
