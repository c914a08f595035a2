"""The section of a report with the figures."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.record import Match
from chukyso.figures.picture import read_reduced, to_png
from chukyso.report.page import Block, Comparison, Fact, Paragraph, Picture, Plate, Text, Tone, code, plain, say
from chukyso.report.told import Part, Told
from chukyso.report.words import MATCHES, show_moment, why_not_compared

UNREADABLE: Final = "Không hiện được hình: tệp bị thiếu hoặc bị hỏng."
"""In the place of a picture that was taken and cannot be shown."""
_CHANGED: Final = (
    "**Cổng đã thay đổi so với hình mẫu** ở {}; xem chỗ khác nhau dưới từng hình. Điều này không làm thay đổi kết quả "
    "của lần chạy."
)


def figures_of(told: Told) -> tuple[Block, ...]:
    """A plate for each figure of the guide, taken or not; before them, which differ from their references."""
    taken = {figure["number"]: figure for figure in told.manifest["figures"]}
    missing = {figure["number"]: figure for figure in told.manifest.get("missing_figures") or ()}
    changed = ", ".join(f"Hình {number}" for number, figure in sorted(taken.items()) if _is_changed(figure))
    plates = (
        _taken(told, taken[number]) if number in taken else _missing(caption, missing.get(number))
        for number, caption in CAPTIONS.items()
    )
    notice = (Paragraph(say(_CHANGED, changed), Tone.BAD),) if changed else ()
    return (*notice, *plates)


def _is_changed(figure: Part) -> bool:
    return bool((figure.get("match") or {}).get("result") == Match.CHANGED.value)


def _missing(caption: str, place: Part | None) -> Plate:
    reason = place["reason"] if place else "bản kê không nói gì về hình này"
    return Plate(caption, say("Không chụp vì {}.", reason))


def _taken(told: Told, figure: Part) -> Plate:
    caption = plain(figure["caption"])[0].text
    picture = Picture(caption, told.read(figure["path"]), figure["width"], figure["height"])
    comparison = _comparison(told, figure["match"], picture) if _is_changed(figure) else None
    return Plate(caption, _about(figure), picture, comparison)


def _about(figure: Part) -> Text:
    text = say("Chụp lúc {}", show_moment(figure["taken"]))
    if figure.get("page"):
        text += say(" tại `{}`", figure["page"])
    if match := figure.get("match"):
        text += plain(f"; {MATCHES[match['result']]}")
        if match.get("reason"):
            text += plain(f" ({why_not_compared(match['reason'])})")
    return text


def _comparison(told: Told, match: Part, picture: Picture) -> Comparison | None:
    reference, difference = (told.read(match[name]) if match.get(name) else b"" for name in ("reference", "difference"))
    if not reference and not difference:
        return None
    try:
        found = to_png(read_reduced(io.BytesIO(picture.data)), exact=False)
    except (OSError, ValueError):
        found = b""  # a picture that cannot be read is told as such; it is no reason to have no report
    beside = (("Hình mẫu", reference), ("Lần chạy này", found), ("Chỗ khác nhau", difference))
    return Comparison(
        tuple(Picture(title, data) for title, data in beside if data),
        tell_lines(match.get("structure_difference") or ()),
    )


def tell_lines(lines: Iterable[str]) -> tuple[Fact, ...]:
    """The lines that differ between a figure and its reference, ``- `` gone and ``+ `` new, with whose they are."""
    return tuple(Fact("hình mẫu" if line.startswith("-") else "lần này", (code(line[1:]),)) for line in lines)
