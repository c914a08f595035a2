"""Reading the register of a chain: which manifests this installation wrote, in their order.

One file a chain, ``chains/<name>.jsonl`` in the state directory, one JSON object a line, only ever appended to
(``register``). The first line says which chain it is. A chain belongs to an installation and a profile; rehearsals have
one of their own. Nothing here changes the file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chukyso.archive.reading import DIGEST, Unreadable, object_of, parse_object, read_bytes, text_of
from chukyso.errors import ChukysoError
from chukyso.evidence.model.manifest import Link
from chukyso.state import state_directory

RUN, SUPPLEMENT, REMOVED = "run", "supplement", "removed"
FORM = 1
TAIL = 1 << 16  # bytes; has the last hundred lines or so
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")
_ID = re.compile(r"(?P<name>[a-z0-9-]{1,62})-[0-9a-f]{12}")
_LIMIT = 256 << 20  # bytes; half a million runs


def link_of(manifest: Mapping[str, Any]) -> Link | None:
    """The link in a manifest, or None when it has none.

    Raises:
        Unreadable: There is something else in its place.
    """
    if manifest.get("chain") is None:
        return None
    fields = object_of(manifest, "chain")
    chain, sequence, previous = (fields.get(name) for name in ("id", "sequence", "previous"))
    if (
        set(fields) != {"id", "sequence", "previous"}
        or not isinstance(chain, str)
        or not _ID.fullmatch(chain)
        or type(sequence) is not int
        or not 0 < sequence < 10**9
        or (previous is None) != (sequence == 1)
        or not (previous is None or (isinstance(previous, str) and DIGEST.fullmatch(previous)))
    ):
        raise Unreadable("the place in the chain is malformed")
    return Link(chain, sequence, previous)


def chain_name(profile: str, *, rehearsal: bool) -> str:
    """Name of the chain that a run belongs to, fit for a file's name.

    Args:
        profile: The profile's name; ``""`` when the run ended before it was known.
        rehearsal: Whether the portal was a sandbox.
    """
    if rehearsal:
        return "rehearsal"
    if not profile:
        return "no-profile"
    name = re.sub(r"[^a-z0-9]+", "-", profile.lower()).strip("-")[:40].strip("-")
    if name != profile:  # two names must not become one
        name = f"{name}-{hashlib.sha256(profile.encode()).hexdigest()[:6]}".strip("-")
    return f"profile-{name}"


@dataclass(frozen=True)
class Written:
    """A run as the register knows it.

    Attributes:
        sequence: Its number.
        previous: SHA-256 of the manifest before, hex; None for the first.
        manifest: SHA-256 of its manifest.
        ended: When it ended, ISO 8601.
        below: Short names of the directories that it was written below.
    """

    sequence: int
    previous: str | None
    manifest: str
    ended: str
    below: frozenset[str]

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Written:
        """Read a line of a run; raises ``Unreadable``."""
        sequence, manifest, below = line.get("sequence"), text_of(line, "manifest"), line.get("below")
        if type(sequence) is not int or not DIGEST.fullmatch(manifest):
            raise Unreadable("a line of a run is malformed")
        names = frozenset(name for name in below if isinstance(name, str)) if isinstance(below, list) else frozenset()
        return cls(sequence, line.get("previous"), manifest, text_of(line, "ended"), names)


@dataclass
class Known:
    """All that a register says.

    Attributes:
        salt: What its short names are made with.
        runs: By their number.
        supplements: Hashes of the supplements of a run, by the run's and their own number.
        removed: Hash and reason of what was removed on purpose, by its number.
        pending: A run that was announced and may not be in it yet.
        problems: What is wrong with the register itself, English.
    """

    salt: bytes = b""
    runs: dict[int, Written] = field(default_factory=dict)
    supplements: dict[int, dict[int, str]] = field(default_factory=dict)
    removed: dict[int, tuple[str, str]] = field(default_factory=dict)
    pending: Written | None = None
    problems: list[str] = field(default_factory=list)

    def was_below(self, number: int, directory: Path) -> bool:
        """Whether a run was written somewhere below a directory."""
        return short_name(self.salt, directory) in self.runs[number].below


def registers() -> Path:
    """The directory with all registers; need not exist. Raises as ``state_directory``."""
    return state_directory() / "chains"


def register_path(chain: str) -> Path | None:
    """Where the register of a chain would be; None for what is no chain's name."""
    found = _ID.fullmatch(chain)
    if not found or not _NAME.fullmatch(found["name"]):
        return None
    try:
        return registers() / f"{found['name']}.jsonl"
    except ChukysoError:  # nobody knows where this user's own directories are: no register
        return None


