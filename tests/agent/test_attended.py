"""The attended agent of a rehearsal: a person consents, chooses nothing, and types the PIN into the window."""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chukyso.agent.core.config import AgentConfig, PinSource, Timeouts
from chukyso.agent.server import SigningAgent
from chukyso.errors import ChukysoError, Code
from support.agent import (
    ORIGIN,
    TIMEOUT,
    Bench,
    Page,
    Person,
    document_for,
    enter_pin,
    open_bench,
    page,
    running,
)
from support.shim import make_bench
from support.token import OTHER_MST, PIN, WRONG_PIN


@contextmanager
def attended(bench: Bench, **options: Any) -> Iterator[tuple[SigningAgent, Page, queue.Queue[str]]]:
    opened: queue.Queue[str] = queue.Queue()
    with (
        running(bench, pin_source=PinSource.WINDOW, open_window=opened.put, **options) as agent,
        page(agent) as asking,
    ):
        yield agent, asking, opened


def share(asking: Page, opened: queue.Queue[str]) -> None:
    asking.send("get-certificate")
    assert Person(opened.get(timeout=TIMEOUT)).press("accept") == 204
    assert asking.answer()["type"] == "certificate"


def test_a_person_shares_confirms_and_types_the_pin(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with attended(bench) as (agent, asking, opened):
        asking.send("get-certificate")
        window = Person(opened.get(timeout=TIMEOUT))
        assert window.url.endswith("/share")
        assert (window.field("origin"), window.field("serial")) == (ORIGIN, bench.certificate.serial.upper())
        assert ">Cho phép</button>" in window.look()
        window.press("accept")
        assert asking.answer()["type"] == "certificate"
        asking.ask_signature(bench.certificate)
        confirm = Person(opened.get(timeout=TIMEOUT))
        confirm.press("accept")
        enter = Person(confirm.url.replace("/certificate", "/pin"))
        assert 'type="password"' in enter.look()
        assert enter.press("accept") == 400  # no PIN
        assert enter.press("accept", {"pin": ""}) == 400
        assert enter.press("accept", {"pin": PIN}) == 204
        assert asking.answer()["type"] == "signed"
        enter.look()
        assert PIN not in "\n".join([*enter.seen, *agent.log, caplog.text])


def test_without_consent_the_page_learns_nothing(bench: Bench) -> None:
    with attended(bench) as (_, asking, opened):
        asking.send("get-certificate")
        assert Person(opened.get(timeout=TIMEOUT)).press("cancel") == 204
        assert asking.error() == "cancelled"
        asking.ask_signature(bench.certificate)
        assert asking.error() == "refused"


def test_each_question_for_the_certificate_needs_consent(bench: Bench) -> None:
    with attended(bench) as (_, asking, opened):
        share(asking, opened)
        asking.send("get-certificate")
        assert opened.get(timeout=TIMEOUT).endswith("/share")


def test_a_document_of_somebody_else_is_refused_by_the_agent(bench: Bench) -> None:
    with attended(bench) as (_, asking, opened):
        share(asking, opened)
        asking.ask_signature(bench.certificate, document_for(bench.certificate, tax_code=OTHER_MST))
        assert asking.error() == "refused"
        assert opened.empty()


def test_a_wrong_pin_is_told_in_the_window_and_not_to_the_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    told: list[str] = []
    with open_bench(tmp_path_factory.mktemp("wrong")) as bench:
        with attended(bench, tell_operator=told.append) as (_, asking, opened):
            share(asking, opened)
            for pin, code in (("1", "PIN_LENGTH"), (WRONG_PIN, "PIN_INCORRECT")):
                window = enter_pin(bench, asking, opened, pin)
                assert asking.error() == "failed"
                assert code in window.look()
                assert told[-1].endswith(f"[{code}]")
            for _ in range(3):  # nobody is asked again: a page cannot have the PIN locked; but the person is told why
                asking.ask_signature(bench.certificate)
                problem = Person(opened.get(timeout=TIMEOUT))
                assert "PIN_TRY_USED" in problem.look()
                assert "chạy lại lệnh đã mở nó" in problem.field("problem")
                assert "<input" not in problem.look()
                assert problem.press("accept") == 409
                assert "chạy lại lệnh đã mở nó" in told[-1]
                assert problem.press("cancel") == 204
                assert asking.error() == "cancelled"  # as when a person refuses
            asking.ask_signature(bench.certificate)
            assert asking.error() == "failed"
            assert opened.empty()
            assert told[-1].endswith("[WINDOWS_MUTED]")
            assert "chạy lại lệnh đã mở nó" in told[-1]
        with attended(bench) as (_, asking, opened):  # what the message says works
            share(asking, opened)
            window = enter_pin(bench, asking, opened, WRONG_PIN)
            assert asking.error() == "failed"
            assert "PIN_FAILED_BEFORE" in window.look()
            enter_pin(bench, asking, opened, PIN)
            assert asking.answer()["type"] == "signed"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("C_Login=0xA2", "PIN_LENGTH", "yêu cầu ký lại trên trang"),  # CKR_PIN_LEN_RANGE
        ("C_Login=0xA3", "PIN_REFUSED", "mở lại bộ ký số"),  # CKR_PIN_EXPIRED
        ("C_Login=0x30", "TOKEN_ERROR", "yêu cầu ký lại trên trang"),  # CKR_DEVICE_ERROR
        ("already", "LOGIN_NOT_OURS", "yêu cầu ký lại trên trang"),
    ],
)
def test_what_a_person_reads_when_the_token_refuses(
    shim: Path, tmp_path: Path, words: str, code: str, said: str
) -> None:
    made = make_bench(shim, tmp_path)
    with made.worker(words) as worker:
        bench = Bench(made.hsm, made.serial, worker, worker.certificates(made.serial)[0])
        with attended(bench) as (_, asking, opened):
            share(asking, opened)
            window = enter_pin(bench, asking, opened, PIN)
            assert asking.error() == "failed"
            assert code in window.look()
            assert said in window.look()
            assert "chạy lại." not in window.look()  # there is no run
            asking.ask_signature(bench.certificate)
            following = Person(opened.get(timeout=TIMEOUT)).look()
            # Whatever the token counted as a wrong PIN is the last one of this agent.
            assert ("PIN_TRY_USED" in following) is (code in ("PIN_LENGTH", "PIN_REFUSED"))


