"""How well each value of a profile is known: the mark that the comment behind it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

_MARK: Final = re.compile(r"#\s*(A|B|I|seen)(?!\w)")


class Mark(StrEnum):
    """How well a value is known; see docs/profiles.md."""

    SEEN = "seen"
    SOURCES = "A"
    SOURCE = "B"
    INFERRED = "I"
    NONE = "unmarked"


def mark_of(comment: str) -> Mark:
    """The mark of a comment."""
    found = _MARK.match(comment)
    return Mark(found[1]) if found else Mark.NONE


def without_mark(comment: str) -> str:
    """What a comment says behind its mark, without the sign that begins it."""
    said = re.match(r"#\s*(?:(?:A|B|I)(?!\w)|seen(?: \d{4}-\d\d-\d\d[^;]*)?)?\s*[:;,]?\s*(.*)", comment)
    return said[1].strip() if said else ""


def read_marks(source: Path) -> dict[str, Mark]:
    """The mark of each key that a profile's file has, by its name with its tables; {} when it is no TOML."""
    try:
        document = tomlkit.parse(source.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, TOMLKitError):
        return {}
    return dict(_marks(document, ""))


def _marks(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Mark]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _marks(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", mark_of(value.trivia.comment if hasattr(value, "trivia") else "")
