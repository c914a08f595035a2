"""Keywords by which a person answers the captcha: in the visible page, or in the terminal."""

from __future__ import annotations

import base64
import os
import queue
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.errors import ChukysoError, Code
from PortalLibrary.run import Run
from PortalLibrary.waiting import in_pieces

_HOLD = """() => {
    window.heldBack = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
    window.addEventListener("submit", window.heldBack, true);
}"""
_LET_GO = "() => window.removeEventListener('submit', window.heldBack, true)"


class CaptchaKeywords:
    """The captcha needs a person; it is never solved by machine."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._terminal = _Terminal()

    @keyword(tags=["Captcha"])
    def get_captcha_picture(self) -> str:
        """Return the captcha's picture as the page shows it, a ``data:image/png;base64,…`` address."""
        selector = self._run.profile.locator("login.captcha_picture")
        return str(self._run.browser.get_attribute(selector, "src"))

    @keyword(tags=["Captcha"])
    def wait_for_operator_to_answer_captcha(self) -> None:
        """Ask the operator to type the captcha into the visible page, and wait until it is there.

        The form is held back until `Let The Form Go`: who presses Enter out of habit would be faster than figure 1.

        Fails with ``CAPTCHA_TIMEOUT``.
        """
        self._run.browser.evaluate_javascript(None, _HOLD)
        seconds = self._run.profile.timeouts.operator
        logger.console(f"\n    ✋ Nhập mã kiểm tra vào trang (trong {seconds:g} giây); không cần bấm Đăng nhập.")
        try:
            complete = f"(field) => field.value.trim().length >= {self._run.profile.portal.captcha_length}"
            field = self._run.profile.locator("login.captcha")
            in_pieces(
                timedelta(seconds=seconds),
                lambda piece: self._run.browser.wait_for_function(complete, field, timeout=piece),
            )
        except AssertionError as error:
            raise ChukysoError(Code.CAPTCHA_TIMEOUT, "captcha field stayed short", seconds=f"{seconds:g}") from error

    @keyword(tags=["Captcha"])
    def let_the_form_go(self) -> None:
        """Let the login form be sent again; does nothing when it was not held back."""
        self._run.browser.evaluate_javascript(None, _LET_GO)

    @keyword(tags=["Captcha"])
    def ask_operator_for_captcha(self, picture: str, path: Path) -> str:
        """Write the captcha's picture to a file, ask for the answer in the terminal, and return it.

        - ``picture``: what `Get Captcha Picture` returned.
        - ``path``: file to write; it is removed afterwards.

        Fails with ``CAPTCHA_TIMEOUT`` when nobody answers in time, and at once with ``CAPTCHA_NO_TERMINAL`` when there
        is no terminal to ask in.
        """
        seconds = self._run.profile.timeouts.operator
        path.write_bytes(base64.b64decode(picture.partition(",")[2]))
        try:
            logger.console(
                f"\n    ✋ Mở ảnh {path.resolve()} và gõ mã kiểm tra (trong {seconds:g} giây): ",
                newline=False,
            )
            answer = self._terminal.read_line(seconds)
        finally:
            path.unlink(missing_ok=True)
        if answer is None:
            raise ChukysoError(Code.CAPTCHA_NO_TERMINAL, "standard input is closed or at its end")
        if not answer:
            raise ChukysoError(Code.CAPTCHA_TIMEOUT, "no answer in the terminal", seconds=f"{seconds:g}")
        return answer


class _Terminal:
    """Reads lines with a time-out.

    A thread reads the descriptor, not ``sys.stdin``: one that is left waiting then holds no lock of the interpreter and
    cannot disturb its shutdown.
    """

    def __init__(self) -> None:
        self._pieces: queue.Queue[bytes] = queue.Queue()
        self._rest = b""
        self._reading = False

    def read_line(self, seconds: float) -> str | None:
        """Return the next line without white space around it, "" after the time-out, None when nobody can type."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest:
            try:
                self._start_reading()
                piece = self._pieces.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                return ""
            self._reading = False
            if not piece:
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    def _start_reading(self) -> None:
        if not self._reading:
            self._reading = True
            threading.Thread(target=self._read, daemon=True, name="captcha-answer").start()

    def _read(self) -> None:
        try:
            self._pieces.put(os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 256))
        except (OSError, ValueError):
            self._pieces.put(b"")
