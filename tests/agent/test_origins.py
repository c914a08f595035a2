"""An attended agent that several pages may ask: what one page was given is not another page's."""

from __future__ import annotations

import base64
import queue
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from chukyso.agent.core.config import AgentConfig, PinSource
from chukyso.agent.core.request import GetCertificate, Progress
from chukyso.agent.core.run_decisions import RunDecisions
from chukyso.agent.server import SigningAgent
from chukyso.errors import Code
from chukyso.signature.verify import check_signature
from support.agent import ORIGIN, TIMEOUT, Bench, Page, Person, error_of, open_bench, page, raised_by, running
from support.token import PIN

OTHER = "https://other.example"


@dataclass(frozen=True)
class Desk:
    """An attended agent for two origins, and the addresses of the windows that it opened."""

    agent: SigningAgent
    opened: queue.Queue[str]

    def window(self) -> Person:
        return Person(self.opened.get(timeout=TIMEOUT))

    def share(self, asking: Page, origin: str) -> None:
        asking.send("get-certificate")
        window = self.window()
        assert window.field("origin") == origin
        assert window.press("accept") == 204
        assert asking.answer()["type"] == "certificate"


@contextmanager
def served(bench: Bench) -> Iterator[Desk]:
    opened: queue.Queue[str] = queue.Queue()
    options = {"pin_source": PinSource.WINDOW, "open_window": opened.put}
    with running(bench, origins=(ORIGIN, OTHER), **options) as agent:
        yield Desk(agent, opened)


@pytest.fixture
def desk(bench: Bench) -> Iterator[Desk]:
    with served(bench) as opened:
        yield opened


def test_a_page_signs_with_what_it_was_given_and_not_another_page(bench: Bench, desk: Desk) -> None:
    with page(desk.agent) as first, page(desk.agent, OTHER) as second:
        desk.share(first, ORIGIN)
        second.ask_signature(bench.certificate)
        assert second.error() == "refused"
        assert desk.opened.empty()
        desk.share(second, OTHER)
        second.ask_signature(bench.certificate)
        confirm = desk.window()
        assert confirm.field("origin") == OTHER
        assert confirm.press("accept") == 204
        enter = Person(confirm.url.replace("/certificate", "/pin"))
        assert enter.field("origin") == OTHER
        assert enter.press("accept", {"pin": PIN}) == 204
        check_signature(base64.b64decode(second.answer()["document"]), expected=bench.certificate)


def test_one_operation_for_all_pages(desk: Desk) -> None:
    with page(desk.agent) as first, page(desk.agent, OTHER) as second:
        first.send("get-certificate")
        window = desk.window()
        second.send("get-certificate")
        assert second.error() == "busy"
        assert desk.opened.empty()
        assert window.press("cancel") == 204
        assert first.error() == "cancelled"


def test_the_core_serves_no_origin_that_the_filter_would_not(desk: Desk) -> None:
    async def progress(_state: Progress) -> None:
        raise AssertionError("nothing is under way")

    async def ask(_run: RunDecisions) -> object:
        state, handler = desk.agent._state, desk.agent._handler
        assert state is not None
        assert handler is not None
        operation = state.begin("https://evil.example", "1")
        assert operation is not None
        return await handler.perform(operation, GetCertificate("1"), progress)

    with page(desk.agent):  # it is up
        assert error_of(lambda: desk.agent._call(ask)) is Code.REQUEST_NOT_OURS
    assert desk.opened.empty()


def test_a_run_serves_one_origin() -> None:
    assert error_of(lambda: AgentConfig(origins=(ORIGIN, OTHER))) is Code.OPTION_INVALID
    assert error_of(lambda: AgentConfig(origins=())) is Code.OPTION_INVALID


def test_a_port_that_is_taken_is_said_and_nothing_stays(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        agent = SigningAgent(AgentConfig(origins=(ORIGIN,), port=port), bench.worker)
        error = raised_by(agent.start)
        assert (error.code, error.context) == (Code.AGENT_PORT_TAKEN, {"port": str(port)})
        assert not agent.running
    with agent:  # and the same agent can be started when it is free
        assert agent.url == f"ws://127.0.0.1:{port}/v1"
    socket.create_server(("127.0.0.1", port)).close()


def test_certificate_and_token_cannot_fake_lines(tmp_path: Path) -> None:
    with open_bench(tmp_path, label="A\u202e8765") as bench, served(bench) as desk, page(desk.agent) as asking:
        asking.send("get-certificate")
        assert desk.window().field("token") == f"A 8765 · số sê-ri {bench.serial}"
