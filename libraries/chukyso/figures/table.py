"""Which parts of a figure change from run to run: ``figures.toml`` beside the references of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chukyso.evidence.guide import CAPTIONS
from chukyso.portal.declaring import Key
from chukyso.portal.kinds import CSS, UNKNOWN, several
from chukyso.portal.profile import PROFILES, Profile
from chukyso.portal.reading import read_tables, read_toml, refuse

REFERENCES = Path(__file__).parents[3] / "resources" / "figures"
TABLE_FILE = "figures.toml"
_LISTS = ("changing", "masked", "ignored")
_SINGLES = ("above", "until")
_ABOUT: Final = {
    "changing": ("Chữ thay đổi theo lần chạy.", "Their texts are taken out of the structure, their places covered."),
    "masked": ("Che trong hình, còn cấu trúc vẫn tính.", "Covered in the picture; the structure counts."),
    "ignored": ("Che trong hình và bỏ khỏi cấu trúc.", "Covered in the picture and left out of the structure."),
    "above": (
        "Hộp nằm trên trang; phần bị nó che không tính.",
        "The dialog above the page; what it hides does not count.",
    ),
    "until": ("Từ mép trên của nó trở xuống không tính.", "From its top down the picture does not count."),
}


def declare_figure(number: int | str) -> list[Key]:
    """The keys of one figure's table."""
    lists = [(name, several(CSS), ()) for name in _LISTS]
    singles = [(name, CSS, "") for name in _SINGLES]
    return [
        Key(f"figures.{number}.{name}", kind, (), *_ABOUT[name], default) for name, kind, default in lists + singles
    ]


KEYS: Final = {key.name: key for number in CAPTIONS for key in declare_figure(number)}
"""All keys of ``figures.toml``."""


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
        figures: By number; a figure without a table has nothing that changes.
    """

    directory: Path
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
    reading = read_tables(read_toml(path, str(path)), KEYS)
    refuse(reading.problems, path, str(path))
    figures = {
        number: FigureTable(**{name: reading.values[f"figures.{number}.{name}"] for name in (*_LISTS, *_SINGLES)})
        for number in CAPTIONS
    }
    return Tables(directory, figures)
