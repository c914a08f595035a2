"""What ``chukyso verify`` prints: the verdict for people in Vietnamese and English, or as one JSON document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from chukyso.certificate import Certificate
from chukyso.cli.output import print_json
from chukyso.errors import ChukysoError, Code
from chukyso.moment import in_vietnam
from chukyso.signature.assess import LATER, assess, is_cms
from chukyso.signature.indications import Status
from chukyso.signature.validation_data import read_answers, read_file, read_moment, read_trust
from chukyso.signature.verdict import Reason, Verdict

EXIT_CODES = {Status.TOTAL_PASSED: 0, Status.TOTAL_FAILED: 3, Status.INDETERMINATE: 4}
ROOT_PLACE = "."
_MOST_HINTS = 4
KEY_ONLY_VI = (
    "Chữ ký chỉ chứng minh khóa, không chứng minh chứng thư số: "
    "chứng thư số khác của cùng khóa này cũng đặt được vào đây."
)
KEY_ONLY_EN = "The signature proves the key, not the certificate: another one of the same key would fit as well."

_STYLES = {Status.TOTAL_PASSED: "bold green", Status.TOTAL_FAILED: "bold red", Status.INDETERMINATE: "bold yellow"}


@dataclass(frozen=True)
class VerifyOptions:
    """What the command line asked for.

    Attributes:
        trust: PEM files with trusted certificates.
        intermediates: PEM files with certificates that help to build a path.
        content: What a detached signature is over.
        place: Where the XML signature is; ``ROOT_PLACE`` for the root.
        part: Path of the element that must have been signed; None for the whole document.
        at: The moment to verify for, ISO 8601 with offset; None for now.
        answers: Directory of kept answers about revocation.
        hosts: Hosts that may be asked about revocation, besides this machine and public ones.
        online: Whether anybody may be asked.
    """

    trust: tuple[Path, ...] = ()
    intermediates: tuple[Path, ...] = ()
    content: Path | None = None
    place: str = "CKy_Dvi"
    part: str | None = None
    at: str | None = None
    answers: Path | None = None
    hosts: tuple[str, ...] = ()
    online: bool = True


def show(file: Path, options: VerifyOptions, *, as_json: bool) -> int:
    """Verify, print, and return the exit code.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when something that was given cannot be read.
    """
    verdict = examine(file, options)
    if as_json:
        print_json({"file": str(file), **verdict.to_json()})
    else:
        _print(file, verdict)
    return EXIT_CODES[verdict.status]


def examine(file: Path, options: VerifyOptions) -> Verdict:
    """Read everything that was given and verify the file.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    _check_kind(file)
    data = read_file(file, "FILE")
    if options.content is not None and not is_cms(data):
        reason = "chỉ dùng cho chữ ký rời (CMS)"
        raise ChukysoError(Code.OPTION_INVALID, "the file is no CMS signature", name="--content", reason=reason)
    policy = replace(
        LATER,
        hosts=LATER.hosts | frozenset(options.hosts),
        answers=read_answers(options.answers) if options.answers else (),
        online=options.online,
    )
    return assess(
        data,
        at=read_moment(options.at) if options.at else datetime.now(UTC),
        trust=read_trust(options.trust, options.intermediates, options.answers),
        content=read_file(options.content, "--content") if options.content else None,
        place=None if options.place == ROOT_PLACE else options.place,
        part=options.part,
        revocation=policy,
    )


def _check_kind(file: Path) -> None:
    """Name the right command for what is evidence and no signed document."""
    if file.is_dir() or file.suffix.lower() in {".pdf", ".html"}:
        where = "THƯ_MỤC_KẾT_QUẢ" if file.suffix.lower() == ".html" else file
        reason = f"bằng chứng của lần chạy được kiểm tra bằng: chukyso evidence verify {where}"
        raise ChukysoError(Code.OPTION_INVALID, "not a signed document", name="FILE", reason=reason)


