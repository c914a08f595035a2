"""Reads the tables of a TOML file by a declaration of keys, and tells everything that is wrong with them at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.portal.declaring import Key, OpenTable
from chukyso.portal.keys import MOVED
from chukyso.portal.kinds import NAME, WrongValueError, not_a, printable
from chukyso.portal.names import nearest

_ALIKE_ELSEWHERE: Final = 0.75
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class Problem:
    """Something in a profile that a run refuses.

    Attributes:
        key: The key or table, as it is written.
        reason: What is wrong, Vietnamese.
        nearest: The known name that an unknown one is most like; "" when it is like none, or is known.
    """

    key: str
    reason: str
    nearest: str = ""


class Reading:
    """What a file says.

    Args:
        declared: Keys by name.
        open_tables: Tables whose keys are the file's own.

    Attributes:
        values: By declared name; what it does not say, or says wrongly, has its default.
        entries: What its open tables have, by table.
        problems: What is wrong, in the order of the file.
    """

    def __init__(self, declared: Mapping[str, Key], open_tables: Collection[OpenTable]) -> None:
        self.values: dict[str, Any] = {name: key.default for name, key in declared.items()}
        self.entries: dict[str, dict[str, Any]] = {table.name: {} for table in open_tables}
        self.problems: list[Problem] = []
        self._declared = declared
        self._open = {table.name: table for table in open_tables}
        above = [name[:place] for name in declared for place, sign in enumerate(name) if sign == "."]
        self._tables = dict.fromkeys([*above, *self._open])
        self._seen: set[str] = set()

    def take(self, name: str, value: object) -> None:
        """Take a key or a table, by its name with the tables above it."""
        if name in self._seen and not isinstance(value, dict):
            self._refuse(name, "có hai lần")
        elif name in self._tables and isinstance(value, dict):
            for key, inner in value.items():
                self.take(f"{name}.{key}", inner)
        elif name in self._tables:
            self._refuse(name, not_a(f"một bảng [{name}]", value))
        elif (table := name.partition(".")[0]) in self._open:
            self._take_entry(table, name, value)
        elif name in self._declared:
            self._take_value(name, value)
        else:
            self.problems.append(self._unknown(name, value))
        self._seen.add(name)

    def _take_value(self, name: str, value: object) -> None:
        try:
            self.values[name] = self._declared[name].kind.read(value)
        except WrongValueError as error:
            self._refuse(name, str(error))

    def _take_entry(self, table: str, name: str, value: object) -> None:
        """An entry of an open table; its name is text of the portal's, so it must be as right as a value."""
        try:
            entry = NAME.read(name.removeprefix(f"{table}."))
            self.entries[table][entry] = self._open[table].kind.read(value)
        except WrongValueError as error:
            self._refuse(name, str(error))

    def _refuse(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, f"“{printable(name)}” {reason}"))

    def _unknown(self, name: str, value: object) -> Problem:
        """A name that is not declared: of a table, or of a key."""
        if isinstance(value, dict):
            what, alike = f"[{printable(name)}]", nearest(name, self._tables)
            hint = f"có phải là “[{alike}]” không" if alike else "không giống bảng nào"
            return Problem(name, f"không có bảng “{what}”, {hint}", alike)
        if now := MOVED.get(name):
            return Problem(name, f"“{name}” nay là “{now}”", now)
        alike = self._nearest_key(name)
        hint = f"có phải là “{alike}” không" if alike else "không giống khóa nào"
        return Problem(name, f"không có khóa “{printable(name)}”, {hint}", alike)

    def _nearest_key(self, name: str) -> str:
        """A key of the same table first, then one that has the same name in another, then any that is much alike."""
        table, _, key = name.rpartition(".")
        mates = {known.rpartition(".")[2]: known for known in self._declared if known.rpartition(".")[0] == table}
        elsewhere = [known for known in self._declared if known.rpartition(".")[2] == key]
        return (
            mates.get(nearest(key, mates), "")
            or (elsewhere[0] if len(elsewhere) == 1 else "")
            or nearest(name, self._declared, cutoff=_ALIKE_ELSEWHERE)
        )


def read_tables(
    data: Mapping[str, Any], declared: Mapping[str, Key], open_tables: Collection[OpenTable] = ()
) -> Reading:
    """Read what a TOML file contains, as declared."""
    reading = Reading(declared, open_tables)
    for name, value in data.items():
        reading.take(name, value)
    return reading


def refuse(problems: Collection[Problem], source: Path, name: str) -> None:
    """Tell all problems of a file, if there are any.

    Raises:
        ChukysoError: ``PROFILE_INVALID``.
    """
    if problems:
        reason = "; ".join(problem.reason for problem in problems)
        raise ChukysoError(Code.PROFILE_INVALID, str(source), profile=name, reason=reason)


def read_toml(source: Path, name: str) -> dict[str, Any]:
    """Read a TOML file that a person wrote.

    Raises:
        ChukysoError: ``PROFILE_INVALID``, with the place of what is wrong.
    """
    try:
        return tomllib.loads(source.read_text(encoding="utf-8-sig"))  # editors on Windows write a byte order mark
    except UnicodeDecodeError as error:
        reason = "không phải UTF-8; trong trình soạn thảo hãy chọn lưu với mã UTF-8"
        raise ChukysoError(Code.PROFILE_INVALID, f"{source}: {error}", profile=name, reason=reason) from error
    except (ValueError, RecursionError) as error:
        place = _PLACE.search(str(error))
        at = f"dòng {place[1]}, cột {place[2]}" if place else "cuối tệp"
        twice = "overwrite" in str(error) or "twice" in str(error)
        reason = f"{at}: {'khóa hoặc bảng này đã có ở trên' if twice else 'không đúng cú pháp TOML'}"
        raise ChukysoError(Code.PROFILE_INVALID, f"{source}: {error}", profile=name, reason=reason) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ChukysoError(Code.PROFILE_INVALID, f"{source}: {error}", profile=name, reason=reason) from error
