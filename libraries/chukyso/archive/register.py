"""Writing the register of a chain; its content and how it is read are in ``ledger``.

A run that is killed between its manifest and its line leaves ``<name>.pending`` behind, which was on disk before the
manifest: whoever comes next finds out from it whether that manifest came to be, and adds its line.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from chukyso.archive import ledger
from chukyso.archive.ledger import register_path
from chukyso.archive.reading import Unreadable, digest, parse_object
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import sync_directory, write_whole
from chukyso.evidence.journal import iso
from chukyso.evidence.manifest import MANIFEST_FILE
from chukyso.evidence.model.manifest import Link
from chukyso.storage.lock import PRIVATE, locked


class Register:
    """A register that this process has locked; see ``opened``."""

    def __init__(self, path: Path, stream: FileIO) -> None:
        self.path = path
        self._stream = stream
        self.id, self._salt = self._begin()
        self._recover()

    def next(self) -> Link:
        """The link of the next manifest."""
        last = ledger.last_run(self.path)
        return Link(self.id, last.sequence + 1, last.manifest) if last else Link(self.id, 1, None)

    def announce(self, link: Link, manifest: str, ended: str, output: Path) -> dict[str, object]:
        """Say that a manifest is about to be written, and return its line for ``add_run``.

        Args:
            link: Its link.
            manifest: Its SHA-256, hex.
            ended: When the run ended, ISO 8601.
            output: Output directory of the run.
        """
        line = {
            "event": ledger.RUN,
            "sequence": link.sequence,
            "previous": link.previous,
            "manifest": manifest,
            "ended": ended,
            "below": [ledger.short_name(self._salt, parent) for parent in output.resolve().parents],
        }
        content = {"line": line, "place": str(output.resolve())}
        write_whole(ledger.announcement(self.path), json.dumps(content).encode())
        return line

    def withdraw(self) -> None:
        """The announced manifest was not written."""
        ledger.announcement(self.path).unlink(missing_ok=True)

    def add_run(self, line: Mapping[str, object]) -> None:
        """The announced manifest was written."""
        self.append(line)
        self.withdraw()

    def append(self, line: Mapping[str, object]) -> None:
        """Append a line; it is on disk when this returns, or not there at all."""
        data = json.dumps({**line, "time": iso(datetime.now(UTC))}, ensure_ascii=False).encode() + b"\n"
        size = self._stream.seek(0, os.SEEK_END)
        try:
            while data:
                data = data[self._stream.write(data) :]
            os.fsync(self._stream.fileno())
        except OSError:
            with suppress(OSError):  # the first error is the one to report
                self._stream.truncate(size)
            raise

    def _begin(self) -> tuple[str, bytes]:
        """Cut off a last line that was never finished, and read which chain this is; a new one begins."""
        size = self._stream.seek(0, os.SEEK_END)
        start = self._stream.seek(max(0, size - ledger.TAIL))
        end = start + self._stream.read().rfind(b"\n") + 1
        if end == start > 0:
            raise Unreadable("its last line has no end")
        if end < size:
            self._stream.truncate(end)
        if end == 0:
            chain = f"{self.path.stem}-{secrets.token_hex(6)}"
            self.append({"chain": chain, "salt": secrets.token_hex(16), "form": ledger.FORM})
            sync_directory(self.path.parent)
        self._stream.seek(0)
        first = self._stream.read(4096).partition(b"\n")[0]
        return ledger.read_head(parse_object(first), self.path.stem)

    def _recover(self) -> None:
        """Finish what a run that was killed left: its manifest is in the chain if, and only if, it was written."""
        if not ledger.announcement(self.path).exists():
            return
        try:
            run, line, place = ledger.read_announced(self.path)
        except Unreadable:  # no manifest either: that is begun when the announcement was written whole
            self.withdraw()
            return
        last = ledger.last_run(self.path)
        if (not last or last.sequence < run.sequence) and _came_to_be(place, run.manifest):
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
    try:
        path = ledger.registers() / f"{name}.jsonl"
    except ChukysoError as error:
        raise _not_written(Path("~"), "không rõ thư mục nhà của người dùng này (HOME)", error.detail) from error
    try:
        with locked(path), open(path, "r+b", buffering=0, opener=_made) as stream:
            yield Register(path, stream)
    except Unreadable as error:
        raise _not_written(path, "sổ bị hỏng", str(error)) from error
    except TimeoutError as error:
        raise _not_written(path, "tiến trình khác đang giữ sổ", str(error)) from error
    except OSError as error:
        raise _not_written(path, "không đọc hoặc ghi được", f"{type(error).__name__}: {error}") from error


def note_supplement(link: Link, number: int, sha256: str) -> None:
    """Tell the register that the evidence at a place of the chain got a supplement.

    Nothing is done when this installation does not have the register of that chain.

    Raises:
        ChukysoError: ``CHAIN_NOT_WRITTEN``.
    """
    _note(link, {"event": ledger.SUPPLEMENT, "sequence": link.sequence, "number": number, "sha256": sha256})


def note_removed(link: Link, manifest: str, reason: str) -> None:
    """Tell the register that the evidence at a place of the chain was removed on purpose; as ``note_supplement``.

    Args:
        link: Its place.
        manifest: SHA-256 of its manifest.
        reason: ``retention`` or ``replaced``.
    """
    _note(link, {"event": ledger.REMOVED, "sequence": link.sequence, "manifest": manifest, "reason": reason})


def _made(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, PRIVATE)


def _not_written(path: Path, reason: str, detail: str) -> ChukysoError:
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
