"""The agent on a desktop: a person consents and types the PIN in pinentry's dialogs, and no browser shows a window."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chukyso.agent.core.config import AgentConfig, PinSource, Timeouts
from chukyso.agent.server import SigningAgent
from chukyso.errors import Code
from chukyso.signature.verify import check_signature
from support.agent import ORIGIN, Bench, Page, document_for, error_of, open_bench, page, request, running
from support.attack import poll
from support.pinentry import Desktop, Dialog, desktop
from support.token import MST, PIN, WRONG_PIN


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with desktop(tmp_path_factory.mktemp("desktop")) as opened:
        yield opened


@contextmanager
def served(bench: Bench, desk: Desktop, **options: Any) -> Iterator[tuple[SigningAgent, Page]]:
    with (
        running(bench, pin_source=PinSource.PINENTRY, pinentry=desk.program, **options) as agent,
        page(agent) as asking,
    ):
        yield agent, asking


def share(asking: Page, desk: Desktop) -> None:
    asking.send("get-certificate")
    desk.dialog().accept()
    assert asking.answer()["type"] == "certificate"


def to_dialog(step: str, bench: Bench, asking: Page, desk: Desktop) -> Dialog:
    """Come to the dialog of this step."""
    if step == "share":
        asking.send("get-certificate")
        return desk.dialog()
    share(asking, desk)
    asking.ask_signature(bench.certificate)
    dialog = desk.dialog()
    if step == "certificate":
        return dialog
    dialog.accept()
    return desk.dialog()


def test_a_person_shares_confirms_and_types_the_pin(
    bench: Bench, desk: Desktop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    with served(bench, desk, tell_operator=told.append) as (agent, asking):
        asking.send("get-certificate")
        dialog = desk.dialog()
        assert (dialog.kind, dialog.title, dialog.ok) == ("CONFIRM", "Chia sẻ chứng thư số", "Cho phép")
        serial, owner = bench.certificate.serial.upper(), bench.certificate.owner
        for fact in (ORIGIN, MST, serial, owner, bench.certificate.issuer, "chưa ký gì", bench.serial):
            assert fact in dialog.text
        dialog.accept()
        assert asking.answer()["type"] == "certificate"
        asking.ask_signature(bench.certificate)
        dialog = desk.dialog()
        assert (dialog.kind, dialog.title, dialog.ok) == ("CONFIRM", "Xác nhận chứng thư số", "OK")
        for fact in (ORIGIN, MST, serial, "Tờ khai thay đổi thông tin chữ ký số"):
            assert fact in dialog.text
        dialog.accept()
        dialog = desk.dialog()
        assert (dialog.kind, dialog.title, dialog.ok) == ("GETPIN", "Nhập mã PIN chữ ký số", "Chấp nhận")
        for fact in (ORIGIN, MST, serial, "Tờ khai thay đổi thông tin chữ ký số"):
            assert fact in dialog.text
        dialog.accept(PIN)
        signed = base64.b64decode(asking.answer()["document"])
        check_signature(signed, expected=bench.certificate)
        assert [line for line in told if "đã ký" in line]
        assert PIN not in "\n".join([*told, *agent.log, caplog.text])


def test_no_browser_can_consent(bench: Bench, desk: Desktop) -> None:
    with served(bench, desk) as (agent, asking):
        dialog = to_dialog("certificate", bench, asking, desk)
        assert agent._state is not None
        operation = agent._state.operations[-1]
        for window in ("certificate", "pin", "share", "state"):
            path = f"{agent._state.address}/window/{operation.key}/{window}"
            assert request("GET", path).status == 404
            assert request("POST", f"{path}/accept", {"Content-Type": "application/json"}, "{}").status in (403, 404)
        dialog.cancel()
        assert asking.error() == "cancelled"


@pytest.mark.parametrize("step", ["share", "certificate", "pin"])
class TestEachDialog:
    def test_can_be_cancelled(self, bench: Bench, desk: Desktop, step: str) -> None:
        with served(bench, desk) as (_, asking):
            to_dialog(step, bench, asking, desk).cancel()
            assert asking.error() == "cancelled"
            assert desk.nothing_opened()

    def test_disappears_with_the_page(self, bench: Bench, desk: Desktop, step: str) -> None:
        with served(bench, desk) as (agent, asking):
            dialog = to_dialog(step, bench, asking, desk)
            asking.socket.close()
            dialog.wait_until_gone()
            state = agent._state
            assert state is not None
            poll(lambda: not state.busy)
            with page(agent) as again:  # and the agent is free
                again.send("get-certificate")
                desk.dialog().cancel()
                assert again.error() == "cancelled"

    def test_disappears_when_the_page_withdraws(self, bench: Bench, desk: Desktop, step: str) -> None:
        with served(bench, desk) as (agent, asking):
            dialog = to_dialog(step, bench, asking, desk)
            assert agent._state is not None
            asking.send("cancel", agent._state.operations[-1].request_id)
            dialog.wait_until_gone()
            assert asking.error() == "cancelled"

    def test_disappears_in_time(self, bench: Bench, desk: Desktop, step: str) -> None:
        with served(bench, desk, timeouts=Timeouts(window=5.0)) as (_, asking):  # of all windows
            to_dialog(step, bench, asking, desk).wait_until_gone()
            assert asking.error() == "timeout"

    def test_disappears_with_the_agent(self, bench: Bench, desk: Desktop, step: str) -> None:
        with served(bench, desk) as (agent, asking):
            dialog = to_dialog(step, bench, asking, desk)
            agent.stop()
            dialog.wait_until_gone()


def test_a_page_cannot_have_the_pin_locked(tmp_path: Path, desk: Desktop) -> None:
    with (
        open_bench(tmp_path) as bench,
        served(bench, desk, origins=(ORIGIN, "https://other.example")) as (agent, asking),
    ):
        to_dialog("pin", bench, asking, desk).accept("1")  # too short: costs nothing, so it may be typed again
        assert asking.error() == "failed"
        assert "PIN_LENGTH" in agent.log[-1]
        notice = desk.dialog()  # only the person is told why
        assert (notice.title, notice.ok) == ("Không ký được", "Đóng")
        assert "Độ dài mã PIN" in notice.text
        asking.ask_signature(bench.certificate)
        confirm = desk.dialog()
        notice.wait_until_gone()  # one dialog at a time
        confirm.accept()
        desk.dialog().accept(WRONG_PIN)
        assert asking.error() == "failed"
        assert "PIN_INCORRECT" in agent.log[-1]
        assert "Mã PIN không đúng" in desk.dialog().text
        for _ in range(2):
            asking.ask_signature(bench.certificate)
            problem_is_told(desk)
            assert asking.error() == "cancelled"  # as when a person refuses: the page cannot tell
            assert any("PIN_TRY_USED" in line for line in agent.log)
        with page(agent, "https://other.example") as other:  # nor can another page
            share(other, desk)
            other.ask_signature(bench.certificate)
            problem_is_told(desk)
            assert other.error() == "cancelled"
        assert desk.nothing_opened()


def problem_is_told(desk: Desktop) -> None:
    """A dialog without a field for a PIN says what to do, and can only be closed."""
    dialog = desk.dialog()
    assert (dialog.kind, dialog.title, dialog.ok) == ("CONFIRM", "Không ký được", "Đóng")
    assert "không hỏi thêm lần nào" in dialog.text
    assert "chạy lại lệnh đã mở nó" in dialog.text
    dialog.accept()


def test_three_times_no_is_no(bench: Bench, desk: Desktop) -> None:
    with served(bench, desk, origins=(ORIGIN, "https://other.example")) as (agent, asking):
        share(asking, desk)
        for step in ("get-certificate", "sign", "get-certificate"):
            asking.send(step) if step != "sign" else asking.ask_signature(bench.certificate)
            desk.dialog().cancel()
            assert asking.error() == "cancelled"
        asking.send("get-certificate")
        assert asking.error() == "failed"
        asking.ask_signature(bench.certificate)
        assert asking.error() == "failed"
        assert desk.nothing_opened()
        assert "WINDOWS_MUTED" in agent.log[-1]
        with page(agent, "https://other.example") as other:  # each for itself
            share(other, desk)


def test_consent_in_between_starts_the_count_again(bench: Bench, desk: Desktop) -> None:
    with served(bench, desk) as (_, asking):
        for _ in range(2):
            for _ in range(2):
                asking.send("get-certificate")
                desk.dialog().cancel()
                assert asking.error() == "cancelled"
            share(asking, desk)


def test_a_page_cannot_find_out_whether_a_token_is_there(tmp_path: Path, desk: Desktop) -> None:
    with open_bench(tmp_path) as bench, served(bench, desk) as (agent, asking):
        share(asking, desk)
        bench.hsm.tokens.rename(tmp_path / "pulled")
        bench.hsm.tokens.mkdir()
        bench.worker._drop()  # SoftHSM answers from its memory otherwise
        for ask in (lambda: asking.send("get-certificate"), lambda: asking.ask_signature(bench.certificate)):
            ask()
            dialog = desk.dialog()  # the person is told, and nothing can be consented to
            assert (dialog.title, dialog.ok) == ("Không ký được", "Đóng")
            assert "token" in dialog.text.lower()
            assert any("TOKEN_" in line for line in agent.log)
            dialog.accept()
            assert asking.error() == "cancelled"  # as when a person refuses


def test_a_pinentry_that_cannot_be_started_ends_the_request(bench: Bench, tmp_path: Path) -> None:
    gone = tmp_path / "pinentry"
    with running(bench, pin_source=PinSource.PINENTRY, pinentry=gone) as agent, page(agent) as asking:
        asking.send("get-certificate")
        assert asking.error() == "failed"
        assert "PINENTRY_MISSING" in agent.log[-1]


def test_a_document_of_somebody_else_opens_no_dialog(bench: Bench, desk: Desktop) -> None:
    with served(bench, desk) as (_, asking):
        share(asking, desk)
        asking.ask_signature(bench.certificate, document_for(bench.certificate, tax_code="0201234569"))
        assert asking.error() == "refused"
        assert desk.nothing_opened()


def test_without_a_program_there_is_no_such_agent() -> None:
    assert error_of(lambda: AgentConfig(origins=(ORIGIN,), pin_source=PinSource.PINENTRY)) is Code.OPTION_INVALID
