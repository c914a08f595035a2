"""Where the first-failure data of a night are: one folder a failed test, its facts in ``about.json``.

Written inside the run by ``NightlyListener``; read here to link them from the morning report.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

DIRECTORY: Final = "failures"
ABOUT: Final = "about.json"
PAGE: Final = "index.html"
STOPPED: Final = "stopped.txt"
FAILURES_KEPT: Final = 50
"""Failed tests of a night of which data are kept."""
BYTES_A_FAILURE: Final = 2 << 20


def failure_pages(night: Path) -> dict[str, str]:
    """Path of each failed test's page relative to the night's directory, with slashes, by the test's full name."""
    pages = {}
    for about in sorted((night / DIRECTORY).glob(f"*/{ABOUT}")):
        try:
            tests = json.loads(about.read_text(encoding="utf-8"))["tests"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a run that was killed while it wrote: there is no page either
        if (about.parent / PAGE).is_file():
            pages.update(dict.fromkeys(tests, f"{DIRECTORY}/{about.parent.name}/{PAGE}"))
    return pages


def stopped(night: Path) -> bool:
    """Whether there were more failures than are kept."""
    return (night / DIRECTORY / STOPPED).exists()
