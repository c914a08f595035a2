"""Keywords by which a person answers the captcha: in the visible page, or in the terminal."""

from __future__ import annotations

import base64
import contextlib
import os
import queue
import sys
import threading
import time
import unicodedata
from datetime import timedelta
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.errors import ChukysoError, Code
from chukyso.terminal import forget_typed_ahead
from PortalLibrary.run import Run
from PortalLibrary.waiting import in_pieces

_HOLD = """() => {
    window.heldBack = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
    window.addEventListener("submit", window.heldBack, true);
}"""
_WRONG = "Mã vừa nhập không đúng; cổng đã đổi hình mới. Để ý chữ hoa, chữ thường."
_LET_GO = "() => window.removeEventListener('submit', window.heldBack, true)"


class CaptchaKeywords:
    """The captcha needs a person; it is never solved by machine."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._terminal = _Terminal()

    @keyword(tags=["Captcha"])
    def get_captcha_picture(self) -> str:
        """Return the captcha's picture as the page shows it, a ``data:image/png;base64,…`` address.

        ```robotframework
        ${picture}    Get Captcha Picture
        ```
        """
        selector = self._run.profile.locator("login.captcha_picture")
        return str(self._run.browser.get_attribute(selector, "src"))

    @keyword(tags=["Captcha"])
    def wait_for_operator_to_answer_captcha(self, *, again: bool = False) -> None:
        """Ask the operator to type the captcha into the visible page, and wait until it is there.

        The form is held back until `Let The Form Go`: who presses Enter out of habit would be faster than figure 1.

        - ``again``: the answer before this one was wrong; the operator is told.

        Fails with ``CAPTCHA_TIMEOUT``.

        ```robotframework
        Wait For Operator To Answer Captcha
        Let The Form Go
        ```
        """
        self._run.browser.evaluate_javascript(None, _HOLD)
        seconds = self._run.profile.timeouts.operator
        _tell_whether_wrong(again)
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
        """Let the login form be sent again; does nothing when it was not held back.

        ```robotframework
        Let The Form Go
        Press    login.submit
        ```
        """
        self._run.browser.evaluate_javascript(None, _LET_GO)

    @keyword(tags=["Captcha"])
    def ask_operator_for_captcha(self, picture: str, path: Path, *, again: bool = False) -> str:
        """Write the captcha's picture to a file, ask for the answer in the terminal, and return it.

        What can hardly be an answer is asked again within the same time: nothing, keys that are no characters, another
        number of characters than the portal's captchas have. The same answer a second time is taken all the same.
        White space is left out, and full-width characters become plain ones.

        - ``picture``: what `Get Captcha Picture` returned.
        - ``path``: file to write; it is removed afterwards.
        - ``again``: the answer before this one was wrong; the operator is told.

        Fails with ``CAPTCHA_TIMEOUT`` when nobody answers in time, and at once with ``CAPTCHA_NO_TERMINAL`` when there
        is no terminal to ask in.

        ```robotframework
        ${answer}    Ask Operator For Captcha    ${picture}    ${OUTPUT_DIR}${/}captcha.png
        Fill In    login.captcha    ${answer}
        ```
        """
        seconds = self._run.profile.timeouts.operator
        path.write_bytes(base64.b64decode(picture.partition(",")[2]))
        try:
            self._terminal.forget()
            _tell_whether_wrong(again)
            logger.console(
                f"\n    ✋ Mở ảnh {path.resolve()} và gõ mã kiểm tra (trong {seconds:g} giây): ",
                newline=False,
            )
            return self._answer(time.monotonic() + seconds)
        except TimeoutError as error:
            raise ChukysoError(Code.CAPTCHA_TIMEOUT, "no answer in the terminal", seconds=f"{seconds:g}") from error
        except EOFError as error:
            raise ChukysoError(Code.CAPTCHA_NO_TERMINAL, "standard input is closed or at its end") from error
        finally:
            path.unlink(missing_ok=True)

    def _answer(self, deadline: float) -> str:
        doubtful = ""
        while True:
            answer = _plain(self._terminal.read_line(deadline))
            doubt = _doubt(answer, self._run.profile.portal.captcha_length)
            if not doubt or (doubtful and answer == doubtful):
                return answer
            doubtful = "" if _is_unreadable(answer) else answer
            left = max(0, round(deadline - time.monotonic()))
            logger.console(f"    {doubt} Gõ lại mã kiểm tra (còn {left} giây): ", newline=False)


def _tell_whether_wrong(again: bool) -> None:
    if again:
        logger.console(f"\n    ✗ {_WRONG}", newline=False)


def _plain(line: str) -> str:
    """What was typed, without what nobody sees, as a keyboard for plain letters would have it."""
    seen = "".join(char for char in line if unicodedata.category(char) != "Cf")
    return "".join(unicodedata.normalize("NFKC", seen).split())


def _doubt(answer: str, length: int) -> str:
    """Why this is hardly an answer, or ""."""
    if not answer:
        return "Chưa có mã nào được gõ."
    if _is_unreadable(answer):
        return "Có phím không phải là chữ hay số."
    if not answer.isascii():
        return "Có chữ có dấu: tắt bộ gõ tiếng Việt."
    if len(answer) != length:
        return f"Mã kiểm tra thường có {length} ký tự, vừa gõ {len(answer)}; nếu hình đúng như vậy, gõ lại y hệt."
    return ""


def _is_unreadable(answer: str) -> bool:
    """Keys such as arrows, or bytes that are no UTF-8."""
    return not answer.isprintable() or "\N{REPLACEMENT CHARACTER}" in answer


class _Terminal:
    """Reads lines with a time-out.

    A thread reads the descriptor, not ``sys.stdin``: one that is left waiting then holds no lock of the interpreter and
    cannot disturb its shutdown.
    """

    def __init__(self) -> None:
        self._pieces: queue.Queue[bytes] = queue.Queue()
        self._rest = b""
        self._reading = False

    def forget(self) -> None:
        """Throw away what was typed before: it is no answer to a question that was not asked yet."""
        self._rest = b""
        with contextlib.suppress(OSError, ValueError):  # closed: the next line says so
            forget_typed_ahead(_descriptor())

    def read_line(self, deadline: float) -> str:
        """Return the next line.

        Args:
            deadline: Until when, on the monotonic clock.

        Raises:
            TimeoutError: There is none by then.
            EOFError: Nobody can type.
        """
        while b"\n" not in self._rest:
            try:
                self._start_reading()
                piece = self._pieces.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError from None
            self._reading = False
            if not piece:
                if not self._rest:
                    raise EOFError
                piece = b"\n"  # a last line without an end
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace")

    def _start_reading(self) -> None:
        if not self._reading:
            self._reading = True
            threading.Thread(target=self._read, daemon=True, name="captcha-answer").start()

    def _read(self) -> None:
        try:
            self._pieces.put(os.read(_descriptor(), 256))
        except (OSError, ValueError):
            self._pieces.put(b"")


def _descriptor() -> int:
    return sys.__stdin__.fileno() if sys.__stdin__ else 0
