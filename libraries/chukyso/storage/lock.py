"""One process at a time: in an output directory, and in a file of the state directory.

The locks are the operating system's, taken by ``filelock``, on files that stay: such a lock is gone with the process
that holds it, however that ended, so a run that was killed blocks nobody; and no child of that process inherits it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from chukyso.errors import ChukysoError, Code

LOCK_FILE = "run.lock"
PRIVATE = 0o600
_LOCK_SECONDS = 30.0  # seconds for other runs; one holds the lock of a file for some milliseconds
# Who holds it, from the second byte on: the first one is what is locked on Windows, and nobody else can read it there.
_TOLD = " process {}\n"
_READ = re.compile(rb"process ([0-9]{1,10})\n")

_IDLE_LOCKS: dict[str, FileLock] = {}
"""Locks that this process has and nobody in it uses, by directory."""


class OutputLock:
    """The right to write evidence into a directory, from now until ``release`` or the end of the process.

    A lock that this process keeps (``keep``) is handed to the first that asks, and taken back when it is released.

    Args:
        output: The output directory; made when it is not there.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE``.
        OSError: the file cannot be made, or is a link, which somebody else may have laid there.
    """

    def __init__(self, output: Path) -> None:
        self._place = os.path.realpath(output)
        idle = _IDLE_LOCKS.pop(self._place, None)
        self._keep_locked = idle is not None and idle.is_locked  # it is not in a process that was forked off
        self._lock: FileLock | None = idle if self._keep_locked else _taken(output)

    def keep(self) -> None:
        """Release it within this process only: other processes stay out until this one ends."""
        self._keep_locked = True
        self.release()

    def release(self) -> None:
        """Let others in; may be called again."""
        lock, self._lock = self._lock, None
        if lock is not None and self._keep_locked:
            _IDLE_LOCKS[self._place] = lock
        elif lock is not None:
            lock.release()


@contextlib.contextmanager
def holding(output: Path) -> Iterator[None]:
    """Hold an output directory, which is made, for a moment.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE``, ``OUTPUT_NOT_WRITABLE``.
    """
    try:
        lock = OutputLock(output)
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, f"{type(error).__name__}: {error}", path=output) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is a file beside it; its directory is made, for this user alone.

    Raises:
        TimeoutError: Others keep it locked.
        OSError: The lock's file cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _file_lock(path.with_suffix(".lock"), _LOCK_SECONDS, PRIVATE):
        yield


def _taken(output: Path) -> FileLock:
    path = output / LOCK_FILE
    lock = _file_lock(path, 0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ChukysoError(Code.OUTPUT_IN_USE, str(error), path=output, holder=_holder(path)) from error
    return lock


def _file_lock(path: Path, seconds: float, mode: int = 0o644) -> FileLock:
    # Never the library's soft lock, which outlives a process that is killed: a disk that cannot lock is an error.
    return FileLock(
        path,
        seconds,
        mode,
        thread_local=False,
        poll_interval=0.01,
        fallback_to_soft=False,
        preserve_lock_file=True,
        on_acquired=_tell,
    )


def _tell(handle: int) -> None:
    os.ftruncate(handle, 0)
    os.write(handle, _TOLD.format(os.getpid()).encode())


def _holder(path: Path) -> str:
    found = None
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as stream:  # it only makes the message better
        stream.seek(1)
        found = _READ.match(stream.read(100))
    return f"tiến trình {found[1].decode()}" if found else "không rõ tiến trình"
