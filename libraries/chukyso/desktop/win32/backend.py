"""Windows reached by messages of user32, pictures taken from the screen."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
import time
from collections.abc import Sequence
from ctypes import wintypes
from typing import Final

from PIL import Image, ImageGrab

from chukyso.desktop.backend import TroubleError
from chukyso.desktop.model import Control, Kind, Program, Rect, Row, Session, Window
from chukyso.desktop.win32 import api, rows
from chukyso.desktop.win32.controls import controls_of, rect_of
from chukyso.desktop.win32.programs import ancestors_of, image_of, publisher_of
from chukyso.desktop.win32.session import session
from chukyso.errors import Code

_SET_TEXT, _TEXT_LENGTH, _CLICK, _CLOSE, _SET_TAB = 0xC, 0xE, 0xF5, 0x10, 0x465
_RESTORE, _TOPMOST, _NOT_TOPMOST = 9, -1, -2
_NO_SIZE, _NO_MOVE, _NO_ACTIVATE, _ASYNC = 0x1, 0x2, 0x10, 0x4000
_CLOAKED, _ROOT = 14, 2
_EXTENDED_STYLE, _IS_TOPMOST = -20, 0x8
_SCREEN_LEFT, _SCREEN_TOP, _SCREEN_WIDTH, _SCREEN_HEIGHT = 76, 77, 78, 79
_UP_SECONDS, _LOOK_SECONDS = 3.0, 0.05
_INSET, _GRID = 10, 5  # pixels from the edge, where corners are round; points in each direction
_PER_MONITOR: Final = -4


class Win32:
    """See ``Backend``."""

    def __init__(self) -> None:
        api.SetProcessDpiAwarenessContext(_PER_MONITOR)
        self._raised: set[int] = set()

    def windows(self) -> list[Window]:
        """See ``Backend``."""
        images: dict[int, str] = {}
        found = []
        for handle in api.top_windows():
            pid = api.process_of(handle)
            if not pid:
                continue
            if pid not in images:
                images[pid] = image_of(pid)
            found.append(_window(handle, Program(pid, images[pid])))
        return found

    def describe(self, window: Window) -> tuple[Program, tuple[str, ...]]:
        """See ``Backend``."""
        program = window.program
        publisher = publisher_of(program.image) if program.image else ""
        return Program(program.pid, program.image, publisher), ancestors_of(window.handle, program.pid)

    def controls(self, window: Window) -> tuple[Control, ...]:
        """See ``Backend``."""
        _still_there(window)
        return controls_of(window.handle)

    def rows(self, window: Window, control: Control) -> list[Row]:
        """See ``Backend``."""
        _still_there(window)
        return rows.rows_of(control)

    def choose_row(self, window: Window, control: Control, index: int) -> None:
        """See ``Backend``."""
        _still_there(window)
        rows.choose(control, index)

    def choose_tab(self, window: Window, index: int) -> None:
        """See ``Backend``."""
        _still_there(window)
        api.send(window.handle, _SET_TAB, index)

    def set_text(self, window: Window, control: Control, text: bytearray) -> None:
        """See ``Backend``."""
        _usable(window, control)
        where = (ctypes.c_char * len(text)).from_buffer(text)
        if not api.send(control.handle, _SET_TEXT, 0, ctypes.addressof(where)):
            raise TroubleError(Code.WINDOW_NOT_READY, "ô nhập không nhận chữ")

    def press(self, window: Window, control: Control) -> None:
        """See ``Backend``."""
        _usable(window, control)
        api.SetForegroundWindow(window.handle)  # a button of a dialog that is not active may ignore a click
        api.post(control.handle, _CLICK)  # sent, it would return only after the dialog that follows

    def close(self, window: Window) -> None:
        """See ``Backend``."""
        _still_there(window)
        api.post(window.handle, _CLOSE)

    def bring_up(self, window: Window, points: Sequence[tuple[int, int]] = ()) -> Rect:
        """See ``Backend``."""
        _still_there(window)
        handle, end = window.handle, time.monotonic() + _UP_SECONDS
        if api.IsIconic(handle):
            api.ShowWindowAsync(handle, _RESTORE)
        if not api.GetWindowLongW(handle, _EXTENDED_STYLE) & _IS_TOPMOST:
            self._raised.add(handle)
        _order(handle, _TOPMOST)
        api.SetForegroundWindow(handle)  # Windows may refuse; above all others it is anyhow
        while True:
            place, reason = rect_of(handle), "nó vẫn bị thu nhỏ"
            if not api.IsIconic(handle):
                if _outside(place):
                    _onto_screen(handle, place)
                    reason = "nó nằm ngoài màn hình"
                else:
                    cover = _cover(handle, place, points)
                    if not cover:
                        return place
                    reason = f"nó bị cửa sổ {cover} che"
            if time.monotonic() > end:
                _still_there(window)
                raise TroubleError(Code.WINDOW_HIDDEN, reason)
            time.sleep(_LOOK_SECONDS)

    def let_down(self, window: Window) -> None:
        """See ``Backend``."""
        if window.handle in self._raised:
            self._raised.discard(window.handle)
            _order(window.handle, _NOT_TOPMOST)

    def photograph(self, place: Rect) -> Image.Image:
        """See ``Backend``."""
        try:
            return ImageGrab.grab((place.left, place.top, place.right, place.bottom), all_screens=True).convert("RGB")
        except OSError as error:  # as in a locked session
            raise TroubleError(Code.WINDOW_HIDDEN, "Windows không cho chụp màn hình", str(error)) from error

    def is_filled(self, window: Window, control: Control) -> bool:
        """See ``Backend``."""
        _still_there(window)
        return control.kind is Kind.EDIT and bool(api.send(control.handle, _TEXT_LENGTH))

    def session(self) -> Session:
        """See ``Backend``."""
        return session()


def _window(handle: int, program: Program) -> Window:
    cloaked = wintypes.DWORD()
    api.DwmGetWindowAttribute(handle, _CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
    return Window(
        handle,
        api.class_of(handle),
        api.title_of(handle),
        rect_of(handle),
        program,
        visible=bool(api.IsWindowVisible(handle)) and not cloaked.value,
        minimised=bool(api.IsIconic(handle)),
        hung=bool(api.IsHungAppWindow(handle)),
    )


def _still_there(window: Window) -> None:
    """Windows uses the number of a window that is gone for a new one."""
    if not api.IsWindow(window.handle) or api.process_of(window.handle) != window.program.pid:
        raise TroubleError(Code.WINDOW_GONE)


def _usable(window: Window, control: Control) -> None:
    """The control is still the one that was read, and can be used."""
    _still_there(window)
    handle = control.handle
    if api.GetAncestor(handle, _ROOT) != window.handle or api.GetDlgCtrlID(handle) != control.id:
        raise TroubleError(Code.WINDOW_GONE, detail=f"control {control.id} is another one")
    if not api.IsWindowEnabled(handle) or not api.IsWindowEnabled(window.handle):
        what = f"“{control.text}” đang mờ" if control.text else "ô hay nút cần dùng đang mờ"
        raise TroubleError(Code.WINDOW_NOT_READY, what)


def _order(handle: int, after: int) -> None:
    api.SetWindowPos(handle, after, 0, 0, 0, 0, _NO_SIZE | _NO_MOVE | _NO_ACTIVATE | _ASYNC)


def _screen() -> Rect:
    left, top = api.GetSystemMetrics(_SCREEN_LEFT), api.GetSystemMetrics(_SCREEN_TOP)
    width, height = api.GetSystemMetrics(_SCREEN_WIDTH), api.GetSystemMetrics(_SCREEN_HEIGHT)
    return Rect(left, top, left + width, top + height)


def _outside(place: Rect) -> bool:
    screen = _screen()
    return (
        place.left < screen.left or place.top < screen.top or place.right > screen.right or place.bottom > screen.bottom
    )


def _onto_screen(handle: int, place: Rect) -> None:
    screen = _screen()
    left = max(screen.left, min(place.left, screen.right - place.width))
    top = max(screen.top, min(place.top, screen.bottom - place.height))
    api.SetWindowPos(handle, 0, left, top, 0, 0, _NO_SIZE | _NO_ACTIVATE | _ASYNC | 0x4)  # SWP_NOZORDER


def _cover(handle: int, place: Rect, points: Sequence[tuple[int, int]]) -> str:
    """What lies above a window at one of the points: title or class of that window; "" when nothing does."""
    across = [place.left + _INSET + (place.width - 2 * _INSET) * step // (_GRID - 1) for step in range(_GRID)]
    down = [place.top + _INSET + (place.height - 2 * _INSET) * step // (_GRID - 1) for step in range(_GRID)]
    wanted = [(x, y) for x in across for y in down] + [(place.left + x, place.top + y) for x, y in points]
    for x, y in wanted:
        # The desktop has no ancestor. It lies below every window; under Wine it is what is found at a title bar.
        top = api.GetAncestor(api.WindowFromPoint(wintypes.POINT(x, y)), _ROOT) or handle
        if top != handle:
            return f"“{api.title_of(top) or api.class_of(top)}”"
    return ""
