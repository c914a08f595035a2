"""Tokens and drivers that misbehave: SoftHSM2 behind a module that changes what it answers (``token_shim.c``)."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from chukyso.errors import Code
from chukyso.pin.gate import PinState
from chukyso.token.child import Child
from chukyso.token.signing_job import SigningJob
from chukyso.token.verification import scheme_of, verify_signature
from chukyso.worker.child import child_environment
from support.shim import DATA, Bench, make_bench
from support.token import PIN, WRONG_PIN, failure


@pytest.fixture
def bench(shim: Path, tmp_path: Path) -> Bench:
    return make_bench(shim, tmp_path / "hsm")


def test_one_login_and_a_session_of_its_own_always_ended(bench: Bench) -> None:
    with bench.worker("") as worker:
        worker.certificates(bench.serial)
        (bench.hsm.directory / "journal").unlink()
        verify_signature(bench.entry.parsed, DATA, bench.sign(worker))
    signature = ["C_OpenSession", "C_SignInit", "C_Sign", "C_CloseSession"]
    assert bench.journal == ["C_OpenSession", "C_Login", *signature, "C_Logout", "C_CloseSession"]


def test_order_for_a_key_that_always_authenticates(shim: Path, tmp_path: Path) -> None:
    bench = make_bench(shim, tmp_path / "hsm", always_authenticate=True)
    with bench.worker("") as worker:
        verify_signature(bench.entry.parsed, DATA, bench.sign(worker))
    signature = ["C_OpenSession", "C_SignInit", "C_Login context", "C_Sign", "C_CloseSession"]
    assert bench.journal[-9:] == ["C_OpenSession", "C_Login", *signature, "C_Logout", "C_CloseSession"]


def test_token_that_locks(bench: Bench) -> None:
    """COUNT_LOW, FINAL_TRY, LOCKED: refused in time, and the try that locks is told apart though it says incorrect."""
    with bench.worker("locking") as worker:
        assert failure(lambda: bench.sign(worker, WRONG_PIN)).code is Code.PIN_INCORRECT
        assert worker.token().pin_state is PinState.COUNT_LOW
        assert failure(lambda: bench.sign(worker)).code is Code.PIN_COUNT_LOW
        assert bench.logins == 1
        # Another one: what failed once is not tried again.
        assert failure(lambda: bench.sign(worker, "13572468", unattended=False)).code is Code.PIN_INCORRECT
        for unattended in (True, False):
            error = failure(lambda alone=unattended: bench.sign(worker, unattended=alone))
            assert error.code is Code.PIN_FINAL_TRY
        assert bench.logins == 2
        (bench.hsm.directory / "tries").write_text("3")
        for unattended in (True, False):
            error = failure(lambda alone=unattended: bench.sign(worker, unattended=alone))
            assert error.code is Code.PIN_LOCKED
        assert bench.logins == 2


def test_try_that_locks_answers_incorrect_but_is_reported_as_locked(bench: Bench) -> None:
    # "jump": the tries were spent elsewhere between our look at the flags and our login.
    with bench.worker("locking jump") as worker:
        error = failure(lambda: bench.sign(worker, WRONG_PIN))
    assert error.code is Code.PIN_LOCKED
    assert "CKR_PIN_INCORRECT" in error.detail
    assert "ok before, locked after" in error.detail
    assert bench.logins == 1


def test_login_of_somebody_else_is_never_used(bench: Bench) -> None:
    with bench.worker("already") as worker:
        assert failure(lambda: bench.sign(worker)).code is Code.LOGIN_NOT_OURS
    assert "C_SignInit" not in bench.journal
    assert "C_Logout" not in bench.journal  # nor is it ended
    assert bench.journal[-1] == "C_CloseSession"


def test_pin_pad_gets_no_pin(bench: Bench) -> None:
    with bench.worker("pinpad") as worker:
        assert worker.token().pin_pad
        verify_signature(bench.entry.parsed, DATA, bench.sign(worker, ""))
        verify_signature(bench.entry.parsed, DATA, bench.sign(worker, "not-sent"))
    assert [line for line in bench.journal if "Login" in line] == ["C_Login without PIN"] * 2


def test_pin_that_reaches_the_child_stops_there_when_the_token_has_a_pin_pad(bench: Bench) -> None:
    scheme = scheme_of(bench.entry.parsed)
    job = SigningJob(bench.entry.key_id, bench.entry.parsed, scheme, (DATA,))
    request = {**job.request(), "token": bench.serial, "pin": "not-sent"}
    child = Child(bench.shim, bench.environment("pinpad"), 20)
    try:
        verify_signature(bench.entry.parsed, DATA, b64decode(child.ask(request, 20)["signatures"][0]))
        assert child._process.wait(10) == 0  # nobody told it to end: the PIN goes with it
    finally:
        child.end()
    assert "C_Login without PIN" in bench.journal


def test_pin_pad_has_time_of_its_own_and_can_be_cancelled(bench: Bench) -> None:
    with bench.worker("pinpad hang-login", pin_pad_timeout=0.5) as worker:
        error = failure(lambda: bench.sign(worker, ""))
        assert (error.code, error.context["seconds"]) == (Code.TOKEN_TIMEOUT, "0.5")
    with bench.worker("pinpad cancel") as worker:
        assert failure(lambda: bench.sign(worker, "")).code is Code.SIGNING_CANCELLED


def test_signature_that_does_not_verify_never_leaves(bench: Bench) -> None:
    with bench.worker("bad-signature") as worker:
        assert failure(lambda: bench.sign(worker)).code is Code.SIGNATURE_INVALID


def test_token_pulled_while_signing(bench: Bench) -> None:
    with bench.worker("removed") as worker:
        assert failure(lambda: bench.sign(worker)).code is Code.TOKEN_GONE
    assert bench.journal[-2:] == ["C_Logout", "C_CloseSession"]


@pytest.mark.parametrize("where", ["load", "info", "login", "sign"])
def test_hang_ends_in_a_time_out(bench: Bench, where: str) -> None:
    with bench.worker(f"hang-{where}", 2) as worker:
        assert failure(lambda: bench.sign(worker)).code is Code.TOKEN_TIMEOUT
    assert bench.logins == (1 if where in {"login", "sign"} else 0)  # no second try


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("load", Code.MODULE_LOAD_FAILED),
        ("info", Code.TOKEN_ERROR),
        ("login", Code.TOKEN_ERROR),
        ("sign", Code.TOKEN_ERROR),
    ],
)
def test_crash_is_an_error_like_others(bench: Bench, where: str, code: Code) -> None:
    with bench.worker(f"crash-{where}") as worker:
        error = failure(lambda: bench.sign(worker))
    assert error.code is code
    assert "exit status" in error.detail
    assert bench.logins == (1 if where in {"login", "sign"} else 0)


def test_module_that_prints_disturbs_nothing_and_prints_no_pin(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    with bench.worker("chatty") as worker:
        worker.certificates(bench.serial)
        bench.sign(worker)
    with bench.worker("chatty crash-login") as worker:
        detail = failure(lambda: bench.sign(worker)).detail
    assert "chatty: C_OpenSession" in detail  # what it printed before it knew the PIN
    assert "C_Login" not in detail
    shown = capfd.readouterr()
    assert PIN not in shown.out + shown.err


def test_orphan_ends_itself_when_the_module_hangs(bench: Bench) -> None:
    """The parent may be killed while the module hangs: the child's own watchdog, five seconds behind, ends it."""
    environment = child_environment(
        {**bench.hsm.environment, "SHIM_MODULE": str(bench.hsm.module), "SHIM": "hang-load"}
    )
    command = [sys.executable, "-I", "-m", "chukyso.token.worker", str(bench.shim), "-4.5"]
    done = subprocess.run(command, env=environment, stdin=subprocess.PIPE, capture_output=True, timeout=30, check=False)
    assert done.returncode == 1
    assert b"Timeout" in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("always", [False, True])
