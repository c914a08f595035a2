"""What of an inspection may leave the machine: paths without names of users, windows without what may be personal."""

from __future__ import annotations

import getpass
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from chukyso.desktop.model import Kind
from chukyso.figures.privacy import Masker

WITHHELD: Final = "…"
"""Instead of a text that may be personal."""
HOME: Final = "%USERPROFILE%"
_HOMES: Final = re.compile(
    r"(?i:[a-z]:[\\/]+users[\\/]+)[^\\/:*?\"<>|\r\n]+|(?<![\w.])/(?:home|Users)/[^/\s:]+|(?<![\w./])/root(?=/|$)"
)
_PUBLIC: Final = re.compile(r"(?i)^[a-z]:[\\/]+users[\\/]+(?:public|default|all users)$")
_NAMES_A_FOLDER: Final = re.compile(r"[\\/][^\\/]")  # services have the root as their home
_ADDRESS: Final = "://"
# Texts of a window that tell its kind. Labels do, too, but may name a person or a company.
_OF_THE_PROGRAM: Final = frozenset({Kind.BUTTON, Kind.CHECK, Kind.RADIO, Kind.GROUP})
_LONGEST: Final = 60  # characters of a label
_DIGITS: Final = re.compile(r"\d(?:[ .:-]?\d){3}|(?:[0-9a-fA-F]{2}[ :]){3}")
_ORGANISATION: Final = re.compile(
    r"(?i)\b(?:công\s+ty|cty|cong\s+ty|tnhh|jsc|co\.,?\s*ltd|hợp tác xã|doanh nghiệp|hộ kinh doanh)\b"
)
_CAPITALS: Final = re.compile(r"\b[^\W\d_a-zà-ỹ]{2,}(?:\s+[^\W\d_a-zà-ỹ]{1,}){1,}\b")
_SURNAMES: Final = re.compile(
    r"\b(?i:nguyễn|nguyen|trần|tran|lê|phạm|pham|hoàng|hoang|huỳnh|huynh|phan|vũ|võ|đặng|dang|bùi|bui|đỗ|hồ|ngô|dương|lý)"
    r"(?=\s+[A-ZÀ-ỸĐ])"
)


def clean(value: Any, home: Path | None = None, user: str | None = None) -> Any:
    """A JSON value with every user's folder named by a variable, in NFC.

    Args:
        value: The value.
        home: The home folder; this user's when None.
        user: The user's name; this one's when None.
    """
    home_text = str(home or Path.home())
    known = _user() if user is None else user
    named = re.compile(rf"(?i)(?<=[\\/]){re.escape(known)}(?=[\\/]|$)") if known else None
    return _walk(value, home_text if _NAMES_A_FOLDER.search(home_text) else "", named)


def clean_window(document: Mapping[str, Any]) -> dict[str, Any]:
    """A window as ``desktop.dump`` writes it, as far as it says of what kind it is: no handles, no rows, no names."""
    return {
        "window_class": document["window_class"],
        "title": impersonal(document["title"]),
        "program": {key: document["program"][key] for key in ("image", "publisher")},
        "ancestors": list(document["ancestors"]),
        "controls": [_control(each) for each in document.get("controls", ())],
        **({"trouble": document["trouble"]} if "trouble" in document else {}),
    }


def impersonal(text: str) -> str:
    """A text of a window, or ``WITHHELD`` when it may name a person or a company, or has a number in it."""
    text = unicodedata.normalize("NFC", text)
    looks = (_DIGITS, _ORGANISATION, _CAPITALS, _SURNAMES)
    if len(text) > _LONGEST or any(look.search(text) for look in looks) or Masker().text(text) != text:
        return WITHHELD
    return text


def _control(control: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: control[key] for key in ("id", "window_class", "kind", "password", "enabled", "visible")}
    labels = control["kind"] in _OF_THE_PROGRAM or control["kind"] == Kind.TEXT
    text = impersonal(control["text"]) if labels else WITHHELD if control["text"] else ""
    rows = {"rows": len(control["rows"])} if "rows" in control else {}
    return {**kept, "text": text, **rows}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _walk(value: Any, home: str, named: re.Pattern[str] | None) -> Any:
    if isinstance(value, str):
        return _text(value, home, named)
    if isinstance(value, Mapping):
        return {key: _walk(item, home, named) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(item, home, named) for item in value]
    return value


def _text(text: str, home: str, named: re.Pattern[str] | None) -> str:
    if home:
        text = re.sub(rf"(?i){re.escape(home)}(?=[\\/]|$|\W)", lambda _: HOME, text)
    text = _HOMES.sub(lambda found: found[0] if _PUBLIC.match(found[0]) else HOME, text)
    if named and _ADDRESS not in text:
        text = named.sub("%USERNAME%", text)
    return unicodedata.normalize("NFC", text)