@pytest.mark.parametrize(("typed", "code"), [(f"{PIN}\u200b", "PIN_CHARACTER"), ("ăâêô", "PIN_NOT_ASCII")])
def test_a_pin_that_cannot_be_meant_may_be_typed_again(bench: Bench, typed: str, code: str) -> None:
    with attended(bench) as (agent, asking, opened):
        share(asking, opened)
        for pin, answer in ((typed, "error"), (PIN, "signed")):
            window = enter_pin(bench, asking, opened, pin)
            assert asking.answer()["type"] == answer
            assert (code in window.look()) is (pin == typed)
            assert typed not in "\n".join([*window.seen, *agent.log])


def test_a_window_that_cannot_be_opened_ends_the_request(bench: Bench) -> None:
    def broken(_url: str) -> None:
        raise OSError("no display")

    with running(bench, pin_source=PinSource.WINDOW, open_window=broken) as agent, page(agent) as asking:
        asking.send("get-certificate")
        assert asking.error() == "failed"
        assert any("open_window" in line for line in agent.log)


def test_the_share_window_times_out(bench: Bench) -> None:
    options = {"pin_source": PinSource.WINDOW, "open_window": print, "timeouts": Timeouts(window=0.1)}
    with running(bench, **options) as agent, page(agent) as asking:
        asking.send("get-certificate")
        assert asking.error() == "timeout"


def test_an_attended_agent_must_be_able_to_open_windows() -> None:
    with pytest.raises(ChukysoError) as raised:
        AgentConfig(origins=(ORIGIN,), pin_source=PinSource.WINDOW)
    assert raised.value.code is Code.OPTION_INVALID
