"""A profile's file that is being learned: one value at a time is written into it, and everything else is left alone."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.learn.personal import FixedText
from chukyso.portal.keys import KEYS, OPEN_TABLES
from chukyso.portal.kinds import NAME, Kind, WrongValueError, printable
from chukyso.portal.marks import without_mark
from chukyso.portal.reading import read_toml
from chukyso.storage.places import reason_of

_BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_OPEN: Final = {table.name: table.kind for table in OPEN_TABLES}


@dataclass(frozen=True)
class Seen:
    """When and with what a value was seen.

    Attributes:
        day: The day.
        browser: Name and version of the browser.
    """

    day: date
    browser: str

    def __str__(self) -> str:
        return f"seen {self.day.isoformat()}, {printable(self.browser).replace(';', ',')}"


class LearnedProfile:
    """The file into which is written what a person teaches.

    It is read again before each value, so what somebody changed in it meanwhile stays.

    Args:
        path: The file.
        fixed: Tells what may be kept; knows the values of the account that is open.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, fixed: FixedText | None = None) -> None:
        self.path = path
        self._fixed = fixed or FixedText()

    def begin_with(self, source: Path) -> None:
        """Make the file as a copy of another profile, unless it is there.

        Raises:
            ChukysoError: ``PROFILE_NOT_WRITABLE``; ``PROFILE_INVALID`` when the other one cannot be read.
        """
        if self.path.exists():
            return
        read_toml(source, source.stem)
        self._write(source.read_bytes())

    def learn(self, key: str, value: object, seen: Seen) -> None:
        """Write the value of a declared key, with its mark.

        Raises:
            ChukysoError: ``PROFILE_INVALID`` when the value is none for this key or is about somebody, or the file is
                no TOML; ``PROFILE_NOT_WRITABLE``.
            KeyError: No key is called that.
        """
        self._learn([*key.split(".")], value, KEYS[key].kind, seen)

    def learn_entry(self, table: str, name: str, value: object, seen: Seen) -> None:
        """Write an entry of an open table, such as the beginning of a message and what it means.

        Raises:
            ChukysoError: As for ``learn``.
            KeyError: No open table is called that.
        """
        kind = _OPEN[table]
        try:
            self._learn([table, NAME.read(name)], value, kind, seen)
        except WrongValueError as error:
            raise self._invalid(f"tên trong [{table}] {error}") from error

    def _learn(self, place: list[str], value: object, kind: Kind, seen: Seen) -> None:
        key = ".".join(place)
        try:
            kind.read(value)
        except WrongValueError as error:
            raise self._invalid(f"“{key}” {error}") from error
        if place[0] == "locators" or place[0] in _OPEN:
            for text in (str(value), *place[1:]):
                if reason := self._fixed.why_not(text):
                    raise self._invalid(f"giá trị của “{place[0]}” có dữ liệu về người hoặc đơn vị", reason)
        text = self._read()
        document = self._parsed(text)
        before = tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK))
        _put(document, place, value, str(seen))
        written = tomlkit.dumps(document)
        _put_plain(before, place, value)
        if tomllib.loads(written) != before:
            raise ChukysoError(Code.UNEXPECTED, f"writing {key} would have changed something else in {self.path}")
        mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
        self._write(f"{mark}{written}".encode())

    def _read(self) -> str:
        """The file's text, its line ends and byte order mark as they are."""
        try:
            return self.path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise self._invalid("không phải UTF-8", str(error)) from error
        except OSError as error:
            raise self._not_writable(error) from error

    def _parsed(self, text: str) -> TOMLDocument:
        if text:
            read_toml(self.path, self.path.stem)  # tells where it is no TOML
        try:
            return tomlkit.parse(text.removeprefix(_BYTE_ORDER_MARK))
        except TOMLKitError as error:
            raise self._invalid("không đúng cú pháp TOML", str(error)) from error

    def _write(self, data: bytes) -> None:
        try:
            write_whole(self.path, data)
        except ChukysoError as error:
            cause = error.__cause__
            raise self._not_writable(cause if isinstance(cause, OSError) else OSError(str(error))) from error

    def _not_writable(self, error: OSError) -> ChukysoError:
        detail = f"{type(error).__name__}: {error}"
        return ChukysoError(Code.PROFILE_NOT_WRITABLE, detail, path=self.path, reason=reason_of(error))

    def _invalid(self, reason: str, detail: str = "") -> ChukysoError:
        return ChukysoError(Code.PROFILE_INVALID, f"{self.path}: {detail}", profile=self.path.stem, reason=reason)


def _put(document: MutableMapping[str, Any], place: list[str], value: object, mark: str) -> None:
    """Set a value in a document that keeps its comments, with a mark before what its comment says."""
    table: Any = document
    *tables, name = place
    for one in tables:
        if one not in table:
            table[one] = tomlkit.table(is_super_table=one != tables[-1])
        table = table[one]
    old = table.get(name)
    said = without_mark(old.trivia.comment) if hasattr(old, "trivia") else ""
    item = tomlkit.item(value)
    item.comment(f"{mark}; {said}" if said else mark)
    if hasattr(old, "trivia") and old.trivia.comment_ws:
        item.trivia.comment_ws = old.trivia.comment_ws
    table[name] = item


def _put_plain(data: dict[str, Any], place: list[str], value: object) -> None:
    *tables, name = place
    for one in tables:
        data = data.setdefault(one, {})
    data[name] = copy.deepcopy(value)
