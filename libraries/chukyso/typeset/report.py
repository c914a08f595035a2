"""A report's page as data for its template."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from chukyso.report.page import (
    Block,
    Comparison,
    Fact,
    Facts,
    Notice,
    Page,
    Paragraph,
    Picture,
    Plate,
    Span,
    Table,
    Text,
    plain,
)
from chukyso.report.plates import UNREADABLE

RUNNING: Final = "Biên bản cập nhật chữ ký số"
"""What stands at the foot of each page."""
_LONG_WORD: Final = 17  # characters without a space; from here on a line may break inside
_PIECE: Final = 8
_SEPARATORS: Final = frozenset("/\\-._:,;=?&@")
_LONG_ROW: Final = 1500  # characters; such a row may be parted by the end of a page, others stay whole
_CLOSING: Final = frozenset({"Mn", "Mc", "Me", "Pe", "Pf", "Po", "Pd", "Pc"})  # never begin a line
_JOINING: Final = frozenset("\u200d\ufe0e\ufe0f")


@dataclass
class Pictures:
    """The pictures of a document, each once, by the names that its template knows."""

    by_name: dict[str, bytes] = field(default_factory=dict)

    def add(self, data: bytes) -> str:
        """Take a picture in and return its name; ``""`` when there is none."""
        if not data:
            return ""
        name = f"picture-{len(self.by_name) + 1}.png"
        self.by_name[name] = data
        return name


def report_content(page: Page, seal: Iterable[Text], mark: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the template ``report`` shows, and its pictures by name.

    Args:
        page: The page.
        seal: Words about the seal for the foot of page one, in lines.
        mark: What each page begins with, or ``""``.
    """
    pictures = Pictures()
    content = {
        "mark": mark,
        "running": RUNNING,
        "kind": page.kind,
        "heading": page.heading,
        "system": page.system,
        "reference": texts(page.reference),
        "banners": [{"headline": one.headline, "text": spans(one.text)} for one in page.banners],
        "ending": _notice(page.ending),
        "error": [_fact(fact) for fact in page.error],
        "earlier": _notice(page.earlier) if page.earlier else None,
        "seal": texts(seal),
        "sections": [
            {"title": one.title, "kind": one.kind, "blocks": [_block(block, pictures) for block in one.blocks]}
            for one in page.sections
        ],
        "footer": page.footer,
    }
    return content, pictures.by_name


def spans(text: Text) -> list[Any]:
    """A text as a template sets it: the style and the pieces of each part."""
    return [[span.style.value, _pieces(span)] for span in text]


def texts(lines: Iterable[Text]) -> list[Any]:
    return [spans(line) for line in lines]


def _pieces(span: Span) -> list[str]:
    """A part in pieces between which a line may break: words as they are, what is too long for a line by parts."""
    pieces: list[str] = []
    ordinary = ""
    for word in span.text.split(" "):
        if len(word) < _LONG_WORD:
            ordinary += word + " "
        else:
            pieces += [ordinary] if ordinary else []
            *parts, ordinary = _parts(word)
            pieces += parts
            ordinary += " "
    return [*pieces, ordinary[:-1]]


def _parts(word: str) -> list[str]:
    parts = [""]
    for letter in word:
        here = parts[-1]
        stays = unicodedata.category(letter) in _CLOSING or letter in _JOINING or here[-1:] in _JOINING
        if here and not stays and (len(here) >= _PIECE or here[-1] in _SEPARATORS):
            parts.append("")
        parts[-1] += letter
    return parts


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "label": notice.label,
        "headline": notice.headline,
        "meaning": spans(notice.meaning),
        "proof": spans(notice.proof),
        "tone": notice.tone.value,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"label": fact.label, "lines": texts(fact.lines), "quiet": fact.quiet}


def _block(block: Block, pictures: Pictures) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"block": "paragraph", "text": spans(block.text), "tone": block.tone.value}
        case Facts():
            return {"block": "facts", "rows": [_fact(fact) for fact in block.rows]}
        case Table():
            return {"block": "table", **_table(block)}
        case Plate():
            return {"block": "plate", **_plate(block, pictures)}


def _table(table: Table) -> dict[str, Any]:
    rows = []
    for row in table.rows:
        cells = [{"text": spans(cell.text), "kind": cell.kind, "mark": cell.mark} for cell in row.cells]
        length = sum(len(span.text) for cell in row.cells for span in cell.text)
        rows.append({"cells": cells, "kind": row.kind, "headed": row.headed, "long": length > _LONG_ROW})
    return {"kind": table.kind, "columns": list(table.columns), "rows": rows}


def _plate(plate: Plate, pictures: Pictures) -> dict[str, Any]:
    return {
        "caption": plate.caption,
        "about": spans(plate.about),
        "picture": picture_data(plate.picture, pictures) if plate.picture else None,
        "comparison": _comparison(plate.comparison, pictures) if plate.comparison else None,
    }


def _comparison(comparison: Comparison, pictures: Pictures) -> dict[str, Any]:
    beside = [{"title": one.title, **picture_data(one, pictures)} for one in comparison.pictures]
    return {"pictures": beside, "lines": [_fact(line) for line in comparison.lines]}


def picture_data(picture: Picture, pictures: Pictures) -> dict[str, Any]:
    """A picture for its template, and what stands in its place when it cannot be shown."""
    return {
        "name": pictures.add(picture.data),
        "alt": picture.title,
        "width": picture.width,
        "height": picture.height,
        "unreadable": spans(plain(UNREADABLE)),
    }
