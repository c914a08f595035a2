"""``evidence/report.html``: the record of a run for people. One file, no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chukyso.errors import Outcome
from chukyso.evidence.files import reporting_write_errors, write_whole
from chukyso.evidence.guide import CAPTIONS, STEPS, TITLE
from chukyso.evidence.journal import NOT_SUBMITTED, SUBMITTING, Entry, plain
from chukyso.evidence.manifest import MANIFEST_FILE, REPORT_FILE, describe_file, evidence_files
from chukyso.evidence.missing import why_missing
from chukyso.evidence.record import CertificateFacts, Figure, Registered, RunRecord, Step, StepStatus
from chukyso.portal.review import VIETNAM

_TEMPLATES = Path(__file__).parent / "templates"
_SANDBOX_ROOT = "evidence/sandbox-root.pem"
_HASH, _SHORT = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b"), r"\1…"


@dataclass(frozen=True)
class Verdict:
    """An outcome in plain words.

    Attributes:
        headline: A few words, in capitals.
        meaning: What it means for the account.
        tone: Style: good, neutral, warning, bad.
    """

    headline: str
    meaning: str
    tone: str


VERDICTS: Mapping[Outcome, Verdict] = {
    Outcome.UPDATED: Verdict(
        "ĐÃ CẬP NHẬT", "Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.", "good"
    ),
    Outcome.ALREADY_REGISTERED: Verdict(
        "KHÔNG CẦN CẬP NHẬT", "Chứng thư số mới đã được đăng ký từ trước. Không có gì được gửi lên cổng.", "neutral"
    ),
    Outcome.DRY_RUN: Verdict(
        "CHẠY THỬ", "Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.", "neutral"
    ),
    Outcome.REJECTED: Verdict(
        "CỔNG TỪ CHỐI", "Cổng không chấp nhận thay đổi. Chứng thư số đang đăng ký vẫn như cũ.", "bad"
    ),
    Outcome.STOPPED: Verdict(
        "ĐÃ DỪNG LẠI", "Chương trình dừng lại để bảo đảm an toàn. Không có gì được gửi lên cổng.", "warning"
    ),
    Outcome.FAILED: Verdict(
        "KHÔNG THÀNH CÔNG", "Lần chạy gặp lỗi kỹ thuật. Chứng thư số đang đăng ký vẫn như cũ.", "bad"
    ),
    Outcome.UNKNOWN: Verdict(
        "CHƯA RÕ KẾT QUẢ",
        "Hồ sơ có thể đã được gửi nhưng chưa biết cổng có ghi nhận hay không. Không gửi lại khi chưa đối chiếu.",
        "warning",
    ),
}
_STEP_STATUS = {
    StepStatus.DONE: "Hoàn thành",
    StepStatus.FAILED: "Dừng ở bước này",
    StepStatus.RUNNING: "Chưa kết thúc",
}
_REGISTERED = {
    Registered.NEW: "là chứng thư số mới",
    Registered.BEFORE: "vẫn là chứng thư số cũ",
    Registered.OTHER: "là một chứng thư số khác",
}


@dataclass(frozen=True)
class CertificateRow:
    """One line of the comparison of the certificate before and after."""

    label: str
    before: str
    after: str
    code: bool
    differs: bool


@dataclass(frozen=True)
class Picture:
    """A place for a figure: filled, or with the reason why it is empty."""

    number: int
    caption: str
    figure: Figure | None
    source: str
    reason: str


def write_report(output: Path, record: RunRecord) -> Path:
    """Write the report of a finished run and return its path.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``; an incomplete report is never left behind.
    """
    path = output / REPORT_FILE
    write_whole(path, render_report(output, record).encode())
    return path


def render_report(output: Path, record: RunRecord) -> str:
    """The report as HTML; figures are read from the output directory and embedded."""
    if record.outcome is None:
        raise ValueError("a report is about a finished run")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=show_moment, clock=show_clock, seconds=show_seconds, size=show_size, data=_compact, serial=show_serial
    )
    with reporting_write_errors(output / REPORT_FILE):
        files = [describe_file(output, path) for path in evidence_files(output) if path != output / REPORT_FILE]
        pictures = [_picture(output, record, number) for number in CAPTIONS]
    return environment.get_template("report.html").render(
        # Our own file, not data of the run: the only thing that goes in unescaped.
        css=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        guide=TITLE,
        record=record,
        verdict=VERDICTS[record.outcome],
        certificates=compare(record.registered_certificate, record.new_certificate),
        steps=[(number, title, _last_step(record, number)) for number, title in STEPS.items()],
        step_status=_STEP_STATUS,
        registered=_REGISTERED,
        pictures=pictures,
        files=files,
        root=next((file["path"] for file in files if file["path"] == _SANDBOX_ROOT), ""),
        manifest=MANIFEST_FILE,
        submitting=next((entry for entry in record.journal if entry.event == SUBMITTING), None),
        taken_back=any(entry.event == NOT_SUBMITTED for entry in record.journal),
    )


def compare(before: CertificateFacts | None, after: CertificateFacts | None) -> list[CertificateRow]:
    """The certificate before and after, line by line."""
    fields = (
        ("Số chứng thư số", "serial", True),
        ("Chủ thể", "owner", False),
        ("Mã số thuế", "tax_code", False),
        ("Tổ chức chứng thực", "issuer", False),
        ("Hiệu lực từ", "valid_from", False),
        ("Hiệu lực đến", "valid_to", False),
    )
    rows = []
    for label, name, code in fields:
        old, new = (_field(certificate, name) for certificate in (before, after))
        rows.append(CertificateRow(label, old, new, code, bool(before and after and old != new)))
    return rows


def show_moment(moment: datetime | str | None) -> str:
    """A moment in Vietnam's time, the only one that the report uses; text that is no moment stays as it is."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S") if moment else "—"


def show_clock(moment: datetime) -> str:
    """Time of day with milliseconds."""
    return moment.astimezone(VIETNAM).strftime("%H:%M:%S,%f")[:-3]


def show_seconds(duration: timedelta | float | None) -> str:
    """A duration as Vietnamese writes it: 3,2 giây."""
    if duration is None:
        return "—"
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    return f"{seconds:.1f} giây".replace(".", ",")


def show_size(size: int) -> str:
    """Bytes, in groups of three as Vietnamese writes them: 12.345 byte."""
    return f"{size:,} byte".replace(",", ".")


def show_serial(serial: str) -> str:
    """A serial as the portal shows it: capitals."""
    return serial.upper()


def _field(certificate: CertificateFacts | None, name: str) -> str:
    if certificate is None:
        return "—"
    value = str(getattr(certificate, name))
    if name == "serial":
        return show_serial(value)
    return (show_moment(value) if name.startswith("valid") else value) or "—"


def _picture(output: Path, record: RunRecord, number: int) -> Picture:
    figure = next((figure for figure in record.figures if figure.number == number), None)
    if figure is None:
        return Picture(number, CAPTIONS[number], None, "", why_missing(record, number))
    encoded = base64.b64encode((output / figure.file).read_bytes()).decode("ascii")
    return Picture(number, figure.caption, figure, f"data:image/png;base64,{encoded}", "")


def _last_step(record: RunRecord, number: int) -> Step | None:
    return next((step for step in reversed(record.steps) if step.number == number), None)


def _compact(entry: Entry) -> str:
    """An event's particulars on one line; hashes are cut short, their full text is in the table of files."""
    fields = plain(entry.data)
    if not isinstance(fields, Mapping):
        return ""
    return "; ".join(
        f"{name}: {_HASH.sub(_SHORT, value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
        if value is not None
    )