def _hints(file: Path, verdict: Verdict) -> list[str]:
    """What would choose what the document has, and what a submission of a run needs besides itself."""
    advice = [one for reason in verdict.reasons for one in reason.advice]
    hints = [f"Gợi ý: dùng {one}" for one in advice[:_MOST_HINTS]]
    root, answers = file.with_name("sandbox-root.pem"), file.with_name("validation")
    if verdict.status is Status.INDETERMINATE and not verdict.path and answers.is_dir():
        trust = f" --trust {root}" if root.is_file() else " --trust GỐC.pem"
        hints.append(f"Gợi ý: chukyso verify {file}{trust} --answers {answers}")
    return hints


def _print(file: Path, verdict: Verdict) -> None:
    console = Console(highlight=False, soft_wrap=True)
    meaning = verdict.sub_indication or verdict.status
    lines = [
        (verdict.name, _STYLES[verdict.status]),
        (meaning.vietnamese, ""),
        (meaning.english, "dim"),
        (f"Tệp: {file}", ""),
        (f"SHA-256: {verdict.sha256}", ""),
    ]
    for reason in verdict.reasons:
        lines += _reason(reason)
    if verdict.certificate:
        lines += _certificate(verdict.certificate)
    if verdict.certificate_bound is False:
        lines += [(f"  {KEY_ONLY_VI}", "bold"), (f"  {KEY_ONLY_EN}", "dim")]
    lines += _extent(verdict)
    if verdict.signing_time:
        lines.append((f"Thời điểm ký (do người ký tự khai): {in_vietnam(verdict.signing_time)}", ""))
    lines.append((f"Kiểm tra cho thời điểm: {in_vietnam(verdict.at)}", ""))
    lines += _about_path(verdict)
    lines += [(f"  {answer.kind.value.upper()}: {answer.source}", "dim") for answer in verdict.answers]
    lines.append((f"Không kiểm tra / not checked: {', '.join(verdict.not_checked)}", "dim"))
    for text, style in [*lines, *((hint, "bold") for hint in _hints(file, verdict))]:
        console.print(Text(_harmless(text), style=style))


def _reason(reason: Reason) -> list[tuple[str, str]]:
    return [
        (f"- {reason.vietnamese} [{reason.code.value}]", ""),
        (f"  {reason.english} {reason.detail}", "dim"),
    ]


def _certificate(certificate: Certificate) -> list[tuple[str, str]]:
    validity = f"{in_vietnam(certificate.not_before)} – {in_vietnam(certificate.not_after)}"
    return [
        (f"Chứng thư số: {certificate.serial}", ""),
        (f"  của {certificate.owner} (MST {certificate.tax_code or 'không rõ'})", ""),
        (f"  do {certificate.issuer} cấp, hiệu lực {validity}", ""),
    ]


def _about_path(verdict: Verdict) -> list[tuple[str, str]]:
    """What an auditor has to know of the path beyond the verdict."""
    lines: list[tuple[str, str]] = []
    for der in verdict.unasked:
        authority = Certificate.from_der(der)
        lines += [
            (f"Không hỏi được về thu hồi của {authority.owner}: chứng thư số không nêu nơi để hỏi.", ""),
            (f"  Revocation of {authority.owner} was not asked: its certificate names nobody to ask.", "dim"),
        ]
    if root := verdict.expired_root:
        lines += [
            (
                f"Chứng thư số gốc {root.owner} đã hết hạn {in_vietnam(root.not_after)}; được tin vì có trong --trust.",
                "",
            ),
            (f"  The trusted root {root.owner} is past its own end; it is believed because it was named.", "dim"),
        ]
    return lines


def _extent(verdict: Verdict) -> list[tuple[str, str]]:
    """What of an XML document is signed when that is not all of it, and which signatures nobody looked at."""
    lines = []
    if verdict.signed and not any(one.whole for one in verdict.signed):
        listed = ", ".join(map(str, verdict.signed))
        lines.append((f"Được ký / signed: {listed}", "bold"))
        lines.append(("  Phần còn lại của tài liệu không được ký. / The rest of the document is not signed.", "bold"))
    if verdict.other_signatures:
        listed = ", ".join(verdict.other_signatures)
        lines.append((f"Chữ ký khác, không kiểm tra / other signatures, not checked: {listed}", "bold"))
    return lines


def _harmless(text: str) -> str:
    """A name in a certificate may hold anything, also what a terminal obeys."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
