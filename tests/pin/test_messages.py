"""What an operator reads when a PIN or a token fails: each message names a next step, and the step works."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from chukyso import errors
from chukyso.cli import app
from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState
from chukyso.pin.memory import FailedPins
from chukyso.state import VARIABLE
from support.paths import ROOT
from support.shim import Bench, make_bench
from support.token import PIN, WRONG_PIN, failure

PAGE = ROOT / "docs" / "pin.md"
BY_HAND = "TOKEN_PIN:ask:"
# What a message may tell to type or to set.
STEP = re.compile(r"chukyso (?:pin \w+|\w+)|TOKEN_PIN:ask:|\b(?:SEAL_)?TOKEN_SERIAL\b|\bCHUKYSO_[A-Z_]+")


def about_pins() -> list[Code]:
    return [code for code in Code if re.match("PIN_|PINENTRY_|TOKEN_|SECRET_|LOGIN_NOT_OURS", code.name)]


def rows() -> Iterator[tuple[str, str]]:
    """Each code of the table, and what to do."""
    table = PAGE.read_text(encoding="utf-8").partition("| code | what happened | what to do |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        codes, _, what_to_do = (cell.strip() for cell in line.strip("| ").split(" | "))
        yield from ((code, what_to_do) for code in re.findall("`([A-Z_]+)`", codes))


def steps(text: str) -> set[str]:
    return set(STEP.findall(text))


def test_the_handbook_tells_every_code_once() -> None:
    assert sorted(code for code, _ in rows()) == sorted(code.name for code in about_pins())


def test_handbook_and_message_name_the_same_steps() -> None:
    told: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for name, what_to_do in rows():
        spec = Code[name].value
        told.setdefault(what_to_do, set()).update(steps(what_to_do))
        read.setdefault(what_to_do, set()).update(steps(f"{spec.action} {spec.by_hand}"))
    assert {row: found for row, found in told.items() if found} == {row: found for row, found in read.items() if found}


def test_every_command_that_a_message_names_can_be_typed() -> None:
    table = tomllib.loads(Path(errors.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    commands = set(
        re.findall(r"chukyso ((?:\w+ )?\w+)", " ".join(text for each in table.values() for text in each.values()))
    )
    assert {"pin forget", "evidence complete"} <= {" ".join(command.split()[:2]) for command in commands}
    root: Any = typer.main.get_command(app)
    for command in commands:
        first, *rest = command.split()
        assert first in root.commands, command
        group = getattr(root.commands[first], "commands", None)
        assert not (rest and group) or rest[0] in group, command


@pytest.mark.parametrize(
    "code",
    [*about_pins(), Code.CERT_EXPIRED, Code.CERT_REVOCATION_UNKNOWN, Code.REQUEST_NOT_OURS, Code.SIGNING_TIMEOUT],
    ids=lambda code: code.name,
)
def test_before_a_window_nobody_is_told_to_start_a_run_again(code: Code) -> None:
    """Except where the references of a run are read, which a window never does."""
    told = code.value.by_hand or code.value.action
    assert code.name.startswith("SECRET_") or not re.search("rồi chạy lại(?! lệnh)", told)


# On a real token


@pytest.fixture
def bench(shim: Path, tmp_path: Path) -> Bench:
    return make_bench(shim, tmp_path / "hsm")


def told(error: ChukysoError, code: Code) -> str:
    """The message of an error that has this code."""
    assert error.code is code
    return str(error)


@pytest.mark.parametrize("words", ["", "blind"], ids=["", "hides-its-state"])
def test_the_way_out_after_a_wrong_pin(bench: Bench, words: str) -> None:
    """Not a circle: a person types the right one, and unattended runs work again."""
    with bench.worker(words) as worker:
        assert BY_HAND in told(failure(lambda: bench.sign(worker, WRONG_PIN)), Code.PIN_INCORRECT)
        assert BY_HAND in told(failure(lambda: bench.sign(worker)), Code.PIN_COUNT_LOW)  # mended, and still unattended
        bench.sign(worker, unattended=False)
        bench.sign(worker)
        assert worker.token(bench.serial).pin_state is PinState.OK


def test_a_pin_that_is_right_after_all(bench: Bench) -> None:
    """The maker unlocked the token and set the PIN that failed before."""
    FailedPins().remember(bench.serial, PIN)
    with bench.worker("") as worker:
        said = told(failure(lambda: bench.sign(worker, unattended=False)), Code.PIN_FAILED_BEFORE)
        assert "chukyso pin forget SỐ_TOKEN" in said
        assert bench.serial in said
        typed(["pin", "forget", bench.serial])
        bench.sign(worker, unattended=False)


def test_a_pin_without_an_answer(bench: Bench) -> None:
    for way_out in ("a person", "forget"):
        with bench.worker("C_Login=0x30") as worker:  # of a card that says 6F00
            assert "báo lỗi CKR_DEVICE_ERROR" in told(failure(lambda of=worker: bench.sign(of)), Code.TOKEN_ERROR)
        with bench.worker("") as worker:
            said = told(failure(lambda of=worker: bench.sign(of)), Code.PIN_UNHEARD)
            assert {BY_HAND, "chukyso pin forget", "chukyso tokens"} <= steps(said)
            if way_out == "forget":
                typed(["pin", "forget", bench.serial])
            bench.sign(worker, unattended=way_out == "forget")
            bench.sign(worker)


def test_a_pin_of_impossible_length_says_what_the_token_takes(bench: Bench) -> None:
    with bench.worker("") as worker:
        error = failure(lambda: bench.sign(worker, "123"))
        assert "(4 đến 255 ký tự)" in told(error, Code.PIN_LENGTH)
        assert "đã lưu" not in error.message_by_hand  # of a person who types it nothing is stored
        bench.sign(worker)


def test_a_memory_that_cannot_be_written(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    with bench.worker("") as worker:
        said = told(failure(lambda: bench.sign(worker)), Code.PIN_MEMORY_UNREADABLE)
        assert VARIABLE in said
        monkeypatch.setenv(VARIABLE, str(tmp_path / "state"))
        bench.sign(worker)


def typed(arguments: list[str]) -> None:
    """A command of ``chukyso`` that ends well."""
    done = subprocess.run(
        [sys.executable, "-c", "from chukyso.cli import main; main()", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, "Đã xóa 1 ghi nhớ." in done.stdout) == (0, True), done
