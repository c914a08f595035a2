"""Where the first-failure data of a night are: one folder a failed test, its facts in ``about.json``.

Written inside the run by ``NightlyListener``; read here to link them from the morning report.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DIRECTORY: Final = "failures"
ABOUT: Final = "about.json"
PAGE: Final = "index.html"
NEAREST: Final = "locator.json"
STOPPED: Final = "stopped.txt"
FAILURES_KEPT: Final = 50
"""Failed tests of a night of which data are kept."""
BYTES_A_FAILURE: Final = 2 << 20


@dataclass(frozen=True)
class Nearest:
    """An element that was not found: its locator, and what on the page was most like it, or ""."""

    locator: str
    nearest: str


def failure_pages(night: Path) -> dict[str, str]:
    """Path of each failed test's page relative to the night's directory, with slashes, by the test's full name."""
    return {test: f"{DIRECTORY}/{folder.name}/{PAGE}" for folder, test in _folders(night) if (folder / PAGE).is_file()}


def nearest_matches(night: Path) -> dict[str, Nearest]:
    """What was most like the element that a test did not find, by the test's full name."""
    found = {}
    for folder, test in _folders(night):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # there is none, or half of one
            data = json.loads((folder / NEAREST).read_text(encoding="utf-8"))
            found[test] = Nearest(str(data["locator"]), str(data["nearest"]))
    return found


def _folders(night: Path) -> Iterator[tuple[Path, str]]:
    """Each folder with each of its tests."""
    for about in sorted((night / DIRECTORY).glob(f"*/{ABOUT}")):
        try:
            tests = json.loads(about.read_text(encoding="utf-8"))["tests"]
            yield from [(about.parent, str(test)) for test in tests]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a run that was killed while it wrote: there is no page either


def stopped(night: Path) -> bool:
    """Whether there were more failures than are kept."""
    return (night / DIRECTORY / STOPPED).exists()
