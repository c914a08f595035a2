"""What ``chukyso doctor`` prints: a table for people, one JSON document for programs, progress on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from chukyso.cli.output import print_json
from chukyso.doctor.examine import CHECKS, Check, as_document, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Finding, Level, Question

MARKS = {Level.OK: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.FAILED: ("✗", "bold red")}


def show(question: Question, *, as_json: bool) -> int:
    """Make all checks and print what was found; the exit code is 1 when something must be done."""
    findings = _examined(question)
    if as_json:
        print_json(as_document(question.profile.name, findings))
    else:
        console = Console(highlight=False)
        console.print(_table(findings))
        console.print(_summary(findings), style="bold", markup=False)
    return int(any(finding.level is Level.FAILED for _check, finding in findings))


def _examined(question: Question) -> list[tuple[Check, Finding]]:
    facts = Facts(question)
    columns = (TextColumn("Đang khám"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[title]}"))
    findings = []
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(CHECKS), title="")
        for check in CHECKS:
            progress.update(task, title=check.title)
            findings.append((check, make(check, facts)))
            progress.advance(task)
    return findings


def _table(findings: list[tuple[Check, Finding]]) -> Table:
    table = Table("", "Mục", "Thấy gì", "Cần làm gì", show_lines=True)
    for check, finding in findings:
        mark, style = MARKS[finding.level]
        found = Text(finding.found)
        if finding.level is not Level.OK and finding.detail:
            found.append(f"\n{finding.detail}", style="dim")
        table.add_row(Text(mark, style=style), Text(check.title), found, Text(finding.action or "–"))
    return table


def _summary(findings: list[tuple[Check, Finding]]) -> str:
    levels = [finding.level for _check, finding in findings]
    bad, warned = levels.count(Level.FAILED), levels.count(Level.WARNING)
    if bad:
        return f"Phải xử lý {bad} dòng có dấu ✗ rồi mới chạy được." + (f" Còn {warned} cảnh báo (!)." if warned else "")
    return f"Chạy được, có {warned} cảnh báo (!)." if warned else "Chạy được; không có gì phải làm."
