"""PINs that a token refused: remembered across processes, never tried again, forgotten when the operator says so."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chukyso.errors import Code
from chukyso.pin import memory
from chukyso.pin.attempt import login_refused
from chukyso.pin.memory import FILE, FailedPins
from chukyso.state import VARIABLE
from chukyso.token.ckr import typed_error
from support.command import chukyso
from support.shim import DATA, Bench, make_bench
from support.token import PIN, WRONG_PIN, failure

SERIAL = "5a01"
OTHER = "5a02"


@pytest.fixture
def pins(tmp_path: Path) -> FailedPins:
    return FailedPins(tmp_path / "state")


@pytest.fixture(scope="module")
def bench(shim: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return make_bench(shim, tmp_path_factory.mktemp("hsm"))


def test_a_pin_that_failed_is_refused_on_this_token_only(pins: FailedPins) -> None:
    pins.check(SERIAL, WRONG_PIN)
    pins.remember(SERIAL, WRONG_PIN)
    error = failure(lambda: FailedPins(pins.path.parent).check(SERIAL, WRONG_PIN))
    assert error.code is Code.PIN_FAILED_BEFORE
    assert SERIAL in str(error)
    assert "chukyso pin forget" in str(error)
    pins.check(SERIAL, PIN)
    pins.check(OTHER, WRONG_PIN)


def test_forgetting_is_the_operators_word_for_one_token_or_all(pins: FailedPins) -> None:
    assert pins.forget() == 0
    assert not pins.path.exists()  # asking makes no file
    for serial in (SERIAL, OTHER):
        pins.remember(serial, WRONG_PIN)
        pins.remember(serial, "another")
    assert [each.serial for each in pins.failures()] == [SERIAL, SERIAL, OTHER, OTHER]
    assert pins.forget(SERIAL) == 2
    pins.check(SERIAL, WRONG_PIN)
    assert failure(lambda: pins.check(OTHER, WRONG_PIN)).code is Code.PIN_FAILED_BEFORE
    assert pins.forget() == 2
    assert pins.failures() == []


def test_the_file_tells_no_pin_and_nobody_else_reads_it(pins: FailedPins) -> None:
    pins.remember(SERIAL, WRONG_PIN)
    content = pins.path.read_bytes()
    assert SERIAL.encode() in content
    for spelling in (WRONG_PIN.encode(), WRONG_PIN.encode("utf-16-le"), WRONG_PIN.encode().hex().encode()):
        assert spelling not in content
    assert [path.name for path in pins.path.parent.iterdir()] == [FILE]
    if os.name == "posix":
        assert pins.path.stat().st_mode & 0o777 == 0o600


def test_the_hash_is_this_installations_own(pins: FailedPins, tmp_path: Path) -> None:
    def secrets(directory: Path) -> set[bytes]:
        with sqlite3.connect(directory / FILE) as opened:
            return {row[0] for row in opened.execute("SELECT secret FROM failed")}

    for directory in (pins.path.parent, tmp_path / "other"):
        for serial in (SERIAL, OTHER):
            FailedPins(directory).remember(serial, WRONG_PIN)
    found = secrets(pins.path.parent) | secrets(tmp_path / "other")
    assert len(found) == 4  # the same PIN, two tokens, two installations


def test_old_entries_are_dropped(pins: FailedPins) -> None:
    pins.remember(SERIAL, WRONG_PIN)
    for days, left in ((399, 2), (401, 1)):
        with sqlite3.connect(pins.path) as opened:
            old = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            opened.execute("UPDATE failed SET moment = ? WHERE serial = ?", (old, SERIAL))
        opened.close()
        pins.remember(OTHER, WRONG_PIN)
        assert len(pins.failures()) == left


@pytest.mark.parametrize("content", [b"", b"{}", b"SQLite format 3\0" + b"\xff" * 5000, b"short"])
def test_a_broken_file_is_an_error_and_never_an_empty_memory(pins: FailedPins, content: bytes) -> None:
    pins.path.parent.mkdir()
    pins.path.write_bytes(content)
    for action in (
        lambda: pins.check(SERIAL, PIN),
        lambda: pins.remember(SERIAL, WRONG_PIN),
        pins.forget,
        pins.failures,
    ):
        error = failure(action)
        assert error.code is Code.PIN_MEMORY_UNREADABLE
        assert str(pins.path) in str(error)
    assert pins.path.read_bytes() == content


def test_a_memory_without_its_key_is_an_error(pins: FailedPins) -> None:
    pins.remember(SERIAL, WRONG_PIN)
    with sqlite3.connect(pins.path) as opened:
        opened.execute("DELETE FROM installation")
    opened.close()
    assert failure(lambda: pins.check(SERIAL, WRONG_PIN)).code is Code.PIN_MEMORY_UNREADABLE


def test_where_nothing_can_be_remembered_nothing_is_tried(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert (
        failure(lambda: FailedPins(tmp_path / "file" / "below").check(SERIAL, PIN)).code is Code.PIN_MEMORY_UNREADABLE
    )


REMEMBERING = f"""
import sys
from chukyso.pin.memory import FailedPins
sys.stdin.read()
for number in range(5):
    FailedPins().remember("{SERIAL}", sys.argv[1] + str(number))
