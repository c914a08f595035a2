"""Runs one contender as a whole process and watches it from outside: time, and on request memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SECRETS = ("PORTAL_PASSWORD", "TOKEN_PIN")  # the sandbox makes its own: every contender then does the same
_SAMPLE_SECONDS = 0.1
_LINGER_SECONDS = 3.0
_LIMIT_SECONDS = 180.0


@dataclass(frozen=True)
class Process:
    """A process that ended well.

    Attributes:
        started: Just before it was spawned, ``time.monotonic``.
        ended: Just after it had ended.
        wall_offset: What added to ``time.time`` gives ``time.monotonic``; Robot writes wall-clock times.
        console: What it printed.
        peak_bytes: Largest memory of its process tree; 0 when that was not watched.
    """

    started: float
    ended: float
    wall_offset: float
    console: str
    peak_bytes: int


def run_process(command: Sequence[str], *, cwd: Path, console: Path, memory: bool = False) -> Process:
    """Run a command to its end.

    Sampling takes processor time, so a run whose time counts is not sampled.

    Raises:
        RuntimeError: it failed, or it left processes behind.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    environment["PYTHONUTF8"] = "1"
    with console.open("wb") as stream:
        offset = time.monotonic() - time.time()
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        )
        sampler = Sampler(process.pid) if memory else None
        try:
            process.wait(_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        ended = time.monotonic()
    left = sampler.finish() if sampler else []
    text = console.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{text}")
    if left:
        raise RuntimeError(f"{command} left processes behind: {left}")
    return Process(started, ended, offset, text, sampler.peak if sampler else 0)


class Sampler:
    """Adds up the memory of a process and all its descendants, again and again.

    On Linux it is the proportional set size: pages that processes share count once. Elsewhere it is the resident set,
    in which they count for each of them.

    Args:
        pid: The process at the top.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._top = psutil.Process(pid)
        self._seen: dict[int, psutil.Process] = {pid: self._top}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self) -> list[str]:
        """Stop, and return what is still running of what was ever seen."""
        self._stop.set()
        self._thread.join()
        _, alive = psutil.wait_procs(list(self._seen.values()), timeout=_LINGER_SECONDS)
        return [str(process) for process in alive]

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in self._top.children(recursive=True):
                    self._seen.setdefault(child.pid, child)
            # One that lost its parent still belongs to the run.
            self.peak = max(self.peak, sum(_memory(process) for process in self._seen.values()))


def _memory(process: psutil.Process) -> int:
    try:
        if sys.platform == "linux":
            return int(process.memory_full_info().pss) if process.is_running() else 0
        return int(process.memory_info().rss) if process.is_running() else 0
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # a zombie has no memory that can be read
        return 0
