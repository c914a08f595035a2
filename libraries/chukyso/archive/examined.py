"""What was found in the evidence of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chukyso.archive.findings import Finding, Level, Problem
from chukyso.archive.register import Link


@dataclass
class Examined:
    """What was found in one run.

    Attributes:
        run: Directory of the run, relative to what was looked at; "." for itself.
        manifest: SHA-256 of its manifest; "" when there is none.
        link: Its place in a chain.
        ended: When it ended, or None when its manifest does not say.
        outcome: How; "" when its manifest says something else.
        signature: Verdict on the submission; "" when nothing was signed.
        seal: What is known of the seal; "" when there is none.
        sealed_later: Whether a supplement announces a sealed report.
        supplements: Hashes of its supplements, in their order.
        findings: What is to say about it.
    """

    run: str
    manifest: str = ""
    link: Link | None = None
    ended: datetime | None = None
    outcome: str = ""
    signature: str = ""
    seal: str = ""
    sealed_later: bool = False
    supplements: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def find(self, problem: Problem, **facts: object) -> None:
        """Add a finding about this run."""
        self.findings.append(Finding.of(problem, self.run, **facts))

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), default=Level.NOTE)