def short_name(salt: bytes, directory: Path) -> str:
    """Four hex digits for a directory: enough to see whether a run was written below one, too few to name it.

    Many thousand directories share each, so a tax code in a path cannot be found out from the register.
    """
    return hashlib.sha256(salt + os.path.normcase(directory).encode("utf-8", "surrogatepass")).hexdigest()[:4]


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
    known = Known(read_head(head, path.stem)[1])
    for number, line in enumerate(lines[1:], 2):
        try:
            _take(known, parse_object(line))
        except Unreadable as error:
            known.problems.append(f"line {number}: {error}")
    with suppress(Unreadable):  # as a rule there is none
        known.pending = read_announced(path)[0]
    return known


def read_head(head: Mapping[str, Any], name: str) -> tuple[str, bytes]:
    """Which chain a register is of, and what its short names are made with, from its first line.

    Args:
        head: The line.
        name: The chain's name, as the file has it.

    Raises:
        Unreadable: It is no such line.
    """
    chain, salt = text_of(head, "chain"), text_of(head, "salt")
    found = _ID.fullmatch(chain)
    if head.get("form") != FORM or not found or found["name"] != name or not re.fullmatch(r"[0-9a-f]{32}", salt):
        raise Unreadable("its first line names no chain, or another")
    return chain, bytes.fromhex(salt)


def last_run(path: Path) -> Written | None:
    """The last run in a register, which is read from its end: it may have half a million lines, and others wait.

    Raises:
        Unreadable: The lines there are damaged.
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        for span in (TAIL, size):
            stream.seek(max(0, size - span))
            for line in reversed(stream.read().splitlines()[1:]):  # the first is the head, or cut off
                content = parse_object(line)
                if content.get("event") == RUN:
                    return Written.of(content)
    return None


def announcement(path: Path) -> Path:
    """Where the manifest that is about to be written is announced, beside a register."""
    return path.with_suffix(".pending")


def read_announced(path: Path) -> tuple[Written, dict[str, Any], Path]:
    """A manifest that was announced and may not be in the register: its run, the line for it, the run's directory.

    Raises:
        Unreadable: There is none, or it is damaged.
    """
    content = parse_object(read_bytes(announcement(path)))
    line = object_of(content, "line")
    return Written.of(line), line, Path(text_of(content, "place"))


def _take(known: Known, line: Mapping[str, Any]) -> None:
    event, sequence = line.get("event"), line.get("sequence")
    if type(sequence) is not int:
        raise Unreadable("no number")
    if event == RUN:
        run, last = Written.of(line), next(reversed(known.runs), 0)
        if run.sequence != last + 1 or run.previous != (known.runs[last].manifest if last else None):
            known.problems.append(f"run {run.sequence} does not follow run {last}")
        known.runs[run.sequence] = run
    elif event == SUPPLEMENT and type(line.get("number")) is int:
        known.supplements.setdefault(sequence, {})[line["number"]] = text_of(line, "sha256")
    elif event == REMOVED:
        known.removed[sequence] = (text_of(line, "manifest"), text_of(line, "reason"))
    else:
        raise Unreadable("nothing that a register says")
