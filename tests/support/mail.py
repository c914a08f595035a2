"""A company's mail: a server that takes mail by SMTP and says what it found out, and Dovecot, from which it is read."""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chukyso.mail.mailbox import Mailbox, parse_mailbox
from chukyso.mail.result import Rules, SearchCriteria, rules_of
from chukyso.portal.profile import load_profile
from chukyso.sandbox.mail import Letter
from chukyso.sandbox.mail_hostile import make
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.options import MAIL_SENDER, MailOptions
from support.dovecot import Dovecot

AUTHSERV = "mx.cty.example"
TRICKLE = b"trickle"  # as an answer: no end of it
SUBMITTED = datetime(2026, 3, 2, 1, 15, 9, tzinfo=UTC)
LETTER = Letter(
    to="ketoan@cty.example",
    tax_code="0101234565",
    serial="54010abb0102030405060708090a0b02",
    transaction="0b8f6c1e-51c9-4f1c-9f5e-7a3f7f1f8a10",
    at=SUBMITTED,
)
CRITERIA = SearchCriteria(LETTER.tax_code, LETTER.serial, LETTER.transaction, SUBMITTED)


def sandbox_rules() -> Rules:
    return rules_of(load_profile("sandbox"), AUTHSERV)


def received(kind: MailKind, letter: Letter = LETTER) -> bytes:
    """A mail of the sandbox as the company's server keeps it."""
    envelope_from, data = make(kind, letter, MAIL_SENDER)
    return stamped(envelope_from, data)


def stamped(envelope_from: str, data: bytes) -> bytes:
    """What a mail server does on receipt (RFC 8601, 5): lines that bear its own name go, its findings stand on top.

    Every domain's own server sends here, so SPF always passes: for the domain of the envelope, which is not ``From``.
    """
    head, gap, body = data.partition(b"\r\n\r\n") if b"\r\n\r\n" in data else data.partition(b"\n\n")
    own = rb"(?im)^Authentication-Results:\s*" + re.escape(AUTHSERV.encode()) + rb"\b.*\r?\n(?:[ \t].*\r?\n)*"
    finding = f"Authentication-Results: {AUTHSERV};\r\n spf=pass smtp.mailfrom={envelope_from}; dkim=none\r\n"
    return finding.encode() + re.sub(own, b"", head) + gap + body


class Receiver:
    """What aiosmtpd calls for each mail."""

    def __init__(self, server: Dovecot) -> None:
        self._server = server

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self._server.deliver(stamped(envelope.mail_from, envelope.original_content))
        return "250 OK"


@dataclass(frozen=True)
class Company:
    """A running mail system.

    Attributes:
        imap: Where mail is read.
        smtp_port: Where it is taken in, on loopback.
        authority: Issues certificates: names to PEM certificate and key.
    """

    imap: Dovecot
    smtp_port: int
    authority: Authority

    @property
    def mailbox(self) -> Mailbox:
        return parse_mailbox(self.imap.url())

    @property
    def options(self) -> MailOptions:
        return MailOptions("127.0.0.1", self.smtp_port)

    def deliver(self, kind: MailKind, letter: Letter = LETTER, at: datetime | None = None) -> Path:
        """Put a mail into the mailbox; ``at`` is when the server got it."""
        path = self.imap.deliver(received(kind, letter))
        if at is not None:
            os.utime(path, (at.timestamp(), at.timestamp()))
        return path


class Authority:
    """A certificate authority for servers."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mail Test CA")])
        self._certificate = self._build(self._name, self._key, None)
        self.pem = self._certificate.public_bytes(Encoding.PEM)

    def server(self, *names: str) -> tuple[bytes, bytes]:
        """A certificate for these names, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = self._build(subject, key, names)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return certificate.public_bytes(Encoding.PEM), secret

    def _build(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, names: tuple[str, ...] | None
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        )
        if names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(self._key, hashes.SHA256())


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a loopback port that does one thing to each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError):
            serve(connection)
        with suppress(OSError):
            connection.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                open_ones.append(connection)
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        for each in (listener, *open_ones):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def scripted(company: Company, tmp_path: Path, answer: Callable[[bytes], bytes]) -> Callable[[socket.socket], None]:
    """A mail server of bad will, with a good certificate: what it says to each line is its own affair."""
    certificate, key = company.authority.server("localhost")
    for name, data in (("evil.pem", certificate), ("evil.key", key)):
        (tmp_path / name).write_bytes(data)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "evil.pem", tmp_path / "evil.key")

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            stream.sendall(b"* OK hello\r\n")
            lines = stream.makefile("rb")
            for line in lines:
                tag, _, command = line.strip().partition(b" ")
                if command.startswith(b"AUTHENTICATE"):
                    stream.sendall(b"+ \r\n")
                    lines.readline()
                said = answer(command)
                if said == TRICKLE:
                    trickle(stream)
                stream.sendall(
                    said.replace(b"TAG", tag)
                    if said
                    else b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK done\r\n"
                )

    return serve


def trickle(connection: socket.socket) -> None:
    """Send a byte now and then, for ever."""
    while True:
        connection.sendall(b"x")
        time.sleep(0.1)


def keep_silent(connection: socket.socket) -> None:
    """Listen until the client gives up."""
    while connection.recv(65536):
        pass


def cutting(port: int, after: int) -> Callable[[socket.socket], None]:
    """Passes everything on to a server, but cuts the connection once the server has sent so many bytes."""

    def serve(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as onward:

            def forth() -> None:
                with suppress(OSError):
                    while data := connection.recv(65536):
                        onward.sendall(data)

            threading.Thread(target=forth, daemon=True).start()
            left = after
            while left > 0 and (data := onward.recv(min(65536, left))):
                connection.sendall(data)
                left -= len(data)
            connection.shutdown(socket.SHUT_RDWR)

    return serve


def until(state: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a state."""
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
