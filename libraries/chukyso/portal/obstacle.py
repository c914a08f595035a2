"""Why Playwright could not do something with an element, read from the log of its tries that it adds to its error."""

from __future__ import annotations

import re
from typing import Final

from chukyso.errors import ChukysoError, Code

NOT_USABLE: Final = (Code.PORTAL_CHANGED, Code.ELEMENT_COVERED, Code.ELEMENT_NOT_READY, Code.ELEMENT_AMBIGUOUS)
"""Codes of an element that nothing can be done with."""
_COVERED: Final = re.compile(r"(<[^\n]+>) intercepts pointer events")
_SEVERAL: Final = re.compile(r"strict mode violation: [^\n]* resolved to (\d+) elements")
_SIGNS: Final = {
    "element is not enabled": "đang bị khóa",
    "element is not visible": "đang bị ẩn",
    "resolved to hidden": "đang bị ẩn",
    "element is not editable": "chỉ để đọc",
    "element is not stable": "không đứng yên",
    "element is outside of the viewport": "nằm ngoài màn hình",
    "element was detached from the DOM": "đã bị trang lấy đi hoặc thay mới",
    "resolved to visible": "không biến mất",
}
_LONGEST: Final = 120  # characters of what lies above


def why_not(text: str, what: str, detail: str, *, quotes_page: bool = True) -> ChukysoError:
    """Return the error that says what stood in the way at the last try.

    Args:
        text: Playwright's message with its log.
        what: Name of the element, as ``page.element``.
        detail: Technical detail of the error.
        quotes_page: Whether what lies above the element may be quoted; not where a secret was being typed.

    Returns:
        ``ELEMENT_COVERED``, ``ELEMENT_NOT_READY``, ``ELEMENT_AMBIGUOUS``, or ``PORTAL_CHANGED`` when there is no such
        element.
    """
    several = _SEVERAL.search(text)
    if several:
        return ChukysoError(Code.ELEMENT_AMBIGUOUS, detail, what=what, count=several[1])
    place, sign = max((text.rfind(sign), sign) for sign in _SIGNS)
    *_, covered = (None, *_COVERED.finditer(text))
    if covered and covered.start() > place:
        above = covered[1] if len(covered[1]) <= _LONGEST else f"{covered[1][: _LONGEST - 1]}…"
        cover = above if quotes_page else "một phần tử khác"
        return ChukysoError(Code.ELEMENT_COVERED, f"{detail}; covered by {cover}", what=what, cover=cover)
    if place >= 0:
        return ChukysoError(Code.ELEMENT_NOT_READY, f"{detail}; {sign}", what=what, why=_SIGNS[sign])
    return ChukysoError(Code.PORTAL_CHANGED, detail, what=what)
