"""A signing agent on a real token, a page that speaks its protocol, and a person who uses its windows."""

from __future__ import annotations

import base64
import http.client
import json
import queue
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import ClientConnection, connect

from chukyso.agent.core.operation import SigningRequest
from chukyso.agent.server import AgentConfig, SigningAgent
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.signature.profile import format_time
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate
from support.token import MST, PIN, SoftHsm, issue, softhsm_token

ORIGIN = "http://127.0.0.1:8443"
TIMEOUT = 10.0


@dataclass(frozen=True)
class Bench:
    """A token with one certificate, opened; shared by the tests of a module."""

    hsm: SoftHsm
    serial: str
    worker: TokenWorker
    entry: TokenCertificate

    @property
    def certificate(self) -> Certificate:
        return self.entry.certificate


@contextmanager
def open_bench(directory: Path, label: str = "Token thử") -> Iterator[Bench]:
    hsm = softhsm_token(directory)
    serial = hsm.add_token(label=label, entries=[issue()])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        yield Bench(hsm, serial, worker, worker.certificates(serial)[0])


@contextmanager
def running(bench: Bench, **options: Any) -> Iterator[SigningAgent]:
    """An agent with an offered certificate, unless it is attended."""
    settings = {"origins": (ORIGIN,), "token_serial": bench.serial, **options}
    with SigningAgent(AgentConfig(**settings), bench.worker) as agent:
        if not agent.config.attended:
            agent.offer(bench.entry)
        yield agent


def document_for(certificate: Certificate, *, tax_code: str = MST, extra: str = "") -> bytes:
    """A document as the portal makes it."""
    return (
        "<ThayDoiChuKySo><TTPhien><MA_GIAO_DICH>1</MA_GIAO_DICH><NONCE>n-1</NONCE>"
        "<LAP_LUC>2026-11-22T01:02:03Z</LAP_LUC></TTPhien>"
        f"<TTDVI><MST>{tax_code}</MST><MA_DVI>DV01</MA_DVI><TEN_DVI>Đơn vị</TEN_DVI>"
        "<EMAIL>lien.he@example.vn</EMAIL><DIEN_THOAI>0900000001</DIEN_THOAI></TTDVI>"
        "<CKS_DANG_DUNG><SERIAL>5a01</SERIAL><SUBJECT/><ISSUER/><BEGIN/><END/></CKS_DANG_DUNG>"
        f"<CKS_MOI><SERIAL>{certificate.serial}</SERIAL><SUBJECT>{escape(certificate.owner)}</SUBJECT>"
        f"<ISSUER>{escape(certificate.issuer)}</ISSUER><BEGIN>{format_time(certificate.not_before)}</BEGIN>"
        f"<END>{format_time(certificate.not_after)}</END></CKS_MOI><CAM_KET>Cam kết</CAM_KET>"
        f"{extra}<CKy_Dvi/></ThayDoiChuKySo>"
    ).encode()


class Page:
    """The portal's page: a WebSocket client that sends what it is told to."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, kind: str, request_id: str | None = None, **members: object) -> str:
        request_id = request_id or str(uuid.uuid4())
        self.socket.send(json.dumps({"v": 1, "id": request_id, "type": kind, **members}))
        return request_id

    def ask_signature(self, certificate: Certificate, document: bytes | None = None, **members: object) -> str:
        given = {
            "document": base64.b64encode(document_for(certificate) if document is None else document).decode(),
            "certificateSerial": certificate.serial,
            "place": "CKy_Dvi",
        }
        return self.send("sign-xml", **{**given, **members})

    def get_certificate(self) -> bytes:
        self.send("get-certificate")
        answer = self.receive()
        assert answer["type"] == "certificate", answer
        return base64.b64decode(answer["certificate"])

    def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=TIMEOUT))
        return message

    def answer(self) -> dict[str, Any]:
        """The next message that is not about progress."""
        while (message := self.receive())["type"] == "progress":
            pass
        return message

    def error(self) -> str:
        message = self.answer()
        assert message["type"] == "error", message
        assert set(message) == {"v", "id", "type", "code"}
        code: str = message["code"]
        return code


@contextmanager
def page(agent: SigningAgent, origin: str = ORIGIN) -> Iterator[Page]:
    with connect(agent.url, origin=origin, proxy=None, compression=None) as socket:  # type: ignore[arg-type]
        yield Page(socket)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    text: str


def request(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | str | None = None) -> Answer:
    """One HTTP request, exactly with these headers beside Host."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=TIMEOUT)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read().decode(errors="replace"))
    finally:
        connection.close()


@dataclass
class Person:
    """Reads a window and presses its buttons as its script would."""

    url: str
    seen: list[str] = field(default_factory=list)

    def look(self) -> str:
        answer = request("GET", self.url)
        self.seen.append(answer.text)
        assert answer.status == 200, answer
        return answer.text

    def field(self, name: str) -> str:
        match = re.search(rf'data-field="{name}"[^>]*>([^<]*)<', self.look())
        assert match, name
        return unescape(match.group(1))

    def headers(self, **changed: str | None) -> dict[str, str]:
        token = re.search(r'data-csrf="([^"]+)"', self.look())
        assert token
        parts = urlsplit(self.url)
        given = {
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Content-Type": "application/json",
            "X-Chukyso-Window": token.group(1),
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "same-origin",
        }
        wanted = {**given, **{name.replace("_", "-"): value for name, value in changed.items()}}
        return {name: value for name, value in wanted.items() if value is not None}

    def press(self, button: str, body: dict[str, Any] | None = None) -> int:
        answer = request("POST", f"{self.url}/{button}", self.headers(), json.dumps(body or {}))
        self.seen.append(answer.text)
        return answer.status


def requested(agent: SigningAgent) -> SigningRequest:
    """The request that the page has just sent."""
    found = agent.wait_for_request(TIMEOUT)
    assert found is not None
    return found


def to_pin_window(agent: SigningAgent, asked: SigningRequest) -> Person:
    """Approve, confirm the certificate, deliver the PIN."""
    agent.approve(asked)
    assert Person(asked.certificate_window).press("accept") == 204
    agent.deliver_pin(asked, PIN)
    return Person(asked.pin_window)


def enter_pin(bench: Bench, asking: Page, opened: queue.Queue[str], pin: str) -> Person:
    """Ask for a signature, confirm the certificate and type a PIN; the PIN window."""
    asking.ask_signature(bench.certificate)
    confirm = Person(opened.get(timeout=TIMEOUT))
    assert confirm.press("accept") == 204
    window = Person(confirm.url.replace("/certificate", "/pin"))
    assert window.press("accept", {"pin": pin}) == 204
    return window


def raised_by(call: Callable[[], object]) -> ChukysoError:
    with pytest.raises(ChukysoError) as raised:
        call()
    return raised.value


def error_of(call: Callable[[], object]) -> Code:
    return raised_by(call).code


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("agent")) as opened:
        yield opened


@pytest.fixture
def agent(bench: Bench) -> Iterator[SigningAgent]:
    with running(bench) as started:
        yield started


@pytest.fixture
def asking(agent: SigningAgent) -> Iterator[Page]:
    with page(agent) as opened:
        yield opened
