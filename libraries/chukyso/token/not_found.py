"""The error for a token that was not found, and whether this process can see a token at all."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

from chukyso.errors import ChukysoError, Code


def in_service_session() -> bool:
    """Whether this process runs in session 0 of Windows, where services do: no smart card can be seen from there."""
    if sys.platform != "win32":
        return False
    return session_of(os.getpid(), ctypes.windll.kernel32) == 0


def session_of(process: int, kernel32: Any) -> int | None:
    """The Windows session of a process, or None when Windows does not say.

    Args:
        process: Process ID.
        kernel32: The library, with ``ProcessIdToSessionId``.
    """
    session = ctypes.c_ulong()
    return session.value if kernel32.ProcessIdToSessionId(process, ctypes.byref(session)) else None


def token_not_found(serial: str, detail: str, *, looked: str = "") -> ChukysoError:
    """The error for a token that is not there.

    Args:
        serial: Serial number that was asked for, or "" for any token.
        detail: Technical detail.
        looked: Where it was looked for, for the operator.
    """
    if in_service_session():
        return ChukysoError(Code.SERVICE_SESSION, detail)
    # The sentence reads "không tìm thấy token nào" when any would have done.
    named = serial or "nào"
    return ChukysoError(Code.TOKEN_NOT_FOUND, detail, serial=f"{named} ({looked})" if looked else named)