def test_many_signatures_take_one_login_and_a_session_each(shim: Path, tmp_path: Path, always: bool) -> None:
    bench = make_bench(shim, tmp_path / "hsm", always_authenticate=always)
    with bench.worker("") as worker:
        worker.certificates(bench.serial)
        (bench.hsm.directory / "journal").unlink()
        assert len(worker.sign_many(bench.serial, bench.entry.key_id, [DATA, b"more", DATA], PIN)) == 3
    one = ["C_OpenSession", "C_SignInit", *(["C_Login context"] if always else []), "C_Sign", "C_CloseSession"]
    assert bench.journal == ["C_OpenSession", "C_Login", *one * 3, "C_Logout", "C_CloseSession"]


def test_many_signatures_end_with_the_first_that_fails(bench: Bench) -> None:
    with bench.worker("removed") as worker:
        error = failure(lambda: worker.sign_many(bench.serial, bench.entry.key_id, [DATA, DATA], PIN))
    assert error.code is Code.TOKEN_GONE
    assert bench.journal.count("C_Sign") == 1
    assert bench.journal[-3:] == ["C_CloseSession", "C_Logout", "C_CloseSession"]


def test_many_signatures_are_all_verified(bench: Bench) -> None:
    with bench.worker("bad-signature") as worker:
        error = failure(lambda: worker.sign_many(bench.serial, bench.entry.key_id, [DATA, DATA], PIN))
    assert error.code is Code.SIGNATURE_INVALID
