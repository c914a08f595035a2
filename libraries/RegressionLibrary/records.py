"""Keywords about what the evidence of a case says."""

from __future__ import annotations

import json
from typing import Any

from robot.api.deco import keyword

from chukyso.evidence.directory import EARLIER
from chukyso.evidence.journal import read_entries
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE
from RegressionLibrary.case import CaseKeywords


class RecordKeywords:
    """Journal and manifest of the present case."""

    def __init__(self, case: CaseKeywords) -> None:
        self._case = case

    @keyword(tags=["Regression"])
    def journal_should_have(self, *events: str) -> None:
        """Check that the journal has the events in this order; others may be between them.

        - ``events``: words of the journal, such as ``submitting``.

        ```robotframework
        Journal Should Have    submitting    signed    accepted
        ```
        """
        found = self._events()
        rest = iter(found)
        missing = next((event for event in events if event not in rest), None)
        if missing is not None:
            raise AssertionError(f"No {missing!r} in its place in the journal: {', '.join(found)}")

    @keyword(tags=["Regression"])
    def journal_should_not_have(self, *events: str) -> None:
        """Check that none of the events was journaled.

        - ``events``: words of the journal.

        ```robotframework
        Journal Should Not Have    submitting
        ```
        """
        found = self._events()
        wrong = [event for event in events if event in found]
        if wrong:
            raise AssertionError(f"{', '.join(wrong)} in the journal: {', '.join(found)}")

    @keyword(tags=["Regression"])
    def figures_should_be(self, *numbers: int) -> None:
        """Check that these figures were taken, and no other one, and that each file is there.

        - ``numbers``: 1 to 6.

        ```robotframework
        Figures Should Be    1    2    3
        ```
        """
        figures = self.read_manifest()["figures"]
        found = [figure["number"] for figure in figures]
        if found != list(numbers):
            raise AssertionError(f"Figures {found} were taken, not {list(numbers)}")
        gone = [figure["path"] for figure in figures if not (self._case.directory / figure["path"]).is_file()]
        if gone:
            raise AssertionError(f"The evidence lacks {', '.join(gone)}")

    @keyword(tags=["Regression"])
    def earlier_evidence_should_have(self, event: str) -> None:
        """Check that exactly one earlier run's evidence was kept beside this one's, with this event in its journal.

        - ``event``: a word of the journal.

        ```robotframework
        Earlier Evidence Should Have    submitting
        ```
        """
        kept = list((self._case.directory / EARLIER).glob(f"*/{JOURNAL_FILE}"))
        if len(kept) != 1 or event not in [entry.event for entry in read_entries(kept[0])]:
            raise AssertionError(f"{len(kept)} earlier journals are kept, none or not with {event!r}")

    @keyword(tags=["Regression"])
    def read_manifest(self) -> dict[str, Any]:
        """Return the manifest of the concluded run.

        ```robotframework
        ${manifest}    Read Manifest
        Should Be Equal    ${manifest}[outcome]    dry-run
        ```
        """
        data: dict[str, Any] = json.loads((self._case.directory / MANIFEST_FILE).read_text(encoding="utf-8"))
        return data

    def _events(self) -> list[str]:
        return [entry.event for entry in read_entries(self._case.directory / JOURNAL_FILE)]
