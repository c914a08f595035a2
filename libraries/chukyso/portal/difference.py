"""How two profiles differ: what only one of them knows, and what they say differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chukyso.portal.keys import KEYS, OPEN_TABLES
from chukyso.portal.kinds import UNKNOWN
from chukyso.portal.profile import SAY_NOTHING, Profile


class Change(StrEnum):
    """How a key of the second profile stands to the same key of the first one."""

    LEARNED = "learned"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """A key that two profiles do not agree about.

    Attributes:
        key: Its name with its table; an entry of an open table has its own name behind the table's.
        change: How the second profile stands to the first one.
        first: What the first one says, as text; ``?`` when it does not know it.
        second: What the second one says.
    """

    key: str
    change: Change
    first: str
    second: str


def compare_profiles(first: Profile, second: Profile) -> list[Difference]:
    """All keys about which two profiles do not agree, in the order of the declaration.

    A key that both do not know, or that one has as its default and the other spells out, is no difference.
    """
    known, other = _known(first), _known(second)
    return [
        Difference(name, _change(known.get(name), other.get(name)), known.get(name, UNKNOWN), other.get(name, UNKNOWN))
        for name in dict.fromkeys([*known, *other])
        if known.get(name) != other.get(name)
    ]


def _change(first: str | None, second: str | None) -> Change:
    if first is None:
        return Change.LEARNED
    return Change.LOST if second is None else Change.CHANGED


def _known(profile: Profile) -> dict[str, str]:
    """All that a profile knows, as text, by name."""
    known = {name: _text(value) for name, key in KEYS.items() if not key.is_unknown(value := profile.value(name))}
    for table in OPEN_TABLES:
        entries: Mapping[str, Any] = getattr(profile, table.name)
        known |= {f"{table.name}.{name}": _text(one) for name, one in entries.items() if one not in SAY_NOTHING}
    return known


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
