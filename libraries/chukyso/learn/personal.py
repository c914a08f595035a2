"""Which texts of a page are the page's own and may be kept: nothing that is learned is about a person or a company."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from chukyso.figures.rules import rules

_LEAST: Final = 4  # letters that are left of a text when what is personal is cut off
_KNOWN_LEAST: Final = 4
_NUMBER: Final = re.compile(
    r"\d(?:[ .:/-]?\d){3,}|(?<!\w)(?=[A-F]*\d)[0-9A-F]{6,}(?!\w)|(?:[0-9A-F]{2}[: ]){3,}", re.IGNORECASE
)
_DATE: Final = re.compile(r"\d{1,4}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{1,4}|\d{1,2}:\d{2}")
_ADDRESS: Final = re.compile(r"\S+@\S+")
_COMPANY: Final = re.compile(
    r"(?i:công ty|cty|tập đoàn|doanh nghiệp tư nhân|dntn|hộ kinh doanh|hợp tác xã|chi nhánh|bệnh viện|trường)\s+"
    r"(?:(?i:tnhh|cổ phần|cp|hợp danh|mtv|đại học|mầm non|tiểu học|thpt|thcs)\b|[A-ZĐ]\w+)"
    r"|(?i:\btnhh\b|co\.,? ?ltd|\bjsc\b|\bllc\b|\bltd\b)|\b(?:CN|O|UID)="
)
# The commonest surnames that begin no word of a page's own.
_SURNAMES: Final = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Ngô|Dương|Đinh|Trịnh|Đoàn|Lâm|Trương|Vương|Đào|Tạ|Quách|"
    "Nguyen|Tran|Le|Pham|Hoang|Huynh|Phan|Vu|Vo|Dang|Bui|Do|Ngo|Duong|Dinh|Trinh|Doan|Truong|Vuong"
)
_WORD: Final = r"[^\W\d_]+"
_PERSON: Final = re.compile(
    rf"(?<!\w)(?:(?i:{_SURNAMES}) {_WORD}|{_WORD} (?i:văn|thị|van|thi) {_WORD}"
    rf"|(?i:ông|bà|anh|chị|mr\.?|mrs\.?|ms\.?) {_WORD})(?!\w)"
)
_ADDRESSED: Final = ("ông", "bà", "anh", "chị")
_GREETING: Final = re.compile(r"(?i:(?:xin )?chào(?: mừng)?|hello|welcome|hi)[,: ]+(?=\S)")


class FixedText:
    """Tells a page's own texts from those about somebody.

    Args:
        known: Values that are known to be personal: tax code, names, addresses, e-mail of the account that is open.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = sorted({_plain(one) for one in known if len(one.strip()) >= _KNOWN_LEAST}, key=len, reverse=True)

    def why_not(self, text: str) -> str:
        """Why a text may not be kept, English; "" when it may."""
        found = self._first(text)
        return found[1] if found else ""

    def opening(self, text: str) -> str:
        """What stands before anything personal, to the end of a word; "" when that is too little to go by."""
        found = self._first(text)
        left = text if found is None else re.sub(r"[^\W_]*$", "", text[: found[0]]) if found[0] else ""
        left = left.rstrip(" \t:,-–(|“\"'")
        return left if sum(sign.isalpha() for sign in left) >= _LEAST else ""

    def _first(self, text: str) -> tuple[int, str] | None:
        """Where the first thing that is personal begins, and what it is."""
        plain, found = text.casefold(), []
        for known in self._known:
            if (place := plain.find(known)) >= 0:
                found.append((place, "it has a value of the account that is open"))
        for pattern, why in _PATTERNS:
            if match := pattern.search(text):
                found.append((match.end() if pattern is _GREETING else match.start(), why))
        kinds = {one.kind: one.pattern.search(text) for one in rules().personal}
        found += [(match.start(), f"it has a {kind}") for kind, match in kinds.items() if match]
        if (named := _person(text)) is not None:
            found.append((named, "it names a person"))
        return min(found) if found else None


_PATTERNS: Final = (
    (_ADDRESS, "it has an address"),
    (_DATE, "it has a date or an hour"),
    (_NUMBER, "it has a number"),
    (_COMPANY, "it names a company"),
    (_GREETING, "it greets somebody"),
)


def _person(text: str) -> int | None:
    """Where a person's name begins: each of its words has a capital, but for a word of address before it."""
    for match in _PERSON.finditer(text):
        first, *others = match[0].split()
        named = others if first.lower() in _ADDRESSED else [first, *others]
        if all(word[0].isupper() for word in named):
            return match.start()
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).casefold()
