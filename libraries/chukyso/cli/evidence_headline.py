"""The first line of ``chukyso evidence verify``: what it comes to, and what that rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chukyso.archive.examined import Basis, Examined, Root
from chukyso.archive.findings import Problem, Verdict
from chukyso.archive.verify import Report
from chukyso.moment import in_vietnam

_WORDS = {
    Verdict.INTACT: ("NGUYÊN VẸN", "intact, nothing was changed, removed or added", "bold green"),
    Verdict.UNPROVEN: (
        "KHÔNG THẤY THAY ĐỔI, NHƯNG CHƯA CHỨNG MINH ĐƯỢC",
        "not proven, though nothing contradicts it",
        "bold yellow",
    ),
    Verdict.CHANGED: ("ĐÃ BỊ THAY ĐỔI", "changed, this is not all of what was written", "bold red"),
    Verdict.UNREADABLE: ("KHÔNG ĐỌC ĐƯỢC", "unreadable, not everything could be looked at", "bold yellow"),
}
_INCOMPLETE = ("CHƯA TRỌN VẸN", "incomplete, it was never finished, or something was taken away", "bold red")
_STRANGER = (
    "NIÊM PHONG KHÔNG PHẢI CỦA NƠI ĐƯỢC TIN",
    "sealed by a stranger, no root that was given leads to it",
    "bold red",
)
_CONTRADICTION = (
    "TỰ MÂU THUẪN VỀ VIỆC DIỄN TẬP HAY CHẠY THẬT",
    "contradictory, it says that it was a rehearsal, and that it was none",
    "bold red",
)
_NO_REPORT = ("KHÔNG PHẢI BIÊN BẢN CỦA MỘT LẦN CHẠY", "not the report of a run", "bold yellow")
_OWN_WORDS = (
    (frozenset({Problem.MANIFEST_MISSING, Problem.SEAL_MISSING}), _INCOMPLETE),
    (frozenset({Problem.SEAL_UNTRUSTED}), _STRANGER),
    (frozenset({Problem.REHEARSAL_DENIED}), _CONTRADICTION),
    (frozenset({Problem.NO_MANIFEST_INSIDE}), _NO_REPORT),
)
"""What has words of its own, when nothing else was found that weighs as much."""
_REASONS = {
    Problem.NOT_VOUCHED_FOR: (
        "máy này không có sổ của lần chạy, và không có niêm phong",
        "no register here has it, and it is not sealed",
    ),
    Problem.SEAL_OF_NOBODY: ("chưa biết report.pdf do ai niêm phong", "who sealed report.pdf is not known"),
    Problem.ROOT_INSIDE: (
        "máy này không có sổ của lần chạy, và niêm phong chỉ theo chứng thư số gốc nằm trong chính bằng chứng",
        "no register here has it, and its seal is believed only by a root inside the evidence",
    ),
    Problem.NOT_PROVEN_BEFORE_SEAL: (
        "niêm phong sau, trước lúc đó không có gì xác nhận",
        "sealed later, nothing vouches for the time before",
    ),
    Problem.SUPPLEMENT_NOT_VOUCHED_FOR: (
        "có phần bổ sung không ai xác nhận",
        "there is a supplement that nobody vouches for",
    ),
    Problem.PORTAL_ON_THIS_MACHINE: ("cổng không phải cổng thật", "the portal is no real one"),
    Problem.REMOVAL_UNPROVEN: (
        "có lần chạy được ghi là đã xóa mà không có sổ để đối chiếu",
        "runs are noted as removed, with no register to confirm it",
    ),
    Problem.REGISTER_ABSENT: (
        "không có sổ nên không biết các lần chạy cuối có còn đủ không",
        "without a register nobody knows whether the last runs are there",
    ),
}
Pairs = Iterator[tuple[str, str]]
"""Vietnamese and English."""
_MOST_NAMES = 3
_LONGEST_NAME = 80  # letters
_NO_MARKS = str.maketrans("", "", '“”"')


@dataclass(frozen=True)
class Headline:
    """The first line, and how it is shown."""

    vietnamese: str
    english: str
    style: str


def headline(report: Report) -> Headline:
    """What a report comes to, in one line. Names in it are anybody's text: whoever shows it makes them harmless."""
    verdict = report.level.verdict
    vietnamese, english, style = _words(report, verdict)
    parts = list(_about_one(report, report.runs[0], verdict) if len(report.runs) == 1 else _about_many(report))
    rehearsals = sum(bool(run.rehearsal) for run in report.runs)
    if rehearsals and rehearsals == len(report.runs):
        vietnamese, english = f"DIỄN TẬP – {vietnamese}", f"rehearsal – {english}"
    elif rehearsals:
        parts.append((f"{rehearsals} lần chạy là DIỄN TẬP", f"rehearsals among them: {rehearsals}"))
    if parts:
        vietnamese = f"{vietnamese}: {'; '.join(vi for vi, _ in parts)}"
        english = f"{english}: {'; '.join(en for _, en in parts)}"
    return Headline(vietnamese, english, style)


