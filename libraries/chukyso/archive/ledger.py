"""Reading the register of a chain without changing it, to check evidence against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chukyso.archive.reading import Unreadable, object_of, parse_object, read_bytes, text_of
from chukyso.archive.register import REMOVED, RUN, SUPPLEMENT, register_path, short_name

_LIMIT = 256 << 20  # bytes; half a million runs


@dataclass(frozen=True)
class Written:
    """A run as the register knows it.

    Attributes:
        manifest: SHA-256 of its manifest.
        ended: When it ended, ISO 8601.
        below: Short names of the directories that it was written below.
    """

    manifest: str
    ended: str
    below: frozenset[str]


@dataclass
class Known:
    """All that a register says.

    Attributes:
        salt: What its short names are made with.
        runs: By their number.
        supplements: Hashes of the supplements of a run, by the run's and their own number.
        removed: Hash and reason of what was removed on purpose, by its number.
        pending: Number and hash of a manifest that was announced and is not in it yet.
        problems: What is wrong with the register itself, English.
    """

    salt: bytes = b""
    runs: dict[int, Written] = field(default_factory=dict)
    supplements: dict[int, dict[int, str]] = field(default_factory=dict)
    removed: dict[int, tuple[str, str]] = field(default_factory=dict)
    pending: tuple[int, str] | None = None
    problems: list[str] = field(default_factory=list)

    def was_below(self, number: int, directory: Path) -> bool:
        """Whether a run was written somewhere below a directory."""
        return short_name(self.salt, directory) in self.runs[number].below


def read_register(chain: str) -> Known | None:
    """What this installation knows of a chain; None when it has no register of it, or one of another chain.

    Raises:
        Unreadable: It is there and cannot be read.
    """
    path = register_path(chain)
    if path is None or not path.is_file():
        return None
    data = read_bytes(path, _LIMIT)
    lines = data[: data.rfind(b"\n") + 1].splitlines()  # a last line that was never finished does not count
    head = parse_object(lines[0]) if lines else {}
    if head.get("chain") != chain:
        return None
    try:
        known = Known(bytes.fromhex(text_of(head, "salt")))
    except ValueError as error:
        raise Unreadable("its first line is malformed") from error
    for number, line in enumerate(lines[1:], 2):
        try:
            _take(known, parse_object(line))
        except Unreadable as error:
            known.problems.append(f"line {number}: {error}")
    known.pending = _pending(path)
    return known


def _take(known: Known, line: Mapping[str, Any]) -> None:
    event, sequence = line.get("event"), line.get("sequence")
    if type(sequence) is not int:
        raise Unreadable("no number")
    if event == RUN:
        _take_run(known, line, sequence)
    elif event == SUPPLEMENT and type(line.get("number")) is int:
        known.supplements.setdefault(sequence, {})[line["number"]] = text_of(line, "sha256")
    elif event == REMOVED:
        known.removed[sequence] = (text_of(line, "manifest"), text_of(line, "reason"))
    else:
        raise Unreadable("nothing that a register says")


def _take_run(known: Known, line: Mapping[str, Any], sequence: int) -> None:
    last = max(known.runs, default=0)
    if sequence != last + 1 or line.get("previous") != (known.runs[last].manifest if last else None):
        known.problems.append(f"run {sequence} does not follow run {last}")
    below = line.get("below")
    names = frozenset(name for name in below if isinstance(name, str)) if isinstance(below, list) else frozenset()
    known.runs[sequence] = Written(text_of(line, "manifest"), text_of(line, "ended"), names)


def _pending(path: Path) -> tuple[int, str] | None:
    try:
        line = object_of(parse_object(read_bytes(path.with_suffix(".pending"))), "line")
    except Unreadable:
        return None
    sequence = line.get("sequence")
    return (sequence, text_of(line, "manifest")) if type(sequence) is int else None
