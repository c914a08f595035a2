"""Verifying in a process of its own, which is measured and, when it does not end, killed."""

from __future__ import annotations

import multiprocessing
import re
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from chukyso.errors import ChukysoError
from support.stranger import Case

MIB = 1 << 20
_SPACE = 4 << 30  # of addresses, so that this machine survives what a child does


@dataclass(frozen=True)
class Measured:
    """What became of a case.

    Attributes:
        said: The verdict, or the code of an error of ours; "" when neither came.
        why: Code and detail of its first reason, for a verdict that is not TOTAL-PASSED.
        error: Traceback of an error that is none of ours, or why the process ended.
        seconds: Of computing, wherever it was spent.
        memory: The most that the process has held so far, this case included, in MiB.
    """

    said: str
    why: str
    error: str
    seconds: float
    memory: float


class Examiner:
    """Hands cases to a child, one at a time.

    Args:
        deadline: Seconds after which a case is given up.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, child = context.Pipe()
        self._process = context.Process(target=_serve, args=(child,), daemon=True)
        self._process.start()
        child.close()
        assert self._connection.recv() == "ready"

    def examine(self, case: Case) -> Measured:
        """Verify a case; the child is a new one afterwards when it did not survive."""
        started = time.monotonic()
        self._connection.send(case)
        measured: Measured | None = None
        with suppress(EOFError, OSError):
            if self._connection.poll(self._deadline):
                measured = self._connection.recv()
        if measured is not None:
            return measured
        why = f"ended with {self._process.exitcode}" if not self._process.is_alive() else "did not end"
        self.close()
        self._start()
        return Measured("", "", why, time.monotonic() - started, 0)

    def renew(self) -> None:
        """Go on in a new process, so that its memory is measured afresh."""
        self.close()
        self._start()

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


@contextmanager
def examiner(deadline: float) -> Iterator[Examiner]:
    running = Examiner(deadline)
    try:
        yield running
    finally:
        running.close()


def _serve(connection: Connection) -> None:
    _bound()
    connection.send("ready")
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            case = connection.recv()
            connection.send(_measure(case))


def _measure(case: Case) -> Measured:
    said, why, error = "", "", ""
    started = time.process_time()
    try:
        verdict = case.verdict()
        said, why = str(verdict), "".join(f"{one.code.value}: {one.detail}" for one in verdict.reasons[:1])
    except ChukysoError as refused:
        said = refused.code.name
    except Exception:  # noqa: BLE001 - which one it is, is what is reported
        error = traceback.format_exc(limit=-12)
    return Measured(said, why, error, time.process_time() - started, _most_memory() / MIB)


def _most_memory() -> int:
    """The most memory that this process has held, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    if sys.platform == "linux":  # what getrusage says there begins with the process that started this one
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024  # type: ignore[index]
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _bound() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_SPACE, _SPACE))
