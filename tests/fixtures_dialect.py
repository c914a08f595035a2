"""An attended agent that speaks a dialect, a page's side of it over real TLS, and a person before the windows."""

from __future__ import annotations

import base64
import http.client
import json
import queue
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from websockets.sync.client import ClientConnection, connect

from chukyso.agent.config import AgentConfig, PinSource, Timeouts
from chukyso.agent.listening import Dialect, Listening
from chukyso.agent.server import SigningAgent
from chukyso.agent.task import Content
from chukyso.agent.tls import ServerCertificate, server_certificate
from chukyso.certificate import Certificate
from fixtures_agent import ORIGIN, PATIENCE, Bench, Person
from fixtures_token import PIN

DOCS = Path(__file__).parents[1] / "docs" / "dialects"
EVERYTHING = frozenset(Content)
OTHER_ORIGIN = "http://127.0.0.1:9443"  # configured too, and no friend of the first


def json_lines(page: Path) -> list[str]:
    """The messages that a reference page shows."""
    (block,) = re.findall(r"^```json\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block).splitlines()


@cache
def leaf(directory: Path) -> ServerCertificate:
    return server_certificate(directory / "tls")


@dataclass
class Desk:
    """An agent on a desktop, and the person in front of it.

    Attributes:
        agent: The agent.
        dialect: The dialect that it speaks.
        tls: Its server certificate.
        opened: Addresses of the windows that were opened and not looked at yet.
    """

    agent: SigningAgent
    dialect: Dialect
    tls: ServerCertificate
    opened: queue.Queue[str]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))

    @property
    def port(self) -> int:
        return self.agent.dialect_ports[0]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def window(self, name: str) -> Person:
        """The window that has just been opened, which must be this one."""
        person = Person(self.opened.get(timeout=PATIENCE))
        assert person.url.endswith(f"/{name}"), person.url
        return person

    def share(self) -> None:
        """Consent to share the certificate."""
        assert self.window("share").press("accept") == 204

    def sign(self, pin: str = PIN) -> str:
        """Consent to one signature and give the PIN; what the certificate window said."""
        window = self.window("certificate")
        said = window.look()
        assert window.press("accept") == 204
        assert Person(window.url.replace("/certificate", "/pin")).press("accept", {"pin": pin}) == 204
        return said

    def cancel(self, name: str = "certificate") -> None:
        assert self.window(name).press("cancel") == 204

    def logged(self, text: str) -> bool:
        return any(text in line for line in self.agent.log)

    # WebSockets

    @contextmanager
    def socket(self, path: str, *, origin: str | None = ORIGIN, host: str = "127.0.0.1") -> Iterator[ClientConnection]:
        """A page's WebSocket, which trusts this certificate and no other.

        Args:
            path: Path below the dialect's address.
            origin: What the browser says.
            host: Name that the page used; whatever it is, it leads to this agent.
        """
        context = ssl.create_default_context(cafile=str(self.tls.cert_path))
        # This client reads and writes one TLS object from two threads, and loses answers now and then to the session
        # tickets of TLS 1.3. The browser's tests use 1.3.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        known = host if host in ("127.0.0.1", "localhost") else "localhost"
        url = f"wss://{host}:{self.port}/{path}"
        options: dict[str, Any] = {"ssl": context, "server_hostname": known, "proxy": None, "compression": None}
        with (
            socket.create_connection(("127.0.0.1", self.port), PATIENCE) as plain,
            connect(url, sock=plain, origin=origin, **options) as opened,  # type: ignore[arg-type]
        ):
            yield opened

    # HTTP

    def post(self, function: str, headers: Mapping[str, str] | None = None, **fields: object) -> str:
        """What the page's script reads after a form POST; it must get an answer."""
        status, _, text = self.request("POST", f"/{function}", urlencode(fields), headers)
        assert status == 200
        return text

    def post_later(self, function: str, headers: Mapping[str, str] | None = None, **fields: object) -> Future[str]:
        """The same, while somebody uses the windows."""
        return self._pool.submit(self.post, function, headers, **fields)

    def request(
        self, method: str, path: str, body: str | bytes = "", headers: Mapping[str, str | None] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """One HTTP request as a page's script makes it, but for these headers."""
        given = {
            "Host": self.host,
            "Origin": ORIGIN,
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Dest": "empty",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }
        connection = self._connection()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body.encode() if isinstance(body, str) else body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return response.status, found, response.read().decode()
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if not self.dialect.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        context = ssl.create_default_context(cafile=str(self.tls.cert_path))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=context)

    def close(self) -> None:
        self._pool.shutdown()


@contextmanager
def desk(bench: Bench, dialect: Dialect, *, port: int | None = 0, **options: Any) -> Iterator[Desk]:
    """An attended agent for a dialect, on a port of the system's choice."""
    opened: queue.Queue[str] = queue.Queue()
    tls = leaf(bench.hsm.directory)
    given = {
        "origins": (ORIGIN, OTHER_ORIGIN),
        "token_serial": bench.serial,
        "pin_source": PinSource.WINDOW,
        "open_window": opened.put,
        "contents": EVERYTHING,
        "timeouts": Timeouts(),
        **options,
    }
    listening = Listening(dialect, port, tls if dialect.tls else None)
    with SigningAgent(AgentConfig(**given), bench.worker, [listening]) as agent:
        sitting = Desk(agent, dialect, tls, opened)
        yield sitting
    sitting.close()


# The page's side of the VNPT-CA Plugin


class Plugin:
    """The page's side of the plugin: one socket, one call after the other."""

    def __init__(self, sitting: Desk, socket: ClientConnection) -> None:
        self.sitting = sitting
        self.socket = socket

    def call(
        self,
        function: int,
        *args: object,
        person: Callable[[], object] = lambda: None,
        callback: str = "callbackDefault",
        **members: object,
    ) -> str:
        frame = {"functionID": function, "funcCallback": callback, "args": list(args), "domain": "trusted.example"}
        self.socket.send(json.dumps({**frame, **members}))
        person()
        answer = str(self.socket.recv(timeout=PATIENCE))
        assert answer.count("*") == 1  # the page splits it there
        result, name = answer.split("*")
        assert name == callback
        return result

    def signed(self, function: int, *args: object) -> bytes:
        answer = json.loads(self.call(function, *args, person=self.sitting.sign))
        assert (answer["code"], answer["error"]) == (0, "")
        return base64.b64decode(answer["data"])

    def error(self, function: int, *args: object, **more: Any) -> int:
        answer = json.loads(self.call(function, *args, **more))
        assert set(answer) == {"code", "data", "error"}
        assert answer["data"] == ""
        code: int = answer["code"]
        return code

    def array(
        self, *items: object, serial: str = "", person: Callable[[], object] = lambda: None
    ) -> list[dict[str, Any]]:
        """Results of ``signArrDataAdvanced``, which are JSON in JSON."""
        answer = self.call(10, json.dumps([json.dumps(item) for item in items]), serial, "0", "1", person=person)
        return [json.loads(result) for result in json.loads(answer)]


@contextmanager
def plugin(sitting: Desk, **options: Any) -> Iterator[Plugin]:
    with sitting.socket("plugin", **{"host": "localhost", **options}) as socket:
        yield Plugin(sitting, socket)


# Second opinions


def by_xmlsec(document: bytes, certificate: Certificate, directory: Path) -> bool:
    """What xmlsec1 says of a signed document when it trusts this certificate."""
    trusted, file = directory / "trusted.pem", directory / "signed.xml"
    trusted.write_bytes(certificate.x509().public_bytes(Encoding.PEM))
    file.write_bytes(document)
    command = ["xmlsec1", "--verify", "--enabled-key-data", "x509", "--trusted-pem", str(trusted), str(file)]
    return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0


def by_openssl(signature: bytes, data: bytes, certificate: Certificate, directory: Path) -> bool:
    """What openssl says of a detached CMS over these data when it trusts this certificate."""
    trusted, cms, content = directory / "trusted.pem", directory / "cms.der", directory / "content"
    trusted.write_bytes(certificate.x509().public_bytes(Encoding.PEM))
    cms.write_bytes(signature)
    content.write_bytes(data)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-in", str(cms)]
    command += ["-content", str(content), "-CAfile", str(trusted), "-out", str(directory / "out")]
    return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0


def is_over_hash(signature: bytes, digest: bytes, certificate: Certificate) -> bool:
    """Whether this is a raw RSA signature over a digest of SHA-256."""
    key = certificate.x509().public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
