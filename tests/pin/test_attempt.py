"""A try of a PIN whose answer nobody hears, and two processes with one PIN: never a second try by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from chukyso.errors import Code
from chukyso.pin import memory
from chukyso.pin.memory import FailedPins
from chukyso.token.client import TokenWorker
from chukyso.token.verification import verify_signature
from support.command import chukyso
from support.shim import DATA, Bench, make_bench
from support.token import PIN, WRONG_PIN, failure

SERIAL = "5a01"
OTHER = "5a02"


@pytest.fixture
def pins(tmp_path: Path) -> FailedPins:
    return FailedPins(tmp_path / "state")


@pytest.fixture
def bench(shim: Path, tmp_path: Path) -> Bench:
    return make_bench(shim, tmp_path / "hsm")


def rows(pins: FailedPins, query: str) -> list[tuple[str, ...]]:
    with pins._opened() as opened:
        return opened.execute(query).fetchall()


# Memory


def test_an_unheard_try_is_for_a_person_until_the_operator_says_so(pins: FailedPins) -> None:
    pins.begin(SERIAL, PIN, 20)
    pins.unheard(SERIAL)
    for refused in (lambda: pins.check(SERIAL, PIN), lambda: pins.begin(SERIAL, PIN, 20)):
        error = failure(refused)
        assert error.code is Code.PIN_UNHEARD
        assert "chukyso pin forget" in str(error)
    assert failure(lambda: pins.check(SERIAL, WRONG_PIN)).code is Code.PIN_UNHEARD  # how many tries are left?
    pins.check(OTHER, PIN)
    pins.check(SERIAL, PIN, unattended=False)
    assert [each.heard for each in pins.failures()] == [False]
    assert pins.forget(SERIAL) == 1
    pins.begin(SERIAL, PIN, 20)


def test_a_pin_that_may_be_right_is_not_written_down(pins: FailedPins) -> None:
    """Not even its hash: a PIN has few digits, and all of them can be hashed."""
    pins.begin(SERIAL, PIN, 20)
    pins.unheard(SERIAL)
    ((serial, *moments),) = rows(pins, "SELECT * FROM trying")
    assert (serial, len(moments)) == (SERIAL, 2)
    assert all(datetime.fromisoformat(moment) for moment in moments)
    assert rows(pins, "SELECT * FROM failed") == []


def test_a_try_that_ended_leaves_nothing(pins: FailedPins) -> None:
    for settle in (pins.accepted, pins.withdraw):
        pins.begin(SERIAL, PIN, 20)
        settle(SERIAL)
        assert (pins.failures(), pins.forget()) == ([], 0)
    pins.begin(SERIAL, PIN, 20)
    pins.remember(SERIAL, PIN)
    assert [each.heard for each in pins.failures()] == [True]
    assert pins.forget() == 1


def test_a_person_who_tries_an_unheard_one_again_settles_it(pins: FailedPins) -> None:
    pins.begin(SERIAL, PIN, 20)
    pins.unheard(SERIAL)
    pins.begin(SERIAL, PIN, 20, unattended=False)
    pins.accepted(SERIAL)
    pins.check(SERIAL, PIN)


def test_a_try_under_way_is_waited_for_and_no_second_one_made(
    pins: FailedPins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_LOCK_SECONDS", 0.5)
    pins.begin(SERIAL, PIN, 20)
    pins.check(SERIAL, PIN)  # is not the last word
    assert pins.failures() == []
    for unattended in (True, False):
        started = time.monotonic()
        assert failure(lambda alone=unattended: pins.begin(SERIAL, PIN, 20, unattended=alone)).code is Code.PIN_UNHEARD
        assert time.monotonic() - started >= 0.5


def test_a_file_of_before_gets_what_it_lacks(pins: FailedPins) -> None:
    pins.remember(SERIAL, WRONG_PIN)
    rows(pins, "DROP TABLE trying")
    assert failure(lambda: pins.check(SERIAL, WRONG_PIN)).code is Code.PIN_FAILED_BEFORE
    pins.begin(SERIAL, PIN, 20)


def test_the_operator_sees_which_answer_is_not_known() -> None:
    FailedPins().begin(SERIAL, PIN, 20)
    FailedPins().unheard(SERIAL)
    (entry,) = json.loads(chukyso("pin", "list", "--json").stdout)["failed_pins"]
    assert (entry["token"], entry["answer"]) == (SERIAL, "unheard")
    assert "không rõ" in chukyso("pin", "list").stdout


# With a token


@pytest.mark.parametrize("words", ["hang-login", "crash-login"])
def test_a_token_that_dies_over_a_pin_does_not_get_it_again(bench: Bench, words: str) -> None:
    with bench.worker(words, 2) as worker:
        assert failure(lambda: bench.sign(worker)).code in {Code.TOKEN_TIMEOUT, Code.TOKEN_ERROR}
    with bench.worker("") as later:
        assert failure(lambda: bench.sign(later)).code is Code.PIN_UNHEARD
        assert bench.logins == 1
        verify_signature(bench.entry.parsed, DATA, bench.sign(later, unattended=False))  # a person may
        bench.sign(later)  # and then it is known to be right
    assert bench.logins == 3


@pytest.mark.parametrize("words", ["hang-sign", "crash-sign", "hang-info", "crash-info", "removed", "already"])
def test_what_happens_elsewhere_says_nothing_about_the_pin(bench: Bench, words: str) -> None:
    with bench.worker(words, 2) as worker:
        failure(lambda: bench.sign(worker))
    assert FailedPins().failures() == []
    with bench.worker("") as later:
        bench.sign(later)


SIGNING = """
import json, sys
from pathlib import Path
from chukyso.errors import ChukysoError
from chukyso.token.client import TokenWorker
module, environment, serial, key, pin = json.load(sys.stdin)
with TokenWorker(Path(module), environment, 30) as worker:
    worker.certificates(serial)
    print("ready", flush=True)
    try:
        worker.sign(serial, bytes.fromhex(key), b"data", pin)
        print("signed")
    except ChukysoError as error:
        print(error.code.name)
