"""Rows of list boxes, combo boxes and list views (``SysListView32``), whose texts lie in the other process's memory."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from typing import Final

from chukyso.desktop.backend import TroubleError
from chukyso.desktop.model import Control, Kind, Row
from chukyso.desktop.win32 import api
from chukyso.desktop.win32.controls import style_of
from chukyso.errors import Code

_MOST: Final = 500  # rows or columns; a list of certificates has some
_CHARACTERS: Final = 1024
_OWNER_DRAWN, _HAS_STRINGS = 0x30, 0x40
_LB_GET_COUNT, _LB_GET_TEXT, _LB_GET_LENGTH, _LB_GET_CHOSEN, _LB_CHOOSE = 0x18B, 0x189, 0x18A, 0x188, 0x186
_CB_GET_COUNT, _CB_GET_TEXT, _CB_GET_LENGTH, _CB_GET_CHOSEN, _CB_CHOOSE = 0x146, 0x148, 0x149, 0x147, 0x14E
_CB_HAS_STRINGS = 0x200
_LV_COUNT, _LV_GET_STATE, _LV_SET_STATE, _LV_GET_TEXT, _LV_HEADER, _LV_SHOW = (
    *(0x1004, 0x102C, 0x102B, 0x1073, 0x101F),
    0x1013,
)
_HEADER_COUNT: Final = 0x1200
_FOCUSED, _SELECTED = 1, 2
_COMMAND, _LIST_CHOSEN, _COMBO_CHOSEN = 0x111, 1, 1
_ERROR: Final = 0xFFFFFFFF  # LB_ERR and CB_ERR, as 32 bits
_MEMORY_RIGHTS: Final = 0x0008 | 0x0010 | 0x0020 | 0x1000  # operate, read, write, ask for limited information


def rows_of(control: Control) -> list[Row]:
    """The rows of a control.

    Raises:
        TroubleError: ``WINDOW_CHANGED`` when it has none that can be read, and as ``api.send``.
    """
    if control.kind is Kind.TABLE:
        return _table_rows(control.handle)
    if control.kind is Kind.LIST:
        drawn = style_of(control.handle) & (_OWNER_DRAWN | _HAS_STRINGS)
        if drawn and not drawn & _HAS_STRINGS:
            raise TroubleError(Code.WINDOW_CHANGED, "danh sách tự vẽ, không đọc được dòng nào")
        return _simple_rows(control.handle, _LB_GET_COUNT, _LB_GET_LENGTH, _LB_GET_TEXT, _LB_GET_CHOSEN)
    if control.kind is Kind.COMBO:
        drawn = style_of(control.handle) & (_OWNER_DRAWN | _CB_HAS_STRINGS)
        if drawn and not drawn & _CB_HAS_STRINGS:
            raise TroubleError(Code.WINDOW_CHANGED, "danh sách tự vẽ, không đọc được dòng nào")
        return _simple_rows(control.handle, _CB_GET_COUNT, _CB_GET_LENGTH, _CB_GET_TEXT, _CB_GET_CHOSEN)
    raise TroubleError(Code.WINDOW_CHANGED, f"“{control.window_class}” không phải danh sách")


def choose(control: Control, index: int) -> None:
    """Choose one row, and tell the window so where the control does not do that itself.

    Raises:
        TroubleError: As ``rows_of``.
    """
    if control.kind is Kind.TABLE:
        _choose_in_table(control.handle, index)
        return
    message, notice = (_LB_CHOOSE, _LIST_CHOSEN) if control.kind is Kind.LIST else (_CB_CHOOSE, _COMBO_CHOSEN)
    api.send(control.handle, message, index)
    parent = api.GetParent(control.handle)
    api.send(parent, _COMMAND, (control.id & 0xFFFF) | notice << 16, control.handle)


def _simple_rows(handle: int, count: int, length: int, text: int, chosen: int) -> list[Row]:
    total, at = api.send(handle, count) & _ERROR, api.send(handle, chosen) & _ERROR
    if total == _ERROR or total > _MOST:
        raise TroubleError(Code.WINDOW_CHANGED, "danh sách không đọc được", f"{total} rows")
    rows = []
    for index in range(total):
        characters = api.send(handle, length, index) & _ERROR
        if characters == _ERROR:
            raise TroubleError(Code.WINDOW_CHANGED, "danh sách thay đổi trong khi đọc")
        buffer = ctypes.create_unicode_buffer(characters + 1)
        api.send(handle, text, index, ctypes.addressof(buffer))
        rows.append(Row(index, (buffer.value,), index == at))
    return rows


def _table_rows(handle: int) -> list[Row]:
    total = api.send(handle, _LV_COUNT)
    header = api.send(handle, _LV_HEADER)
    columns = (api.send(header, _HEADER_COUNT) if header else 0) or 1
    if total > _MOST or columns > _MOST:
        raise TroubleError(Code.WINDOW_CHANGED, "danh sách không đọc được", f"{total} rows, {columns} columns")
    with _Memory.of(handle) as memory:
        return [
            Row(
                index,
                tuple(memory.text(handle, index, column) for column in range(columns)),
                bool(api.send(handle, _LV_GET_STATE, index, _SELECTED)),
            )
            for index in range(total)
        ]


def _choose_in_table(handle: int, index: int) -> None:
    with _Memory.of(handle) as memory:
        memory.set_state(handle, -1, 0)  # of all rows
        memory.set_state(handle, index, _FOCUSED | _SELECTED)
    api.send(handle, _LV_SHOW, index)


def _allocated(process: int) -> int:
    address: int | None = api.VirtualAllocEx(process, None, 4096, 0x3000, 0x4)
    if not address:
        raise TroubleError(Code.WINDOW_DENIED, detail=f"VirtualAllocEx: error {ctypes.get_last_error()}")
    return address


class _Memory:
    """Memory in the process of a list view, for an ``LVITEM`` and a text, as that process lays them out."""

    def __init__(self, process: int, address: int, *, wide: bool) -> None:
        self._process, self._address, self._wide = process, address, wide

    @classmethod
    @contextmanager
    def of(cls, window: int) -> Iterator[_Memory]:
        process = api.OpenProcess(_MEMORY_RIGHTS, False, api.process_of(window))
        if not process:
            raise TroubleError(Code.WINDOW_DENIED, detail=f"OpenProcess: error {ctypes.get_last_error()}")
        address = None
        try:
            address = _allocated(process)
            narrow = wintypes.BOOL()
            api.IsWow64Process(process, ctypes.byref(narrow))
            yield cls(process, address, wide=not narrow.value)
        except TroubleError as error:
            if error.code is Code.WINDOW_HUNG:
                address = None  # it may still write there once it answers
            raise
        finally:
            if address:
                api.VirtualFreeEx(process, address, 0, 0x8000)
            api.CloseHandle(process)

    def text(self, window: int, row: int, column: int) -> str:
        place = self._address + 256
        self._put(self._item(row, column, 0, 0, place))
        self._put(b"\0\0", 256)
        api.send(window, _LV_GET_TEXT, row, self._address)
        buffer = ctypes.create_unicode_buffer(_CHARACTERS + 1)
        if not api.ReadProcessMemory(self._process, place, buffer, _CHARACTERS * 2, None):
            raise TroubleError(Code.WINDOW_GONE, detail=f"ReadProcessMemory: error {ctypes.get_last_error()}")
        return buffer.value

    def set_state(self, window: int, row: int, state: int) -> None:
        self._put(self._item(0, 0, state, _FOCUSED | _SELECTED, 0))
        api.send(window, _LV_SET_STATE, row & 0xFFFFFFFFFFFFFFFF, self._address)

    def _put(self, data: bytes, offset: int = 0) -> None:
        if not api.WriteProcessMemory(self._process, self._address + offset, data, len(data), None):
            raise TroubleError(Code.WINDOW_GONE, detail=f"WriteProcessMemory: error {ctypes.get_last_error()}")

    def _item(self, row: int, column: int, state: int, mask: int, text: int) -> bytes:
        """``LVITEMW``: mask, iItem, iSubItem, state, stateMask, pszText, cchTextMax, and zeros."""
        layout = "<IiiII4xQi" if self._wide else "<IiiIIIi"
        return struct.pack(layout, 8 if mask else 1, row, column, state, mask, text, _CHARACTERS).ljust(128, b"\0")
