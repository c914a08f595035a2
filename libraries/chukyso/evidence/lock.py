"""One run at a time in an output directory.

The lock is the operating system's, on a file that stays: it is gone with the process that holds it, however that ended,
so a run that was killed blocks nobody. What is in the file only tells who holds it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from chukyso.errors import ChukysoError, Code

LOCK_FILE = "run.lock"
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_FAR = 1 << 20  # Windows lets nobody read bytes that are locked: lock one that is not there

if sys.platform == "win32":
    import msvcrt

    def take(handle: int) -> None:
        """Take the lock on an open file, or raise what the system says when another process has it."""
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def take(handle: int) -> None:
        """Take the lock on an open file, or raise what the system says when another process has it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_KEPT: dict[str, int] = {}
"""Open files whose locks this process has and nobody in it uses, by directory."""


class OutputLock:
    """The right to write evidence into a directory, from now until ``release`` or the end of the process.

    A lock that this process keeps (``keep``) is handed to the first that asks, and taken back when it is released.

    Args:
        output: The output directory; must exist.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE``.
        OSError: the file cannot be made.
    """

    def __init__(self, output: Path) -> None:
        path = output / LOCK_FILE
        self._place = os.path.realpath(output)
        self._handle = _KEPT.pop(self._place, -1)
        self._is_kept = self._handle >= 0
        if not self._is_kept:
            self._take(path)

    def _take(self, path: Path) -> None:
        self._handle = os.open(path, _FLAGS, 0o644)
        try:
            take(self._handle)
            os.ftruncate(self._handle, 0)
            os.write(self._handle, f"{os.getpid()}\n".encode())
        except (BlockingIOError, PermissionError) as error:  # the second is what Windows says
            self.release()
            raise ChukysoError(Code.OUTPUT_IN_USE, str(error), path=path.parent, holder=_holder(path)) from error
        except OSError:
            self.release()
            raise

    def keep(self) -> None:
        """Release it within this process only: other processes stay out until this one ends."""
        self._is_kept = True
        self.release()

    def release(self) -> None:
        """Let others in; may be called again."""
        if self._handle >= 0:
            if self._is_kept:
                _KEPT[self._place] = self._handle
            else:
                os.close(self._handle)
            self._handle = -1


def _holder(path: Path) -> str:
    text = ""
    with contextlib.suppress(OSError):  # it only makes the message better
        text = path.read_text(encoding="ascii", errors="replace").strip()
    return f"tiến trình {text}" if text.isdigit() else "không rõ tiến trình"
