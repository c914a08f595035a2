"""What was found in the evidence of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chukyso.archive.findings import Finding, Level, Problem
from chukyso.evidence.model.manifest import Link

_AT_THE_END = timedelta(hours=1)
"""How long after its end a run may be sealed by itself: printing takes seconds, a slow authority a little more."""


class Root(StrEnum):
    """Where the root lay by which a signature or a seal was believed; the value stands in ``--json``."""

    NONE = ""
    GIVEN = "trust"
    """Whoever verifies gave it."""
    INSIDE = "rehearsal-root"
    """In the evidence itself, which is done for rehearsals only: by itself it proves nothing to anybody else."""


class Basis(StrEnum):
    """What the manifest of a run rests on; the value stands in ``--json``."""

    REGISTER = "register"
    """The register on this machine has this very manifest."""
    SEAL = "seal"
    """It is inside a seal that was made when the run ended, by somebody whom a given root vouches for."""
    SEAL_LATER = "seal-later"
    """The same, but made later: what was before is not known."""
    REHEARSAL_ROOT = "rehearsal-root"
    """Something was believed by a root that lies in the evidence."""


@dataclass(frozen=True)
class Sealing:
    """The seal of a report.

    Attributes:
        by: Common name of whoever sealed.
        issuer: Common name of who issued the certificate.
        moment: When, by the seal's own time stamp or else by the clock of the machine that sealed; None when unknown.
        stamped: When it was sealed at the latest by a time stamp authority, or None.
        authority: Common name of that authority; "" without a time stamp.
        holds: Whether nothing speaks against it.
        root: By which root it was believed.
    """

    by: str
    issuer: str
    moment: datetime | None
    stamped: datetime | None
    authority: str
    holds: bool
    root: Root

    @property
    def by_clock(self) -> bool:
        """Whether the moment is only what the machine's clock said."""
        return self.moment is not None and self.moment != self.stamped


@dataclass
class Examined:
    """What was found in one run.

    Attributes:
        run: Directory of the run, relative to what was looked at; "." for itself.
        manifest: SHA-256 of its manifest; "" when there is none.
        link: Its place in a chain.
        ended: When it ended, or None when its manifest does not say.
        outcome: How; "" when its manifest says something else.
        rehearsal: Whether it was a rehearsal; None without a manifest.
        signature: Verdict on the submission; "" when nothing was signed.
        signature_root: By which root the submission's certificate was believed.
        signature_issuer: Common name of who issued that certificate; "" when it is not certain which one signed.
        seal: The seal; None when there is none.
        sealed_later: Whether a supplement announces a sealed report, or the manifest in one announces none.
        supplements: Hashes of its supplements, in their order.
        announcing: Numbers of those that only announce a sealed report.
        registered: Whether the register on this machine has its manifest.
        registered_supplements: Numbers of the supplements that it has.
        findings: What is to say about it.
    """

    run: str
    manifest: str = ""
    link: Link | None = None
    ended: datetime | None = None
    outcome: str = ""
    rehearsal: bool | None = None
    signature: str = ""
    signature_root: Root = Root.NONE
    signature_issuer: str = ""
    seal: Sealing | None = None
    sealed_later: bool = False
    supplements: list[str] = field(default_factory=list)
    announcing: set[int] = field(default_factory=set)
    registered: bool = False
    registered_supplements: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def find(self, problem: Problem, **facts: object) -> None:
        """Add a finding about this run."""
        self.findings.append(Finding.of(problem, self.run, **facts))

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), default=Level.NOTE)

    @property
    def rests_on(self) -> tuple[Basis, ...]:
        """What the manifest rests on; nothing when nobody but the evidence itself speaks for it."""
        found = [Basis.REGISTER] if self.registered else []
        if self.seal and self.seal.holds and self.seal.root is Root.GIVEN:
            found.append(Basis.SEAL_LATER if self._is_sealed_later(self.seal) else Basis.SEAL)
        if Root.INSIDE in {self.signature_root, self.seal.root if self.seal else Root.NONE}:
            found.append(Basis.REHEARSAL_ROOT)
        return tuple(found)

    def _is_sealed_later(self, seal: Sealing) -> bool:
        in_time = seal.moment and self.ended and seal.moment <= self.ended + _AT_THE_END
        return self.sealed_later or not in_time
