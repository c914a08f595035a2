"""The Windows session that this process is in."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
import os
from ctypes import wintypes
from typing import Final

import psutil

from chukyso.desktop.model import Session
from chukyso.desktop.win32 import api

_REMOTE, _CAPS_LOCK, _NAME, _READ_OBJECTS = 0x1000, 0x14, 2, 0x1
_TOKEN_QUERY, _INTEGRITY = 0x8, 25
_CARD_SERVICE: Final = "SCardSvr"


def session() -> Session:
    """What can be told of it."""
    number = wintypes.DWORD()
    known = api.ProcessIdToSessionId(os.getpid(), ctypes.byref(number))
    thread = api.GetWindowThreadProcessId(api.GetForegroundWindow(), None)
    return Session(
        number=number.value if known else None,
        input_desktop=input_desktop(),
        remote=bool(api.GetSystemMetrics(_REMOTE)),
        integrity=_integrity(),
        caps_lock=bool(api.GetKeyState(_CAPS_LOCK) & 1),
        keyboard=api.GetKeyboardLayout(thread) & 0xFFFF,
        scaling=scaling(),
        card_service=_card_service(),
    )


def input_desktop() -> str:
    """Name of the desktop that gets the input; "" when it may not be opened: locked, or a prompt for rights."""
    desktop = api.OpenInputDesktop(0, False, _READ_OBJECTS)
    if not desktop:
        return ""
    try:
        name, size = ctypes.create_unicode_buffer(256), wintypes.DWORD()
        told = api.GetUserObjectInformationW(desktop, _NAME, name, ctypes.sizeof(name), ctypes.byref(size))
        return name.value if told else ""
    finally:
        api.CloseDesktop(desktop)


def scaling() -> int:
    """Scaling of the screen in per cent."""
    return int(api.GetDpiForSystem()) * 100 // 96


def _integrity() -> int | None:
    """The last part of the label's SID (``TokenIntegrityLevel``)."""
    library = ctypes.WinDLL("advapi32")
    token, size = wintypes.HANDLE(), wintypes.DWORD()
    own = wintypes.HANDLE(-1)  # GetCurrentProcess
    if not library.OpenProcessToken(own, _TOKEN_QUERY, ctypes.byref(token)):
        return None
    try:
        buffer = ctypes.create_string_buffer(256)
        if not library.GetTokenInformation(token, _INTEGRITY, buffer, len(buffer), ctypes.byref(size)):
            return None
        sid = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_void_p))[0] or 0
        parts = ctypes.cast(sid, ctypes.POINTER(ctypes.c_ubyte))[1]  # SID: revision, count, authority, parts
        level: int = ctypes.cast(sid + 8, ctypes.POINTER(wintypes.DWORD))[parts - 1]
        return level
    finally:
        api.CloseHandle(token)


def _card_service() -> str:
    try:
        return str(psutil.win_service_get(_CARD_SERVICE).status())
    except (psutil.Error, OSError):
        return ""
