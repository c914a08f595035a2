"""What the Robot processes of a night tell while they run: each appends the tests that ended to one file.

pabot tells about a whole group of tests, which may be half of a night, only when the group has ended.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from chukyso.nightly.model import Status

FILE: Final = "progress.log"
_SECONDS: Final = 0.3

Tell = Callable[[Status, str], None]
"""Told how a test ended, and its full name."""


def note(night: Path, status: str, name: str) -> None:
    """Append a test that ended, in one write: several processes append."""
    with contextlib.suppress(OSError), (night / FILE).open("ab") as stream:  # no progress is no reason to fail
        stream.write(f"{status}\t{' '.join(name.split())}\n".encode())


@contextlib.contextmanager
def telling(night: Path, tell: Tell) -> Iterator[None]:
    """Tell of each test that ends meanwhile; the file is gone afterwards."""
    file = night / FILE
    file.touch()
    over = threading.Event()
    thread = threading.Thread(target=_follow, args=(file, tell, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        file.unlink(missing_ok=True)


def _follow(file: Path, tell: Tell, over: threading.Event) -> None:
    with file.open("rb") as stream:
        rest = b""
        while True:
            last = over.wait(_SECONDS)
            *lines, rest = (rest + stream.read()).split(b"\n")
            for line in lines:
                status, _, name = line.decode(errors="replace").partition("\t")
                with contextlib.suppress(ValueError):  # a line of a process that was killed while it wrote
                    tell(Status(status), name)
            if last:
                return
