"""The register of a chain: which manifests this installation wrote, in their order.

One file a chain, ``chains/<name>.jsonl`` in the state directory, one JSON object a line, only ever appended to. The
first line says which chain it is. A chain belongs to an installation and a profile; rehearsals have one of their own.

A run that is killed between its manifest and its line leaves ``<name>.pending`` behind, which was on disk before the
manifest: whoever comes next finds out from it whether that manifest came to be, and adds its line.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chukyso.archive.reading import Unreadable, digest, object_of, parse_object, read_bytes, text_of
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import sync_directory, write_whole
from chukyso.evidence.journal import iso
from chukyso.evidence.manifest import MANIFEST_FILE
from chukyso.state import state_directory
from chukyso.storage.lock import PRIVATE, locked

DIRECTORY = "chains"
RUN, SUPPLEMENT, REMOVED = "run", "supplement", "removed"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")
_ID = re.compile(r"(?P<name>[a-z0-9-]{1,62})-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_TAIL = 1 << 16  # bytes; has the last hundred lines or so


@dataclass(frozen=True)
class Link:
    """A manifest's place in its chain.

    Attributes:
        id: Which chain.
        sequence: Which place, from 1.
        previous: SHA-256 of the manifest before, hex; None for the first.
    """

    id: str
    sequence: int
    previous: str | None

    def to_json(self) -> dict[str, object]:
        return asdict(self)


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
        or not (previous is None or (isinstance(previous, str) and _HASH.fullmatch(previous)))
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


class Register:
    """A register that this process has locked; see ``opened``."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._salt = b""
        self.id = ""
        self._begin()
        self._recover()

    @property
    def _pending(self) -> Path:
        return self.path.with_suffix(".pending")

    def next(self) -> Link:
        """The link of the next manifest."""
        last = self._last_run()
        return Link(self.id, last["sequence"] + 1, last["manifest"]) if last else Link(self.id, 1, None)

    def announce(self, link: Link, manifest: str, ended: str, output: Path) -> dict[str, object]:
        """Say that a manifest is about to be written, and return its line for ``add_run``.

        Args:
            link: Its link.
            manifest: Its SHA-256, hex.
            ended: When the run ended, ISO 8601.
            output: Output directory of the run.
        """
        line = {
            "event": RUN,
            "sequence": link.sequence,
            "previous": link.previous,
            "manifest": manifest,
            "ended": ended,
            "below": [short_name(self._salt, parent) for parent in output.resolve().parents],
        }
        content = {"line": line, "place": str(output.resolve())}
        write_whole(self._pending, json.dumps(content).encode())
        return line

    def withdraw(self) -> None:
        """The announced manifest was not written."""
        self._pending.unlink(missing_ok=True)

    def add_run(self, line: Mapping[str, object]) -> None:
        """The announced manifest was written."""
        self.append(line)
        self.withdraw()

    def append(self, line: Mapping[str, object]) -> None:
        """Append a line; it is on disk when this returns, or not there at all."""
        data = json.dumps({**line, "time": iso(datetime.now(UTC))}, ensure_ascii=False).encode() + b"\n"
        size = os.lseek(self._handle, 0, os.SEEK_END)
        try:
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError:
            with suppress(OSError):  # the first error is the one to report
                os.ftruncate(self._handle, size)
            raise

    def _begin(self) -> None:
        """Cut off a last line that was never finished, and read which chain this is; a new one begins."""
        size = os.lseek(self._handle, 0, os.SEEK_END)
        end = _end_of_last_line(self._handle, size)
        if end < size:
            os.ftruncate(self._handle, end)
        if end == 0:
            self.append(
                {
                    "chain": f"{self.path.stem}-{secrets.token_hex(6)}",
                    "salt": secrets.token_hex(16),
                    "form": 1,
                }
            )
            sync_directory(self.path.parent)
        first = _read(self._handle, 0, 4096).partition(b"\n")[0]
        self.id, self._salt = _read_head(first, self.path.stem)

    def _last_run(self) -> dict[str, Any] | None:
        size = os.lseek(self._handle, 0, os.SEEK_END)
        for span in (_TAIL, size):
            lines = _read(self._handle, max(0, size - span), span).splitlines()
            for line in reversed(lines[1:]):  # the first is the head, or cut off
                content = parse_object(line)
                if content.get("event") == RUN:
                    _check_run(content)
                    return content
        return None

    def _recover(self) -> None:
        """Finish what a run that was killed left: its manifest is in the chain if, and only if, it was written."""
        if not self._pending.exists():
            return
        try:
            content = parse_object(read_bytes(self._pending))
        except Unreadable:  # written whole before the manifest was begun: so there is none
            self.withdraw()
            return
        line, place = object_of(content, "line"), Path(text_of(content, "place"))
        _check_run(line)
        last = self._last_run()
        if (not last or last["sequence"] < line["sequence"]) and _came_to_be(place, line["manifest"]):
            self.append(line)
        self.withdraw()


