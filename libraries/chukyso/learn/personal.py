"""Which texts of a page are the page's own and may be kept: nothing that is learned is about a person or a company."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chukyso.figures.rules import rules

_LEAST: Final = 4  # letters that are left of a text when what is personal is cut off
_KNOWN_LEAST: Final = 4
_NUMBER: Final = re.compile(
    r"(?<!\w)(?=[A-F]*\d)[0-9A-F]{6,}(?!\w)|(?:[0-9A-F]{2}[: ]){3,}[0-9A-F]{2}|\d(?:[ .:/-]?\d){3,}", re.IGNORECASE
)
_DATE: Final = re.compile(r"\d{1,4}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{1,4}|\d{1,2}:\d{2}")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w.-]+")
_COMPANY: Final = re.compile(
    r"(?i:công ty|cty|tập đoàn|doanh nghiệp tư nhân|dntn|hộ kinh doanh|hợp tác xã|chi nhánh|bệnh viện|trường)\s+"
    r"(?:(?i:tnhh|cổ phần|cp|hợp danh|mtv|đại học|mầm non|tiểu học|thpt|thcs)\b|[A-ZĐ]\w+)[^\"'<>|;\n]*"
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
_GREETED: Final = re.compile(r"(?i:(?<=chào )|(?<=chào, )|(?<=hello )|(?<=hello, )|(?<=welcome, )|(?<=hi, ))[^\W\d_].*")
_MORE: Final = re.compile(r"(?: [^\W\d_]+){1,3}")
_HOME: Final = re.compile(r"(?<=[\\/]Users[\\/])[^\\/\"']+|(?<=/home/)[^/\"']+", re.IGNORECASE)


class FixedText:
    """Tells a page's own texts from those about somebody.

    Args:
        known: Values that are known to be personal: tax code, names, addresses, e-mail of the account that is open.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = sorted({_plain(one) for one in known if len(one.strip()) >= _KNOWN_LEAST}, key=len, reverse=True)

    def why_not(self, text: str) -> str:
        """Why a text may not be kept, English; "" when it may."""
        found = self._spans(text)
        return f"it has {found[0].what}" if found else ""

    def opening(self, text: str) -> str:
        """What stands before anything personal, to the end of a word; "" when that is too little to go by."""
        found = self._spans(text)
        left = re.sub(r"[^\W_]*$", "", text[: found[0].begin]) if found else text
        left = left.rstrip(" \t:,-–(|“\"'")
        return left if sum(sign.isalpha() for sign in left) >= _LEAST else ""

    def scrubbed(self, text: str) -> str:
        """The text with ``<…>`` in the place of everything personal."""
        done, end = [], 0
        for one in self._spans(text):
            if one.begin >= end:
                done += [text[end : one.begin], f"<{one.what.split()[-1]}>"]
            end = max(end, one.end)
        return "".join([*done, text[end:]])

    def _spans(self, text: str) -> list[_Span]:
        """Everything that is personal, in the order in which it begins."""
        plain = text.casefold() if len(text.casefold()) == len(text) else text.lower()
        found = [
            _Span(match.start(), match.end(), "a known value")
            for known in self._known
            for match in re.finditer(re.escape(known), plain)
        ]
        for pattern, what in (*_PATTERNS, *((one.pattern, f"a {one.kind}") for one in rules().personal)):
            found += [_Span(*match.span(), what) for match in pattern.finditer(text)]
        found += _persons(text)
        return sorted(found, key=lambda one: (one.begin, -one.end))


@dataclass(frozen=True)
class _Span:
    """Something personal in a text: from where to where, and what, English with its article."""

    begin: int
    end: int
    what: str


_PATTERNS: Final = (
    (_ADDRESS, "an address"),
    (_DATE, "a date"),
    (_NUMBER, "a number"),
    (_COMPANY, "a company"),
    (_HOME, "a user"),
    (_GREETED, "a person"),
)


def _persons(text: str) -> list[_Span]:
    """Names of persons: each of their words has a capital, but for a word of address before them."""
    found = []
    for match in _PERSON.finditer(text):
        first, *others = match[0].split()
        if all(word[0].isupper() for word in (others if first.lower() in _ADDRESSED else [first, *others])):
            rest = _MORE.match(text, match.end())
            names = [word for word in rest[0].split() if word[0].isupper()] if rest else []
            end = match.end() + sum(len(name) + 1 for name in names)
            found.append(_Span(match.start(), end, "a person"))
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).casefold()
