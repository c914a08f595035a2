"""Portals on loopback for probe and doctor: plain pages, a sandbox authority's TLS certificates, other clocks."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chukyso.probe.model import Found, Probe, TlsFacts, Traffic
from chukyso.sandbox.authority import Authority
from support.paths import ROOT

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass
class Place:
    """A portal on loopback.

    Attributes:
        url: Its address, with a slash at the end.
        pages: Content by path.
        moved: Where a path has moved to.
        asked: Method and path of what was asked of it.
        connections: How many connections it got.
        date: What it sends as ``Date``; None for the truth.
    """

    url: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    date: str | None = None


@contextmanager
def place(context: ssl.SSLContext | None = None) -> Iterator[Place]:
    """Serve a portal, over TLS when a context is given."""
    served = Place()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(f"{self.command} {self.path}")
            body = served.pages.get(self.path, "").encode()
            moved = served.moved.get(self.path)
            self.send_response_only(302 if moved else 200 if self.path in served.pages else 404)
            if moved:
                self.send_header("Location", moved)
            self.send_header("Date", self.date_time_string() if served.date is None else served.date)
            self.send_header(
                "Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_POST = do_HEAD = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    class Server(http.server.ThreadingHTTPServer):
        def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
            served.connections += 1
            super().process_request(request, client_address)

        def finish_request(self, request: object, client_address: object) -> None:
            try:  # the handshake belongs into the connection's own thread
                wrapped = context.wrap_socket(request, server_side=True) if context else request  # type: ignore[arg-type]
                super().finish_request(wrapped, client_address)  # type: ignore[arg-type]
            except OSError:
                """A client that did not like the certificate."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent_place() -> Iterator[str]:
    """The address of a portal that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def nobody() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@cache
def authority() -> Authority:
    """An authority as the sandbox has them."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox TLS Root CA")])
    key = rsa.generate_private_key(65537, 2048)
    return Authority.self_signed("tls", "http://127.0.0.1:9", name, key, key)


@cache
def _server_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def roots(directory: Path) -> Path:
    """A PEM file with the authority's root."""
    path = directory / "tls-root.pem"
    path.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    return path


def server_context(directory: Path, *, name: str = "127.0.0.1", starts: int = -30, ends: int = 90) -> ssl.SSLContext:
    """Key and certificate of a TLS server, issued by the authority.

    Args:
        directory: Where to write them.
        name: Host name or address that the certificate is for.
        starts: Start of validity, days from now.
        ends: Its end.
    """
    now = datetime.now(UTC)
    try:
        subject: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    issuer = authority()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer.certificate.subject)
        .public_key(_server_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=starts))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .sign(issuer._key, hashes.SHA256())
    )
    path = directory / f"{certificate.serial_number:x}.pem"
    key = _server_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def profile_file(directory: Path, name: str, *changes: tuple[str, str], base: str = "bhxh") -> Path:
    """A profile with lines changed; that of the real portal never keeps its address."""
    text = (ROOT / "variables" / f"{base}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    assert "baohiemxahoi.gov.vn" not in text, "no test contacts the real portal"
    path = directory / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def portal_at(url: str) -> tuple[str, str]:
    """The change of the real portal's profile that sends it to loopback."""
    assert url.split("/")[2].rpartition(":")[0] == "127.0.0.1"
    return 'url = "https://dichvucong.baohiemxahoi.gov.vn/"', f'url = "{url}"'


@pytest.fixture
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections of this process lead to this machine, or the test fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple):
            assert address[0] in LOOPBACK, f"a test wants to contact {address}"
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


TLS = TlsFacts(
    "TLSv1.3", "portal.example", "CA 1", "2026-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00", "ab" * 32, ("a", "b")
)


PROBE = Probe(
    profile="real",
    portal="https://portal.example/",
    embedded=False,
    started="2026-11-22T15:00:00+00:00",
    seconds=3.5,
    tls=TLS,
    final_address="/",
    status=200,
    headers={"x-frame-options": "DENY"},
    elements={"home.login": Found.FOUND, "login.dialog": Found.FOUND},
    texts={"home": ("Cổng", "Thông báo"), "login": ("Mật khẩu",)},
    scripts={"/main.3f2a9c1b77.js": "11" * 32, "/polyfills.js": "22" * 32},
    traffic=Traffic(12, 80, (), {"portal.example": 12}),
)
