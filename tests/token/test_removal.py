"""Tokens that are pulled out or swapped at the worst moment: each ends with its code, no PIN is used again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.token.client import TokenWorker
from chukyso.token.verification import verify_signature
from support.agent import TIMEOUT, Person, error_of, page, requested, running, to_pin_window
from support.agent import Bench as AgentBench
from support.shim import DATA, Bench, make_bench
from support.token import PIN, failure

# PKCS#11 v2.40, section 5.1.6: what a module answers for a token that is gone, depending on where it notices.
GONE = {
    "TOKEN_NOT_PRESENT": 0xE0,
    "TOKEN_NOT_RECOGNIZED": 0xE1,
    "DEVICE_REMOVED": 0x32,
    "SESSION_HANDLE_INVALID": 0xB3,
    "SESSION_CLOSED": 0xB0,
    "KEY_HANDLE_INVALID": 0x60,
    "OBJECT_HANDLE_INVALID": 0x82,
    "SLOT_ID_INVALID": 0x03,
}
# Also said of a card that is there and reports status 6F00.
UNCLEAR = {"DEVICE_ERROR": 0x30, "GENERAL_ERROR": 0x05}
# Where it notices, and how many logins there were by then.
MOMENTS = [
    pytest.param("C_GetTokenInfo", 0, id="before-login"),
    # Some modules still describe a token that was pulled, from what they remember.
    pytest.param("C_GetAttributeValue", 0, id="before-login-though-still-described"),
    pytest.param("C_Login", 1, id="at-login"),
    pytest.param("C_FindObjectsInit", 1, id="after-login"),
    pytest.param("C_SignInit", 1, id="between-login-and-signing"),
    pytest.param("C_Sign", 1, id="while-signing"),
]


class Switched(Bench):
    """A bench whose shim can be told at any moment what to do from now on."""

    def now(self, words: str) -> None:
        Path(f"{self.shim}.words").write_text(words, encoding="utf-8")


@pytest.fixture
def bench(shim: Path, tmp_path: Path) -> Switched:
    own = tmp_path / "driver.so"
    shutil.copy(shim, own)
    made = make_bench(own, tmp_path / "hsm")
    return Switched(made.hsm, own, made.serial, made.entry)


def pulled(bench: Switched, worker: TokenWorker, words: str) -> ChukysoError:
    """How signing ends when this happens after the certificates were read."""
    worker.certificates(bench.serial)
    bench.now(words)
    return failure(lambda: bench.sign(worker))


def check_not_replayed(bench: Switched, worker: TokenWorker, logins: int, *, heard: bool = True) -> None:
    """The token is back: nothing that does not bring a PIN logs in, and what does logs in once.

    When nobody heard what the token said to the PIN, only a person tries it again.
    """
    assert bench.logins == logins
    bench.now("")
    assert worker.token(bench.serial).serial == bench.serial
    worker.certificates(bench.serial)
    if not heard:
        assert failure(lambda: bench.sign(worker)).code is Code.PIN_UNHEARD
    assert bench.logins == logins
    verify_signature(bench.entry.parsed, DATA, bench.sign(worker, unattended=heard))
    assert bench.logins == logins + 1


@pytest.mark.parametrize(("function", "logins"), MOMENTS)
def test_pulled(bench: Switched, function: str, logins: int) -> None:
    with bench.worker("") as worker:
        error = pulled(bench, worker, f"{function}={GONE['DEVICE_REMOVED']:#x}")
        assert error.code is Code.TOKEN_GONE
        check_not_replayed(bench, worker, logins, heard=function != "C_Login")


@pytest.mark.parametrize("answer", GONE)
def test_every_way_to_say_so(bench: Switched, answer: str) -> None:
    with bench.worker("") as worker:
        error = pulled(bench, worker, f"C_Sign={GONE[answer]:#x}")
    assert error.code is Code.TOKEN_GONE
    assert f"CKR_{answer}" in error.detail
    assert bench.logins == 1


@pytest.mark.parametrize("answer", UNCLEAR)
@pytest.mark.parametrize(("function", "logins"), MOMENTS[1:])
def test_a_token_that_is_there_and_broken(bench: Switched, function: str, logins: int, answer: str) -> None:
    """Not told as pulled; its PIN is guarded like that of one that was."""
    with bench.worker("") as worker:
        error = pulled(bench, worker, f"{function}={UNCLEAR[answer]:#x}")
        assert error.code is Code.TOKEN_ERROR
        assert f"CKR_{answer}" in str(error)
        check_not_replayed(bench, worker, logins, heard=function != "C_Login")


@pytest.mark.parametrize("answer", UNCLEAR)
@pytest.mark.parametrize(("function", "logins"), [("C_Login", 1), ("C_SignInit", 1), ("C_Sign", 1)])
def test_a_token_that_was_pulled_may_be_as_unclear(bench: Switched, function: str, logins: int, answer: str) -> None:
    away = Path(f"{bench.hsm.tokens}.pulled")
    with TokenWorker(bench.shim, {**bench.environment(""), "SHIM_PULL": str(bench.hsm.tokens)}) as worker:
        error = pulled(bench, worker, f"pull-{function} {function}={UNCLEAR[answer]:#x}")
        assert (error.code, f"CKR_{answer}" in error.detail) == (Code.TOKEN_GONE, True)
        assert bench.logins == logins
    away.rename(bench.hsm.tokens)


def test_a_token_that_is_broken_is_not_called_pulled_when_it_is_listed(bench: Switched) -> None:
    with bench.worker("") as worker:
        worker.tokens()
        bench.now(f"C_GetAttributeValue={UNCLEAR['DEVICE_ERROR']:#x}")
        assert failure(lambda: worker.certificates(bench.serial)).code is Code.TOKEN_ERROR


@pytest.mark.parametrize(("function", "logins"), [("C_GetTokenInfo", 0), ("C_Login", 1), ("C_SignInit", 1)])
def test_files_of_the_token_are_really_gone(bench: Switched, function: str, logins: int) -> None:
    """Not an answer that the shim makes up: SoftHSM2 itself, whose token is moved away in the middle."""
    away = Path(f"{bench.hsm.tokens}.pulled")
    with TokenWorker(bench.shim, {**bench.environment(""), "SHIM_PULL": str(bench.hsm.tokens)}) as worker:
        assert pulled(bench, worker, f"pull-{function}").code is Code.TOKEN_GONE
        bench.now("")
        assert away.exists()
        away.rename(bench.hsm.tokens)
        check_not_replayed(bench, worker, logins, heard=function != "C_Login")


def test_pulled_before_anything_was_asked(bench: Switched) -> None:
    """The run knows the token from before; the process that saw it is gone."""
    bench.hsm.tokens.rename(f"{bench.hsm.tokens}.pulled")
    bench.hsm.configure()
    with bench.worker("") as worker:
        assert failure(worker.token).code is Code.TOKEN_NOT_FOUND
        assert failure(lambda: bench.sign(worker)).code is Code.TOKEN_GONE
    assert bench.logins == 0


def test_another_token_in_its_place(bench: Switched, tmp_path: Path) -> None:
    other = make_bench(bench.shim, tmp_path / "other")
    with bench.worker("") as worker:
        worker.certificates(bench.serial)
        bench.hsm.tokens.rename(f"{bench.hsm.tokens}.pulled")
        other.hsm.tokens.rename(bench.hsm.tokens)
        assert failure(lambda: bench.sign(worker)).code is Code.TOKEN_GONE
        assert worker.token().serial == other.serial  # SoftHSM2 sees it in a new process only
        assert failure(lambda: bench.sign(worker)).code is Code.TOKEN_GONE
    assert bench.logins == 0


@pytest.mark.parametrize("words", ["other-token", "other-certificates"])
def test_another_token_that_looks_alike(bench: Switched, words: str) -> None:
    """Same certificates and another serial number, or the other way round."""
    with bench.worker("") as worker:
        assert pulled(bench, worker, words).code is Code.TOKEN_GONE
        check_not_replayed(bench, worker, 0)


def test_two_tokens_with_one_serial_number(bench: Switched) -> None:
    """A second one beside it that cannot be told apart: none of them gets the PIN."""
    bench.hsm.add_token("hai", entries=[bench.entry])
    twins = Bench(bench.hsm, bench.shim, "1" * 16, bench.entry)
    with bench.worker("same-serial") as worker:
        for ask in (worker.token, lambda: worker.certificates(twins.serial), lambda: twins.sign(worker)):
            assert failure(ask).code is Code.TOKEN_AMBIGUOUS
    assert bench.logins == 0


class TestThroughTheAgent:
    """The same, with a page that waits for its signature."""

    @pytest.mark.parametrize(
        ("words", "logins"),
        [("C_Sign=0x32", 1), ("C_SignInit=0xB3", 1), ("other-token", 0), ("other-certificates", 0)],
    )
    def test_page_learns_nothing_and_the_pin_is_not_used_again(self, bench: Switched, words: str, logins: int) -> None:
        with bench.worker("") as worker:
            opened = AgentBench(bench.hsm, bench.serial, worker, worker.certificates(bench.serial)[0])
            with running(opened) as agent, page(agent) as asking:
                asking.get_certificate()
                asking.ask_signature(opened.certificate)
                asked = requested(agent)
                person = to_pin_window(agent, asked)  # the PIN is delivered; nobody has pressed yet
                bench.now(words)
                person.press("accept")
                assert asking.error() == "failed"
                assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.TOKEN_GONE
                assert bench.logins == logins

                # Plugged in again, the page asks again: a new request, new windows, a new PIN.
                bench.now("")
                asking.ask_signature(opened.certificate)
                again = requested(agent)
                agent.approve(again)
                assert Person(again.certificate_window).press("accept") == 204
                assert Person(again.pin_window).press("accept") != 204  # none was delivered for this request
                assert bench.logins == logins
                agent.deliver_pin(again, PIN)
                assert Person(again.pin_window).press("accept") == 204
                assert asking.answer()["type"] == "signed"
                assert bench.logins == logins + 1
