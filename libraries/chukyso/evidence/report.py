"""``evidence/report.html``: the record of a run for people. One file, no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chukyso.evidence.files import reporting_write_errors, write_whole
from chukyso.evidence.guide import CAPTIONS, STEPS, TITLE
from chukyso.evidence.journal import NOT_SUBMITTED, SUBMITTING
from chukyso.evidence.manifest import (
    MANIFEST_FILE,
    REPORT_FILE,
    SANDBOX_ROOT_FILE,
    describe_file,
    evidence_files,
)
from chukyso.evidence.missing import why_missing
from chukyso.evidence.record import CertificateFacts, Figure, Match, RunRecord, Step
from chukyso.evidence.result_mail import tell_reason
from chukyso.evidence.words import (
    EARLIER,
    EVENTS,
    MAIL_STATUS,
    MATCH_REASONS,
    MATCHES,
    REGISTERED,
    REHEARSAL_BANNER,
    STANDINGS,
    STEP_STATUS,
    VERDICTS,
    meaning_of,
    show_moment,
    tell,
)
from chukyso.figures.picture import read_reduced, to_png
from chukyso.moment import to_vietnam

_TEMPLATES = Path(__file__).parent / "templates"


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
    reference: str = ""  # these three: how it differs from its reference, when it does
    found: str = ""
    difference: str = ""


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
        moment=show_moment,
        clock=show_clock,
        seconds=show_seconds,
        size=show_size,
        data=tell,
        serial=show_serial,
        told=tell_reason,
    )
    with reporting_write_errors(output / REPORT_FILE):
        files = [describe_file(output, path) for path in evidence_files(output) if path != output / REPORT_FILE]
        pictures = [_picture(output, record, number) for number in CAPTIONS]
    submitting = next((entry for entry in record.journal if entry.event == SUBMITTING), None)
    taken_back = any(entry.event == NOT_SUBMITTED for entry in record.journal)
    return environment.get_template("report.html").render(
        # Our own file, not data of the run: the only thing that goes in unescaped.
        css=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        rehearsal_banner=Markup(REHEARSAL_BANNER),  # noqa: S704 - our own
        guide=TITLE,
        record=record,
        verdict=VERDICTS[record.outcome],
        meaning=meaning_of(record.outcome, submitted=bool(submitting) and not taken_back),
        earlier=EARLIER,
        certificates=compare(record.registered_certificate, record.new_certificate),
        steps=[(number, title, _last_step(record, number)) for number, title in STEPS.items()],
        step_status=STEP_STATUS,
        registered=REGISTERED,
        events=EVENTS,
        standings=STANDINGS,
        mail_words=MAIL_STATUS,
        pictures=pictures,
        matches=MATCHES,
        match_reasons=MATCH_REASONS,
        files=files,
        root=next((file["path"] for file in files if file["path"] == SANDBOX_ROOT_FILE), ""),
        manifest=MANIFEST_FILE,
        submitting=submitting,
        taken_back=taken_back,
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


def show_clock(moment: datetime) -> str:
    """Time of day with milliseconds."""
    return f"{to_vietnam(moment):%H:%M:%S,%f}"[:-3]


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
    source = _embed((output / figure.file).read_bytes())
    match = figure.match
    if match is None or match.result is not Match.CHANGED:
        return Picture(number, figure.caption, figure, source, "")
    beside = (_embed((output / file).read_bytes()) if file else "" for file in (match.reference, match.difference))
    reference, difference = beside
    try:
        found = _embed(to_png(read_reduced(output / figure.file), exact=False))
    except (OSError, ValueError):
        found = ""  # a picture that cannot be read is told as such; it is no reason to have no report
    return Picture(number, figure.caption, figure, source, "", reference, found, difference)


def _embed(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _last_step(record: RunRecord, number: int) -> Step | None:
    return next((step for step in reversed(record.steps) if step.number == number), None)
