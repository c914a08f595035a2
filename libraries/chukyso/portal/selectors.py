"""Selectors of the Browser library: which engine reads each part, and whether it is plain CSS.

What can be told without a browser. The engines have the last word, see ``PageKeywords.check_locators``. Grammar:
Playwright, "Other locators"; CSS: W3C, Selectors Level 4.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

CSS: Final = "css"
ENGINES: Final = (CSS, "xpath", "text", "role", "id", "nth", "visible", "data-testid", "data-test-id", "data-test")
_ENGINE = re.compile(r"\s*\*?([\w:+-]+)\s*=", re.ASCII)
_XPATH = re.compile(r"\s*(?:\(*//|\.\.)")
_CLOSING: Final = {"(": ")", "[": "]"}
_COMBINATORS: Final = ">+~"
_NO_CSS: Final = "{};=$%!?@/"  # outside of brackets and quotes
_PLAYWRIGHT = re.compile(
    r":(has-text|text|text-is|text-matches|visible|nth-match|left-of|right-of|above|below|near)(?![\w-])"
)


def parts_of(selector: str) -> list[str]:
    """The parts between ``>>``, or ``>>>`` into a frame, outside of quotes, without white space around them."""
    plain = _without_quoted(selector)
    joints = [found.span() for found in re.finditer(">>>?", plain)]
    edges = itertools.pairwise([(0, 0), *joints, (len(plain), len(plain))])
    return [selector[begin:end].strip() for (_, begin), (end, _) in edges]


def engine_of(part: str) -> str:
    """The engine that reads a part: the name before ``=``, else by its beginning."""
    named = _ENGINE.match(part)
    if named:
        return named[1]
    if len(part) > 1 and part[0] == part[-1] and part[0] in "\"'":
        return "text"
    return "xpath" if _XPATH.match(part) else CSS


def why_no_css(selector: str) -> str:
    """Why ``querySelectorAll`` of a page would not take it, Vietnamese; "" when it looks like CSS."""
    parts = parts_of(selector)
    engines = [engine_of(part) for part in parts]
    if len(parts) > 1:
        return "phải là CSS, không nối bằng “>>”"
    if engines != [CSS] or _ENGINE.match(selector):
        return f"phải là CSS, không phải bộ định vị “{engines[0]}”"
    if found := _PLAYWRIGHT.search(_without_quoted(selector)):
        return f"phải là CSS; “:{found[1]}” chỉ Playwright mới có"
    return _why_broken(selector)


def why_no_selector(selector: str) -> str:
    """Why no engine would take it, Vietnamese; "" when one might."""
    for part in parts_of(selector):
        engine = engine_of(part)
        if not part:
            return "có phần trống bên cạnh “>>”"
        if engine not in ENGINES and not engine.startswith("internal:"):
            return f"không có bộ định vị “{engine}=”; chỉ có {', '.join(ENGINES)}"
        broken = _why_broken(part.removeprefix("css=")) if engine == CSS else ""
        if broken:
            return broken
    return ""


class _Quotes:
    """Whether a sign is part of a quoted text, signs taken one after the other."""

    def __init__(self) -> None:
        self._open = ""
        self._escaped = False

    def take(self, sign: str) -> bool:
        """Take the next sign; the quotes themselves and what a backslash protects count as quoted."""
        if self._escaped:
            self._escaped = False
            return True
        if sign == "\\":
            self._escaped = True
            return True
        if self._open:
            self._open = "" if sign == self._open else self._open
            return True
        if sign in "\"'":
            self._open = sign
            return True
        return False

    @property
    def open(self) -> str:
        return self._open


def _without_quoted(selector: str) -> str:
    quotes = _Quotes()
    return "".join("·" if quotes.take(sign) else sign for sign in selector)


def _why_broken(selector: str) -> str:
    """Why it is not CSS by its signs alone: what is not closed, not opened, empty, or never part of a selector."""
    quotes, expected = _Quotes(), [""]
    plain = ""  # what is outside of brackets
    for sign in selector:
        inside = quotes.take(sign)
        if not inside and sign == expected[-1]:
            expected.pop()
        elif not inside and sign in ")]":
            return f"không phải CSS: thừa dấu “{sign}”"
        elif len(expected) == 1:
            plain += "·" if inside else sign
        if not inside and sign in _CLOSING:
            expected.append(_CLOSING[sign])
    if quotes.open or expected[-1]:
        return f"không phải CSS: thiếu dấu “{quotes.open or expected[-1]}”"
    if strange := [sign for sign in plain if sign in _NO_CSS]:
        return f"không phải CSS: có dấu “{strange[0]}”"
    return next(_gaps(plain), "")


def _gaps(plain: str) -> Iterator[str]:
    """Places where a selector should be and none is; what is in brackets is one sign."""
    for one in plain.split(","):
        pieces = [piece.strip() for piece in re.split(f"[{re.escape(_COMBINATORS)}]", one)]
        if not all(pieces):
            yield "không phải CSS: thiếu một vế bên cạnh “,”, “>”, “+” hoặc “~”"
