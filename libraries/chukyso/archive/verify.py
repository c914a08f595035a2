"""``chukyso evidence verify``: whether the evidence of one run or of many is what was written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chukyso.archive.basis import outside, weigh
from chukyso.archive.examine import examine
from chukyso.archive.examined import Examined
from chukyso.archive.findings import Finding, Level, Problem, Verdict
from chukyso.archive.links import Extent, check_chains
from chukyso.archive.parallel import Progress, in_processes
from chukyso.archive.reading import Unreadable
from chukyso.archive.tombstone import TOMBSTONES, Tombstone, read_tombstones
from chukyso.errors import ChukysoError, Code

PRUNING = ".chukyso-pruning"
"""Directory for what is being removed, and the note about it; see ``prune``."""
_MARKS = {"manifest.json", "journal.jsonl", "submission.xml", "report.pdf", "report.html", "supplements", "validation"}
_MAX_DEPTH = 10
_MAX_DIRECTORIES = 200_000
_FEW = 12  # runs; for fewer, starting processes takes longer than looking
_BATCH = 8


@dataclass
class Found:
    """What lies below a directory.

    Attributes:
        runs: Directories of runs, in the order of their paths.
        tombstones: Files that note removed runs.
        findings: What could not be looked at.
    """

    runs: list[Path] = field(default_factory=list)
    tombstones: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        target: What was looked at.
        runs: The runs.
        findings: What is to say of them, and of their chains.
    """

    target: Path
    runs: tuple[Examined, ...]
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), default=Level.NOTE)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """What it comes to for each run, by its directory."""
        levels = dict.fromkeys((run.run for run in self.runs), Level.NOTE)
        for finding in self.findings:
            if finding.run in levels:
                levels[finding.run] = max(levels[finding.run], finding.level)
        return {run: level.verdict for run, level in levels.items()}


def verify_directory(
    directory: Path,
    *,
    trust: Sequence[Path] = (),
    extent: Extent | None = None,
    jobs: int = 2,
    progress: Progress | None = None,
) -> Report:
    """Look at the evidence of all runs in and below a directory.

    Args:
        directory: Output directory of a run, or one with many below it.
        trust: PEM files with certificates to believe, of which none below ``directory`` is used. The sandbox's root
            that lies in a rehearsal's evidence is believed there when these do not do.
        extent: Which runs of a chain must be there; by default those written below ``directory``, or, when it is the
            output directory of a run itself, none but that.
        jobs: Processes.
        progress: Told how far it is.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when there is no evidence at all.
    """
    found = find_runs(directory)
    stones, findings = _read_stones(found, directory)
    if not found.runs and not stones:
        reason = "không có bằng chứng nào trong thư mục này"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, "no run was found", path=directory, reason=reason)
    believed, told = outside(trust, directory)
    runs = examine_all(directory, found.runs, believed, jobs, progress)
    extent = extent or (Extent.FOUND if directory in found.runs else Extent.BELOW)
    findings += [*found.findings, *told]
    findings += [finding for run in runs for finding in run.findings]
    findings += check_chains(runs, stones, directory.resolve(), extent)
    bad = {finding.run for finding in findings if finding.level >= Level.UNREADABLE}
    findings += [finding for run in runs if run.run not in bad for finding in weigh(run)]
    return Report(directory, tuple(runs), tuple(findings))


def find_runs(directory: Path) -> Found:
    """List the runs in and below a directory, without following links.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when it is none, or cannot be read.
    """
    if not directory.is_dir():
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, "not a directory", path=directory, reason="không có thư mục này")
    found = Found()
    waiting = [(directory, 0)]
    seen = 0
    while waiting:
        path, depth = waiting.pop()
        seen += 1
        if depth > _MAX_DEPTH or seen > _MAX_DIRECTORIES:
            found.findings.append(Finding.of(Problem.FOLDER_UNREADABLE, detail="too many directories, or too deep"))
            break
        try:
            waiting += [(below, depth + 1) for below in _look(path, directory, found)]
        except OSError as error:
            name = path.relative_to(directory).as_posix()
            detail = error.strerror or str(error)
            found.findings.append(Finding.of(Problem.FOLDER_UNREADABLE, name, detail=detail))
    found.runs.sort()
    return found


def _look(path: Path, root: Path, found: Found) -> Iterator[Path]:
    """Take note of what a directory is, and return the directories in it that may have runs below."""
    with os.scandir(path) as entries:
        names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    run = names.get("evidence", False) and _has_evidence(path / "evidence")
    if run:
        found.runs.append(path)
    if TOMBSTONES in names:
        found.tombstones.append(path / TOMBSTONES)
    if PRUNING in names:
        found.findings.append(Finding.of(Problem.PRUNE_UNFINISHED, path.relative_to(root).as_posix()))
    left_out = {PRUNING, "evidence", "figures"} if run else {PRUNING}
    return iter([path / name for name, is_directory in sorted(names.items()) if is_directory and name not in left_out])


def _has_evidence(path: Path) -> bool:
    with os.scandir(path) as entries:
        return any(entry.name in _MARKS for entry in entries)


def _read_stones(found: Found, directory: Path) -> tuple[list[Tombstone], list[Finding]]:
    stones: list[Tombstone] = []
    findings: list[Finding] = []
    for path in found.tombstones:
        name = path.relative_to(directory).as_posix()
        try:
            read, bad = read_tombstones(path)
        except Unreadable as error:
            findings.append(Finding.of(Problem.FOLDER_UNREADABLE, detail=f"{name}: {error}"))
            continue
        stones += read
        if bad:
            findings.append(Finding.of(Problem.TOMBSTONES_BROKEN, path=name, count=bad))
    return stones, findings


def examine_all(
    directory: Path, runs: Sequence[Path], trust: tuple[Path, ...], jobs: int, progress: Progress | None
) -> list[Examined]:
    """Look at runs below a directory, in several processes when there are many; sorted by what they are called.

    Args:
        directory: The directory.
        runs: Their directories.
        trust: PEM files with certificates to believe.
        jobs: Processes.
        progress: Told how far it is.
    """
    work = partial(_examine, directory, trust)
    examined = in_processes(work, runs, jobs=jobs, batch=_BATCH, few=_FEW, progress=progress)
    return sorted(examined, key=lambda run: run.run)


def _examine(directory: Path, trust: tuple[Path, ...], path: Path) -> Examined:
    return examine(path, path.relative_to(directory).as_posix(), trust)
