"""Writes what was measured into docs/performance.md, and says of which state of the repository it is.

The test `tests/product/test_performance.py` reads the same lines, so that the table cannot silently become untrue.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from chukyso.browser import find_browser

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured by benchmarks/run.py -->", "<!-- end of what was measured -->"
_PACKAGES = ("robotframework", "robotframework-browser", "robotframework-seleniumlibrary", "playwright")


class Unclean(Exception):  # noqa: N818 - no failure: it says why nothing was written
    """The working tree differs from its commit, so no commit could be named."""


def write_document(tables: Mapping[str, str], load: Sequence[float]) -> None:
    """Put the tables into the document, with date, machine, versions and commit.

    Args:
        tables: Markdown by title.
        load: Load averages at the end of each round that counted.

    Raises:
        Unclean: There are changes that are in no commit.
    """
    if git("status", "--porcelain", "--untracked-files=no"):
        raise Unclean("commit first: the document names the commit that was measured")
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [BEGIN, _state(load), ""]
    for title, table in tables.items():
        lines += [f"**{title}.**", "", table, ""]
    DOCUMENT.write_text(before + "\n".join(lines) + END + after, encoding="utf-8", newline="\n")


def git(*arguments: str) -> str:
    command = [shutil.which("git") or "git", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=60
    ).stdout.strip()


def _state(load: Sequence[float]) -> str:
    browser = subprocess.run([find_browser(), "--version"], capture_output=True, encoding="utf-8", check=False)
    parts = [
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        browser.stdout.split(" built")[0].strip(),
        *(f"{name} {version(name)}" for name in _PACKAGES),
        f"load average {statistics.median(load):.1f} at the end of a round (median)" if load else "load unknown",
    ]
    return f"Commit `{git('rev-parse', 'HEAD')}`, {datetime.now(UTC):%Y-%m-%d}: {', '.join(parts)}."
