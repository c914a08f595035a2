"""What is known of a run when its report is made: its manifest and its journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chukyso.evidence.journal import NOT_SUBMITTED, SUBMITTING, Entry
from chukyso.evidence.manifest import REPORT_FILE, SANDBOX_ROOT_FILE
from chukyso.evidence.model.manifest import FileFacts, Manifest
from chukyso.evidence.model.portal import EarlierStatus
from chukyso.report.page import Text, code, say
from chukyso.report.words import REGISTERED


@dataclass(frozen=True)
class ReportSource:
    """What a report is made from.

    Attributes:
        manifest: The manifest.
        journal: The journal's entries.
        recovered: Whether it was made from the journal, because the run did not come to it.
        read: Returns the content of a file of the evidence by its path in the output directory.
    """

    manifest: Manifest
    journal: Sequence[Entry]
    recovered: bool
    read: Callable[[str], bytes]

    @property
    def submitting(self) -> datetime | None:
        """When submitting began."""
        return next((entry.time for entry in self.journal if entry.event == SUBMITTING), None)

    @property
    def taken_back(self) -> bool:
        """Whether nothing was signed after submitting had begun."""
        return any(entry.event == NOT_SUBMITTED for entry in self.journal)

    @property
    def ended(self) -> datetime:
        """When it ended; when it began, should the manifest not say."""
        return self.manifest.run.ended or self.manifest.run.started

    @property
    def files(self) -> Sequence[FileFacts]:
        """The files of the evidence but the report itself, whose hash cannot stand in it."""
        return [file for file in self.manifest.files if file.path != REPORT_FILE]

    @property
    def root(self) -> str:
        """The file with the sandbox's root, or ``""``."""
        return next((file.path for file in self.files if file.path == SANDBOX_ROOT_FILE), "")

    @property
    def waits(self) -> bool:
        """Whether an earlier submission is still open."""
        earlier = self.manifest.earlier_submission
        return earlier is not None and earlier.standing is EarlierStatus.OPEN


def serial(value: object) -> Text:
    """A serial as the portal shows it: capitals."""
    return code(str(value).upper())


def reconciled(source: ReportSource) -> Text | None:
    """What logging in again showed: serial and whose it is; None when nobody did."""
    found = source.manifest.reconciliation
    if not found:
        return None
    return say(f"{{}} – {REGISTERED[found.registered]}", serial(found.registered_serial))
