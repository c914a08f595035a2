"""The token behind the agent, the agent's life, and where the PIN must not be."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from pathlib import Path

import pytest

from chukyso.agent.server import AgentConfig, SigningAgent, Timeouts
from chukyso.errors import ChukysoError, Code
from chukyso.token.client import TokenWorker
from support.agent import (
    ORIGIN,
    TIMEOUT,
    Bench,
    Page,
    Person,
    document_for,
    error_of,
    open_bench,
    page,
    requested,
    running,
    to_pin_window,
)
from support.token import OTHER_MST, PIN, issue, softhsm_token


class TestToken:
    def test_a_wrong_pin_costs_one_try_and_is_not_kept(self, tmp_path: Path) -> None:
        with open_bench(tmp_path) as bench, running(bench) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            agent.approve(asked)
            Person(asked.certificate_window).press("accept")
            agent.deliver_pin(asked, "87654321")
            Person(asked.pin_window).press("accept")
            assert asking.error() == "failed"
            assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.PIN_INCORRECT
            asking.ask_signature(bench.certificate)
            again = requested(agent)
            # SoftHSM2 announces COUNT_LOW now: nobody is asked for a PIN in an unattended run.
            assert error_of(lambda: agent.approve(again)) is Code.PIN_COUNT_LOW
            assert asking.error() == "failed"

    def test_a_pin_that_cannot_be_right_costs_nothing(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.approve(asked)
        Person(asked.certificate_window).press("accept")
        assert error_of(lambda: agent.deliver_pin(asked, "1")) is Code.PIN_LENGTH
        assert asking.error() == "failed"

    def test_a_swapped_certificate_is_noticed(self, tmp_path: Path) -> None:
        hsm = softhsm_token(tmp_path)
        first, second = issue(key_id=b"\x01"), issue(key_id=b"\x02")
        serial = hsm.add_token(entries=[first])
        with TokenWorker(hsm.module, hsm.environment) as worker:
            config = AgentConfig(origins=(ORIGIN,), token_serial=serial)
            with SigningAgent(config, worker) as agent, page(agent) as asking:
                agent.offer(second.on_token)  # as if it had been on the token when it was chosen
                asking.get_certificate()
                asking.ask_signature(second.parsed)
                asked = requested(agent)
                assert error_of(lambda: agent.approve(asked)) is Code.TOKEN_GONE
                assert asking.error() == "failed"

    def test_a_token_that_is_pulled_before_accept_signs_nothing(self, tmp_path: Path) -> None:
        with open_bench(tmp_path) as bench, running(bench) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            person = to_pin_window(agent, asked)
            bench.hsm.tokens.rename(tmp_path / "pulled")
            bench.worker.close()
            assert person.press("accept") == 204
            assert asking.error() == "failed"
            with pytest.raises(ChukysoError):
                agent.wait_for_result(asked, TIMEOUT)


class TestLife:
    def test_stop_leaves_nothing_behind(self, bench: Bench) -> None:
        before = set(threading.enumerate())
        agent = SigningAgent(AgentConfig(origins=(ORIGIN,)), bench.worker)
        agent.start()
        port = int(agent.url.split(":")[2].split("/")[0])
        agent.offer(bench.entry)
        agent.stop()
        agent.stop()  # twice is once
        assert set(threading.enumerate()) <= before
        with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=1):
            pass
        assert error_of(lambda: agent.wait_for_request(1)) is Code.AGENT_FAILED

    def test_stop_ends_what_is_under_way(self, bench: Bench) -> None:
        agent = SigningAgent(AgentConfig(origins=(ORIGIN,)), bench.worker).start()
        failed: list[Code] = []
        agent.offer(bench.entry)
        with page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            waiting = threading.Thread(target=lambda: failed.append(error_of(lambda: agent.wait_for_result(asked, 60))))
            waiting.start()
            agent.stop()
            waiting.join(TIMEOUT)
        assert failed == [Code.AGENT_FAILED]

    def test_nobody_waits_for_ever_for_its_thread(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chukyso.agent.server._ANSWER_SECONDS", 0.1)
        stuck, begun = threading.Event(), threading.Event()
        with running(bench, timeouts=Timeouts(approval=0.1)) as agent:
            agent._loop.call_soon_threadsafe(lambda: (begun.set(), stuck.wait(TIMEOUT)))
            assert begun.wait(TIMEOUT)
            assert error_of(lambda: agent.wait_for_request(0.1)) is Code.AGENT_FAILED
            assert not stuck.is_set()
            stuck.set()

    def test_refusing_tells_whether_it_came_in_time(self, bench: Bench, agent: SigningAgent) -> None:
        """Nobody else knows whether a page that died in between has a signed document."""
        with page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            early = requested(agent)
            assert agent.refuse(early)
            assert agent.refuse(early), "still true"
        agent.offer(bench.entry)
        with page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            late = requested(agent)
            to_pin_window(agent, late).press("accept")
            agent.wait_for_result(late, TIMEOUT)
            assert not agent.refuse(late)

    def test_a_request_that_nobody_sends_is_none(self, agent: SigningAgent) -> None:
        assert agent.wait_for_request(0.05) is None

    def test_two_agents_do_not_meet(self, bench: Bench, agent: SigningAgent) -> None:
        with running(bench) as other:
            assert other.url != agent.url


def test_the_pin_is_in_no_answer_and_no_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard: list[str] = []
    with running(bench) as agent, page(agent) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        person = to_pin_window(agent, asked)
        person.press("accept")
        heard += [json.dumps(asking.receive()) for _ in range(4)]
        person.look()
        log = agent.log
        assert agent._state is not None
        kept = repr([vars(operation) for operation in agent._state.operations])
    everything = "\n".join([*heard, *person.seen, *log, caplog.text, kept, repr(asked), repr(vars(asked))])
    assert "Đã ký" in everything
    for form in (PIN, base64.b64encode(PIN.encode()).decode().rstrip("="), PIN.encode().hex()):
        assert form not in everything


def test_the_other_organisations_document_reaches_the_run_which_refuses_it(bench: Bench) -> None:
    """In a run the agent checks the form; whether it is ours is the run's check, see test_tokenlibrary."""
    with running(bench) as agent, page(agent) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate, document_for(bench.certificate, tax_code=OTHER_MST))
        assert OTHER_MST.encode() in requested(agent).document