"""


def test_several_processes_remember_at_once(pins: FailedPins) -> None:
    """None of them has a file yet: one makes it, and nobody's entry or key is lost."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REMEMBERING, f"process {number} "],
            stdin=subprocess.PIPE,
            env={**os.environ, VARIABLE: str(pins.path.parent)},
        )
        for number in range(3)
    ]
    for process in processes:  # together
        assert process.stdin
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0] * 3
    assert len(pins.failures()) == 15
    for number in range(3):
        assert failure(lambda last=number: pins.check(SERIAL, f"process {last} 4")).code is Code.PIN_FAILED_BEFORE
    assert [path.name for path in pins.path.parent.iterdir()] == [FILE]


def test_who_makes_the_file_second_takes_the_first_ones(pins: FailedPins, monkeypatch: pytest.MonkeyPatch) -> None:
    publish = memory.publish_file

    def publish_late(part: Path, path: Path) -> None:
        monkeypatch.setattr(memory, "publish_file", publish)
        FailedPins(pins.path.parent).remember(SERIAL, "of another process")
        publish(part, path)

    monkeypatch.setattr(memory, "publish_file", publish_late)
    pins.remember(SERIAL, WRONG_PIN)
    for pin in ("of another process", WRONG_PIN):
        assert failure(lambda tried=pin: pins.check(SERIAL, tried)).code is Code.PIN_FAILED_BEFORE


@pytest.mark.parametrize(
    ("ckr", "refused"),
    [
        ("CKR_PIN_INCORRECT", True),
        ("CKR_PIN_LOCKED", True),
        ("CKR_PIN_INVALID", True),
        ("CKR_PIN_LEN_RANGE", True),
        ("CKR_PIN_EXPIRED", False),
        ("CKR_DEVICE_REMOVED", False),
        ("CKR_FUNCTION_CANCELED", False),
    ],
)
def test_only_a_pin_that_the_token_looked_at_has_failed(ckr: str, refused: bool) -> None:
    assert login_refused(typed_error(ckr, "C_Login")) is refused


# With a token


def test_a_wrong_pin_is_tried_once_in_this_run_and_never_in_a_later_one(bench: Bench) -> None:
    before = bench.logins
    with bench.worker("") as worker:
        assert failure(lambda: bench.sign(worker, WRONG_PIN)).code is Code.PIN_INCORRECT
        assert failure(lambda: bench.sign(worker, WRONG_PIN, unattended=False)).code is Code.PIN_FAILED_BEFORE
    with bench.worker("") as later:
        key = bench.entry.key_id
        for sign in (
            lambda: later.sign(bench.serial, key, DATA, WRONG_PIN, unattended=False),
            lambda: later.sign_many(bench.serial, key, [DATA, DATA], WRONG_PIN, unattended=False),
        ):
            assert failure(sign).code is Code.PIN_FAILED_BEFORE
    assert bench.logins == before + 1
    FailedPins().forget(bench.serial)
    with bench.worker("") as later:
        assert failure(lambda: bench.sign(later, WRONG_PIN, unattended=False)).code is Code.PIN_INCORRECT
    assert bench.logins == before + 2
    with bench.worker("") as later:
        assert bench.sign(later, unattended=False)  # the secret changed


