"""Texts of a page in a form that only changes when somebody changes the page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# What passes with time by itself: moments, dates and counters of visitors are no change of the page.
_MOVING: Final = (
    (re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?\b"), "‹giờ›"),
    (re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b"), "‹ngày›"),
    (re.compile(r"^[\d\s.,]+$"), "‹số›"),
)
MOST_LINES: Final = 500
MOST_CHARACTERS: Final = 300


def normalised(texts: Iterable[str]) -> tuple[str, ...]:
    """Lines of text: NFC, white space collapsed, invisible characters and empty lines gone, moments and counters named.

    Args:
        texts: Texts as the page shows them; each may have several lines.

    Returns:
        At most ``MOST_LINES`` lines of at most ``MOST_CHARACTERS`` characters.
    """
    lines = (_line(line) for text in texts for line in text.splitlines())
    return tuple([line for line in lines if line][:MOST_LINES])


def _line(text: str) -> str:
    text = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())
    for pattern, name in _MOVING:
        text = pattern.sub(name, text)
    return text[:MOST_CHARACTERS]
