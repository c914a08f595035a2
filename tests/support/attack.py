"""What an attacker has besides a browser: web sites of his own and raw sockets."""

from __future__ import annotations

import base64
import hashlib
import http.server
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from chukyso.agent.server import AgentConfig, SigningAgent
from support.agent import Bench

SECONDS = 60.0  # that anything here may take on a busy machine; nothing is measured with it
EVIL = "evil.example"


def web_origin(agent: SigningAgent) -> str:
    """The agent's own origin."""
    return agent.url.replace("ws://", "http://").rsplit("/", 1)[0]


def port_of(agent: SigningAgent) -> int:
    return int(web_origin(agent).rsplit(":", 1)[1])


@contextmanager
def running_for(bench: Bench, origin: str, **options: Any) -> Iterator[SigningAgent]:
    """An agent for one origin; with an offered certificate, unless it is attended."""
    with SigningAgent(AgentConfig(origins=(origin,), token_serial=bench.serial, **options), bench.worker) as agent:
        if not agent.config.attended:
            agent.offer(bench.entry)
        yield agent


# Sites


@dataclass(frozen=True)
class Seen:
    """A request that a site got."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Site:
    """A web site on loopback.

    Attributes:
        port: Its port.
        scheme: ``http`` or ``https``.
        seen: What was asked of it.
    """

    port: int
    scheme: str = "http"
    seen: list[Seen] = field(default_factory=list)
    _pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    def origin(self, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}"

    def page(self, content: str = "<title>page</title>", host: str = "127.0.0.1", **headers: str) -> str:
        """Put a page up and return its address."""
        path = f"/{len(self._pages)}"
        given = {"Content-Type": "text/html; charset=utf-8", **{k.replace("_", "-"): v for k, v in headers.items()}}
        self._pages[path] = (content.encode(), given)
        return self.origin(host) + path


@contextmanager
def site(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Serve a site, over TLS when a context is given."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.seen.append(Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            body, headers = served._pages.get(self.path, (b"", {}))
            self.send_response(200 if headers else 404)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served = Site(server.server_address[1], "https" if context else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


@cache
def tls_site() -> tuple[ssl.SSLContext, str]:
    """A server's TLS context with a certificate of its own, and the hash by which a browser can be told to take it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.DNSName(EVIL), x509.DNSName("portal.example")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:  # the ssl module reads files only
        path = Path(directory) / "pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context.load_cert_chain(path)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return context, base64.b64encode(hashlib.sha256(spki).digest()).decode()


@dataclass(frozen=True)
class Silent:
    """A server that accepts and says nothing.

    Attributes:
        address: ``127.0.0.1:PORT``.
    """

    address: str
    _listening: socket.socket

    def heard(self) -> bytes:
        """What everybody said who has connected so far."""
        said = b""
        with suppress(BlockingIOError):
            while True:
                connection, _ = self._listening.accept()
                with connection, suppress(BlockingIOError, ConnectionResetError):
                    connection.setblocking(False)
                    said += connection.recv(65536)
        return said


@contextmanager
def silent_listener() -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        listening.setblocking(False)
        yield Silent(f"127.0.0.1:{listening.getsockname()[1]}", listening)


def poll(condition: Callable[[], object]) -> None:
    """Wait for a state that nobody tells."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


# Raw sockets


class Raw:
    """A TCP connection to the agent that says exactly what it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.received = b""

    def send(self, data: bytes) -> Self:
        with suppress(ConnectionError):  # the agent may have had enough already; what it said tells
            self.socket.sendall(data)
        return self

    def more(self) -> bool:
        """Read on; False when the agent closed."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            return False
        self.received += data
        return bool(data)

    def rest(self) -> bytes:
        """Everything until the agent closes."""
        while self.more():
            pass
        return self.received

    def head(self) -> bytes:
        """The head of an answer."""
        while b"\r\n\r\n" not in self.received and self.more():
            pass
        return self.received.split(b"\r\n\r\n")[0]

    def status(self) -> int:
        """Status of the answer; 0 when there was none."""
        words = self.head().split()
        return int(words[1]) if len(words) > 1 else 0

    def close_code(self) -> int:
        """Code of the WebSocket's close frame, 0 without one; frames before it are skipped."""
        at = len(self.head()) + 4
        while True:
            while len(self.received) < at + 4:
                if not self.more():
                    return 0
            opcode, length = self.received[at] & 15, self.received[at + 1]
            start = at + 2
            if length == 126:
                length, start = int.from_bytes(self.received[start : start + 2]), start + 2
            if opcode == 8:
                return int.from_bytes(self.received[start : start + 2])
            at = start + length


@contextmanager
def raw(agent: SigningAgent, port: int | None = None) -> Iterator[Raw]:
    with socket.create_connection(("127.0.0.1", port or port_of(agent)), timeout=SECONDS) as connection:
        yield Raw(connection)


def handshake(agent: SigningAgent, target: str = "/v1", method: str = "GET", **headers: str | None) -> bytes:
    """A WebSocket handshake of the listed page, with some headers changed or, as None, left out."""
    given = {
        "Host": f"127.0.0.1:{port_of(agent)}",
        "Origin": agent.config.origins[0],
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    wanted = {**given, **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"{name}: {value}" for name, value in wanted.items() if value is not None]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode()


def frame(first: int, payload: bytes = b"", *, masked: bool = True, length: int | None = None) -> bytes:
    """A WebSocket frame with this first byte (FIN, RSV and opcode), maybe with a length that it does not have."""
    size = len(payload) if length is None else length
    short = size if size < 126 else 126 if size < 1 << 16 else 127
    extended = b"" if size < 126 else size.to_bytes(2 if size < 1 << 16 else 8)
    mask = b"\x01\x02\x03\x04" if masked else b""
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if masked else payload
    return bytes([first, short | (0x80 if masked else 0)]) + extended + mask + body
