"""Paths for C libraries that read them in Windows' code page, in which ``C:\\Phần mềm`` is none: PyKCS11, SoftHSM2."""

from __future__ import annotations

import sys
from pathlib import Path

_LONGEST = 32768  # characters of a path, with its end


def narrow_path(path: Path | str) -> str:
    """The path as every such library takes it: on Windows with its 8.3 names, where it has letters outside ASCII.

    Returns:
        The path unchanged where it is ASCII, on other systems, and where the volume has no 8.3 names.
    """
    text = str(path)
    return _short(text) or text if sys.platform == "win32" and not text.isascii() else text


def is_too_wide(path: Path | str) -> bool:
    """Whether no such library can open the path."""
    return sys.platform == "win32" and not narrow_path(path).isascii()


def _short(path: str) -> str:
    """The 8.3 name of something that exists; "" when it has none."""
    import ctypes  # noqa: PLC0415 - only where it is needed

    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]  # Windows only
    room = ctypes.create_unicode_buffer(_LONGEST)
    return room.value if kernel.GetShortPathNameW(path, room, _LONGEST) else ""
