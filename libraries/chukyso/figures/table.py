"""Which parts of a figure change from run to run: ``figures.toml`` beside the references of a profile."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.guide import CAPTIONS
from chukyso.portal.profile import PROFILES, UNKNOWN, Profile

REFERENCES = Path(__file__).parents[3] / "resources" / "figures"
TABLE_FILE = "figures.toml"
_LISTS = ("changing", "masked", "ignored")
_SINGLES = ("above", "until")


@dataclass(frozen=True)
class FigureTable:
    """What changes in one figure; CSS selectors.

    Attributes:
        changing: Their texts are taken out of the structure, their places covered in the picture.
        masked: Covered in the picture; the structure counts.
        ignored: Left out of the structure and covered in the picture.
        above: The dialog that lies above the page: what is behind it does not count where it is.
        until: From the top of this element down the picture does not count: what is in it may be long or short.
    """

    changing: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    above: str = ""
    until: str = ""

    @property
    def complete(self) -> bool:
        """Whether every selector is known."""
        return UNKNOWN not in (*self.changing, *self.masked, *self.ignored, self.above, self.until)

    def for_page(self) -> dict[str, object]:
        """For ``measure.js``; what is unknown is left out."""
        lists = {name: [one for one in getattr(self, name) if one != UNKNOWN] for name in _LISTS}
        return {**lists, **{name: getattr(self, name).replace(UNKNOWN, "") for name in _SINGLES}}


@dataclass(frozen=True)
class Tables:
    """The tables of a profile.

    Attributes:
        directory: Where its references are, or would be.
        fonts: CSS names of fonts of the operating system that its pages are drawn with.
        figures: By number; a figure without a table has nothing that changes.
    """

    directory: Path
    fonts: tuple[str, ...] = ("sans-serif", "serif", "monospace")
    figures: Mapping[int, FigureTable] = field(default_factory=dict)

    def of(self, number: int) -> FigureTable:
        return self.figures.get(number, FigureTable())


def references_of(profile: Profile) -> Path:
    """``resources/figures/<name>``; ``figures/<name>`` beside a profile that lies elsewhere."""
    own = profile.source.resolve().parent == PROFILES.resolve()
    return (REFERENCES if own else profile.source.parent / "figures") / profile.name


def load_tables(directory: Path) -> Tables:
    """Read the tables; a directory without any has none.

    Raises:
        ChukysoError: ``PROFILE_INVALID``.
    """
    path = directory / TABLE_FILE
    if not path.is_file():
        return Tables(directory)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        fonts = tuple(_texts(data.pop("fonts", list(Tables(directory).fonts))))
        figures = {int(number): _figure(table) for number, table in data.pop("figures", {}).items()}
        _refuse_unknown([*data, *(str(number) for number in figures if number not in CAPTIONS)])
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ChukysoError(Code.PROFILE_INVALID, f"{path}: {error}", profile=path, reason=str(error)) from error
    return Tables(directory, fonts, figures)


def _figure(table: dict[str, Any]) -> FigureTable:
    changing, masked, ignored = (tuple(_texts(table.pop(name, []))) for name in _LISTS)
    above, until = _texts([table.pop(name, "") for name in _SINGLES])
    _refuse_unknown(table)
    return FigureTable(changing, masked, ignored, above, until)


def _refuse_unknown(names: Iterable[str]) -> None:
    if found := sorted(names):
        raise ValueError(f"unknown: {found}")


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise TypeError(f"selectors must be texts: {values!r}")
    return values
