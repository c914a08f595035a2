"""The PIN of a run that a person enters: in a dialog outside the browser, or on the keypad of the token."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from robot.api.types import Secret

from chukyso.agent.core.config import Timeouts
from chukyso.agent.core.operation import SigningRequest
from chukyso.agent.server import SigningAgent
from chukyso.errors import Code
from chukyso.pin.entry import VARIABLE
from chukyso.pin.memory import FailedPins
from chukyso.signature.verify import check_signature
from chukyso.signer.pin_dialog import ask_pin
from chukyso.token.verification import verify_signature
from support.agent import (
    MST,
    ORIGIN,
    Bench,
    Page,
    Person,
    document_for,
    error_of,
    page,
    raised_by,
    requested,
    running,
)
from support.pinentry import Desktop, desktop
from support.shim import DATA, make_bench
from support.shim import Bench as ShimBench
from support.token import PIN, WRONG_PIN
from TokenLibrary import TokenLibrary


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    with desktop(tmp_path) as opened:
        monkeypatch.setenv(VARIABLE, str(opened.program))
        yield opened


@dataclass
class Asked:
    """A request to sign that was approved, and whoever asks for the PIN meanwhile."""

    agent: SigningAgent
    page: Page
    request: SigningRequest
    pin: Future[str]

    def confirm(self) -> None:
        assert Person(self.request.certificate_window).press("accept") == 204


@contextmanager
def asked(bench: Bench, **options: Any) -> Iterator[Asked]:
    with running(bench, pin_by_person=True, **options) as agent, page(agent) as asking, ThreadPoolExecutor(1) as pool:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        request = requested(agent)
        agent.approve(request)
        yield Asked(agent, asking, request, pool.submit(ask_pin, agent, request, print))


def test_the_dialog_says_what_is_signed(bench: Bench, desk: Desktop) -> None:
    with asked(bench) as run:
        run.confirm()
        dialog = desk.dialog()
        assert (dialog.kind, dialog.title, dialog.ok) == ("GETPIN", "Nhập mã PIN chữ ký số", "Chấp nhận")
        certificate = bench.certificate
        for fact in (ORIGIN, MST, certificate.owner, certificate.serial.upper(), bench.serial, "Tờ khai thay đổi"):
            assert fact in dialog.text
        dialog.accept(PIN)
        pin = run.pin.result(10)
        assert pin == PIN
        run.agent.deliver_pin(run.request, pin, hold=True)
        window = Person(run.request.pin_window)
        assert window.press("accept") == 425  # the journal first
        run.agent.release(run.request)
        assert window.press("accept") == 204
        signed = run.agent.wait_for_result(run.request, 10).document
        assert check_signature(signed, expected=certificate).certificate == certificate
        assert PIN not in " ".join([*window.seen, *run.agent.log])


def test_no_dialog_before_the_certificate_was_confirmed(bench: Bench, desk: Desktop) -> None:
    with asked(bench, timeouts=Timeouts(window=0.5)) as run:  # for nobody's OK
        assert error_of(lambda: run.pin.result(10)) is Code.SIGNING_TIMEOUT
    assert desk.nothing_opened()


def test_cancelling_the_dialog_ends_the_request(bench: Bench, desk: Desktop) -> None:
    with asked(bench) as run:
        run.confirm()
        desk.dialog().cancel()
        assert error_of(lambda: run.pin.result(10)) is Code.SIGNING_CANCELLED
        assert run.page.error() == "cancelled"


def test_the_dialog_goes_away_with_the_page(bench: Bench, desk: Desktop) -> None:
    with asked(bench, timeouts=Timeouts(window=15)) as run:
        run.confirm()
        dialog = desk.dialog()
        run.page.socket.close()
        dialog.wait_until_gone()
        assert "closed its connection" in raised_by(lambda: run.pin.result(10)).detail


def test_without_a_pinentry_the_page_is_told_and_the_operator_learns_what_to_install(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/pinentry")
    with asked(bench) as run:
        error = raised_by(lambda: run.pin.result(10))
        assert error.code is Code.PINENTRY_MISSING
        assert run.page.error() == "failed"


def test_a_pin_that_failed_before_stops_at_the_window_before_anything_is_submitted(bench: Bench) -> None:
    FailedPins().remember(bench.serial, WRONG_PIN)
    with running(bench) as agent, page(agent) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        request = requested(agent)
        agent.approve(request)
        Person(request.certificate_window).press("accept")
        assert error_of(lambda: agent.deliver_pin(request, WRONG_PIN)) is Code.PIN_FAILED_BEFORE
        assert asking.error() == "failed"


# On the token's own keypad


@pytest.fixture(params=[False, True], ids=["", "always-authenticate"])
def keypad(request: pytest.FixtureRequest, shim: Path, tmp_path: Path) -> ShimBench:
    return make_bench(shim, tmp_path / "hsm", always_authenticate=request.param)


def test_a_token_with_a_keypad_signs_for_a_run_without_any_pin(keypad: ShimBench) -> None:
    with keypad.worker("pinpad") as worker:
        bench = Bench(keypad.hsm, keypad.serial, worker, worker.certificates(keypad.serial)[0])
        with running(bench, pin_by_person=True) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            request = requested(agent)
            agent.approve(request)
            assert Person(request.certificate_window).press("accept") == 204
            window = Person(request.pin_window)
            assert 'data-field="pin" value=""' in window.look()
            assert "disabled" in window.look()
            assert window.press("accept") == 409  # whoever sits there must not be faster than the run
            agent.deliver_pin(request, "", hold=True)
            assert window.press("accept") == 425
            agent.release(request)
            assert "bàn phím của token" in window.look()
            assert 'data-field="pin" value=""' not in window.look()
            assert window.press("accept") == 204
            signed = agent.wait_for_result(request, 10).document
    assert check_signature(signed, expected=bench.certificate).certificate == bench.certificate
    logins = [line for line in keypad.journal if "Login" in line]
    always = ["C_Login context without PIN"] if len(logins) > 1 else []
    assert logins == ["C_Login without PIN", *always]


def test_a_key_that_always_authenticates_asks_the_keypad_twice(shim: Path, tmp_path: Path) -> None:
    bench = make_bench(shim, tmp_path / "hsm", always_authenticate=True)
    with bench.worker("pinpad") as worker:
        verify_signature(bench.entry.parsed, DATA, bench.sign(worker, ""))
    assert sum("without PIN" in line for line in bench.journal) == 2
    assert FailedPins().failures() == []


# Keywords


@contextmanager
def opened(bench: ShimBench, words: str) -> Iterator[TokenLibrary]:
    library = TokenLibrary()
    try:
        library.run_keyword("open_token", [bench.shim], {"environment": bench.environment(words)})
        yield library
    finally:
        library.run_keyword("close_token", [])


@pytest.fixture
def plain(shim: Path, tmp_path: Path) -> ShimBench:
    return make_bench(shim, tmp_path)  # of each test's own: a wrong PIN stays in the token's flags


def test_one_run_spends_one_try_whatever_its_keywords(plain: ShimBench) -> None:
    serial, before = plain.entry.parsed.serial, plain.logins
    document = document_for(plain.entry.parsed)
    with opened(plain, "blind") as library:
        keywords = [("sign_data", DATA), ("sign_data", DATA), ("Sign CMS", DATA), ("Sign XML", document)]
        for number, (name, content) in enumerate(keywords):
            wrong = Secret(f"8642097{number}")
            code = error_of(lambda of=(name, content, wrong): library.run_keyword(of[0], [of[1], serial, of[2]]))
            assert code is (Code.PIN_INCORRECT if number == 0 else Code.PIN_COUNT_LOW)
        check = error_of(lambda: library.run_keyword("Check Token PIN", [Secret("86420970")]))
    assert check is Code.PIN_FAILED_BEFORE
    assert plain.logins == before + 1


@pytest.mark.parametrize(
    ("tries", "unattended", "by_person"),
    [
        (1, Code.PIN_COUNT_LOW, Code.PINENTRY_MISSING),
        (2, Code.PIN_FINAL_TRY, Code.PIN_FINAL_TRY),
        (3, Code.PIN_LOCKED, Code.PIN_LOCKED),
    ],
)
def test_the_state_is_judged_before_anybody_is_asked(
    plain: ShimBench, monkeypatch: pytest.MonkeyPatch, tries: int, unattended: Code, by_person: Code
) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/pinentry")  # an error as soon as somebody looks for one
    before = plain.logins
    (plain.hsm.directory / "tries").write_text(str(tries))
    with opened(plain, "locking") as library:
        assert error_of(lambda: library.run_keyword("Check Token PIN", [Secret(PIN)])) is unattended
        assert error_of(lambda: library.run_keyword("Check Token PIN", [], {"by_person": True})) is by_person
    assert plain.logins == before


def test_a_pin_of_impossible_length_is_said_early(plain: ShimBench) -> None:
    with opened(plain, "") as library:
        assert error_of(lambda: library.run_keyword("Check Token PIN", [Secret("1")])) is Code.PIN_LENGTH
        library.run_keyword("Check Token PIN", [Secret(PIN)])
    with opened(plain, "pinpad") as library:
        library.run_keyword("Check Token PIN", [])
