"""The rehearsal by hand, in a real browser: what a person sees there and in the terminal after a wrong PIN."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from support.attack import poll
from support.chromium import Chromium, Tab, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the person's browser is a shell script"),
]

# Ctrl-C ends it, also where the tests were started in the background, which lets programs ignore it.
_PROGRAM = """
import signal
import sys
from pathlib import Path
from chukyso.sandbox.rehearsal import rehearse
signal.signal(signal.SIGINT, signal.default_int_handler)
rehearse(0, True, state=Path(sys.argv[1]))
"""
_NAMED = """(name) => [...document.querySelectorAll("button, [role=menuitem], [role=radio], input[type=radio], label")]
    .find((one) => one.textContent.trim() === name && !one.disabled && one.offsetParent !== null)"""


@dataclass
class Rehearsal:
    """A rehearsal that runs in a terminal, and the windows that it opened in the person's browser."""

    details: SandboxDetails
    output: Path
    addresses: Path
    seen: int = 1  # the portal itself comes first

    @property
    def console(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def windows(self) -> list[str]:
        return self.addresses.read_text(encoding="utf-8").split()

    def next_window(self) -> str:
        """Address of the next window that opens."""
        poll(lambda: len(self.windows()) > self.seen)
        self.seen += 1
        return self.windows()[self.seen - 1]


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    state, output, addresses = tmp_path / "state.json", tmp_path / "console", tmp_path / "addresses"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> "{addresses}"\n', encoding="utf-8")
    browser.chmod(0o755)
    with output.open("wb") as console:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(state)],
            stdout=console,
            stderr=subprocess.STDOUT,
            env={**os.environ, "BROWSER": f"{browser} %s", "PYTHONUTF8": "1"},
        )
        try:
            poll(lambda: addresses.exists() and state.exists())
            yield Rehearsal(SandboxDetails.read(state), output, addresses)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


def press(tab: Tab, name: str) -> None:
    """Press what has this name."""
    tab.until(f"({_NAMED})({json.dumps(name)})")
    tab.run(f"({_NAMED})({json.dumps(name)}).click()")


def fill(tab: Tab, selector: str, text: str) -> None:
    """Type into a field."""
    field = f"document.querySelector({json.dumps(selector)})"
    tab.until(field)
    tab.run(f'{field}.value = {json.dumps(text)}; {field}.dispatchEvent(new Event("input", {{bubbles: true}}))')


def come_to_the_form(tab: Tab, rehearsal: Rehearsal) -> None:
    """Log in and open the form, as the guide says."""
    details = rehearsal.details
    press(tab, "Đăng nhập")
    tab.until('document.querySelector("mat-dialog-container")')
    press(tab, "Tổ chức")
    fill(tab, '[formcontrolname="username"]', details.tax_code)
    fill(tab, '[formcontrolname="password"]', details.password_file.read_text(encoding="utf-8"))
    tab.until("document.querySelector('.captcha-img img')")
    shown = tab.run("document.querySelector('.captcha-img img').src")
    fill(tab, '[formcontrolname="textCaptcha"]', Control(details).captcha_answer(shown))
    tab.run('document.querySelector("mat-dialog-container form").requestSubmit()')
    tab.until('document.querySelector("#accountMenuBtn")')
    tab.run('document.querySelector("#accountMenuBtn").click()')
    press(tab, "Thay đổi thông tin")


@contextmanager
def window(browser: Chromium, rehearsal: Rehearsal) -> Iterator[Tab]:
    """The window that opened in the person's browser."""
    with browser.tab(rehearsal.next_window()) as tab:
        yield tab


def text(tab: Tab) -> str:
    return str(tab.run("document.body.innerText"))


def test_after_a_wrong_pin_the_person_reads_what_to_do(browser: Chromium, rehearsal: Rehearsal) -> None:
    with browser.tab(rehearsal.windows()[0]) as portal:
        come_to_the_form(portal, rehearsal)
        with window(browser, rehearsal) as share:
            press(share, "Cho phép")
            portal.until('document.querySelector(\'[data-certificate="new"] [data-field="serial"]\')')
        portal.run("document.querySelector('input[type=\"checkbox\"]').click()")
        press(portal, "Đăng ký thay đổi thông tin")
        with window(browser, rehearsal) as certificate:
            press(certificate, "OK")
            fill(certificate, 'input[type="password"]', "00000000")
            press(certificate, "Chấp nhận")
            certificate.until('document.querySelector("[data-status=failed]")')
            assert "PIN_INCORRECT" in text(certificate)
            assert "chạy lại lệnh đã mở nó" in text(certificate)
        poll(lambda: "[PIN_INCORRECT]" in rehearsal.console)

        for _ in range(3):  # before: no window, no line, and the page pointed to a window
            press(portal, "Đăng ký thay đổi thông tin")
            with window(browser, rehearsal) as problem:
                assert "PIN_TRY_USED" in text(problem)
                assert "chạy lại lệnh đã mở nó" in text(problem)
                press(problem, "Đóng")
                problem.until('document.body?.dataset.over === "true"')
        assert "[PIN_TRY_USED]" in rehearsal.console

        press(portal, "Đăng ký thay đổi thông tin")  # windows that were closed unanswered: no more of them
        poll(lambda: "[WINDOWS_MUTED]" in rehearsal.console)
        portal.until('document.querySelector("#toast-container")?.innerText.includes("cửa sổ dòng lệnh")')
        assert len(rehearsal.windows()) == rehearsal.seen
    assert "00000000" not in rehearsal.console
