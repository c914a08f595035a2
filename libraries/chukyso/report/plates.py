"""The section of a report with the figures."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

from chukyso.evidence.model.guide import Figure, FigureMatch, Match, MissingFigure
from chukyso.figures.picture import read_reduced, to_png
from chukyso.report.page import Block, Comparison, Fact, Paragraph, Picture, Plate, Text, Tone, code, plain, say, shown
from chukyso.report.source import ReportSource
from chukyso.report.words import MATCHES, show_moment, why_not_compared

UNREADABLE: Final = "Không hiện được hình: tệp bị thiếu hoặc bị hỏng."
"""In the place of a picture that was taken and cannot be shown."""
_CHANGED: Final = (
    "**Cổng đã thay đổi so với hình mẫu** ở {}; xem chỗ khác nhau dưới từng hình. Điều này không làm thay đổi kết quả "
    "của lần chạy."
)


def figures_of(source: ReportSource) -> tuple[Block, ...]:
    """A plate for each figure that the manifest names, taken or not; before them, which ones differ."""
    manifest = source.manifest
    changed = ", ".join(f"Hình {figure.number}" for figure in manifest.figures if _is_changed(figure))
    places: list[Figure | MissingFigure] = [*manifest.figures, *manifest.missing_figures]
    plates = (
        _taken(source, one) if isinstance(one, Figure) else _missing(one)
        for one in sorted(places, key=lambda one: one.number)
    )
    notice = (Paragraph(say(_CHANGED, changed), Tone.BAD),) if changed else ()
    return (*notice, *plates)


def _is_changed(figure: Figure) -> bool:
    return figure.match is not None and figure.match.result is Match.CHANGED


def _missing(place: MissingFigure) -> Plate:
    return Plate(shown(place.caption), say("Không chụp vì {}.", place.reason))


def _taken(source: ReportSource, figure: Figure) -> Plate:
    caption = shown(figure.caption)
    picture = Picture(caption, source.read(figure.path), figure.width, figure.height)
    comparison = _comparison(source, figure.match, picture) if figure.match and _is_changed(figure) else None
    return Plate(caption, _about(figure), picture, comparison)


def _about(figure: Figure) -> Text:
    text = say("Chụp lúc {}", show_moment(figure.taken))
    if figure.page:
        text += say(" tại `{}`", figure.page)
    if match := figure.match:
        text += plain(f"; {MATCHES[match.result]}")
        if match.reason:
            text += plain(f" ({why_not_compared(match.reason)})")
    return text


def _comparison(source: ReportSource, match: FigureMatch, picture: Picture) -> Comparison | None:
    reference, difference = (source.read(path) if path else b"" for path in (match.reference, match.difference))
    if not reference and not difference:
        return None
    try:
        found = to_png(read_reduced(io.BytesIO(picture.data)), exact=False)
    except (OSError, ValueError):
        found = b""  # a picture that cannot be read is shown as such; it is no reason to have no report
    beside = (("Hình mẫu", reference), ("Lần chạy này", found), ("Chỗ khác nhau", difference))
    return Comparison(
        tuple(Picture(title, data) for title, data in beside if data),
        tell_lines(match.structure_difference),
    )


def tell_lines(lines: Iterable[str]) -> tuple[Fact, ...]:
    """The lines that differ between a figure and its reference, ``- `` gone and ``+ `` new, with whose they are."""
    return tuple(Fact("hình mẫu" if line.startswith("-") else "lần này", (code(line[1:]),)) for line in lines)
