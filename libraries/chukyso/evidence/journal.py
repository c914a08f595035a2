"""The journal: what happened, one JSON object a line, on disk before the next action.

The point of no return is journaled as ``submitting`` before the operator's confirmation is pressed. Whoever finds a
journal with that event knows that something may have been submitted, whatever became of the process; ``not-submitted``
after it takes that back, when the signing agent released no signed document.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from chukyso.evidence.files import reporting_write_errors, sync_directory
from chukyso.moment import read_moment, to_utc

SUBMITTING = "submitting"
NOT_SUBMITTED = "not-submitted"
ENDED = "ended"
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Attributes:
        seq: Number of the line, from 1.
        time: When, UTC, aware, to the millisecond.
        event: What, a word.
        data: Particulars. Never a secret.
    """

    seq: int
    time: datetime
    event: str
    data: Mapping[str, object]

    def to_line(self) -> bytes:
        fields = {"seq": self.seq, "time": iso(self.time), "event": self.event, "data": plain(self.data)}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Entry:
        fields = json.loads(line)
        return cls(fields["seq"], read_moment(fields["time"]), fields["event"], fields["data"])


class Journal:
    """An append-only file of events. Use as a context manager or close it.

    Args:
        path: The file; made when missing, continued when it exists.
        mask: What is done to every event's data before it is written; nothing when left out.
    """

    def __init__(self, path: Path, mask: Callable[[object], object] | None = None) -> None:
        self.path = path
        self._mask = mask
        self._entries = read_entries(path)
        with reporting_write_errors(path):
            self._handle = os.open(path, _FLAGS, 0o644)
            sync_directory(path.parent)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def append(self, event: str, **data: object) -> Entry:
        """Append an event; it is on disk when this returns.

        Raises:
            ChukysoError: ``OUTPUT_DISK_FULL``; the journal is then as it was before.
        """
        now = datetime.now(UTC)
        if self._mask:
            data = {name: self._mask(value) for name, value in data.items()}
        entry = Entry(len(self._entries) + 1, now.replace(microsecond=now.microsecond // 1000 * 1000), event, data)
        with reporting_write_errors(self.path):
            size = os.fstat(self._handle).st_size
            # First: Ctrl-C in the middle must not make us forget what may be on disk.
            self._entries.append(entry)
            try:
                _write_all(self._handle, entry.to_line())
                os.fsync(self._handle)
            except OSError:
                self._entries.pop()
                with contextlib.suppress(OSError):  # the first error is the one to report
                    os.ftruncate(self._handle, size)
                raise
        return entry

    def has(self, event: str) -> bool:
        """Whether such an event was journaled."""
        return self.first(event) is not None

    @property
    def submitted(self) -> bool:
        """Whether the point of no return is in it, and was not taken back."""
        return self.has(SUBMITTING) and not self.has(NOT_SUBMITTED)

    def first(self, event: str) -> Entry | None:
        return next((entry for entry in self._entries if entry.event == event), None)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read_entries(path: Path) -> list[Entry]:
    """Read a journal that may end in a line that was never finished (power failure): that one does not count."""
    if not path.is_file():
        return []
    lines: Iterable[bytes] = path.read_bytes().splitlines(keepends=True)
    return [Entry.from_line(line) for line in lines if line.endswith(b"\n")]


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as everywhere in the evidence."""
    return to_utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: object) -> object:
    """Reduce a value to what JSON has. An object of a type that is not known here is named, never shown."""
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value) if isinstance(value.value, str | int) else value.name
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return f"<{type(value).__name__}>"


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
