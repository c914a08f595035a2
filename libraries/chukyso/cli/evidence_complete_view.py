"""What ``chukyso evidence complete`` prints: for people, or as one JSON document."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from chukyso.archive.verify import find_runs
from chukyso.cli.evidence_verify import harmless
from chukyso.cli.output import print_json
from chukyso.errors import ChukysoError, Code
from chukyso.mail.complete import Completed, Completeness, complete
from chukyso.mail.mailbox import PASSWORD_VARIABLE, parse_mailbox
from chukyso.pin.reference import check_reference, resolve_secret
from chukyso.report.mail_reasons import tell_reason

COMPLETE, REFUSED, UNREADABLE, PENDING = 0, 1, 2, 3
_EXIT = {
    Completeness.ACCEPTED: COMPLETE,
    Completeness.NOTHING_SUBMITTED: COMPLETE,
    Completeness.REFUSED: REFUSED,
    Completeness.SUSPICIOUS: REFUSED,
    Completeness.PENDING: PENDING,
    Completeness.UNREADABLE: UNREADABLE,
}
_WORDS = {
    Completeness.ACCEPTED: ("✓", "BHXH chấp nhận thay đổi", "green"),
    Completeness.NOTHING_SUBMITTED: ("·", "không gửi hồ sơ, không chờ thư nào", "dim"),
    Completeness.REFUSED: ("✗", "BHXH KHÔNG chấp nhận thay đổi", "bold red"),
    Completeness.SUSPICIOUS: ("!", "chưa có thư thật, nhưng có thư đáng ngờ", "bold red"),
    Completeness.PENDING: ("…", "chưa có thư kết quả", "yellow"),
    Completeness.UNREADABLE: ("?", "bằng chứng không đọc được", "bold yellow"),
}


@dataclass(frozen=True)
class CompleteOptions:
    """What the command line asked for: the mailbox, the reference to its password, the profile, seconds to wait."""

    mailbox: str
    password: str
    profile: str
    wait: float


def show(target: Path, options: CompleteOptions, *, as_json: bool) -> int:
    """Complete, print, and return the exit code: that of the worst run."""
    try:
        done = _complete(target, options)
    except ChukysoError as error:
        if as_json:
            about = {"code": error.code.name, "vi": error.happened, "en": error.detail}
            print_json({"target": str(target), "runs": [], "error": about})
        else:
            console = Console(stderr=True, highlight=False, soft_wrap=True)
            console.print(Text(harmless(str(error)), style="bold red"))
            console.print(Text(harmless(error.detail), style="dim"))
        return UNREADABLE
    if as_json:
        print_json(_document(target, done))
    else:
        _print(target, done)
    codes = {_EXIT[one.completeness] for one in done}
    return next(code for code in (REFUSED, UNREADABLE, PENDING, COMPLETE) if code in codes)


def _complete(target: Path, options: CompleteOptions) -> list[Completed]:
    where = parse_mailbox(options.mailbox)
    check_reference(options.password, PASSWORD_VARIABLE)
    runs = find_runs(target).runs
    if not runs:
        reason = "không có bằng chứng nào trong thư mục này"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, "no run was found", path=target, reason=reason)
    console = Console(stderr=True)
    with console.status("Đang đọc hộp thư …") if sys.stderr.isatty() else console:
        return complete(
            runs,
            where,
            lambda: resolve_secret(options.password, PASSWORD_VARIABLE),
            profile=options.profile,
            wait=options.wait,
        )


def _document(target: Path, done: Sequence[Completed]) -> dict[str, object]:
    return {
        "target": str(target),
        "runs": [
            {
                "run": one.run.relative_to(target).as_posix(),
                "status": one.completeness.value,
                "added": one.added,
                "mail": one.facts,
                "problem": one.problem or None,
            }
            for one in done
        ],
    }


def _print(target: Path, done: Sequence[Completed]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for one in done:
        sign, words, style = _WORDS[one.completeness]
        place = one.run.relative_to(target).as_posix()
        name = str(target) if place == "." else place
        added = " (vừa bổ sung)" if one.added else ""
        console.print(Text(harmless(f"{sign} {name}: {words}{added}"), style=style))
        if one.problem:
            console.print(Text(harmless(f"    {one.problem}"), style="dim"))
        facts = one.facts or {}
        if facts.get("sender"):
            line = f"    {facts['sender']}, {facts['received']}: “{facts['subject']}”"
            console.print(Text(harmless(line), style="dim"))
        for mail in facts.get("suspicious") or []:
            reason = f"“{mail['subject']}” của “{mail['sender']}”: {tell_reason(mail['reason'])}"
            code = Code.MAIL_SPOOFED if mail.get("forged", True) else Code.MAIL_UNVERIFIED
            console.print(Text(harmless(f"    {ChukysoError(code, reason=reason)}"), style="red"))
    worst = {one.completeness for one in done}
    for completeness, code in (
        (Completeness.REFUSED, Code.MAIL_REFUSED),
        (Completeness.PENDING, Code.MAIL_NOT_ARRIVED),
    ):
        if completeness in worst:
            console.print(Text(str(ChukysoError(code)), style=_WORDS[completeness][2]))
