"""The three windows of the client: picker of certificates, PIN, message."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
import functools
import tomllib
from collections.abc import Sequence
from ctypes import wintypes
from pathlib import Path
from typing import Any, Final

from chukyso.sandbox.signing_client.native.certificates import Shown, read
from chukyso.sandbox.signing_client.native.dialog import CANCEL, CLOSED, OK, Behaviour, Dialog, Item, user32

TABLE: Final = 1010
VIEW: Final = 1011
PIN: Final = 1001
_TEXT, _LABEL, _CHECK, _DOCUMENT = 1000, 1002, 1003, 1012
_MOST: Final = 256  # characters of a PIN
_KINDS: Final = Path(__file__).parents[1] / "pin_windows.toml"
_COLUMNS: Final = (("Chủ sở hữu", 30), ("Nhà phát hành", 20), ("Số chứng thư số", 36), ("Hết hạn", 14))  # per cent
_INSERT_COLUMN, _INSERT_ITEM, _SET_TEXT, _NEXT, _SET_STATE, _SET_EXTENDED = (
    0x1061,
    0x104D,
    0x1074,
    0x100C,
    0x102B,
    0x1036,
)
_SELECTED, _FOCUSED, _FULL_ROW = 2, 1, 0x20


class _Column(ctypes.Structure):
    """The beginning of LVCOLUMNW."""

    _fields_ = [
        ("mask", wintypes.UINT),
        ("format", ctypes.c_int),
        ("width", ctypes.c_int),
        ("text", wintypes.LPCWSTR),
        ("size", ctypes.c_int),
        ("rest", ctypes.c_int * 6),
    ]


class _Cell(ctypes.Structure):
    """LVITEMW."""

    _fields_ = [
        ("mask", wintypes.UINT),
        ("row", ctypes.c_int),
        ("column", ctypes.c_int),
        ("state", wintypes.UINT),
        ("state_mask", wintypes.UINT),
        ("text", wintypes.LPCWSTR),
        ("size", ctypes.c_int),
        ("image", ctypes.c_int),
        ("data", wintypes.LPARAM),
        ("rest", ctypes.c_void_p * 4),
    ]


def picker(title: str, certificates: Sequence[bytes], behaviour: Behaviour) -> Dialog:
    """The window with the table of certificates; the first one is chosen already, as in Windows' own.

    It ends with ``{"event": "chosen", "index": n}``, ``cancelled`` or ``closed``.
    """
    ctypes.WinDLL("comctl32").InitCommonControls()
    shown = [read(der) for der in certificates]

    def pressed(dialog: Dialog, button: int) -> None:
        row = user32.SendMessageW(dialog.control(TABLE), _NEXT, ctypes.c_size_t(-1).value, _SELECTED)
        if button == OK and row >= 0:
            dialog.end({"event": "chosen", "index": row})
        elif button == VIEW and row >= 0:
            _view(shown[row]).run(dialog)
        elif button in {CANCEL, CLOSED}:
            dialog.end({"event": "cancelled" if button == CANCEL else "closed"})

    items = [
        Item("text", _TEXT, "Chọn chứng thư số của đơn vị để ký:", (8, 8, 440, 10)),
        Item("table", TABLE, "", (8, 22, 464, 110)),
        Item("button", VIEW, "Xem", (8, 140, 62, 15)),
        Item("default", OK, "OK", (340, 140, 62, 15)),
        Item("button", CANCEL, "Hủy", (410, 140, 62, 15)),
    ]
    return Dialog(title, items, (480, 163), pressed, filled=lambda dialog: _fill(dialog, shown), behaviour=behaviour)


def asks_pin(kind: str, token: str, behaviour: Behaviour) -> Dialog:
    """The window that asks for the PIN, of a kind in ``pin_windows.toml``.

    It ends with a line of JSON in a bytearray, to be overwritten once it is written; or with ``cancelled``, ``closed``.

    Raises:
        KeyError: There is no such kind.
    """
    words = _kinds()[kind]

    def pressed(dialog: Dialog, button: int) -> None:
        if button == OK:
            if line := _take_pin(dialog):
                dialog.end(line)
        elif button in {CANCEL, CLOSED}:
            dialog.end({"event": "cancelled" if button == CANCEL else "closed"})

    items = [
        Item("text", _TEXT, f"Token: {token}", (10, 10, 220, 10)),
        Item("text", _LABEL, words["label"], (10, 28, 220, 10)),
        Item("password", PIN, "", (10, 40, 220, 14)),
        Item("default", OK, words["accept"], (98, 80, 62, 15)),
        Item("button", CANCEL, words["cancel"], (168, 80, 62, 15)),
    ]
    if "check" in words:
        items.append(Item("check", _CHECK, words["check"], (10, 60, 220, 12)))
    return Dialog(words["title"], items, (240, 103), pressed, window_class=words.get("class", ""), behaviour=behaviour)


def message(title: str, text: str, behaviour: Behaviour) -> Dialog:
    """A window that says something. It ends with ``closed``."""
    items = [Item("text", _TEXT, text, (10, 12, 240, 34)), Item("default", OK, "OK", (188, 52, 62, 15))]
    return Dialog(title, items, (260, 75), lambda dialog, _: dialog.end({"event": "closed"}), behaviour=behaviour)


def cover(under: Dialog) -> Dialog:
    """Another window that lies above one of these, all of it."""
    items = [Item("text", _TEXT, "Cửa sổ này che cửa sổ ký.", (10, 10, 200, 10))]
    return Dialog("Cửa sổ khác", items, under.size, lambda dialog, _: dialog.end(None))


def _view(certificate: Shown) -> Dialog:
    lines = (
        f"Chủ sở hữu: {certificate.owner}",
        f"Nhà phát hành: {certificate.issuer}",
        f"Số chứng thư số: {certificate.serial}",
        f"Hiệu lực từ: {certificate.valid_from}",
        f"Hết hạn: {certificate.valid_to}",
    )
    items = [
        Item("document", _DOCUMENT, "\r\n".join(lines), (8, 8, 284, 70)),
        Item("default", CANCEL, "Đóng", (230, 86, 62, 15)),
    ]
    return Dialog("Thông tin chứng thư số", items, (300, 108), lambda dialog, _: dialog.end(None))


def _fill(dialog: Dialog, certificates: Sequence[Shown]) -> None:
    table = dialog.control(TABLE)
    inside = wintypes.RECT()
    user32.GetClientRect(table, ctypes.byref(inside))
    user32.SendMessageW(table, _SET_EXTENDED, _FULL_ROW, _FULL_ROW)
    for number, (heading, share) in enumerate(_COLUMNS):
        column = _Column(mask=0x2 | 0x4, width=inside.right * share // 100, text=heading)
        user32.SendMessageW(table, _INSERT_COLUMN, number, ctypes.addressof(column))
    for row, each in enumerate(certificates):
        for number, text in enumerate((each.owner, each.issuer, each.serial, each.valid_to)):
            cell = _Cell(mask=0x1, row=row, column=number, text=text)
            user32.SendMessageW(
                table, _SET_TEXT if number else _INSERT_ITEM, row if number else 0, ctypes.addressof(cell)
            )
    chosen = _Cell(state=_SELECTED | _FOCUSED, state_mask=_SELECTED | _FOCUSED)
    user32.SendMessageW(table, _SET_STATE, 0, ctypes.addressof(chosen))


def _take_pin(dialog: Dialog) -> bytearray:
    """What the field holds, as the line that is written, without a string of it; empty when it holds nothing."""
    field = dialog.control(PIN)
    held = (ctypes.c_uint16 * (_MOST + 1))()
    length = user32.GetWindowTextW(field, held, len(held))
    before, after, width = b'{"event": "pin", "pin": "', b'"}\n', 6
    line = bytearray(before + bytes(width * length) + after)  # as long as it gets: nothing is moved
    for number in range(length):
        at = len(before) + width * number
        line[at : at + width] = b"\\u%04x" % held[number]
    ctypes.memset(held, 0, ctypes.sizeof(held))
    user32.SetWindowTextW(field, "*" * length)  # where the field keeps it
    user32.SetWindowTextW(field, "")
    return line if length else bytearray()


@functools.cache
def _kinds() -> dict[str, Any]:
    return tomllib.loads(_KINDS.read_text(encoding="utf-8"))
