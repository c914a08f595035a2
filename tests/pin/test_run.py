"""The PIN in whole runs of the suite: when it is read or asked for, and what stops a run before the portal."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso.pin.entry import VARIABLE
from chukyso.pin.memory import FailedPins
from chukyso.sandbox.details import SandboxDetails
from support.paths import FIELD
from support.pinentry import desktop
from support.run import Run
from support.token import PIN, WRONG_PIN, build_shim

pytestmark = pytest.mark.slow


def shimmed(details: SandboxDetails, tmp_path: Path, words: str) -> SandboxDetails:
    """The account's token behind the module that misbehaves."""
    environment = {
        **details.token_environment,
        "SHIM_MODULE": str(details.token_module),
        "SHIM": words,
        "SHIM_PIN": details.pin_file.read_text().strip(),
        "SHIM_JOURNAL": str(tmp_path / "journal"),
        "SHIM_TRIES": str(tmp_path / "tries"),
    }
    return replace(details, token_module=build_shim(tmp_path), token_environment=environment)


def nothing_was_sent(run: Run) -> None:
    """The portal's page was not even opened."""
    assert not list((run.directory / "figures").glob("*.png"))
    assert "Đăng nhập vào Cổng" not in run.console


def test_a_pin_that_failed_before_stops_the_run_before_the_portal(account, run_update) -> None:
    details = account()
    details.pin_file.chmod(0o644)
    FailedPins().remember(details.token_serial, details.pin_file.read_text().strip())
    run = run_update(details)
    run.ended("stopped", "PIN_FAILED_BEFORE")
    nothing_was_sent(run)
    if os.name == "posix":  # and whoever can read the file was told about
        assert run.console.count("chmod 600") == 1
        assert str(details.pin_file) in run.console


@pytest.mark.nightly
def test_a_pin_in_the_file_of_a_windows_editor(account, run_update) -> None:
    run = run_update(account(pin=PIN), TOKEN_PIN=f"file:{FIELD / 'pin-with-bom.txt'}")
    run.ended("updated")


@pytest.mark.nightly
def test_a_pin_that_cannot_be_meant_stops_the_run_before_the_portal(account, run_update, tmp_path: Path) -> None:
    kept, pin = tmp_path / "pin.txt", "83517264"  # in no script of log.html
    kept.write_bytes(f"{pin}\u00a0".encode())
    kept.chmod(0o600)
    run = run_update(account(pin=pin), TOKEN_PIN=f"file:{kept}")
    run.ended("stopped", "PIN_CHARACTER")
    nothing_was_sent(run)
    assert "dấu cách U+00A0 (NO-BREAK SPACE) ở cuối" in run.console
    assert pin not in run.console
    assert not [each for each in run.directory.rglob("*") if each.is_file() and pin.encode() in each.read_bytes()]


@pytest.mark.nightly
def test_the_sandbox_reads_secrets_as_its_run_does(account, run_update) -> None:
    """A sandbox of the run's own, set up with variables that a Windows editor wrote."""
    given = {"PORTAL_PASSWORD": "\ufeffMat-Khau+7731\r\n", "TOKEN_PIN": "\ufeff83517264\r\n"}
    references = {name: f"env:{name}" for name in given}
    run_update(account(), env=given, SANDBOX="", TAX_CODE="", **references).ended("updated")


def test_the_pin_of_a_locked_token_is_neither_read_nor_asked_for(account, run_update, tmp_path: Path) -> None:
    details = shimmed(account(), tmp_path, "locking")
    (tmp_path / "tries").write_text("3")
    run = run_update(details, TOKEN_PIN="env:NOT_SET")  # reading it would be SECRET_UNREADABLE
    run.ended("stopped", "PIN_LOCKED")
    nothing_was_sent(run)


@pytest.mark.nightly
def test_a_person_gives_the_pin_in_a_dialog_after_a_wrong_one(account, run_update, tmp_path: Path) -> None:
    """The steps that the messages name, one after the other: after a wrong PIN nobody but a person may try, the dialog
    warns, and then runs work again as before.
    """
    details = account()
    wrong = tmp_path / "wrong"
    wrong.write_text(WRONG_PIN, encoding="utf-8")
    wrong.chmod(0o600)
    for reference, code in ((f"file:{wrong}", "PIN_INCORRECT"), (details.pin_reference, "PIN_COUNT_LOW")):
        run = run_update(details, TOKEN_PIN=reference)
        run.ended("stopped", code)
        assert "chạy với --variable TOKEN_PIN:ask:" in run.console
    with desktop(tmp_path) as desk, ThreadPoolExecutor(1) as person:

        def answer() -> str:
            dialog = desk.dialog(timeout=200)
            dialog.accept(details.pin_file.read_text().strip())
            return dialog.text

        text = person.submit(answer)
        run = run_update(details, TOKEN_PIN="ask:", env={VARIABLE: str(desk.program)})
        run.ended("updated")
        shown = text.result(0)
    assert "đã bị nhập sai mã PIN" in shown
    assert details.tax_code in shown
    assert details.new_serial.upper() in shown.upper()
    run_update(details).ended("already-registered")


@pytest.mark.nightly
def test_a_token_with_a_keypad_needs_no_pin(account, run_update, tmp_path: Path) -> None:
    details = shimmed(account(), tmp_path, "pinpad")
    run = run_update(details, TOKEN_PIN="env:NOT_SET")
    run.ended("updated")
    assert "nhập mã PIN trên bàn phím" in run.console
    journal = (tmp_path / "journal").read_text()
    assert "C_Login without PIN" in journal
    assert "C_Login\n" not in journal