def test_one_run_spends_one_try_on_a_token_that_does_not_say_that_it_saw_a_wrong_pin(bench: Bench) -> None:
    before = bench.logins
    for number in "12":  # also with a worker of its own for each
        with bench.worker("blind") as worker:
            error = failure(lambda last=number, opened=worker: bench.sign(opened, f"1357246{last}"))
            assert error.code is (Code.PIN_INCORRECT if number == "1" else Code.PIN_COUNT_LOW)
    assert bench.logins == before + 1
    with bench.worker("blind") as worker:
        assert bench.sign(worker, unattended=False)
        assert bench.sign(worker)  # the good one ends it


def test_two_threads_with_one_wrong_pin_try_it_once(bench: Bench) -> None:
    before = bench.logins
    with bench.worker("") as worker, ThreadPoolExecutor(2) as pool:
        both = [pool.submit(lambda: failure(lambda: bench.sign(worker, WRONG_PIN, unattended=False))) for _ in "12"]
        assert {each.result().code for each in both} == {Code.PIN_INCORRECT, Code.PIN_FAILED_BEFORE}
    assert bench.logins == before + 1


def test_the_pin_that_locks_is_remembered_and_one_that_was_not_tried_is_not(shim: Path, tmp_path: Path) -> None:
    locking = make_bench(shim, tmp_path / "hsm")
    with locking.worker("locking jump") as worker:
        assert failure(lambda: locking.sign(worker, WRONG_PIN)).code is Code.PIN_LOCKED
        for unattended in (True, False):  # before the login
            error = failure(lambda alone=unattended: locking.sign(worker, PIN, unattended=alone))
            assert error.code is Code.PIN_LOCKED
    assert len(FailedPins().failures()) == 1
    assert failure(lambda: FailedPins().check(locking.serial, WRONG_PIN)).code is Code.PIN_FAILED_BEFORE
    FailedPins().check(locking.serial, PIN)


def test_a_broken_memory_costs_no_try(bench: Bench) -> None:
    before = bench.logins
    path = FailedPins().path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"broken")
    with bench.worker("") as worker:
        assert failure(lambda: bench.sign(worker)).code is Code.PIN_MEMORY_UNREADABLE
    assert bench.logins == before


def test_a_failure_that_cannot_be_remembered_does_not_hide_what_the_token_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    pins = FailedPins()

    begin = pins.begin

    def begin_then_break(*arguments: Any, **options: Any) -> None:
        begin(*arguments, **options)
        pins.path.write_bytes(b"broken")  # between the check and the token's answer

    monkeypatch.setattr(pins, "begin", begin_then_break)
    with bench.worker("", failed_pins=pins) as worker:
        error = failure(lambda: bench.sign(worker, WRONG_PIN, unattended=False))
    assert error.code is Code.PIN_INCORRECT
    assert "NOT remembered" in error.detail
    assert "PIN_MEMORY_UNREADABLE" in caplog.text


# Command


def test_the_operator_lists_and_forgets() -> None:
    FailedPins().remember("[bold]5a01", WRONG_PIN)
    listed = chukyso("pin", "list", "--json")
    (entry,) = json.loads(listed.stdout)["failed_pins"]
    assert (entry["token"], entry["answer"]) == ("[bold]5a01", "refused")
    assert abs(datetime.fromisoformat(entry["at"]) - datetime.now(UTC)) < timedelta(hours=1)
    assert "[bold]5a01" in chukyso("pin", "list").stdout
    assert chukyso("pin", "forget").returncode == 2  # neither a token nor all of them
    assert "1" in chukyso("pin", "forget", "[bold]5a01").stdout
    assert FailedPins().failures() == []


def test_the_command_says_that_the_file_is_broken() -> None:
    path = FailedPins().path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"broken")
    done = chukyso("pin", "list", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "[PIN_MEMORY_UNREADABLE]" in done.stderr
