"""What may be signed besides the form, where, and what a person reads of it: over a listener of its own, as dialects
have.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import queue
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import ClientConnection, connect

from chukyso.agent.config import AgentConfig, PinSource
from chukyso.agent.core import Core
from chukyso.agent.listening import Listening
from chukyso.agent.server import SigningAgent
from chukyso.agent.subject import Form, describe
from chukyso.agent.task import Content, Progress, ShareTask, SignTask
from chukyso.errors import ChukysoError, Code
from chukyso.signature.cms import check_cms
from chukyso.signature.verify import check_signature
from chukyso.token.mechanisms import HashAlgorithm
from chukyso.token.verification import scheme_of, verify_digest_signature
from fixtures_agent import ORIGIN, PATIENCE, Bench, Person, bench, document_for, error_of, open_bench, request
from fixtures_token import PIN

__all__ = ["bench"]  # fixture

OTHER = "https://other.example"
EVERYTHING = frozenset(Content)
XML = "<HoSo ma='7'><Ten>Công ty <b>Thử</b></Ten><So>12</So></HoSo>".encode()
FORM = Form("ThayDoiChuKySo", "CKy_Dvi", "Tờ khai")


class Plain:
    """A dialect without words of its own: tasks as JSON."""

    name = "plain"
    ports = (0,)
    tls = False

    def routes(self, core: Core) -> Sequence[BaseRoute]:
        async def serve(socket: WebSocket) -> None:
            await socket.accept()
            asked = await socket.receive_json()
            operation = core.begin(asked["id"])
            if operation is None:
                await socket.send_json({"error": "busy"})
                await socket.close()
                return
            asked["data"] = base64.b64decode(asked.get("data", ""))
            task = SignTask(Content(asked["content"]), **_members(asked)) if "content" in asked else ShareTask()
            try:
                done = await core.perform(operation, socket.headers["origin"], task, self._progress)
            except ChukysoError as error:
                await socket.send_json({"error": error.code.name})
            else:
                content = getattr(done, "content", b"")
                await socket.send_json({"content": base64.b64encode(content).decode()})
            await socket.close()

        async def answer(_request: object) -> JSONResponse:
            return JSONResponse("here")

        return [WebSocketRoute("/", serve), Route("/http", answer, methods=["GET", "POST"])]

    async def _progress(self, _state: Progress) -> None:
        await asyncio.sleep(0)


def _members(asked: dict[str, Any]) -> dict[str, Any]:
    names = ("data", "title", "certificate_serial", "place", "hash_algorithm")
    return {"title": "Hồ sơ", **{name: asked[name] for name in names if name in asked}}


class Desk:
    """An attended agent with the plain dialect, and its windows."""

    def __init__(self, agent: SigningAgent, opened: queue.Queue[str]) -> None:
        self.agent = agent
        self.opened = opened
        self._ids = iter(range(1000))

    @property
    def port(self) -> int:
        return self.agent.dialect_ports[0]

    def connect(self, origin: str = ORIGIN, host: str = "127.0.0.1") -> ClientConnection:
        return connect(f"ws://{host}:{self.port}/", origin=origin, proxy=None, compression=None)  # type: ignore[arg-type]

    def ask(self, socket: ClientConnection, content: Content | None = None, data: bytes = b"", **members: Any) -> None:
        asked = {"id": f"r{next(self._ids)}", "data": base64.b64encode(data).decode(), **members}
        socket.send(json.dumps(asked if content is None else {**asked, "content": content}))

    def window(self) -> Person:
        return Person(self.opened.get(timeout=PATIENCE))

    def sign(self, content: Content, data: bytes, **members: Any) -> tuple[bytes, str]:
        """The signature after a person consented, and what the certificate window said."""
        with self.connect() as socket:
            self.ask(socket, content, data, **members)
            window = self.window()
            said = window.look()
            window.press("accept")
            Person(window.url.replace("/certificate", "/pin")).press("accept", {"pin": PIN})
            answer = json.loads(socket.recv(timeout=PATIENCE))
        assert "error" not in answer, answer
        return base64.b64decode(answer["content"]), unescape(said)

    def refused(self, content: Content | None, data: bytes = b"", origin: str = ORIGIN, **members: Any) -> str:
        """The code with which it is refused, without a window."""
        with self.connect(origin) as socket:
            self.ask(socket, content, data, **members)
            answer = json.loads(socket.recv(timeout=PATIENCE))
        assert self.opened.empty()
        code: str = answer["error"]
        return code

    def share(self, origin: str = ORIGIN) -> None:
        with self.connect(origin) as socket:
            self.ask(socket)
            window = self.window()
            assert window.field("origin") == origin
            window.press("accept")
            assert json.loads(socket.recv(timeout=PATIENCE)) == {"content": ""}


@contextmanager
def served(bench: Bench, contents: frozenset[Content] = EVERYTHING) -> Iterator[Desk]:
    opened: queue.Queue[str] = queue.Queue()
    config = AgentConfig(
        origins=(ORIGIN, OTHER),
        token_serial=bench.serial,
        pin_source=PinSource.WINDOW,
        open_window=opened.put,
        contents=contents,
    )
    with SigningAgent(config, bench.worker, [Listening(Plain())]) as agent:
        yield Desk(agent, opened)


@pytest.fixture
def desk(bench: Bench) -> Iterator[Desk]:
    with served(bench) as opened:
        yield opened


class TestContents:
    def test_xml_is_shown_and_signed(self, bench: Bench, desk: Desk) -> None:
        signed, said = desk.sign(Content.XML, XML, title="Hồ sơ 7")
        check_signature(signed, place=None, expected=bench.certificate)
        for fact in ("Hồ sơ 7", "tài liệu XML", hashlib.sha256(XML).hexdigest(), f"{len(XML)} byte", ORIGIN):
            assert fact in said
        for line in ("<HoSo>", "HoSo/@ma: 7", "Ten: Công ty", "b: Thử", "So: 12"):
            assert line in said

    def test_xml_is_signed_in_its_place(self, bench: Bench, desk: Desk) -> None:
        signed, _ = desk.sign(Content.XML, b"<HoSo><Ten>x</Ten><Cky/></HoSo>", place="Cky")
        check_signature(signed, place="Cky", expected=bench.certificate)

    def test_data_is_signed_as_cms(self, bench: Bench, desk: Desk) -> None:
        data = bytes(range(256)) * 5
        signed, said = desk.sign(Content.DATA, data)
        check_cms(signed, data, bench.certificate)
        for fact in ("dữ liệu bất kỳ", hashlib.sha256(data).hexdigest(), "1.280 byte"):
            assert fact in said

    def test_a_hash_is_signed_after_a_warning(self, bench: Bench, desk: Desk) -> None:
        digest = hashlib.sha384(b"something").digest()
        signed, said = desk.sign(Content.HASH, digest, hash_algorithm="sha384")
        scheme = scheme_of(bench.certificate, hash_algorithm=HashAlgorithm.SHA384)
        verify_digest_signature(bench.certificate, digest, signed, scheme)
        assert "không ai, kể cả bộ ký số, thấy được bạn đang ký vào cái gì" in said
        assert digest.hex() in said

    @pytest.mark.parametrize(
        ("content", "data", "members", "code"),
        [
            (Content.HASH, bytes(20), {"hash_algorithm": "sha1"}, Code.HASH_REFUSED),
            (Content.HASH, bytes(16), {"hash_algorithm": "md5"}, Code.HASH_REFUSED),
            (Content.HASH, bytes(20), {"hash_algorithm": "sha256"}, Code.DOCUMENT_INVALID),
            (Content.HASH, b"", {}, Code.DOCUMENT_INVALID),
            (Content.DATA, b"", {}, Code.DOCUMENT_INVALID),
            (Content.XML, b"no XML", {}, Code.DOCUMENT_INVALID),
            (Content.XML, b"<!DOCTYPE a><a/>", {}, Code.DOCUMENT_INVALID),
            (Content.XML, b"<a/>", {"place": "Cky"}, Code.DOCUMENT_INVALID),
            (Content.XML, b"<a/>", {"certificate_serial": "ab"}, Code.REQUEST_NOT_OURS),
            (Content.CHANGE, b"<a/>", {"place": "CKy_Dvi"}, Code.REQUEST_NOT_OURS),
        ],
    )
    def test_what_is_refused_opens_no_window(
        self, desk: Desk, content: Content, data: bytes, members: dict[str, Any], code: Code
    ) -> None:
        assert desk.refused(content, data, **members) == code.name

    def test_nothing_but_the_form_is_signed_unless_switched_on(self, bench: Bench) -> None:
        with served(bench, frozenset({Content.CHANGE})) as desk:
            for content, data in ((Content.XML, XML), (Content.DATA, b"x"), (Content.HASH, bytes(32))):
                assert desk.refused(content, data) == Code.REQUEST_NOT_OURS.name

    def test_a_form_is_still_compared_with_the_certificate(self, bench: Bench, desk: Desk) -> None:
        desk.share()
        document = document_for(bench.certificate)
        assert desk.refused(Content.CHANGE, document.replace(b"0101234565", b"0201234569"), place="CKy_Dvi") == (
            Code.REQUEST_NOT_OURS.name
        )
        signed, _ = desk.sign(Content.CHANGE, document, place="CKy_Dvi")
        check_signature(signed, expected=bench.certificate)

    def test_a_run_signs_nothing_else(self, bench: Bench) -> None:
        assert error_of(lambda: AgentConfig(origins=(ORIGIN,), contents=EVERYTHING)) is Code.OPTION_INVALID
        assert error_of(lambda: AgentConfig(origins=(ORIGIN, OTHER))) is Code.OPTION_INVALID
        assert error_of(lambda: AgentConfig(origins=())) is Code.OPTION_INVALID
        config = AgentConfig(origins=(ORIGIN,))
        assert error_of(lambda: SigningAgent(config, bench.worker, [Listening(Plain())])) is Code.OPTION_INVALID


class TestOrigins:
    def test_a_page_signs_with_what_it_was_given_and_not_another_page(self, bench: Bench, desk: Desk) -> None:
        serial = bench.certificate.serial
        desk.share()
        assert desk.refused(Content.XML, XML, OTHER, certificate_serial=serial) == Code.REQUEST_NOT_OURS.name
        desk.share(OTHER)
        with desk.connect(OTHER) as socket:
            desk.ask(socket, Content.XML, XML, certificate_serial=serial)
            window = desk.window()
            assert window.field("origin") == OTHER
            window.press("accept")
            assert Person(window.url.replace("/certificate", "/pin")).field("origin") == OTHER

    def test_one_operation_on_all_listeners(self, desk: Desk) -> None:
        with desk.connect() as first:
            desk.ask(first)
            window = desk.window()
            assert desk.refused(Content.XML, XML, OTHER) == "busy"
            window.press("cancel")
            assert json.loads(first.recv(timeout=PATIENCE)) == {"error": Code.SIGNING_CANCELLED.name}


class TestListener:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": ORIGIN}, 200),
            ({"Origin": OTHER}, 200),
            ({"Origin": ORIGIN, "Host": "localhost:{port}"}, 200),
            ({"Origin": ORIGIN, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}, 200),
            ({}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": f"{ORIGIN}/"}, 403),
            ({"Origin": "http://127.0.0.1:{port}"}, 403),
            ({"Origin": ORIGIN, "Host": "evil.example:{port}"}, 403),
            ({"Origin": ORIGIN, "Host": "127.0.0.1"}, 403),
            ({"Origin": ORIGIN, "Host": "127.0.0.1:{own}"}, 403),
            ({"Origin": ORIGIN, "Sec-Fetch-Mode": "navigate"}, 403),
            ({"Origin": ORIGIN, "Sec-Fetch-Mode": "no-cors"}, 403),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_only_pages_of_the_configured_origins_are_answered(
        self, desk: Desk, method: str, headers: dict[str, str], status: int
    ) -> None:
        own = desk.agent.url.split(":")[2].split("/")[0]
        given = {name: value.format(port=desk.port, own=own) for name, value in headers.items()}
        assert request(method, f"http://127.0.0.1:{desk.port}/http", given).status == status

    def test_windows_and_the_own_protocol_are_not_there(self, desk: Desk) -> None:
        for path in ("/v1", "/window/x/share"):
            assert request("GET", f"http://127.0.0.1:{desk.port}{path}", {"Origin": ORIGIN}).status == 404

    def test_listens_on_loopback_only(self, desk: Desk) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.2", desk.port))

    def test_a_port_that_is_taken_is_said_and_nothing_stays(self, bench: Bench) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
            port, own = taken.getsockname()[1], free.getsockname()[1]
            free.close()
            config = AgentConfig(origins=(ORIGIN,), pin_source=PinSource.WINDOW, open_window=print, port=own)
            agent = SigningAgent(config, bench.worker, [Listening(Plain(), port)])
            with pytest.raises(ChukysoError) as raised:
                agent.start()
            assert (raised.value.code, raised.value.context) == (Code.AGENT_PORT_TAKEN, {"port": str(port)})
            assert not agent.running
            socket.create_server(("127.0.0.1", own)).close()

    def test_the_next_port_that_pages_know_is_taken_instead(self, bench: Bench) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            dialect = Plain()
            dialect.ports = (taken.getsockname()[1], 0)  # type: ignore[assignment]
            config = AgentConfig(origins=(ORIGIN,), pin_source=PinSource.WINDOW, open_window=print)
            with SigningAgent(config, bench.worker, [Listening(dialect)]) as agent:
                assert agent.dialect_ports[0] not in (0, dialect.ports[0])

    def test_all_listeners_end_together(self, bench: Bench) -> None:
        with served(bench) as desk:
            ports = (desk.port, int(desk.agent.url.split(":")[2].split("/")[0]))
            with desk.connect() as waiting:
                desk.ask(waiting)
                desk.window()
                desk.agent.stop()
        for port in ports:
            with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=1):
                pass


class TestWords:
    def subject(self, data: bytes = XML, title: str = "Hồ sơ") -> list[str]:
        described = describe(SignTask(Content.XML, data, title), FORM)
        return [described.title, *described.lines]

    def test_a_title_is_one_clean_line(self) -> None:
        assert self.subject(title="A\n\u202eB\u0000\u200b  C")[0] == "A B C"
        assert len(self.subject(title="x" * 10_000)[0]) <= 120
        assert self.subject(title="\u200b\n")[0] == "(không có tên)"

    def test_a_document_cannot_fake_lines_or_directions(self) -> None:
        lines = self.subject("<a><b>x\u202ey\nDone: yes</b></a>".encode())[1:]
        assert lines == ["<a>", "b: x y Done: yes"]

    def test_a_long_document_is_cut(self) -> None:
        lines = self.subject(f"<a>{''.join(f'<b>{n}</b>' for n in range(500))}<c>{'x' * 5000}</c></a>".encode())[1:]
        assert len(lines) == 41
        assert lines[-1] == "… và 462 dòng nữa không hiện ở đây"
        assert max(map(len, self.subject(f"<a>{'x' * 5000}</a>".encode()))) <= 160


def test_certificate_and_token_cannot_fake_lines_either(tmp_path: Path) -> None:
    with open_bench(tmp_path, label="A\u202e8765") as bench, served(bench) as desk, desk.connect() as asking:
        desk.ask(asking)
        assert desk.window().field("token") == f"A 8765 · số sê-ri {bench.serial}"