"""


def process(bench: Bench, words: str, pin: str) -> subprocess.Popen[str]:
    """A process of its own that signs, unattended, with this user's memory."""
    started = subprocess.Popen(
        [sys.executable, "-c", SIGNING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert started.stdin
    json.dump([str(bench.shim), bench.environment(words), bench.serial, bench.entry.key_id.hex(), pin], started.stdin)
    started.stdin.close()
    started.stdin = None
    return started


def said(started: subprocess.Popen[str]) -> str:
    output, _ = started.communicate(timeout=60)
    return output.split()[-1]


@pytest.mark.parametrize("words", ["", "blind"])
def test_two_processes_with_one_wrong_pin_spend_one_try(bench: Bench, words: str) -> None:
    both = [process(bench, f"{words} slow-login", WRONG_PIN) for _ in "12"]
    assert sorted(map(said, both)) == ["PIN_FAILED_BEFORE", "PIN_INCORRECT"]
    assert bench.logins == 1


def test_two_processes_with_the_right_pin_both_sign(bench: Bench) -> None:
    both = [process(bench, "slow-login", PIN) for _ in "12"]
    assert [said(each) for each in both] == ["signed", "signed"]
    assert bench.logins == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_process_that_is_killed_while_the_token_thinks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had no time to write anything: what it wrote before is what the next one finds."""
    monkeypatch.setattr(memory, "_LOCK_SECONDS", 0.5)
    killed = process(bench, "hang-login", PIN)
    give_up = time.monotonic() + 30
    while not bench.logins:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    with TokenWorker(bench.shim, bench.environment("")) as worker:
        assert failure(lambda: bench.sign(worker)).code is Code.PIN_UNHEARD
    assert bench.logins == 1
