"""The portal's TLS certificate: is it to be believed, and which one is it. One connection, and no request on it."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from chukyso.errors import ChukysoError, Code
from chukyso.probe.model import TlsFacts

# X509_V_ERR_… of OpenSSL's x509_vfy.h
_REASONS: Final = {
    9: "chứng thư số của cổng chưa tới hạn (hoặc đồng hồ máy này chạy chậm)",
    10: "chứng thư số của cổng đã hết hạn (hoặc đồng hồ máy này chạy nhanh)",
    18: "chứng thư số của cổng do chính nó cấp",
    19: "chuỗi chứng thư số dẫn tới một gốc không được tin cậy",
    20: "không rõ tổ chức nào cấp chứng thư số của cổng",
    21: "không kiểm tra được chuỗi chứng thư số",
    23: "chứng thư số của cổng đã bị thu hồi",
    62: "chứng thư số không dành cho tên miền này",
    64: "chứng thư số không dành cho địa chỉ này",
}


def check_tls(url: str, *, seconds: float, roots: Path | None = None) -> TlsFacts | None:
    """Connect as a browser would, through the proxy that the system names, and read the certificate.

    Args:
        url: Address of the portal.
        seconds: Time-out of the connection.
        roots: PEM file with the roots that are believed; by default the system's (``SSL_CERT_FILE`` replaces them).

    Returns:
        None when the portal is not reached by TLS.

    Raises:
        ChukysoError: ``PORTAL_TLS``, ``PORTAL_TIMEOUT``, ``PORTAL_UNREACHABLE``.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        return None
    host, port = parts.hostname or "", parts.port or 443
    site = f"https://{parts.netloc}"
    try:
        context = ssl.create_default_context(cafile=str(roots) if roots else None)
        connection = _connection(host, port, context, seconds)
        try:
            connection.connect()
            return _facts(connection.sock)
        finally:
            connection.close()
    except ssl.SSLCertVerificationError as error:
        reason = _REASONS.get(error.verify_code, "chứng thư số của cổng không kiểm tra được")
        detail = f"{error.verify_code} {error.verify_message}"
        raise ChukysoError(Code.PORTAL_TLS, detail, host=parts.netloc, reason=reason) from error
    except ssl.SSLError as error:
        reason = "hai bên không thống nhất được cách mã hóa"
        raise ChukysoError(Code.PORTAL_TLS, str(error), host=parts.netloc, reason=reason) from error
    except TimeoutError as error:
        raise ChukysoError(Code.PORTAL_TIMEOUT, f"{site}: {error}", seconds=f"{seconds:g}", awaited="") from error
    except (OSError, http.client.HTTPException) as error:
        raise ChukysoError(Code.PORTAL_UNREACHABLE, f"{type(error).__name__}: {error}", url=site) from error


def _connection(host: str, port: int, context: ssl.SSLContext, seconds: float) -> http.client.HTTPSConnection:
    proxy = "" if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get("https", "")
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
    place = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    through = http.client.HTTPSConnection(place.hostname or "", place.port or 8080, timeout=seconds, context=context)
    through.set_tunnel(host, port)
    return through


def _facts(connected: socket.socket) -> TlsFacts:
    if not isinstance(connected, ssl.SSLSocket):
        raise OSError("no TLS")
    der = connected.getpeercert(binary_form=True) or b""
    certificate = x509.load_der_x509_certificate(der)
    return TlsFacts(
        version=connected.version() or "",
        subject=_name(certificate.subject),
        issuer=_name(certificate.issuer),
        not_before=certificate.not_valid_before_utc.isoformat(),
        not_after=certificate.not_valid_after_utc.isoformat(),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        chain=tuple(_name(x509.load_der_x509_certificate(each).subject) for each in _verified_chain(connected)),
    )


def _verified_chain(connected: ssl.SSLSocket) -> list[bytes]:
    """The chain as OpenSSL verified it: public since Python 3.13, there since 3.10 under the socket's own object."""
    public = getattr(connected, "get_verified_chain", None)
    if public is not None:
        return list(public())
    private = getattr(getattr(connected, "_sslobj", None), "get_verified_chain", None)
    # 2: _ssl.ENCODING_DER; else the answer would be PEM
    return [each.public_bytes(2) for each in private()] if private else []


def _name(name: x509.Name) -> str:
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else name.rfc4514_string()
