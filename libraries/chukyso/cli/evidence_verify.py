"""What ``chukyso evidence verify`` prints: for people in Vietnamese and English, or as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from chukyso.archive.examined import Examined
from chukyso.archive.findings import Finding, Level, Problem
from chukyso.archive.links import Extent
from chukyso.archive.sealed import verify_pdf
from chukyso.archive.verify import Report, verify_directory
from chukyso.cli.evidence_progress import watching
from chukyso.cli.output import print_json
from chukyso.errors import ChukysoError, Outcome
from chukyso.evidence.journal import iso
from chukyso.evidence.words import VERDICTS
from chukyso.moment import in_vietnam
from chukyso.signature.kept import read_trust

INTACT, CHANGED, UNREADABLE = 0, 1, 2
EXIT_CODES = {Level.NOTE: INTACT, Level.WARNING: INTACT, Level.UNREADABLE: UNREADABLE, Level.CHANGED: CHANGED}
_VERDICTS = {
    INTACT: ("NGUYÊN VẸN", "intact: nothing was changed, removed or added", "bold green"),
    CHANGED: ("ĐÃ BỊ THAY ĐỔI", "changed: this is not all of what was written", "bold red"),
    UNREADABLE: ("KHÔNG ĐỌC ĐƯỢC", "unreadable: not everything could be looked at", "bold yellow"),
}
_UNFINISHED = {Problem.MANIFEST_MISSING, Problem.SEAL_MISSING}
_INCOMPLETE = ("CHƯA TRỌN VẸN", "incomplete: it was never finished, or something was taken away", "bold red")
_OF_NOBODY = ("NGUYÊN VẸN, CHƯA RÕ AI NIÊM PHONG", "intact, but anybody may have sealed it", "bold yellow")
_SIGNS = {
    Level.NOTE: ("·", "dim"),
    Level.WARNING: ("!", "yellow"),
    Level.UNREADABLE: ("?", "bold yellow"),
    Level.CHANGED: ("✗", "bold red"),
}
_MOST_SHOWN = 200
_MOST_RUNS = 30


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for.

    Attributes:
        trust: PEM files with trusted certificates.
        extent: Which runs must be there; None to decide by what the target is.
        jobs: Processes.
    """

    trust: tuple[Path, ...] = ()
    extent: Extent | None = None
    jobs: int = 2


def show(target: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Verify, print, and return the exit code: what could not be looked at is never told as changed."""
    try:
        read_trust(wanted.trust)  # what was given must be right before anything is looked at
        report = _verify(target, wanted)
    except ChukysoError as error:
        _say_unreadable(target, error, as_json=as_json)
        return UNREADABLE
    if as_json:
        print_json(_document(report))
    else:
        _print(report)
    return EXIT_CODES[report.level]


def _verify(target: Path, wanted: Wanted) -> Report:
    if target.is_file():
        return verify_pdf(target, wanted.trust)
    with watching("Đang kiểm tra") as progress:
        return verify_directory(target, trust=wanted.trust, extent=wanted.extent, jobs=wanted.jobs, progress=progress)


def _document(report: Report) -> dict[str, object]:
    code = EXIT_CODES[report.level]
    return {
        "target": str(report.target),
        "verdict": {INTACT: "intact", CHANGED: "changed", UNREADABLE: "unreadable"}[code],
        "runs": [_run(run) for run in report.runs],
        "findings": [finding.to_json() for finding in report.findings],
    }


def _run(run: Examined) -> dict[str, object]:
    return {
        "run": run.run,
        "verdict": {INTACT: "intact", CHANGED: "changed", UNREADABLE: "unreadable"}[EXIT_CODES[run.level]],
        "manifest": run.manifest or None,
        "chain": run.link.to_json() if run.link else None,
        "ended": iso(run.ended) if run.ended else None,
        "outcome": run.outcome or None,
        "signature": run.signature or None,
        "seal": run.seal or None,
        "supplements": len(run.supplements),
    }


def _print(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    vietnamese, english, style = _verdict(report)
    console.print(Text(vietnamese, style=style))
    console.print(Text(english, style="dim"))
    count = f": {len(report.runs)} lần chạy / runs" if report.target.is_dir() else ""
    console.print(Text(harmless(f"{report.target}{count}")))
    if len(report.runs) == 1:
        run = report.runs[0]
        for label, value in (
            ("Bản kê (SHA-256)", run.manifest),
            ("Mắt xích", f"số {run.link.sequence} của chuỗi {run.link.id}" if run.link else ""),
            ("Chữ ký trên submission.xml", run.signature),
            ("Niêm phong report.pdf", run.seal),
        ):
            if value:
                console.print(Text(harmless(f"  {label}: {value}")))
    for run in report.runs[:_MOST_RUNS] if report.target.is_dir() else ():  # a PDF is no place of runs
        console.print(Text(harmless(f"  {_one_line(run)}")))
    if len(report.runs) > _MOST_RUNS:
        console.print(Text(f"  … và {len(report.runs) - _MOST_RUNS} lần chạy nữa, xem bằng --json", style="dim"))
    ordered = sorted(report.findings, key=lambda finding: -finding.level)
    for finding in ordered[:_MOST_SHOWN]:
        _print_finding(console, finding)
    if len(ordered) > _MOST_SHOWN:
        rest = len(ordered) - _MOST_SHOWN
        console.print(Text(f"… và {rest} điều nữa, xem bằng --json / and {rest} more, see --json", style="dim"))


def _verdict(report: Report) -> tuple[str, str, str]:
    """The headline, in Vietnamese and English, and its style."""
    found = {finding.problem for finding in report.findings}
    changed = {problem for problem in found if problem.level is Level.CHANGED}
    if changed and changed <= _UNFINISHED:
        return _INCOMPLETE
    if EXIT_CODES[report.level] == INTACT and Problem.SEAL_OF_NOBODY in found:
        return _OF_NOBODY
    return _VERDICTS[EXIT_CODES[report.level]]


def _one_line(run: Examined) -> str:
    """Where a run is, when it ended, and how."""
    outcome = VERDICTS[Outcome(run.outcome)].headline if run.outcome in set(Outcome) else ""
    ended = in_vietnam(run.ended) if run.ended else "chưa rõ lúc kết thúc"
    return " · ".join(filter(None, (run.run if run.run not in {"", "."} else "", ended, outcome)))


def _print_finding(console: Console, finding: Finding) -> None:
    sign, style = _SIGNS[finding.level]
    place = f"{finding.run}: " if finding.run not in {"", "."} else ""
    console.print(Text(harmless(f"{sign} {place}{finding.vietnamese}"), style=style))
    console.print(Text(harmless(f"  {finding.english} [{finding.problem.name}]"), style="dim"))


def _say_unreadable(target: Path, error: ChukysoError, *, as_json: bool) -> None:
    if as_json:
        finding = {"level": "unreadable", "code": error.code.name, "run": "", "vi": error.happened, "en": error.detail}
        print_json({"target": str(target), "verdict": "unreadable", "runs": [], "findings": [finding]})
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text(harmless(str(error)), style="bold red"))
    console.print(Text(harmless(error.detail), style="dim"))


def harmless(text: str) -> str:
    """A name in somebody's folder may hold anything, also what a terminal obeys."""
    return "".join(_shown(text))


def _shown(text: str) -> Iterable[str]:
    for char in text:
        yield char if char.isprintable() else f"\\u{ord(char):04x}"
