"""The terminal that a program runs in: when it is closed, and what was typed before it was asked for."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


def when_terminal_closes(handler: Handler) -> None:
    """Have a signal handler called when the terminal is closed, with nothing left that writes to it.

    POSIX only; on Windows the console ends its programs itself.

    Does nothing where the signal is ignored, as ``nohup`` wants, or is somebody's already.
    """
    if not hasattr(signal, "SIGHUP") or signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:
        return

    def hung_up(number: int, frame: FrameType | None) -> None:
        _leave_the_terminal()
        handler(number, frame)

    signal.signal(signal.SIGHUP, hung_up)


def _leave_the_terminal() -> None:
    """Let what is written to the terminal, or to a program that it took along, go nowhere; a file stays a file.

    Each line that cannot be written would be an error in whatever is put away meanwhile.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(os.fstat(standard).st_mode):
                os.dup2(nowhere, standard)
    os.close(nowhere)


def forget_typed_ahead(descriptor: int) -> None:
    """Throw away what was typed into a terminal and not read yet; does nothing where nobody types, as in a pipe."""
    if not os.isatty(descriptor):
        return
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - of Windows only

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios  # noqa: PLC0415 - not on Windows

        with contextlib.suppress(termios.error):  # the terminal was closed
            termios.tcflush(descriptor, termios.TCIFLUSH)
