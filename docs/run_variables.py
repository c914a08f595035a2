"""Writes the table of ``docs/vi/bien.md``: ``python docs/run_variables.py``. A test makes it, too."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from chukyso.run.variables import VARIABLES

PAGE: Final = Path(__file__).parent / "vi" / "bien.md"
HEAD: Final = ("| biến | để làm gì | không đặt thì |", "|---|---|---|")


def with_table(page: str) -> str:
    """The page with its table made anew: all its lines that begin with ``|``."""
    lines = page.splitlines()
    at = lines.index(HEAD[0])
    rest = [line for line in lines if not line.startswith("|")]
    rows = [f"| `{one.name}` | {one.words} | {one.default_text} |" for one in VARIABLES]
    return "\n".join([*rest[:at], *HEAD, *rows, *rest[at:]]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE)
