"""Checking chains of runs: missing, inserted, replaced or reordered runs, and clocks that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import Enum, auto
from itertools import pairwise
from pathlib import Path

from chukyso.archive.examined import Examined
from chukyso.archive.findings import Finding, Problem
from chukyso.archive.ledger import Known, read_register
from chukyso.archive.reading import Unreadable
from chukyso.archive.tombstone import Tombstone
from chukyso.evidence.model.manifest import Link
from chukyso.moment import in_vietnam, read_moment

TOLERANCE = timedelta(minutes=5)
"""How much earlier a later link may have ended: runs that end at the same time may overtake each other."""
_MOST_SHOWN = 50


class Extent(Enum):
    """Which runs of a chain must be there."""

    WHOLE = auto()
    """All, wherever they were written."""
    BELOW = auto()
    """Those that the register says were written below the directory; without a register, or when the directory was
    moved since, all up to the last that is there."""
    PART = auto()
    """Those between the first and the last that are there."""
    FOUND = auto()
    """None but those that are there: one run was asked about, not an archive."""


def check_chains(
    runs: Sequence[Examined], tombstones: Sequence[Tombstone], directory: Path, extent: Extent
) -> list[Finding]:
    """Look at the chains that the runs are of.

    Args:
        runs: All runs that were found.
        tombstones: What was noted of removed ones.
        directory: Where was looked.
        extent: Which runs must be there.
    """
    by_chain: dict[str, list[Examined]] = defaultdict(list)
    for run in runs:
        if run.link:
            by_chain[run.link.id].append(run)
    for stone in tombstones:
        by_chain[stone.link.id] += []
    findings: list[Finding] = []
    for chain, members in sorted(by_chain.items()):
        stones = [stone for stone in tombstones if stone.link.id == chain]
        findings += _Chain(chain, members, stones, directory, extent).check()
    return findings


class _Chain:
    def __init__(
        self, chain: str, members: Iterable[Examined], stones: Iterable[Tombstone], directory: Path, extent: Extent
    ) -> None:
        self.id = chain
        self.findings: list[Finding] = []
        self._extent = extent
        self._directory = directory
        self._members = sorted(members, key=lambda one: (_link(one).sequence, one.run))
        self._runs = self._by_number()
        self._stones = {stone.link.sequence: stone for stone in stones}
        self._known = self._register()

    def check(self) -> list[Finding]:
        self.check_register()
        self._check_links()
        self._check_missing()
        self._check_clock()
        return self.findings

    def _find(self, problem: Problem, run: Examined | None = None, **facts: object) -> None:
        self.findings.append(Finding.of(problem, run.run if run else "", chain=self.id, **facts))

    def _by_number(self) -> dict[int, Examined]:
        runs: dict[int, Examined] = {}
        for run in self._members:
            sequence = _link(run).sequence
            first = runs.setdefault(sequence, run)
            if first is not run:
                problem = Problem.CHAIN_COPY if first.manifest == run.manifest else Problem.CHAIN_FORKED
                self._find(problem, run, sequence=sequence)
        return runs

    def _register(self) -> Known | None:
        try:
            return read_register(self.id)
        except Unreadable as error:
            self._find(Problem.REGISTER_BROKEN, detail=error)
            return None

    def check_register(self) -> None:
        """Each run against what the register says of it."""
        known = self._known
        if known is None:
            return
        for detail in known.problems[:_MOST_SHOWN]:
            self._find(Problem.REGISTER_BROKEN, detail=detail)
        for run in self._members:
            self.findings += _compare(run, known)
            added = known.supplements.get(_link(run).sequence, {}) if run.registered else {}
            for number, sha256 in sorted(added.items()):
                if 0 < number <= len(run.supplements) and run.supplements[number - 1] == sha256:
                    run.registered_supplements.add(number)
                else:
                    self._find(Problem.SUPPLEMENT_MISSING, run, number=number)

    def _check_links(self) -> None:
        """Each manifest names the one before it, be that there, removed, or only in the register."""
        for sequence, run in self._runs.items():
            before = self._hash(sequence - 1)
            if before and _link(run).previous != before:
                self._find(Problem.CHAIN_BROKEN, run, sequence=sequence, before=sequence - 1)
        for sequence, stone in self._stones.items():
            before = self._hash(sequence - 1)
            if before and stone.link.previous != before:
                self._find(Problem.CHAIN_BROKEN, sequence=sequence, before=sequence - 1)

    def _hash(self, sequence: int) -> str:
        if sequence in self._runs:
            return self._runs[sequence].manifest
        if sequence in self._stones:
            return self._stones[sequence].manifest
        known = self._known.runs.get(sequence) if self._known else None
        return known.manifest if known else ""

    def _check_missing(self) -> None:
        known, last = self._known, max(self._runs, default=0)
        if known is None and self._runs and self._extent in {Extent.WHOLE, Extent.BELOW}:
            self._find(Problem.REGISTER_ABSENT, last=last)
        wanted = set(range(1, max(last, max(self._stones, default=0)) + 1)) | set(known.runs if known else ())
        elsewhere, removed, unproven, missing = [], [], [], []
        for number in sorted(wanted - set(self._runs)):
            if known and number in known.removed:
                removed.append(number)
            elif number in self._stones and known is None:
                unproven.append(number)
            elif number in self._stones:
                self._find(Problem.REMOVAL_UNKNOWN, sequence=number)
            elif self._must_be_here(number):
                missing.append(number)
            else:
                elsewhere.append(number)
        for problem, numbers in (
            (Problem.RUN_ELSEWHERE, elsewhere),
            (Problem.RUN_REMOVED, removed),
            (Problem.REMOVAL_UNPROVEN, unproven),
        ):
            if numbers and self._extent is not Extent.FOUND:
                self._find(problem, count=len(numbers), numbers=ranges(numbers))
        for number in missing[:_MOST_SHOWN]:
            ended, ended_vi = _ended(known, number)
            self._find(Problem.RUN_MISSING, sequence=number, ended=ended, ended_vi=ended_vi)

    def _must_be_here(self, number: int) -> bool:
        """Whether a run that is not here should be; see ``Extent``."""
        if self._extent in {Extent.WHOLE, Extent.FOUND}:
            return self._extent is Extent.WHOLE
        known = self._known
        between = min(self._runs, default=0) < number < max(self._runs, default=0)
        if self._extent is Extent.PART:
            return between
        if known is None:
            return True
        if number in known.runs and known.was_below(number, self._directory):
            return True
        # What was written elsewhere is not missed here, unless this directory is not where its own runs were written.
        moved = not any(one in known.runs and known.was_below(one, self._directory) for one in self._runs)
        return between and moved

    def _check_clock(self) -> None:
        ended = [(number, run) for number, run in sorted(self._runs.items()) if run.ended]
        for (before, earlier), (number, run) in pairwise(ended):
            if run.ended and earlier.ended and earlier.ended - run.ended > TOLERANCE:
                self._find(Problem.CLOCK, run, sequence=number, before=before)


def check_against_register(run: Examined) -> None:
    """Look for the manifest of one run in the register of its chain, when that is on this machine."""
    if run.link is None:
        return
    try:
        known = read_register(run.link.id)
    except Unreadable as error:
        run.find(Problem.REGISTER_BROKEN, chain=run.link.id, detail=error)
        return
    if known:
        run.findings += _compare(run, known)


def _compare(run: Examined, known: Known) -> list[Finding]:
    """Whether the register has the manifest of a run, which is noted there; what is to say about it."""
    link = _link(run)
    written = known.runs.get(link.sequence)
    if written is None:
        pending = known.pending
        run.registered = pending is not None and (pending.sequence, pending.manifest) == (link.sequence, run.manifest)
        problem: Problem | None = Problem.REGISTER_PENDING if run.registered else Problem.REGISTER_UNAWARE
    else:
        run.registered = written.manifest == run.manifest
        problem = None if run.registered else Problem.REGISTER_DIFFERS
    return [Finding.of(problem, run.run, chain=link.id, sequence=link.sequence)] if problem else []


def ranges(numbers: Sequence[int]) -> str:
    """``1–3, 7, 9–12`` for sorted numbers."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    texts = [str(first) if first == last else f"{first}–{last}" for first, last in spans]
    return ", ".join(texts[:20]) + (", …" if len(texts) > 20 else "")


def _ended(known: Known | None, number: int) -> tuple[str, str]:
    """When a missing run ended, English and Vietnamese, to follow its number; "" when nobody knows."""
    written = known.runs.get(number) if known else None
    try:
        moment = in_vietnam(read_moment(written.ended)) if written else ""
    except ValueError:
        moment = ""
    return (f", which ended {moment}," if moment else "", f" (kết thúc {moment})" if moment else "")


def _link(run: Examined) -> Link:
    assert run.link is not None  # noqa: S101 - only runs with a link are members of a chain
    return run.link
