"""The controls of a window: what they are and show."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
import re
from ctypes import wintypes
from typing import Final

from chukyso.desktop.backend import TroubleError
from chukyso.desktop.model import Control, Kind, Rect
from chukyso.desktop.win32 import api
from chukyso.errors import Code

_STYLE: Final = -16
# As Windows names them, and as Windows Forms, Delphi and others do that build on them.
_KINDS: Final = {
    "static": Kind.TEXT,
    "edit": Kind.EDIT,
    "button": Kind.BUTTON,
    "listbox": Kind.LIST,
    "combobox": Kind.COMBO,
    "syslistview32": Kind.TABLE,
}
_BUILT_ON: Final = re.compile(
    r"(?:windowsforms10\.|t(?:new|tnt|c?x)?)?(static|edit|button|bitbtn|listbox|combobox|listview|checkbox"
    r"|radiobutton|syslistview32|richedit(?:20[aw]|50w)?)(?:\..*|32)?"
)
_NAMES: Final = {"bitbtn": "button", "listview": "syslistview32", "checkbox": "button", "radiobutton": "button"}
_BUTTONS: Final = {2: Kind.CHECK, 3: Kind.CHECK, 5: Kind.CHECK, 6: Kind.CHECK, 7: Kind.GROUP, 4: Kind.RADIO}
_BUTTONS[9] = Kind.RADIO
_ES_PASSWORD, _ES_READ_ONLY, _CBS_KIND, _CBS_LIST_ONLY = 0x20, 0x800, 0x3, 0x3
_GET_PASSWORD_CHAR, _GET_CHECK = 0xD2, 0xF0


def controls_of(window: int) -> tuple[Control, ...]:
    """Every control of a window, at any depth, in its order.

    Raises:
        TroubleError: ``WINDOW_GONE``, ``WINDOW_HUNG``, ``WINDOW_DENIED``.
    """
    found = tuple(_control(handle) for handle in api.children_of(window))
    if not api.IsWindow(window):
        raise TroubleError(Code.WINDOW_GONE, detail="gone while it was read")
    return found


def rect_of(window: int) -> Rect:
    """Where a window or control is."""
    place = wintypes.RECT()
    api.GetWindowRect(window, ctypes.byref(place))
    return Rect(place.left, place.top, place.right, place.bottom)


def style_of(window: int) -> int:
    """The style of a window or control."""
    return int(api.GetWindowLongW(window, _STYLE)) & 0xFFFFFFFF


def _control(handle: int) -> Control:
    name, style = api.class_of(handle), style_of(handle)
    kind = _kind(handle, name, style)
    password = kind is Kind.EDIT and bool(style & _ES_PASSWORD or api.send(handle, _GET_PASSWORD_CHAR))
    withheld = _withheld(kind, style, password=password)
    checked = bool(api.send(handle, _GET_CHECK) & 1) if kind in {Kind.CHECK, Kind.RADIO} else None
    return Control(
        handle,
        api.GetDlgCtrlID(handle),
        name,
        kind,
        "" if withheld or kind in {Kind.LIST, Kind.TABLE} else api.text_of(handle),
        rect_of(handle),
        password,
        withheld,
        bool(api.IsWindowEnabled(handle)),
        bool(api.IsWindowVisible(handle)),
        checked,
    )


def _kind(handle: int, name: str, style: int) -> Kind:
    buffer = ctypes.create_unicode_buffer(257)
    api.RealGetWindowClassW(handle, buffer, len(buffer))
    kind = _KINDS.get(buffer.value.casefold()) or _kind_of_name(name)
    return _BUTTONS.get(style & 0xF, Kind.BUTTON) if kind is Kind.BUTTON else kind


def _kind_of_name(name: str) -> Kind:
    found = _BUILT_ON.fullmatch(name.casefold())
    if not found:
        return Kind.OTHER
    base = "edit" if found[1].startswith("richedit") else _NAMES.get(found[1], found[1])
    return _KINDS[base]


def _withheld(kind: Kind, style: int, *, password: bool) -> bool:
    """Whether it may hold what somebody typed, or nobody knows what it is."""
    if kind is Kind.EDIT:
        return password or not style & _ES_READ_ONLY
    return kind is Kind.OTHER or (kind is Kind.COMBO and style & _CBS_KIND != _CBS_LIST_ONLY)
