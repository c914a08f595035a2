"""What a PDF says, read by another engine than the one that made it, beside what its page says."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pypdfium2
from lxml import html

from chukyso.archive.sealing import read_manifest, typeset_report
from chukyso.evidence.journal import read_entries
from chukyso.evidence.manifest import JOURNAL_FILE
from chukyso.report.contents import page_of
from chukyso.report.page import Banner, Cell, Notice, Page, Picture, Plate, Row, Section, Span, Table, Text
from chukyso.report.source import ReportSource
from chukyso.seal.page import REHEARSAL_LINE, seal_words
from chukyso.typeset.report import RUNNING
from support.evidence import signing_key

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
_NOT_SAID = defaultdict(set, {Banner: {"kind"}, Section: {"kind"}, Row: {"kind"}, Table: {"kind"}, Notice: {"name"}})


def typeset_run(output: Path) -> bytes:
    """The report of a run as PDF, not sealed."""
    return typeset_report(output, read_manifest(output), signing_key()[1], NOW)


def page_of_run(output: Path) -> Page:
    """What the report of a run is to say."""
    entries = read_entries(output / JOURNAL_FILE)
    return page_of(ReportSource(read_manifest(output), entries, False, lambda name: (output / name).read_bytes()))


def pages_of(data: bytes) -> list[str]:
    """The text of each page; pdfium has a sign of its own for a hyphen at the end of a line."""
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range().replace("\x02", "-").replace("\ufffe", "-") for page in document]


def bare(text: str) -> str:
    """A text without spaces, in capitals: where lines end and what is set in capitals is the renderer's."""
    return re.sub(r"[\s\u200b]+", "", text).upper()


def said_in_pdf(data: bytes) -> str:
    """What the pages say, without what stands on each, and without the words about the seal on the first one."""
    said = []
    pages = pages_of(data)
    seal = "".join(map(_joined, seal_words(signing_key()[1], NOW)))
    assert bare(seal) in bare(pages[0])
    for number, text in enumerate(pages, start=1):
        rest = bare(text)
        for furniture in (f"{RUNNING}Trang{number}/{len(pages)}", REHEARSAL_LINE, seal):
            rest = rest.replace(bare(furniture), "")
        said.append(rest)
    return "".join(said)


def said_in_html(text: str) -> str:
    page = html.fromstring(text)
    for element in page.xpath("//head"):
        element.drop_tree()
    return bare(page.text_content())


def said_by(page: Page) -> Iterator[str]:
    """Everything that a page says, in the order of reading."""
    about = replace(page, title="")  # of the document, not on it
    return filter(None, _said(about))


def _said(value: object) -> Iterator[str]:
    match value:
        case StrEnum() | bool() | int() | bytes() | None:
            return
        case str():
            yield value
        case tuple() if value and all(isinstance(one, Span) for one in value):
            yield _joined(value)
        case tuple():
            for one in value:
                yield from _said(one)
        case Plate():
            words = [_joined(value.about), value.caption]
            yield from reversed(words) if value.picture else words
            yield from _said(value.comparison)
        case Picture():
            yield value.title
        case Cell():
            yield _joined(value.text) + value.mark
        case _:
            fields = [field.name for field in dataclasses.fields(value) if field.name not in _NOT_SAID[type(value)]]  # type: ignore[arg-type]
            for name in fields:
                yield from _said(getattr(value, name))


def _joined(text: Text) -> str:
    return "".join(span.text for span in text)


def left_over(said: str, wanted: Iterable[str], furniture: Iterable[str] = ()) -> str:
    """Read a text from front to back and return what of it nobody wanted.

    Args:
        said: The text, bare.
        wanted: What is to be said, in order.
        furniture: What may stand between.

    Raises:
        AssertionError: Something is not said, or in another order.
    """
    between = sorted(filter(None, map(bare, furniture)), key=len, reverse=True)
    place = 0
    for one in map(bare, wanted):
        while not said.startswith(one, place):
            found = next((each for each in between if said.startswith(each, place)), None)
            assert found, f"wanted {one[:80]!r}, found {said[place : place + 80]!r}"
            place += len(found)
        place += len(one)
    return said[place:]


def furniture_of(page: Page) -> list[str]:
    """The headings of tables, which are there again on a new page."""
    tables = [block for section in page.sections for block in section.blocks if hasattr(block, "columns")]
    return ["".join(table.columns) for table in tables]
