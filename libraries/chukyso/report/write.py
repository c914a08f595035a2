"""``evidence/report.html``: the record of a run for people. One file, no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chukyso.evidence.files import reporting_write_errors, write_whole
from chukyso.evidence.manifest import REPORT_FILE, make_manifest
from chukyso.evidence.record import RunRecord
from chukyso.report.contents import page_of
from chukyso.report.page import Comparison, Facts, Page, Paragraph, Picture, Plate, Table
from chukyso.report.source import ReportSource
from chukyso.typeface import embed

_TEMPLATES = Path(__file__).parent / "templates"
_KINDS = {Paragraph: "paragraph", Facts: "facts", Table: "table", Plate: "plate"}


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
    with reporting_write_errors(output / REPORT_FILE):
        source = ReportSource(
            make_manifest(output, record),
            record.journal,
            record.recovered,
            lambda name: (output / name).read_bytes(),
        )
        return render_page(page_of(source))


def render_page(page: Page) -> str:
    """A page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(embed=_embed, block=lambda block: _KINDS[type(block)], beside=_beside)
    html = environment.get_template("report.html").render(
        # Our own file, not data of the run: the only thing that goes in unescaped.
        css=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        page=page,
    )
    return embed(html)


def _embed(picture: Picture) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.data).decode('ascii')}"


def _beside(comparison: Comparison) -> list[tuple[str, str]]:
    return [(picture.title, _embed(picture)) for picture in comparison.pictures]
