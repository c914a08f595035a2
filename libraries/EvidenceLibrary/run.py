"""What the components of EvidenceLibrary share: the run that is being recorded."""

from __future__ import annotations

import importlib.metadata
import platform
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from robot.libraries.BuiltIn import BuiltIn
from robot.utils import get_link_path
from robot.version import get_version

from chukyso.archive.chain import note_replaced, settle_earlier
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.directory import lock_output, prepare_output, refuse_swept
from chukyso.evidence.journal import Journal
from chukyso.evidence.manifest import JOURNAL_FILE
from chukyso.evidence.model.run import Account, Host, Privacy
from chukyso.evidence.record import RunRecord
from chukyso.figures.measurement import Measurement
from chukyso.figures.privacy import Masker, read_policy
from chukyso.figures.references import References
from chukyso.figures.table import Tables
from chukyso.seal.options import SealOrder
from chukyso.storage.lock import OutputLock
from EvidenceLibrary.background import BackgroundWork
from EvidenceLibrary.console import Console

_PRODUCT = "bhxh-chu-ky-so"
_Part = TypeVar("_Part")


@dataclass
class Comparing:
    """Comparing the run's figures with the references of its profile.

    Attributes:
        tables: What changes in each figure.
        references: What they should look like.
        strict: Whether a changed figure ends a run that has submitted nothing.
        personal: CSS selectors of what is about a person.
        measurements: What was measured so far, by number.
    """

    tables: Tables
    references: References
    strict: bool = False
    personal: tuple[str, ...] = ()
    measurements: dict[int, Measurement] = field(default_factory=dict)


class CurrentRun:
    """The run that is being recorded; there is one at a time."""

    def __init__(self) -> None:
        self.console = Console()
        self.claimed: Outcome | None = None
        self.announced = False  # the register of submissions may know of this run
        self.details: dict[str, str] = {}
        self.masker: Masker | None = None  # stays after the end: Robot goes on logging
        self.comparing: Comparing | None = None
        self.seal: SealOrder | None = None
        self._started = 0.0
        self._output: Path | None = None
        self._lock: OutputLock | None = None
        self._journal: Journal | None = None
        self._record: RunRecord | None = None
        self._background: BackgroundWork | None = None

    @property
    def background(self) -> BackgroundWork:
        return _begun(self._background)

    @property
    def active(self) -> bool:
        return self._record is not None

    @property
    def submitted(self) -> bool:
        """Whether the run is past the point of no return. The journal is the only place that knows."""
        return self._journal is not None and self._journal.submitted

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

    def start(self, output: Path, privacy: str = "", keep: str = "") -> Path | None:
        """Begin a new record; returns where an earlier run's evidence was moved, if it was.

        Args:
            output: The output directory.
            privacy: The policy, as the operator gave it.
            keep: MST of the account when it is known: it is not mistaken for a telephone.
        """
        self.forget()
        policy = read_policy(privacy)
        self.masker = Masker([keep]) if policy is Privacy.MASKED else None
        self.comparing = None
        self.seal = None
        refuse_swept(output)
        self._lock = lock_output(output)
        earlier = settle_earlier(output)
        moved = prepare_output(output)
        if earlier:
            with suppress(ChukysoError):  # this run's own manifest will meet the same trouble, and say so
                note_replaced(output, earlier)
        self._output = output
        self._background = BackgroundWork()
        self._journal = Journal(output / JOURNAL_FILE, self.masker.value if self.masker else None)
        self._started = time.monotonic()
        host = Host(
            product=f"{_PRODUCT} {importlib.metadata.version(_PRODUCT)}",
            robot=get_version(),
            python=platform.python_version(),
            system=f"{platform.system()} {platform.release()}".strip(),
        )
        self._record = RunRecord(id=str(uuid.uuid4()), started=datetime.now(UTC), host=host, privacy=policy)
        self.journal.append("started", run=self._record.id, product=host.product, privacy=policy)
        return moved

    def update(self, **changes: Any) -> None:
        """Change fields of the record."""
        self._record = replace(self.record, **changes)

    def belongs_to(self, account: Account) -> None:
        """Record whose account it is; whoever finds the journal of a run that was killed has to know that, too."""
        if self.masker:
            self.masker.keep(account.tax_code)
        if account != self.record.account:
            self.update(account=account)
            self.journal.append("account", tax_code=account.tax_code, unit=account.unit)

    def become(self, record: RunRecord) -> None:
        self._record = record

    def masked(self, text: str) -> str:
        """The text as the run's policy lets it be seen."""
        return self.masker.text(text) if self.masker else text

    def forget(self) -> None:
        """End the recording; the evidence stays."""
        if self._journal is not None:
            self._journal.close()
        if self._background is not None:
            self._background.stop()
        if self._lock is not None:
            self._lock.release()
        self._output = self._lock = self._journal = self._record = self._background = None
        self.claimed = None
        self.announced = False
        self.details = {}


def output_directory() -> Path:
    """Robot's output directory."""
    return Path(BuiltIn().get_variable_value("${OUTPUT DIR}"))


def link_in_log(path: Path) -> str:
    """Where log.html finds a file: relative to it, so that the directory can be moved as a whole.

    A process of pabot writes no log; pabot writes one for all, two directories above the process's own, and shortens
    links that begin with ``../../``.
    """
    log = BuiltIn().get_variable_value("${LOG FILE}")
    base = output_directory() if not log or str(log).upper() == "NONE" else Path(log).parent
    return str(get_link_path(str(path), str(base)))


def _begun(part: _Part | None) -> _Part:
    """The part of a run that there is only once the recording was started."""
    if part is None:
        raise ChukysoError(Code.UNEXPECTED, "Start Evidence was not called")
    return part