@contextmanager
def opened(name: str) -> Iterator[Register]:
    """Lock the register of a chain; made when there is none.

    Args:
        name: As ``chain_name`` returns it.

    Raises:
        ChukysoError: ``CHAIN_NOT_WRITTEN`` when it cannot be read or written, is damaged, or others keep it locked.
    """
    path = _directory() / f"{name}.jsonl"
    try:
        with locked(path):
            handle = os.open(path, _FLAGS, PRIVATE)
            try:
                yield Register(path, handle)
            finally:
                os.close(handle)
    except Unreadable as error:
        raise not_written(path, "sổ bị hỏng", str(error)) from error
    except TimeoutError as error:
        raise not_written(path, "tiến trình khác đang giữ sổ", str(error)) from error
    except OSError as error:
        raise not_written(path, "không đọc hoặc ghi được", f"{type(error).__name__}: {error}") from error


def _directory() -> Path:
    try:
        return state_directory() / DIRECTORY
    except ChukysoError as error:
        raise not_written(Path("~"), "không rõ thư mục nhà của người dùng này (HOME)", error.detail) from error


def note_supplement(link: Link, number: int, sha256: str) -> None:
    """Tell the register that the evidence at a place of the chain got a supplement.

    Nothing is done when this installation does not have the register of that chain.

    Raises:
        ChukysoError: ``CHAIN_NOT_WRITTEN``.
    """
    _note(link, {"event": SUPPLEMENT, "sequence": link.sequence, "number": number, "sha256": sha256})


def note_removed(link: Link, manifest: str, reason: str) -> None:
    """Tell the register that the evidence at a place of the chain was removed on purpose; as ``note_supplement``.

    Args:
        link: Its place.
        manifest: SHA-256 of its manifest.
        reason: ``retention`` or ``replaced``.
    """
    _note(link, {"event": REMOVED, "sequence": link.sequence, "manifest": manifest, "reason": reason})


def register_path(chain: str) -> Path | None:
    """Where the register of a chain would be; None for what is no chain's name."""
    found = _ID.fullmatch(chain)
    if not found or not _NAME.fullmatch(found["name"]):
        return None
    try:
        return _directory() / f"{found['name']}.jsonl"
    except ChukysoError:  # nobody knows where this user's own directories are: no register
        return None


def short_name(salt: bytes, directory: Path) -> str:
    """Four hex digits for a directory: enough to see whether a run was written below one, too few to name it.

    Many thousand directories share each, so a tax code in a path cannot be found out from the register.
    """
    return hashlib.sha256(salt + os.path.normcase(directory).encode("utf-8", "surrogatepass")).hexdigest()[:4]


def not_written(path: Path, reason: str, detail: str) -> ChukysoError:
    """``CHAIN_NOT_WRITTEN``."""
    return ChukysoError(Code.CHAIN_NOT_WRITTEN, detail, path=path, reason=reason)


def _note(link: Link, line: Mapping[str, object]) -> None:
    path = register_path(link.id)
    if path is None or not path.is_file():
        return
    with opened(path.stem) as register:
        if register.id == link.id:
            register.append(line)


def _came_to_be(place: Path, manifest: str) -> bool:
    """Whether an announced manifest was written. When its directory is gone, nobody knows: then it counts."""
    if not place.is_dir():
        return True
    try:
        return digest(place / MANIFEST_FILE) == manifest
    except Unreadable:
        return False


def _read_head(line: bytes, name: str) -> tuple[str, bytes]:
    head = parse_object(line)
    chain, salt = text_of(head, "chain"), text_of(head, "salt")
    found = _ID.fullmatch(chain)
    if head.get("form") != 1 or not found or found["name"] != name or not re.fullmatch(r"[0-9a-f]{32}", salt):
        raise Unreadable("its first line names no chain, or another")
    return chain, bytes.fromhex(salt)


def _check_run(line: Mapping[str, Any]) -> None:
    """Refuse a line of a run from which no link could be made."""
    if type(line.get("sequence")) is not int or not _HASH.fullmatch(text_of(line, "manifest")):
        raise Unreadable("a line of a run is malformed")


def _end_of_last_line(handle: int, size: int) -> int:
    start = size
    while start:
        span = min(_TAIL, start)
        start -= span
        found = _read(handle, start, span).rfind(b"\n")
        if found >= 0:
            return start + found + 1
    return 0


def _read(handle: int, start: int, span: int) -> bytes:
    os.lseek(handle, start, os.SEEK_SET)
    blocks = []
    while span and (block := os.read(handle, span)):
        blocks.append(block)
        span -= len(block)
    return b"".join(blocks)
