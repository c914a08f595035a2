"""Draws the rooms into ``docs/architecture.md``: ``python docs/architecture.py``. A test draws them, too, and compares.

The order is that of the contracts in ``pyproject.toml``, which import-linter keeps in the tests; what is said of a room
is the first sentence of its docstring.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "architecture.md"
_LIBRARIES: Final = ROOT / "libraries"
_DRAWN: Final = re.compile(r"(?<=<!-- rooms -->\n).*?(?=<!-- end of rooms -->)", re.DOTALL)


def with_rooms(page: str) -> str:
    """The page with the rooms drawn anew."""
    return _DRAWN.sub(lambda _: _drawing(), page)


def _drawing() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return "\n".join(_table(each["containers"][0], each["layers"]) for each in contracts if each["type"] == "layers")


def _table(container: str, layers: list[str]) -> str:
    package = _LIBRARIES.joinpath(*container.split("."))
    rows = [f"| {_cell(package, layer)} |" for layer in layers]
    return "\n".join([f"| rooms of `{container}`, each above what it may import |", "|---|", *rows]) + "\n"


def _cell(package: Path, layer: str) -> str:
    return "<br>".join(f"**{room.strip()}**: {_sentence(package, room.strip())}" for room in layer.split("|"))


def _sentence(package: Path, room: str) -> str:
    path = package / room / "__init__.py"
    file = path if path.is_file() else package / f"{room}.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = re.split(r"(?<=[.?!])\s", " ".join(text.split()), maxsplit=1)[0]
    return first.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(with_rooms(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE)
