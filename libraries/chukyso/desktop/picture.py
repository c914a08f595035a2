"""A picture of a window as the guide's figures have it: what to press framed and numbered, fields covered."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from chukyso import typeface
from chukyso.desktop.model import Rect

DOTS: Final = 8
"""How many dots stand for a secret, however long it is."""
_RED, _WHITE, _INK = (208, 2, 27), (255, 255, 255), (32, 33, 36)
_GAP, _SIZE = 5, 26  # of frame and badge, in pixels at 100 %, as in figures/overlay.js
_MARGIN: Final = 20  # around the window, so that a frame at its edge is whole
_BEHIND: Final = (236, 239, 243)


def compose(
    picture: Image.Image,
    marks: Sequence[Rect],
    fields: Sequence[tuple[Rect, bool]],
    obstacles: Sequence[Rect] = (),
    scaling: int = 100,
) -> Image.Image:
    """Cover and mark a picture.

    Args:
        picture: Of the window alone.
        marks: Where the elements to press are, in their order, relative to the picture.
        fields: Where something may be typed, and whether anything is in there: all of them are covered.
        obstacles: What a number must not hide.
        scaling: Of the screen in per cent.
    """
    margin = _MARGIN * scaling // 100
    whole = Image.new("RGB", (picture.width + 2 * margin, picture.height + 2 * margin), _BEHIND)
    whole.paste(picture, (margin, margin))
    draw = ImageDraw.Draw(whole)
    for rect, filled in fields:
        _cover(draw, _moved(rect, margin), filled=filled)
    others = [_moved(rect, margin) for rect in obstacles]
    for number, rect in enumerate(marks, 1):
        _mark(draw, _moved(rect, margin), number, others, scaling)
    return whole


def _cover(draw: ImageDraw.ImageDraw, rect: Rect, *, filled: bool) -> None:
    inner = (rect.left + 2, rect.top + 2, rect.right - 3, rect.bottom - 3)  # its border stays
    if inner[2] <= inner[0] or inner[3] <= inner[1]:
        inner = (rect.left, rect.top, rect.right, rect.bottom)
    draw.rectangle(inner, fill=_WHITE)
    radius = max(2, (inner[3] - inner[1]) // 8)
    middle = (inner[1] + inner[3]) // 2
    for dot in range(DOTS if filled else 0):
        x = inner[0] + radius * (3 + 3 * dot)
        draw.ellipse((x - radius, middle - radius, x + radius, middle + radius), fill=_INK)


def _mark(draw: ImageDraw.ImageDraw, rect: Rect, number: int, others: Sequence[Rect], scaling: int) -> None:
    gap, size = _GAP * scaling // 100, _SIZE * scaling // 100
    width = max(2, 3 * scaling // 100)
    box = (rect.left - gap, rect.top - gap, rect.right + gap, rect.bottom + gap)
    draw.rounded_rectangle(_grown(box, 1), radius=gap + 4, outline=_WHITE, width=width + 2)
    draw.rounded_rectangle(box, radius=gap + 3, outline=_RED, width=width)
    x, y = _badge_place(box, rect, others, size, draw.im.size)
    draw.ellipse((x, y, x + size, y + size), fill=_RED, outline=_WHITE, width=max(1, 2 * scaling // 100))
    draw.text((x + size / 2, y + size / 2), str(number), fill=_WHITE, font=_font(size), anchor="mm")


def _badge_place(
    box: tuple[int, int, int, int], own: Rect, others: Sequence[Rect], size: int, limit: tuple[int, int]
) -> tuple[int, int]:
    """Of six places around the frame the first that hides least, as in figures/overlay.js."""
    left, right = box[0] - size // 2 - 4, box[2] - size // 2 + 4
    top, bottom = box[1] - size // 2 - 4, box[3] - size // 2 + 4
    middle = (box[1] + box[3] - size) // 2
    places = [(left, top), (box[0] - size - 2, middle), (right, top), (box[2] + 2, middle), (left, bottom)]
    places.append((right, bottom))

    def hidden(place: tuple[int, int]) -> int:
        badge = Rect(*place, place[0] + size, place[1] + size)
        outside = min(place) < 1 or badge.right >= limit[0] or badge.bottom >= limit[1]
        hides = sum(_overlap(badge, other) for other in others if _overlap(other, own) < own.width * own.height)
        return hides + _overlap(badge, own) + (size * size if outside else 0)

    x, y = min(places, key=hidden)
    return min(max(1, x), limit[0] - size - 1), min(max(1, y), limit[1] - size - 1)


def _overlap(one: Rect, other: Rect) -> int:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0, width) * max(0, height)


def _moved(rect: Rect, by: int) -> Rect:
    return Rect(rect.left + by, rect.top + by, rect.right + by, rect.bottom + by)


def _grown(box: tuple[int, int, int, int], by: int) -> tuple[int, int, int, int]:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(typeface.FILES / "BeVietnamPro-SemiBold.ttf", size * 14 // 26)
