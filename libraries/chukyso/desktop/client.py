"""Native windows for the rest of the product: found by rule, read, filled in, pressed, photographed.

Everything happens in a child process, which is killed when it hangs and replaced when it died. No request is sent
twice. Before each act the window's rule is applied anew: what is not its one window any more is not touched.
"""

from __future__ import annotations

import platform
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from chukyso.children import OtherPython, child_environment, windows_path
from chukyso.desktop.finding import Sight, changed, look, nothing
from chukyso.desktop.model import Control, Program, Row, Session, Window
from chukyso.desktop.rule import WindowRule, control_of
from chukyso.desktop.worker import PRESSING
from chukyso.errors import ChukysoError, Code
from chukyso.worker.child import Child, LostError
from chukyso.worker.frames import Message

FIND_SECONDS: Final = 20.0
"""How long a window is waited for: slow tokens show theirs as late as that."""
_LOOK_SECONDS = 0.25  # between two looks
_WORKER: Final = ("-m", "chukyso.desktop.worker")


@dataclass(frozen=True)
class Found:
    """A window that was found.

    Attributes:
        rule: By which rule.
        window: As it was when it was found.
    """

    rule: WindowRule
    window: Window


class Desktop:
    """The windows of this session. Calls of several threads are served one after the other. No PIN is kept here.

    Args:
        seconds: Time-out of one request.
        worker: What Python runs as the child; another one in tests.
        python: Windows' Python, where this one is not: of a Windows under Wine.
    """

    def __init__(self, seconds: float = 20, worker: Sequence[str] = _WORKER, python: OtherPython | None = None) -> None:
        if sys.platform != "win32" and worker is _WORKER and python is None:
            raise ChukysoError(Code.DESKTOP_UNSUPPORTED, system=platform.system())
        self._seconds = seconds
        self._worker = worker
        self._python = python
        self._child: Child | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close_worker()

    def close_worker(self) -> None:
        """End the child process; the next request starts a new one."""
        with self._lock:
            child, self._child = self._child, None
            if child is not None:
                child.end()

    def kill(self) -> None:
        """End the child process at once, from any thread; a request that waits for it fails."""
        child = self._child
        if child is not None:
            child.kill()

    def session(self) -> Session:
        """What of the Windows session decides whether windows can be driven."""
        return Session(**self._ask({"operation": "session"})["session"])

    def require_usable(self) -> None:
        """See that windows could be pressed in this session.

        Raises:
            ChukysoError: ``DESKTOP_LOCKED``.
        """
        self._ask({"operation": "usable"})

    def windows(self) -> list[Window]:
        """Every top-level window from front to back, without controls."""
        return [Window.from_json(each) for each in self._ask({"operation": "windows"})["windows"]]

    def describe(self, window: Window) -> Window:
        """A window with its ancestors and the publisher of its program."""
        answer = self._of(window, "describe")
        return replace(window, program=Program(**answer["program"]), ancestors=tuple(answer["ancestors"]))

    def with_controls(self, window: Window, name: str = "") -> Window:
        """A window with its controls as they are now.

        Args:
            window: The window.
            name: What errors call it.

        Raises:
            ChukysoError: ``WINDOW_GONE``, ``WINDOW_HUNG``, ``WINDOW_DENIED``.
        """
        answer = self._of(window, "controls", name)
        return window.showing(tuple(Control.from_json(each) for each in answer["controls"]))

    def rows_of(self, window: Window, control: Control, name: str = "") -> list[Row]:
        """The rows of a list, table or combo box.

        Args:
            window: The window.
            control: One of its controls.
            name: What errors call the window.

        Raises:
            ChukysoError: ``WINDOW_CHANGED`` when they cannot be read; as ``with_controls``.
        """
        answer = self._of(window, "rows", name, control=control.to_json())
        return [Row(each["index"], tuple(each["cells"]), each["chosen"]) for each in answer["rows"]]

    def find(self, rule: WindowRule, seconds: float = FIND_SECONDS) -> Found:
        """Wait for the one window of a rule.

        Args:
            rule: The rule.
            seconds: How long.

        Raises:
            ChukysoError: ``WINDOW_FOREIGN``, ``WINDOW_AMBIGUOUS``, ``WINDOW_UNDRIVABLE`` at once; in the end
                ``WINDOW_NOT_FOUND``, ``WINDOW_HUNG``, or ``WINDOW_CHANGED`` when controls are missing.
        """
        return self.find_one_of((rule,), seconds)

    def find_one_of(self, rules: Sequence[WindowRule], seconds: float = FIND_SECONDS) -> Found:
        """Wait for the one window of one of several rules, which exclude each other.

        Raises:
            ChukysoError: As ``find``, in the end of the first rule of which something was seen.
        """
        end = time.monotonic() + seconds
        while True:
            sights = [(rule, self._look(rule)) for rule in rules]
            for rule, sight in sights:
                if sight.window:
                    return Found(rule, sight.window)
            if time.monotonic() >= end:
                errors = [nothing(rule, sight, seconds) for rule, sight in sights]
                raise next((one for one in errors if one.code is not Code.WINDOW_NOT_FOUND), errors[0])
            time.sleep(_LOOK_SECONDS)

    def read(self, found: Found) -> Window:
        """The window as it is now, after its rule was applied anew.

        Raises:
            ChukysoError: ``WINDOW_GONE``, and what ``find`` raises.
        """
        sight = self._look(found.rule)
        handle = found.window.handle
        if sight.window and sight.window.handle == handle:
            return sight.window
        if not sight.window and handle in {window.handle for window in self.windows() if window.visible}:
            raise nothing(found.rule, sight, 0)
        raise ChukysoError(Code.WINDOW_GONE, f"{handle:#x} is not there any more", window=found.rule.name)

    def text(self, found: Found, name: str) -> str:
        """What a control of the rule shows; "" of one into which somebody can type.

        Raises:
            ChukysoError: As ``read``.
        """
        return self._control(found, name)[1].text

    def rows(self, found: Found, name: str) -> list[Row]:
        """The rows of a list, table or combo box of the rule.

        Raises:
            ChukysoError: As ``read``; ``WINDOW_CHANGED`` when they cannot be read.
        """
        window, control = self._control(found, name)
        return self.rows_of(window, control, found.rule.name)

    def choose_row(self, found: Found, name: str, fits: Callable[[Row], bool]) -> Row:
        """Choose the one row that fits, and see that it is chosen.

        Args:
            found: The window.
            name: The list, table or combo box.
            fits: Tells whether a row is the one.

        Raises:
            ChukysoError: ``WINDOW_ROW_MISSING``, ``WINDOW_ROW_AMBIGUOUS``; ``WINDOW_NOT_READY`` when another row is
                chosen afterwards; as ``rows``.
        """
        window, control = self._control(found, name)
        matches = [row for row in self.rows_of(window, control, found.rule.name) if fits(row)]
        if not matches:
            raise ChukysoError(Code.WINDOW_ROW_MISSING, window=found.rule.name, wanted=name)
        if len(matches) > 1:
            raise ChukysoError(Code.WINDOW_ROW_AMBIGUOUS, window=found.rule.name, count=len(matches), wanted=name)
        (row,) = matches
        self._of(window, "choose", found.rule.name, control=control.to_json(), index=row.index)
        chosen = [each for each in self.rows_of(window, control, found.rule.name) if each.chosen]
        if len(chosen) != 1 or not row.same(chosen[0]):
            what = "không chọn được dòng đó"
            raise ChukysoError(Code.WINDOW_NOT_READY, f"chosen: {chosen}", window=found.rule.name, what=what)
        return chosen[0]

    def set_text(self, found: Found, name: str, text: str) -> None:
        """Put a text into a field. It is not read back, whatever it is.

        A PIN too: it crosses the pipe once, past every buffer, and is overwritten on both sides; what the caller has of
        it stays the caller's.

        Raises:
            ChukysoError: ``WINDOW_NOT_READY``, ``DESKTOP_LOCKED``; as ``read``.
        """
        window, control = self._control(found, name)
        secret = bytearray((text + "\0").encode("utf-16-le"))
        self._of(window, "set", found.rule.name, secret=secret, control=control.to_json())

    def set_check(self, found: Found, name: str, *, wanted: bool, seconds: float = 5) -> None:
        """Tick a check box or take the tick out, and see that it is so.

        Raises:
            ChukysoError: ``WINDOW_NOT_READY``; as ``press``.
        """
        if self._control(found, name)[1].checked is wanted:
            return
        self.press(found, name)
        end = time.monotonic() + seconds
        while self._control(found, name)[1].checked is not wanted:
            if time.monotonic() >= end:
                raise ChukysoError(Code.WINDOW_NOT_READY, window=found.rule.name, what=f"ô “{name}” không đổi")
            time.sleep(_LOOK_SECONDS)

    def press(self, found: Found, name: str) -> None:
        """Press a button once, and do not wait for what follows.

        Raises:
            ChukysoError: ``WINDOW_PRESS_UNHEARD`` when the child died in between: nobody may press again before
                somebody looked; ``WINDOW_NOT_READY`` for a button that is disabled, ``DESKTOP_LOCKED``; as ``read``.
        """
        window, control = self._control(found, name)
        stages: list[str] = []
        try:
            self._of(window, "press", found.rule.name, stages=stages, control=control.to_json())
        except ChukysoError as error:
            if error.code is Code.DESKTOP_FAILED and PRESSING in stages:
                reason = str(error.context["reason"])
                code = Code.WINDOW_PRESS_UNHEARD
                raise ChukysoError(code, error.detail, window=found.rule.name, reason=reason) from error
            raise

    def choose_tab(self, found: Found, index: int) -> None:
        """Turn to a page of a property sheet, counted from 0."""
        self._of(self.read(found), "tab", found.rule.name, index=index)

    def close(self, found: Found) -> None:
        """Ask a window to close, as its cross does."""
        self._of(self.read(found), "close", found.rule.name)

    def wait_until_gone(self, found: Found, seconds: float) -> bool:
        """Wait until a window is gone or hidden. Return whether it is."""
        end = time.monotonic() + seconds
        while found.window.handle in {window.handle for window in self.windows() if window.visible}:
            if time.monotonic() >= end:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def picture(self, found: Found, path: Path, marks: Sequence[str] = ()) -> tuple[int, int]:
        """Bring a window before all others and write a PNG of it: elements framed and numbered, every field covered.

        Args:
            found: The window.
            path: The file.
            marks: Names of controls, in their order.

        Returns:
            Width and height in pixels.

        Raises:
            ChukysoError: ``WINDOW_HIDDEN`` when another window lies above it, ``DESKTOP_LOCKED``; as ``read``.
        """
        window = self.read(found)
        handles = [self._one(found.rule, window, name).handle for name in marks]
        answer = self._of(window, "picture", found.rule.name, marks=handles, path=self._path(path))
        return answer["width"], answer["height"]

    def _look(self, rule: WindowRule) -> Sight:
        return look(rule, self.windows(), self.describe, lambda window: self.with_controls(window, rule.name))

    def _control(self, found: Found, name: str) -> tuple[Window, Control]:
        window = self.read(found)
        return window, self._one(found.rule, window, name)

    @staticmethod
    def _one(rule: WindowRule, window: Window, name: str) -> Control:
        controls = control_of(rule, window, name)
        if len(controls) != 1:
            raise changed(rule, [name])
        return controls[0]

    def _of(
        self,
        window: Window,
        operation: str,
        name: str = "",
        *,
        secret: bytearray | None = None,
        stages: list[str] | None = None,
        **more: Any,
    ) -> Message:
        bare = window.showing(()).to_json()
        request = {"operation": operation, "window": bare, "name": name or f"“{window.title}”", **more}
        return self._ask(request, secret, stages)

    def _ask(self, request: Message, secret: bytearray | None = None, stages: list[str] | None = None) -> Message:
        """The only way to the child. Whatever is lost with it is not asked again."""
        with self._lock:
            if self._child is None:
                self._child = self._start()
            told = stages.append if stages is not None else lambda _: None
            try:
                return self._child.ask(request, self._seconds, told, secret)
            except LostError as error:
                self.close_worker()
                reason = f"không trả lời trong {self._seconds:g} giây" if error.timed_out else "đã dừng giữa chừng"
                raise ChukysoError(Code.DESKTOP_FAILED, f"{request['operation']}: {error}", reason=reason) from None

    def _path(self, path: Path) -> str:
        """A path as the child names it."""
        return windows_path(path) if self._python else str(path.absolute())

    def _start(self) -> Child:
        try:
            environment = self._python.environment if self._python else child_environment({})
            return Child(self._worker, environment, self._python)
        except OSError as error:
            raise ChukysoError(Code.DESKTOP_FAILED, str(error), reason="không khởi động được") from error
