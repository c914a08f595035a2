"""The functions of Windows that are used, as the Windows SDK declares them, and messages with a deadline."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

from chukyso.desktop.backend import TroubleError
from chukyso.errors import Code

_ANSWER_SECONDS = 2.0  # for one message
_MOST = 5000  # windows or controls
_ACCESS_DENIED, _INVALID_WINDOW, _TIMED_OUT = 5, 1400, 1460
_ABORT_IF_HUNG, _ERROR_ON_EXIT = 0x2, 0x20

_user32 = ctypes.WinDLL("user32", use_last_error=True)
_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_dwmapi = ctypes.WinDLL("dwmapi")

_P, _H, _D, _B, _I = ctypes.c_void_p, wintypes.HWND, wintypes.DWORD, wintypes.BOOL, ctypes.c_int
_LONG, _SIZE = ctypes.c_ssize_t, ctypes.c_size_t
_EACH: Any = ctypes.WINFUNCTYPE(_B, _H, _LONG)


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = library[name]
    function.restype, function.argtypes = result, arguments
    return function


EnumWindows = _function(_user32, "EnumWindows", _B, _EACH, _LONG)
EnumChildWindows = _function(_user32, "EnumChildWindows", _B, _H, _EACH, _LONG)
GetWindowThreadProcessId = _function(_user32, "GetWindowThreadProcessId", _D, _H, ctypes.POINTER(_D))
InternalGetWindowText = _function(_user32, "InternalGetWindowText", _I, _H, wintypes.LPWSTR, _I)
GetClassNameW = _function(_user32, "GetClassNameW", _I, _H, wintypes.LPWSTR, _I)
RealGetWindowClassW = _function(_user32, "RealGetWindowClassW", _D, _H, wintypes.LPWSTR, _D)
GetWindowLongW = _function(_user32, "GetWindowLongW", _LONG, _H, _I)
GetWindowRect = _function(_user32, "GetWindowRect", _B, _H, ctypes.POINTER(wintypes.RECT))
GetWindow = _function(_user32, "GetWindow", _H, _H, _D)
GetParent = _function(_user32, "GetParent", _H, _H)
GetAncestor = _function(_user32, "GetAncestor", _H, _H, _D)
GetDlgCtrlID = _function(_user32, "GetDlgCtrlID", _I, _H)
GetForegroundWindow = _function(_user32, "GetForegroundWindow", _H)
GetKeyboardLayout = _function(_user32, "GetKeyboardLayout", _SIZE, _D)
GetKeyState = _function(_user32, "GetKeyState", ctypes.c_short, _I)
GetSystemMetrics = _function(_user32, "GetSystemMetrics", _I, _I)
IsHungAppWindow = _function(_user32, "IsHungAppWindow", _B, _H)
IsIconic = _function(_user32, "IsIconic", _B, _H)
IsWindow = _function(_user32, "IsWindow", _B, _H)
IsWindowEnabled = _function(_user32, "IsWindowEnabled", _B, _H)
IsWindowVisible = _function(_user32, "IsWindowVisible", _B, _H)
PostMessageW = _function(_user32, "PostMessageW", _B, _H, _D, _SIZE, _LONG)
SendMessageTimeoutW = _function(
    _user32, "SendMessageTimeoutW", _LONG, _H, _D, _SIZE, _LONG, _D, _D, ctypes.POINTER(_SIZE)
)
SetForegroundWindow = _function(_user32, "SetForegroundWindow", _B, _H)
SetWindowPos = _function(_user32, "SetWindowPos", _B, _H, _H, _I, _I, _I, _I, _D)
ShowWindowAsync = _function(_user32, "ShowWindowAsync", _B, _H, _I)
WindowFromPoint = _function(_user32, "WindowFromPoint", _H, wintypes.POINT)
OpenInputDesktop = _function(_user32, "OpenInputDesktop", _P, _D, _B, _D)
CloseDesktop = _function(_user32, "CloseDesktop", _B, _P)
GetUserObjectInformationW = _function(_user32, "GetUserObjectInformationW", _B, _P, _I, _P, _D, ctypes.POINTER(_D))
SetProcessDpiAwarenessContext = _function(_user32, "SetProcessDpiAwarenessContext", _B, _LONG)
GetDpiForSystem = _function(_user32, "GetDpiForSystem", _D)

OpenProcess = _function(_kernel32, "OpenProcess", wintypes.HANDLE, _D, _B, _D)
CloseHandle = _function(_kernel32, "CloseHandle", _B, wintypes.HANDLE)
IsWow64Process = _function(_kernel32, "IsWow64Process", _B, wintypes.HANDLE, ctypes.POINTER(_B))
ProcessIdToSessionId = _function(_kernel32, "ProcessIdToSessionId", _B, _D, ctypes.POINTER(_D))
QueryFullProcessImageNameW = _function(
    _kernel32, "QueryFullProcessImageNameW", _B, wintypes.HANDLE, _D, wintypes.LPWSTR, ctypes.POINTER(_D)
)
VirtualAllocEx = _function(_kernel32, "VirtualAllocEx", _P, wintypes.HANDLE, _P, _SIZE, _D, _D)
VirtualFreeEx = _function(_kernel32, "VirtualFreeEx", _B, wintypes.HANDLE, _P, _SIZE, _D)
ReadProcessMemory = _function(_kernel32, "ReadProcessMemory", _B, wintypes.HANDLE, _P, _P, _SIZE, _P)
WriteProcessMemory = _function(_kernel32, "WriteProcessMemory", _B, wintypes.HANDLE, _P, _P, _SIZE, _P)
DwmGetWindowAttribute = _function(_dwmapi, "DwmGetWindowAttribute", _LONG, _H, _D, _P, _D)


def top_windows() -> list[int]:
    """Every top-level window, from front to back."""
    return _listed(lambda each: EnumWindows(each, 0))


def children_of(window: int) -> list[int]:
    """Every control of a window, at any depth."""
    return _listed(lambda each: EnumChildWindows(window, each, 0))


def _listed(enumerate_windows: Callable[[Any], object]) -> list[int]:
    handles: list[int] = []

    def each(handle: int, _: int) -> bool:
        handles.append(handle)
        return len(handles) < _MOST

    enumerate_windows(_EACH(each))
    return handles


def send(window: int, message: int, first: int = 0, second: int = 0) -> int:
    """Send a message and return the answer, waiting two seconds at most.

    Raises:
        TroubleError: ``WINDOW_HUNG``, ``WINDOW_GONE``, ``WINDOW_DENIED``.
    """
    answer = ctypes.c_size_t()
    milliseconds = int(_ANSWER_SECONDS * 1000)
    flags = _ABORT_IF_HUNG | _ERROR_ON_EXIT
    ctypes.set_last_error(0)
    if SendMessageTimeoutW(window, message, first, second, flags, milliseconds, ctypes.byref(answer)):
        return answer.value
    raise _failed(window, f"message {message:#x}")


def post(window: int, message: int, first: int = 0, second: int = 0) -> None:
    """Post a message: what it causes happens later.

    Raises:
        TroubleError: As ``send``.
    """
    ctypes.set_last_error(0)
    if not PostMessageW(window, message, first, second):
        raise _failed(window, f"posted message {message:#x}")


def text_of(window: int) -> str:
    """The text of a window by message. Never to be asked of a field for a secret.

    Raises:
        TroubleError: As ``send``.
    """
    length = send(window, 0xE)  # WM_GETTEXTLENGTH
    buffer = ctypes.create_unicode_buffer(length + 1)
    send(window, 0xD, length + 1, ctypes.addressof(buffer))  # WM_GETTEXT
    return buffer.value


def title_of(window: int) -> str:
    """The title of a window, which Windows keeps itself: no program is asked, so none can hang."""
    buffer = ctypes.create_unicode_buffer(512)
    InternalGetWindowText(window, buffer, len(buffer))
    return buffer.value


def class_of(window: int) -> str:
    """The name of a window's class."""
    buffer = ctypes.create_unicode_buffer(257)
    GetClassNameW(window, buffer, len(buffer))
    return buffer.value


def process_of(window: int) -> int:
    """Number of the process that a window belongs to; 0 when it is gone."""
    number = wintypes.DWORD()
    GetWindowThreadProcessId(window, ctypes.byref(number))
    return number.value


def _failed(window: int, what: str) -> TroubleError:
    error = ctypes.get_last_error()
    if error == _ACCESS_DENIED:
        return TroubleError(Code.WINDOW_DENIED, detail=f"{what}: access denied")
    if error == _INVALID_WINDOW or not IsWindow(window):
        return TroubleError(Code.WINDOW_GONE, detail=f"{what}: no such window any more")
    return TroubleError(Code.WINDOW_HUNG, detail=f"{what}: error {error}")
