"""Reading a folder of evidence that is not trusted: no links followed, sizes bounded.

A folder of evidence comes from a share, a mail, an opponent. So it is first listed, without following a single link,
and only what is in the list is ever opened: a path in a manifest is a key of that list, never a path to go to.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from chukyso.moment import read_moment

MAX_JSON = 4 << 20
"""Largest JSON document that is read, in bytes; a manifest has about 10,000."""
MAX_FILE = 256 << 20
"""Largest file that is hashed, in bytes; a figure has about 300,000."""
MAX_ENTRIES = 5_000
"""Most entries below one directory of evidence; a run has about 20."""
MAX_DEPTH = 6
DIGEST = re.compile(r"[0-9a-f]{64}")
"""SHA-256 as all evidence has it."""
_BLOCK = 1 << 20
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO that takes the place of a file must not hold us
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class Unreadable(Exception):  # noqa: N818 - a finding about a file, told to people, not a failure of the program
    """A file or a document that cannot be taken for what it should be; the text is English."""


class Kind(StrEnum):
    """What an entry of a directory is."""

    FILE = "file"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True)
class Entry:
    """One entry below a directory.

    Attributes:
        path: Where it is.
        kind: What it is; a link is not followed, wherever it leads.
        size: In bytes; of files only.
    """

    path: Path
    kind: Kind
    size: int = 0


def list_files(root: Path, *below: str) -> dict[str, Entry]:
    """Everything below some directories of a folder that is no directory, by its path in the folder with slashes.

    Args:
        root: The folder.
        below: Names of directories directly in it; one that is a link is an entry itself.

    Raises:
        Unreadable: There are more than ``MAX_ENTRIES``, or deeper ones than ``MAX_DEPTH``, or it cannot be listed.
    """
    found: dict[str, Entry] = {}
    for name in below:
        _list(root / name, name, found, 0)
    return found


def _list(path: Path, name: str, found: dict[str, Entry], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unreadable(f"{name}: more than {MAX_DEPTH} directories deep")
    try:
        if path.is_symlink():
            found[name] = Entry(path, Kind.LINK)
            return
        with os.scandir(path) as entries:
            for entry in entries:
                _add(entry, f"{name}/{entry.name}", found, depth)
    except (FileNotFoundError, NotADirectoryError):
        if path.exists():  # a file where a directory should be
            found[name] = Entry(path, Kind.OTHER)
    except OSError as error:
        raise Unreadable(f"{name}: {error.strerror or error}") from error


def _add(entry: os.DirEntry[str], name: str, found: dict[str, Entry], depth: int) -> None:
    path = Path(entry.path)
    if entry.is_symlink():
        found[name] = Entry(path, Kind.LINK)
    elif entry.is_dir(follow_symlinks=False):
        _list(path, name, found, depth + 1)
    elif entry.is_file(follow_symlinks=False):
        found[name] = Entry(path, Kind.FILE, entry.stat(follow_symlinks=False).st_size)
    else:
        found[name] = Entry(path, Kind.OTHER)
    if len(found) > MAX_ENTRIES:
        raise Unreadable(f"more than {MAX_ENTRIES} entries")


def is_regular(path: Path) -> bool:
    """Whether a path is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def read_bytes(path: Path, limit: int = MAX_JSON) -> bytes:
    """Return the content of a regular file that is no link.

    Args:
        path: The file; the directory that it is in is taken as it is.
        limit: Largest size in bytes.

    Raises:
        Unreadable: It is missing, something else, or larger.
    """
    return b"".join(_blocks(path, limit))


def digest(path: Path, limit: int = MAX_FILE) -> str:
    """SHA-256 of a regular file in lower-case hex; raises as ``read_bytes``."""
    state = hashlib.sha256()
    for block in _blocks(path, limit):
        state.update(block)
    return state.hexdigest()


def _blocks(path: Path, limit: int) -> Iterator[bytes]:
    try:
        handle = os.open(path, _FLAGS)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from error
    with os.fdopen(handle, "rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not a regular file")
        if status.st_size > limit:
            raise Unreadable(f"larger than {limit} bytes")
        left = limit
        try:
            while block := stream.read(_BLOCK):
                left -= len(block)
                if left < 0:  # it grows while it is read
                    raise Unreadable(f"larger than {limit} bytes")
                yield block
        except OSError as error:
            raise Unreadable(error.strerror or str(error)) from error


def parse_object(data: bytes) -> dict[str, Any]:
    """Read a JSON object strictly: UTF-8, no name twice, no ``NaN``, not nested beyond reason.

    Two readers of a document must not see two different things in it; with a name twice, they may.

    Raises:
        Unreadable: Otherwise.
    """
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no JSON: {type(error).__name__}: {error}"[:200]) from error
    if not isinstance(content, dict):
        raise Unreadable("no JSON object")
    return content


def read_object(path: Path, limit: int = MAX_JSON) -> dict[str, Any]:
    """``parse_object`` of a file."""
    return parse_object(read_bytes(path, limit))


def text_of(content: Mapping[str, Any], name: str) -> str:
    """A member that should be text, or ``""``: what is in somebody else's document may be anything."""
    value = content.get(name)
    return value if isinstance(value, str) else ""


def moment_of(content: Mapping[str, Any], name: str) -> datetime | None:
    """A member that should be a moment, ISO 8601 with its offset, or None."""
    try:
        return read_moment(text_of(content, name))
    except ValueError:
        return None


def object_of(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member that should be an object, or an empty one."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name is there twice")
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
