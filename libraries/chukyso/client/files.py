"""JSON files of other programs: what is wrong with one is told, and never ends an inspection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_MOST: Final = 64 << 20  # bytes; a profile's preferences have some megabytes


class UnreadableError(Exception):
    """A file is not there, cannot be read, or holds no JSON object; the message says which."""


def read_table(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        UnreadableError: It cannot be read.
    """
    try:
        if path.stat().st_size > _MOST:
            raise UnreadableError(f"{path.name}: larger than {_MOST} bytes")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableError(f"{path.name}: {error.strerror or type(error).__name__}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise UnreadableError(f"{path.name}: no JSON object")
    return data


def text(value: object) -> str:
    """A text of such a file; "" for whatever else stands there."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list in such a file; what else stands in it is left out."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def table(value: object) -> dict[str, Any]:
    """A table of such a file; an empty one for whatever else stands there."""
    return value if isinstance(value, dict) else {}


def children(folder: Path, pattern: str = "*") -> list[Path]:
    """What lies in a folder, in order; nothing when it is not there or may not be read."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []
