"""Giving a file another name, on Windows too while something else looks at it.

There a file that a virus scanner, OneDrive or a reader of ours holds open for a moment can be neither moved nor
replaced. On other systems nothing holds it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SECONDS: Final = 5.0  # a scanner is done in less; what a person has open stays longer
_AGAIN: Final = 0.05
_HELD: Final = (5, 32)  # ERROR_ACCESS_DENIED, which an open target gives, and ERROR_SHARING_VIOLATION


def replace_file(part: Path, target: Path) -> None:
    """Give a file the name of another one, which goes, in one step.

    Raises:
        OSError: It cannot be done, or something had one of the two open for longer than a few seconds.
    """
    _patiently(lambda: part.replace(target))


def move(source: Path, target: Path) -> None:
    """Give a file or directory a name that nothing has yet.

    Raises:
        OSError: As for ``replace_file``.
    """
    _patiently(lambda: source.rename(target))


def publish_file(part: Path, target: Path) -> None:
    """Give a file its name unless there is one of that name, in one step on every system.

    Where the system can, ``part`` stays as a second name of it: whoever made it removes it in any case.

    Raises:
        FileExistsError: The name is taken.
        OSError: As for ``replace_file``.
    """
    if sys.platform == "win32":
        _patiently(lambda: part.rename(target))  # refuses there; elsewhere it would replace
    else:
        os.link(part, target)


def _patiently(act: Callable[[], object]) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            act()
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _HELD or time.monotonic() > end:
                raise
            time.sleep(_AGAIN)
        else:
            return
