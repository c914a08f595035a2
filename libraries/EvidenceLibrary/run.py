"""What the components of EvidenceLibrary share: the run that is being recorded."""

from __future__ import annotations

import importlib.metadata
import platform
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from robot.libraries.BuiltIn import BuiltIn
from robot.version import get_version

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.directory import lock_output, prepare_output
from chukyso.evidence.journal import Journal
from chukyso.evidence.lock import OutputLock
from chukyso.evidence.manifest import JOURNAL_FILE
from chukyso.evidence.record import Host, RunRecord
from EvidenceLibrary.console import Console

_PRODUCT = "bhxh-chu-ky-so"
_Part = TypeVar("_Part")


class CurrentRun:
    """The run that is being recorded; there is one at a time."""

    def __init__(self) -> None:
        self.console = Console()
        self.claimed: Outcome | None = None
        self.details: dict[str, str] = {}
        self._started = 0.0
        self._output: Path | None = None
        self._lock: OutputLock | None = None
        self._journal: Journal | None = None
        self._record: RunRecord | None = None

    @property
    def active(self) -> bool:
        return self._record is not None

    @property
    def record(self) -> RunRecord:
        return _begun(self._record)

    @property
    def journal(self) -> Journal:
        return _begun(self._journal)

    @property
    def output(self) -> Path:
        return _begun(self._output)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def start(self, output: Path) -> Path | None:
        """Begin a new record; returns where an earlier run's evidence was moved, if it was."""
        self.forget()
        self._lock = lock_output(output)
        kept = prepare_output(output)
        self._output = output
        self._journal = Journal(output / JOURNAL_FILE)
        self._started = time.monotonic()
        host = Host(
            product=f"{_PRODUCT} {importlib.metadata.version(_PRODUCT)}",
            robot=get_version(),
            python=platform.python_version(),
            system=f"{platform.system()} {platform.release()}".strip(),
        )
        self._record = RunRecord(str(uuid.uuid4()), datetime.now(UTC), host)
        self.journal.append("started", run=self._record.run_id, product=host.product)
        return kept

    def update(self, **changes: Any) -> None:
        """Change fields of the record."""
        self._record = replace(self.record, **changes)

    def become(self, record: RunRecord) -> None:
        self._record = record

    def forget(self) -> None:
        """End the recording; the evidence stays."""
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()
        self._output = self._lock = self._journal = self._record = None
        self.claimed = None
        self.details = {}


def output_directory() -> Path:
    """Robot's output directory."""
    return Path(BuiltIn().get_variable_value("${OUTPUT DIR}"))


def _begun(part: _Part | None) -> _Part:
    """The part of a run that there is only once the recording was started."""
    if part is None:
        raise ChukysoError(Code.UNEXPECTED, "Start Evidence was not called")
    return part
