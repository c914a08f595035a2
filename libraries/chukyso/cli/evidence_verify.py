"""What ``chukyso evidence verify`` prints: for people in Vietnamese and English, or as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from chukyso.archive.examined import Examined, Root, Sealing
from chukyso.archive.findings import Finding, Level, Verdict
from chukyso.archive.links import Extent
from chukyso.archive.sealed import verify_pdf
from chukyso.archive.verify import Report, verify_directory
from chukyso.cli.evidence_headline import headline
from chukyso.cli.evidence_progress import watching
from chukyso.cli.output import print_json
from chukyso.errors import ChukysoError, Outcome
from chukyso.evidence.journal import iso
from chukyso.moment import in_vietnam
from chukyso.report.words import OUTCOMES
from chukyso.signature.validation_data import read_trust

EXIT_CODES = {Verdict.INTACT: 0, Verdict.CHANGED: 1, Verdict.UNREADABLE: 2, Verdict.UNPROVEN: 3}
_HINT = (
    "Muốn chứng minh: kiểm tra trên máy đã chạy (nơi giữ sổ), hoặc lấy chứng thư số gốc của người niêm phong từ nơi "
    "khác, không lấy trong bằng chứng, và thêm --trust.",
    "To prove it: verify on the machine of the run, which has the register, or give --trust with the sealer's root, "
    "taken from elsewhere than the evidence.",
)
_ROOT_INSIDE = "theo chứng thư số gốc của sandbox nằm trong chính bằng chứng"
_SIGNS = {
    Level.NOTE: ("·", "dim"),
    Level.WARNING: ("!", "yellow"),
    Level.UNPROVEN: ("?", "yellow"),
    Level.UNREADABLE: ("?", "bold yellow"),
    Level.CHANGED: ("✗", "bold red"),
}
_MOST_SHOWN = 200
_MOST_RUNS = 30


@dataclass(frozen=True)
class EvidenceVerifyOptions:
    """What the command line asked for.

    Attributes:
        trust: PEM files with trusted certificates.
        extent: Which runs must be there; None to decide by what the target is.
        jobs: Processes.
    """

    trust: tuple[Path, ...] = ()
    extent: Extent | None = None
    jobs: int = 2


def show(target: Path, options: EvidenceVerifyOptions, *, as_json: bool) -> int:
    """Verify, print, and return the exit code: what could not be looked at is never told as changed."""
    try:
        read_trust(options.trust)  # what was given must be right before anything is looked at
        report = _verify(target, options)
    except ChukysoError as error:
        _say_unreadable(target, error, as_json=as_json)
        return EXIT_CODES[Verdict.UNREADABLE]
    if as_json:
        print_json(_document(report))
    else:
        _print(report)
    return EXIT_CODES[report.level.verdict]


def _verify(target: Path, options: EvidenceVerifyOptions) -> Report:
    if target.is_file():
        return verify_pdf(target, options.trust)
    with watching("Đang kiểm tra") as progress:
        return verify_directory(
            target, trust=options.trust, extent=options.extent, jobs=options.jobs, progress=progress
        )


def _document(report: Report) -> dict[str, object]:
    words = headline(report)
    verdicts = report.verdicts
    return {
        "target": str(report.target),
        "verdict": report.level.verdict.value,
        "headline": {"vi": words.vietnamese, "en": words.english},
        "runs": [_run(run, verdicts[run.run]) for run in report.runs],
        "findings": [finding.to_json() for finding in report.findings],
    }


def _run(run: Examined, verdict: Verdict) -> dict[str, object]:
    return {
        "run": run.run,
        "verdict": verdict.value,
        "rehearsal": run.rehearsal,
        "rests_on": [basis.value for basis in run.rests_on],
        "believed": {
            "signature": run.signature_root.value or None,
            "seal": (run.seal.root.value or None) if run.seal else None,
        },
        "manifest": run.manifest or None,
        "chain": asdict(run.link) if run.link else None,
        "ended": iso(run.ended) if run.ended else None,
        "outcome": run.outcome or None,
        "signature": run.signature or None,
        "seal": _seal(run.seal) or None,
        "sealed": _sealed(run.seal) if run.seal else None,
        "supplements": len(run.supplements),
    }


def _sealed(seal: Sealing) -> dict[str, object]:
    return {
        "by": seal.by,
        "issuer": seal.issuer,
        "at": iso(seal.moment) if seal.moment else None,
        "by_clock": seal.by_clock,
        "stamped": iso(seal.stamped) if seal.stamped else None,
        "authority": seal.authority or None,
        "holds": seal.holds,
    }


def _seal(seal: Sealing | None) -> str:
    """A seal in one line."""
    if seal is None:
        return ""
    stamp = f", {in_vietnam(seal.stamped)} ({seal.authority})" if seal.stamped else ""
    return f"{'' if seal.holds else 'KHÔNG ĐÚNG: '}{seal.by}, do {seal.issuer} cấp{stamp}"


def _print(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    words = headline(report)
    console.print(Text(harmless(words.vietnamese), style=words.style))
    console.print(Text(harmless(words.english), style="dim"))
    count = f": {len(report.runs)} lần chạy / runs" if report.target.is_dir() else ""
    console.print(Text(harmless(f"{report.target}{count}")))
    for label, value in _lines(report.runs[0]) if len(report.runs) == 1 else ():
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
    if report.level.verdict is Verdict.UNPROVEN:
        console.print(Text(_HINT[0]))
        console.print(Text(_HINT[1], style="dim"))


def _lines(run: Examined) -> tuple[tuple[str, str], ...]:
    """What is known of a run, each with its label."""
    seal = _seal(run.seal)
    if run.seal and run.seal.root is Root.INSIDE:
        seal += f" – {_ROOT_INSIDE}"
    signature = run.signature
    if run.signature_root is Root.INSIDE:
        signature += f" – {_ROOT_INSIDE}"
    return (
        ("Bản kê (SHA-256)", run.manifest),
        ("Mắt xích", f"số {run.link.sequence} của chuỗi {run.link.id}" if run.link else ""),
        ("Chữ ký trên submission.xml", signature),
        ("Niêm phong report.pdf", seal),
    )


def _one_line(run: Examined) -> str:
    """Where a run is, when it ended, and how."""
    outcome = OUTCOMES[Outcome(run.outcome)].headline if run.outcome in set(Outcome) else ""
    ended = in_vietnam(run.ended) if run.ended else "chưa rõ lúc kết thúc"
    rehearsal = "DIỄN TẬP" if run.rehearsal else ""
    return " · ".join(filter(None, (run.run if run.run not in {"", "."} else "", ended, outcome, rehearsal)))


def _print_finding(console: Console, finding: Finding) -> None:
    sign, style = _SIGNS[finding.level]
    place = f"{finding.run}: " if finding.run not in {"", "."} else ""
    console.print(Text(harmless(f"{sign} {place}{finding.vietnamese}"), style=style))
    console.print(Text(harmless(f"  {finding.english} [{finding.problem.name}]"), style="dim"))


def _say_unreadable(target: Path, error: ChukysoError, *, as_json: bool) -> None:
    if as_json:
        finding = {"level": "unreadable", "code": error.code.name, "run": "", "vi": error.happened, "en": error.detail}
        words = {"vi": error.happened, "en": error.detail}
        document = {"target": str(target), "verdict": Verdict.UNREADABLE.value, "headline": words, "runs": []}
        print_json({**document, "findings": [finding]})
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
