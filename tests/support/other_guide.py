"""Evidence of a guide with whatever number of figures, and what is made of it; used by two versions of the product."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from PIL import Image

from chukyso.archive.catalogue_rows import make_row, read_source
from chukyso.archive.chain import write_chained_manifest
from chukyso.archive.thumbnails import THUMBNAILS_FILE, WIDTH, make_strip, write_thumbnails
from chukyso.errors import Outcome
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import read_entries
from chukyso.evidence.manifest import JOURNAL_FILE, from_json
from chukyso.evidence.model.manifest import Manifest
from chukyso.guide.page import render_html
from chukyso.guide.source import read_source as read_guide_source
from chukyso.guide.word import render_docx
from chukyso.report.contents import page_of
from chukyso.report.page import Plate
from chukyso.report.source import ReportSource
from chukyso.report.write import write_report
from support import evidence
from support.archive import found


def picture(number: int) -> bytes:
    """A picture that tells which one it is."""
    buffer = io.BytesIO()
    Image.new("RGB", (2560, 1600), (number * 30, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def which(data: bytes) -> int:
    """The number of such a picture."""
    with Image.open(io.BytesIO(data)) as image:
        red, *_ = image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]  # of an RGB picture it is a triple
    return round(red / 30)


def write_run(output: Path) -> None:
    """Evidence of a run that took all figures of the guide."""
    pictures = map(picture, CAPTIONS)
    evidence._picture = lambda: next(pictures)  # type: ignore[assignment]
    evidence.CASES[Outcome.UPDATED] = (len(CAPTIONS), None, True, "new")
    record = evidence.make_record(output, Outcome.UPDATED)
    write_thumbnails(output, {})
    write_report(output, record)
    write_chained_manifest(output, record)


def read_run(output: Path) -> dict[str, Any]:
    """What is made of such evidence: findings, captions in the report, pictures in the guide, thumbnails."""
    whole = from_json(evidence.manifest(output), Manifest)
    told = ReportSource(whole, read_entries(output / JOURNAL_FILE), False, lambda name: (output / name).read_bytes())
    plates = [block for section in page_of(told).sections for block in section.blocks if isinstance(block, Plate)]
    source = read_guide_source(output)
    assert render_docx(source, "product")
    strip = make_strip(output, len(whole.figures))
    assert strip
    with Image.open(output / THUMBNAILS_FILE) as kept, Image.open(io.BytesIO(strip)) as made:
        assert kept.size == made.size
        thumbnails = kept.width // WIDTH
    return {
        "found": sorted(found(output)),
        "report": [[one.caption, which(one.picture.data) if one.picture else 0] for one in plates],
        "guide": {number: which(figure.png) for number, figure in source.figures.items()},
        "missing": sorted(source.missing),
        "captions": re.findall(r"<figcaption>(.*?)</figcaption>", render_html(source, "product")),
        "row": make_row(read_source(output, "."), output).figures,
        "thumbnails": thumbnails,
    }
