"""Dialogs of Windows, made of a template in memory."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
import struct
import threading
from collections.abc import Callable, Sequence
from ctypes import wintypes
from dataclasses import dataclass
from typing import Any, Final

OK: Final = 1
CANCEL: Final = 2
CLOSED: Final = -1
"""The "button" of a window that was closed by its cross, or closed itself."""

_DIALOG_CLASS: Final = "#32770"
_FONT: Final = (9, "MS Shell Dlg")
_STYLE: Final = 0x80000000 | 0x00C00000 | 0x00080000 | 0x10000000 | 0x40 | 0x80 | 0x800  # popup with caption, centred
_CHILD: Final = 0x50000000
_TAB, _BORDER = 0x10000, 0x800000
_CLASSES: Final = {
    "text": ("Static", 0x80),
    "edit": ("Edit", _TAB | _BORDER | 0x80),
    "password": ("Edit", _TAB | _BORDER | 0x80 | 0x20),
    "document": ("Edit", _TAB | _BORDER | 0x200000 | 0x800 | 0x4),
    "button": ("Button", _TAB),
    "default": ("Button", _TAB | 0x1),
    "check": ("Button", _TAB | 0x3),
    "table": ("SysListView32", _TAB | _BORDER | 0x1 | 0x4 | 0x8),
}
_INIT, _COMMAND, _CLOSE, _TIMER, _POSITION, _SHOWN = 0x110, 0x111, 0x10, 0x113, 0x46, 0x8000
_SHOW_WINDOW: Final = 0x40

_PROCEDURE = ctypes.WINFUNCTYPE(ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
user32: Final = ctypes.WinDLL("user32")
for _name, _result, *_arguments in (
    ("SendMessageW", ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, ctypes.c_void_p),
    ("PostMessageW", wintypes.BOOL, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM),
    ("GetDlgItem", wintypes.HWND, wintypes.HWND, ctypes.c_int),
    ("EndDialog", wintypes.BOOL, wintypes.HWND, ctypes.c_ssize_t),
    ("SetTimer", ctypes.c_size_t, wintypes.HWND, ctypes.c_size_t, wintypes.UINT, ctypes.c_void_p),
    ("GetWindowTextW", ctypes.c_int, wintypes.HWND, ctypes.c_void_p, ctypes.c_int),
    ("SetWindowTextW", wintypes.BOOL, wintypes.HWND, wintypes.LPCWSTR),
    ("GetClientRect", wintypes.BOOL, wintypes.HWND, ctypes.POINTER(wintypes.RECT)),
    (
        *("DialogBoxIndirectParamW", ctypes.c_ssize_t, wintypes.HINSTANCE, ctypes.c_void_p, wintypes.HWND),
        *(_PROCEDURE, wintypes.LPARAM),
    ),
):
    _function = getattr(user32, str(_name))
    _function.restype, _function.argtypes = _result, _arguments


@dataclass(frozen=True)
class Item:
    """A control of a dialog; places are in dialog units.

    Attributes:
        kind: A key of ``_CLASSES``.
        id: Its number.
        text: What it shows.
        place: Left, top, width, height.
    """

    kind: str
    id: int
    text: str
    place: tuple[int, int, int, int]


@dataclass(frozen=True)
class Behaviour:
    """What goes wrong with a window.

    Attributes:
        hidden: It is not shown.
        close_after: Milliseconds after which it closes itself; 0 for never.
    """

    hidden: bool = False
    close_after: int = 0


class Dialog:
    """A dialog that is shown by ``run``.

    Args:
        title: Of the window.
        items: Its controls.
        size: Width and height in dialog units.
        pressed: Called with the dialog and the number of a button, or ``CLOSED``.
        filled: Called with the dialog before it is shown.
        window_class: Its class.
        behaviour: What goes wrong with it.
    """

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        size: tuple[int, int],
        pressed: Callable[[Dialog, int], None],
        *,
        filled: Callable[[Dialog], None] = lambda _: None,
        window_class: str = "",
        behaviour: Behaviour = Behaviour(),
    ) -> None:
        self.size = size
        self.answer: Any = None
        self.shown = threading.Event()
        self._template = _template(title, items, size, window_class)
        self._window_class = window_class
        self._pressed = pressed
        self._filled = filled
        self._behaviour = behaviour
        self._window = 0
        self._above: Dialog | None = None
        self._procedure = _PROCEDURE(self._handle)

    def run(self, owner: Dialog | None = None) -> Any:
        """Show it until it ends, and return its answer."""
        register(self._window_class)
        if owner:
            owner._above = self
        user32.DialogBoxIndirectParamW(None, self._template, owner and owner._window, self._procedure, 0)
        if owner:
            owner._above = None
        self.shown.set()  # nobody waits any longer
        return self.answer

    def end(self, answer: Any) -> None:
        """End it with an answer; the thread of the dialog alone does it."""
        if self._above:
            self._above.end(None)
        self.answer = answer
        user32.EndDialog(self._window, 1)

    def close(self) -> None:
        """Ask it to close, from any thread."""
        user32.PostMessageW(self._window, _CLOSE, 0, 0)

    def control(self, number: int) -> int:
        """Handle of a control."""
        return int(user32.GetDlgItem(self._window, number))

    def _handle(self, window: int, message: int, w: int, l: int) -> int:  # noqa: E741 - as Windows calls it
        if message == _INIT:
            self._window = window
            self._filled(self)
            if self._behaviour.close_after:
                user32.SetTimer(window, 1, self._behaviour.close_after, None)
            user32.PostMessageW(window, _SHOWN, 0, 0)  # handled once the dialog is shown
        elif message == _SHOWN:
            self.shown.set()
        elif message == _POSITION and self._behaviour.hidden:
            _Position.from_address(l).flags &= ~_SHOW_WINDOW
            return 0
        elif message in {_CLOSE, _TIMER}:
            self._pressed(self, CLOSED)
        elif message == _COMMAND and w >> 16 == 0:
            self._pressed(self, w & 0xFFFF)
        else:
            return 0
        return 1


class _Position(ctypes.Structure):
    """WINDOWPOS."""

    _fields_ = [
        ("window", wintypes.HWND),
        ("after", wintypes.HWND),
        ("place", ctypes.c_int * 4),
        ("flags", wintypes.UINT),
    ]


def register(name: str) -> None:
    """Make a class of windows that is a dialog's with another name; "" is the usual one."""
    if not name or name in _registered:
        return
    _registered[name] = made = _WindowClass()
    made.procedure = ctypes.cast(user32.DefDlgProcW, ctypes.c_void_p)
    made.extra = 30 + ctypes.sizeof(ctypes.c_void_p)  # DLGWINDOWEXTRA and more
    made.brush = 16  # COLOR_BTNFACE + 1
    made.name = name
    user32.RegisterClassW(ctypes.byref(made))


