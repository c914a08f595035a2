"""Files of the state directory that several runs write: one at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chukyso.evidence.lock import take

FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
PRIVATE = 0o600
_PATIENCE = 30.0  # seconds for other runs; one holds a lock for some milliseconds


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is a file beside it; its directory is made, for this user alone.

    Raises:
        TimeoutError: Others keep it locked.
        OSError: The lock's file cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path.with_suffix(".lock"), FLAGS, PRIVATE)
    try:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                take(handle)
                break
            except (BlockingIOError, PermissionError) as error:  # the second is what Windows says
                if time.monotonic() > end:
                    raise TimeoutError(str(error)) from error
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)