def _words(report: Report, verdict: Verdict) -> tuple[str, str, str]:
    deciding = {finding.problem for finding in report.findings if finding.level is report.level}
    return next((words for own, words in _OWN_WORDS if deciding and deciding <= own), _WORDS[verdict])


def _about_one(report: Report, run: Examined, verdict: Verdict) -> Pairs:
    if verdict not in {Verdict.INTACT, Verdict.UNPROVEN}:  # the findings say what is wrong
        return
    yield from _reasons(report, of_runs=True)
    yield from _reasons(report, of_runs=False)
    facts = [("khớp với sổ của máy này", "in the register on this machine")] if run.registered else []
    if {Basis.SEAL, Basis.SEAL_LATER} & {*run.rests_on}:
        facts.append(_sealed(run))
    if not facts and run.seal and run.seal.root is Root.NONE:
        yield "máy này không có sổ của lần chạy", "no register here has the run"
    if facts:
        rest = verdict is Verdict.UNPROVEN and {Basis.REGISTER, Basis.SEAL} & {*run.rests_on}
        vietnamese, english = (", ".join(words) for words in zip(*facts, strict=True))
        yield f"{'phần còn lại ' if rest else ''}{vietnamese}", f"{'the rest is ' if rest else ''}{english}"


def _about_many(report: Report) -> Pairs:
    if not report.runs:
        yield "chỉ còn dấu vết của các lần chạy đã xóa", "nothing but traces of removed runs is there"
    else:
        yield f"{len(report.runs)} lần chạy", f"{len(report.runs)} runs"
    missing = sum(finding.problem is Problem.RUN_MISSING for finding in report.findings)
    if missing:
        yield f"thiếu {missing} lần chạy", f"{missing} missing"
    verdicts = Counter(report.verdicts.values())
    for verdict, vi, en in (
        (Verdict.CHANGED, "bị thay đổi", "changed"),
        (Verdict.UNREADABLE, "không đọc được", "not readable"),
        (Verdict.UNPROVEN, "chưa chứng minh được", "not proven"),
    ):
        if verdicts[verdict]:
            why = list(_reasons(report, of_runs=True)) if verdict is report.level.verdict else []
            why_vi, why_en = (f" ({'; '.join(words)})" for words in zip(*why, strict=True)) if why else ("", "")
            yield f"{verdicts[verdict]} {vi}{why_vi}", f"{verdicts[verdict]} {en}{why_en}"
    intact = [run for run in report.runs if report.verdicts[run.run] is Verdict.INTACT]
    registered = sum(run.registered for run in intact)
    if registered:
        yield f"{registered} khớp với sổ của máy này", f"{registered} in the register on this machine"
    names = Counter(_name(run) for run in intact if not run.registered)
    for name, count in names.most_common(_MOST_NAMES):
        yield f"{count} có niêm phong của {name}", f"{count} sealed by {name}"
    if len(names) > _MOST_NAMES:
        rest = sum(names.values()) - sum(count for _, count in names.most_common(_MOST_NAMES))
        yield f"{rest} có niêm phong của người khác", f"{rest} sealed by others"
    if report.level.verdict is Verdict.UNPROVEN:
        yield from _reasons(report, of_runs=False)


def _reasons(report: Report, *, of_runs: bool) -> Pairs:
    """Why not more is known of the runs, or of the whole; with how many there are when that says more."""
    found = Counter(
        finding.problem
        for finding in report.findings
        if finding.level.verdict is Verdict.UNPROVEN and bool(finding.run) is of_runs
    )
    for problem, (vi, en) in _REASONS.items():
        if found[problem]:
            count = f": {found[problem]}" if of_runs and found.total() > found[problem] else ""
            yield f"{vi}{count}", f"{en}{count}"


def _sealed(run: Examined) -> tuple[str, str]:
    moment = in_vietnam(run.seal.moment) if run.seal and run.seal.moment else ""
    vietnamese, english = f" lúc {moment}" if moment else "", f", {moment}" if moment else ""
    if run.seal and run.seal.by_clock:
        vietnamese += " theo đồng hồ của máy niêm phong"
        english += " by the sealing machine's clock"
    return f"có niêm phong của {_name(run)}{vietnamese}", f"sealed by {_name(run)}{english}"


def _name(run: Examined) -> str:
    """Who sealed, in quotation marks that nothing of the name can end."""
    by = (run.seal.by if run.seal else "").translate(_NO_MARKS)
    return f"“{by[:_LONGEST_NAME]}{'…' if len(by) > _LONGEST_NAME else ''}”"
