"""What a value in a profile must be: how it is read, and what is said when it is something else."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from chukyso.portal.names import nearest
from chukyso.portal.selectors import why_no_css, why_no_selector

UNKNOWN: Final = "?"
"""A value that nobody knows yet."""
_LONGEST: Final = 120
_SECRETS: Final = frozenset({"PORTAL_PASSWORD", "TOKEN_PIN", "SEAL_PIN", "MAIL_PASSWORD"})


class WrongValueError(Exception):
    """A value is not what it must be; the text says why, Vietnamese, to follow the key's name."""


@dataclass(frozen=True)
class Kind:
    """What the value of a key must be.

    Attributes:
        vi: What is expected, Vietnamese, to follow “phải là”.
        en: The same in English, for the handbook.
        read: Returns the value as the program uses it. Raises ``WrongValueError`` with what is wrong, Vietnamese.
    """

    vi: str
    en: str
    read: Callable[[Any], Any]


def whole(most: int) -> Kind:
    """A whole number from 1."""

    def read(value: object) -> int:
        if type(value) is not int or not 1 <= value <= most:
            raise WrongValueError(not_a(vi, value))
        return value

    vi = f"số nguyên từ 1 đến {most}"
    return Kind(vi, f"whole number, 1 to {most}", read)


def number(most: int, *, zero: bool = False) -> Kind:
    """A number above 0, or from 0; a whole one will do."""

    def read(value: object) -> float:
        if type(value) not in (int, float):
            raise WrongValueError(not_a(vi, value))
        if not 0 <= value <= most or (value == 0 and not zero):  # type: ignore[operator]  # the first is false for nan
            raise WrongValueError(not_a(vi, value))
        return float(value)  # type: ignore[arg-type]

    vi = f"số từ 0 đến {most}" if zero else f"số lớn hơn 0, tới {most}"
    return Kind(vi, f"number from 0 to {most}" if zero else f"number above 0, up to {most}", read)


def choice(known: type[StrEnum]) -> Kind:
    """One of the values of an enumeration."""

    def read(value: object) -> StrEnum:
        if not isinstance(value, str) or value not in set(known):
            alike = nearest(value, known) if isinstance(value, str) else ""
            raise WrongValueError(not_a(vi, value) + (f"; có phải là “{alike}” không" if alike else ""))
        return known(value)

    vi = f"một trong {', '.join(f'“{one}”' for one in known)}"
    return Kind(vi, "one of " + ", ".join(f"`{one}`" for one in known), read)


def several(kind: Kind) -> Kind:
    """A list of values, read as a tuple."""

    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise WrongValueError(not_a("danh sách […]", value))
        if "" in value:
            raise WrongValueError("có phần tử trống")
        return tuple(kind.read(one) for one in value)

    return Kind(f"danh sách, mỗi phần tử là {kind.vi}", f"list of: {kind.en}", read)


def _switch(value: object) -> bool:
    if type(value) is not bool:
        raise WrongValueError(not_a("true hoặc false", value))
    return value


def _file(value: object) -> str:
    """Any text in one line, as it is written."""
    if not isinstance(value, str):
        raise WrongValueError(not_a("chuỗi trong dấu nháy", value))
    for place, sign in enumerate(value, start=1):
        if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") or (sign.isspace() and sign != " "):
            raise WrongValueError(f"có ký tự không nhìn thấy {_named(sign)} ở vị trí {place}")
    if value != value.strip():
        raise WrongValueError("có dấu cách thừa ở đầu hoặc ở cuối")
    return value


def _text(value: object) -> str:
    """Composed letters, as pages have them: an editor on macOS may write them apart."""
    return unicodedata.normalize("NFC", _file(value))


def _name(value: object) -> str:
    text = _text(value)
    if not text or text != " ".join(text.split()):
        raise WrongValueError("có tên trống, hoặc có nhiều dấu cách liền nhau")
    return text


def _known(check: Callable[[str], str]) -> Callable[[object], str]:
    """Reads a text; one that is known and not empty must also pass a check."""

    def read(value: object) -> str:
        text = _text(value)
        return text if text in ("", UNKNOWN) else check(text)

    return read


def _address(text: str) -> str:
    try:
        url = urlsplit(text)
        right = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        right = False
    if not right:
        raise WrongValueError(not_a("địa chỉ https://…", text))
    if "@" in url.netloc or url.query or url.fragment or "?" in text or "#" in text:
        raise WrongValueError(f"phải là địa chỉ không có tên đăng nhập, “?” hay “#”, không phải “{printable(text)}”")
    return text


def _sender(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>]*@[^@\s<>]+", text):
        raise WrongValueError(not_a("một địa chỉ thư hoặc “@tên-miền”", text))
    return text


def _selector(text: str) -> str:
    if reason := why_no_selector(text):
        raise WrongValueError(f"{reason} ({printable(text)})")
    return text


def _css(text: str) -> str:
    text = text.removeprefix("css=")
    if reason := why_no_css(text):
        raise WrongValueError(f"{reason} ({printable(text)})")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise WrongValueError(f"không phải biểu thức chính quy đúng: {error}") from error
    return text


def _group(text: str) -> str:
    if not re.compile(_pattern(text)).groups:
        raise WrongValueError(f"phải có một nhóm (…) quanh giá trị ({printable(text)})")
    return text


def _variable(value: object) -> str:
    name = _text(value)
    if not name.isidentifier():
        raise WrongValueError(not_a("tên biến môi trường", value))
    if name in _SECRETS:
        raise WrongValueError(f"không được có “{name}”, là nơi chứa bí mật")
    return name


SWITCH: Final = Kind("true hoặc false", "`true` or `false`", _switch)
FILE: Final = Kind("tên tệp", "file name", _file)
TEXT: Final = Kind("chuỗi", "text", _text)
NAME: Final = Kind("tên", "name", _name)
ADDRESS: Final = Kind("địa chỉ https://…", "address", _known(_address))
SENDER: Final = Kind("địa chỉ thư hoặc “@tên-miền”", "mail address or `@domain`", _known(_sender))
SELECTOR: Final = Kind("bộ định vị, kiểu nào cũng được", "selector, any engine", _known(_selector))
CSS: Final = Kind("bộ định vị CSS", "CSS selector", _known(_css))
VARIABLE: Final = Kind("tên biến môi trường", "name of an environment variable", _variable)
PATTERN: Final = Kind("biểu thức chính quy", "regular expression", _known(_pattern))
GROUP: Final = Kind("biểu thức chính quy có một nhóm", "regular expression with a group", _known(_group))


def not_a(expected: str, value: object) -> str:
    """What is said of a value that is not what is expected, Vietnamese."""
    return f"phải là {expected}, không phải {_shown(value)}"


def printable(text: str) -> str:
    """A text of the profile for one line of a message: what cannot be seen is spelt, what is long is cut."""
    shown = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"“{printable(value)}”" if value else "chuỗi rỗng"
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) or not math.isfinite(value) else f"số {value}"
    names = {"list": "danh sách", "dict": "bảng"}
    return names.get(type(value).__name__, "ngày giờ")  # TOML has no other types


def _named(sign: str) -> str:
    return f"U+{ord(sign):04X} ({unicodedata.name(sign, 'ký tự điều khiển')})"
