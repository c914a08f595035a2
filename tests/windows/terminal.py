"""A Windows program on a pseudo-terminal, of which Wine makes a console: for Ctrl-C, and for what is told to people."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil
from machine import Ended, Machine

from chukyso.prerequisites import WINE

CTRL_C: Final = b"\x03"
_PIECE: Final = 1 << 16
_STEERING: Final = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07)")
_PROGRAMS: Final = frozenset({"python.exe", "node.exe", "msedge.exe"})


def run_on_terminal(
    machine: Machine,
    command: list[str],
    directory: Path,
    moment: str,
    act: Callable[[int], object],
    seconds: float = 300,
) -> Ended:
    """Run a program; do something once it has written a certain text.

    Args:
        machine: The Windows.
        command: Program and arguments.
        directory: Where it runs.
        moment: The text.
        act: Is given the terminal, as a file descriptor.
        seconds: Time-out.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.execve(WINE, [str(WINE), *command], machine.environment({}))  # noqa: S606 - a shell is not needed
    written, acted, end, code = b"", False, time.monotonic() + seconds, None
    try:
        while time.monotonic() < end and code is None:
            written += _read(terminal)
            if not acted and moment.encode() in written:
                acted = True
                act(terminal)
            ended, status = os.waitpid(child, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if ended else None
        if code is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        written += _read(terminal)
    finally:
        os.close(terminal)
    return Ended(code, _STEERING.sub("", written.decode("utf-8", "replace")).replace("\r", ""))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, _PIECE) if select.select([terminal], [], [], 0.2)[0] else b""
    except OSError:  # the program has closed its side
        return b""


def programs(machine: Machine, part: str = "") -> list[psutil.Process]:
    """Programs of ours that run in this Windows now.

    Args:
        machine: The Windows.
        part: What their command line contains.
    """
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("WINEPREFIX") == str(machine.drive_c.parent)
            line = process.cmdline()
        except psutil.Error:
            continue
        name = line[0].replace("\\", "/").rpartition("/")[2].lower() if line else ""
        if ours and name in _PROGRAMS and part in " ".join(line):
            found.append(process)
    return found
