"""What is known of a run when its report is made: its manifest and its journal, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from chukyso.errors import Outcome
from chukyso.evidence.earlier import Standing
from chukyso.evidence.journal import NOT_SUBMITTED, SUBMITTING, Entry
from chukyso.evidence.manifest import REPORT_FILE, SANDBOX_ROOT_FILE
from chukyso.evidence.record import Registered
from chukyso.moment import read_moment
from chukyso.report.page import Text, code, say
from chukyso.report.words import REGISTERED

Part: TypeAlias = Mapping[str, Any]
"""A part of a manifest."""
UNTOLD: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What a manifest raises that lacks what every manifest has, or has something else in its place."""


@dataclass(frozen=True)
class Told:
    """What is known of a run, as its manifest says it.

    Attributes:
        manifest: The manifest; older ones lack what later ones have.
        journal: The journal's entries.
        recovered: Whether it was made from the journal, because the run did not come to it.
        read: Returns the content of a file of the evidence by its path in the output directory.
    """

    manifest: Part
    journal: Sequence[Entry]
    recovered: bool
    read: Callable[[str], bytes]

    def part(self, *names: str) -> Part:
        """A part of the manifest, empty when it is not there."""
        found: Any = self.manifest
        for name in names:
            found = (found or {}).get(name)
        return found or {}

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.manifest["outcome"])

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
        return read_moment(self.manifest["run"]["ended"])

    @property
    def files(self) -> Sequence[Part]:
        """The files of the evidence but the report itself, whose hash cannot stand in it."""
        return [file for file in self.manifest["files"] if file["path"] != REPORT_FILE]

    @property
    def root(self) -> str:
        """The file with the sandbox's root, or ``""``."""
        return next((file["path"] for file in self.files if file["path"] == SANDBOX_ROOT_FILE), "")

    @property
    def waits(self) -> bool:
        """Whether an earlier submission is still open."""
        return bool(self.part("earlier_submission").get("standing") == Standing.OPEN.value)


def serial(value: object) -> Text:
    """A serial as the portal shows it: capitals."""
    return code(str(value).upper())


def reconciled(told: Told) -> Text | None:
    """What logging in again showed: serial and whose it is; None when nobody did."""
    found = told.part("reconciliation")
    if not found:
        return None
    which = REGISTERED[Registered(found["registered"])]
    return say(f"{{}} – {which}", serial(found["registered_serial"]))