class _WindowClass(ctypes.Structure):
    """WNDCLASSW."""

    _fields_ = [
        ("style", wintypes.UINT),
        ("procedure", ctypes.c_void_p),
        ("class_extra", ctypes.c_int),
        ("extra", ctypes.c_int),
        ("instance", wintypes.HINSTANCE),
        ("icon", wintypes.HANDLE),
        ("cursor", wintypes.HANDLE),
        ("brush", wintypes.HANDLE),
        ("menu", wintypes.LPCWSTR),
        ("name", wintypes.LPCWSTR),
    ]


_registered: Final[dict[str, _WindowClass]] = {}


def _template(title: str, items: Sequence[Item], size: tuple[int, int], window_class: str) -> Any:
    """DLGTEMPLATE and its items."""
    made = bytearray(struct.pack("<IIHhhhh", _STYLE, 0, len(items), 0, 0, *size))
    made += b"\0\0" + _string(window_class) + _string(title) + struct.pack("<H", _FONT[0]) + _string(_FONT[1])
    for item in items:
        made += bytes(-len(made) % 4)
        name, style = _CLASSES[item.kind]
        made += struct.pack("<IIhhhhH", style | _CHILD, 0, *item.place, item.id)
        made += _string(name) + _string(item.text) + b"\0\0"
    return ctypes.create_string_buffer(bytes(made), len(made) + 4)


def _string(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")
