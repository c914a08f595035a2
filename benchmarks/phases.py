"""Splits a run into phases: from Robot's output.xml, or from the marks that a script printed.

==========  ===========================================================================================================
start-up    from the start of the process until the portal's page is open and knows the signing agent
signing     waiting for the page's request, approving it, giving the PIN, waiting for the signed document
evidence    pictures, saved document, journal, report and manifest, once the page is open
steps       everything else until the log-out after the second log-in: clicks, waits, comparisons
end         afterwards: closing browser, agent, and sandbox, Robot's log.html and report.html, the end of the process
==========  ===========================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from measure import Process
from robot.api import ExecutionResult, ResultVisitor
from robot.result import Keyword

PHASES = ("start-up", "steps", "signing", "evidence", "end")


@dataclass(frozen=True)
class Names:
    """Names of the keywords by which a suite's phases are told.

    Attributes:
        opened: With its first end the portal's page is open.
        finished: With its last end the second log-out is done.
        signing: They make up the signing; so does everything that they call.
        evidence: The same for the evidence.
    """

    opened: str
    finished: str
    signing: Collection[str]
    evidence: Collection[str]


OURS = Names(
    opened="Open The Portal's Home Page",
    finished="Bước 4: Nhận kết quả",
    signing={
        "Wait For Signing Request",
        "Check Signing Request",
        "Approve Signing Request",
        "Open Signing Window",
        "Review Signing Window",
        "Wait For PIN In Signing Window",
        "Enter Token PIN",
        "Wait For Signed Document",
    },
    evidence={
        "Take Figure",
        "Save Submission",
        "Journal Event",
        "Record Registered Certificate",
        "Record New Certificate",
        "Record Contact",
        "Record Registered Afterwards",
        "Conclude Evidence",
    },
)
SELENIUM = Names(
    opened="Open The Portal",
    finished="Confirm",
    signing={"Take Signing Request", "Give Pin", "Signed Document"},
    evidence={"Take Figure", "Save Document"},
)


def phases_of_suite(process: Process, output: Path, names: Names) -> dict[str, float]:
    """Seconds of each phase of a Robot run."""
    visitor = _Visitor(names)
    ExecutionResult(output).visit(visitor)
    assert visitor.opened is not None and visitor.finished is not None, f"{output} has no such keywords: {names}"
    return _phases(
        process,
        visitor.opened + process.wall_offset,
        visitor.finished + process.wall_offset,
        visitor.seconds,
        visitor.late_evidence,
    )


def phases_of_script(process: Process) -> dict[str, float]:
    """Seconds of each phase of a script that printed its marks as its last line."""
    marks = json.loads(process.console.splitlines()[-1])
    return _phases(process, marks["opened"], marks["finished"], marks, 0.0)


def _phases(
    process: Process, opened: float, finished: float, spent: dict[str, float], late_evidence: float
) -> dict[str, float]:
    signing, evidence = spent["signing"], spent["evidence"]
    return {
        "start-up": opened - process.started,
        "steps": finished - opened - signing - evidence,
        "signing": signing,
        "evidence": evidence + late_evidence,
        "end": process.ended - finished - late_evidence,
    }


class _Visitor(ResultVisitor):
    def __init__(self, names: Names) -> None:
        self.opened: float | None = None
        self.finished: float | None = None
        self.seconds = {"signing": 0.0, "evidence": 0.0}
        self.late_evidence = 0.0
        self._names = names

    def start_keyword(self, keyword: Keyword) -> bool | None:
        kind = next((kind for kind in self.seconds if keyword.name in getattr(self._names, kind)), None)
        if kind is None or self.opened is None:
            return None
        if self.finished is not None:
            self.late_evidence += keyword.elapsed_time.total_seconds()
        else:
            self.seconds[kind] += keyword.elapsed_time.total_seconds()
        return False  # what it calls is part of it

    def end_keyword(self, keyword: Keyword) -> None:
        if keyword.name == self._names.opened and self.opened is None:
            self.opened = keyword.end_time.timestamp()
        if keyword.name == self._names.finished:
            self.finished = keyword.end_time.timestamp()
