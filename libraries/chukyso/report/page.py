"""What a report says, block by block: the one source of ``report.html`` and ``report.pdf``.

A renderer knows blocks, not facts. So nothing that a report says can stand in one of them and not in the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Categories of characters that nobody sees, but that change what is seen, such as the marks of writing direction."""
_JOINER: Final = "\u200d"  # between the parts of one sign
_MARKED: Final = re.compile(r"(\*\*.+?\*\*|`.+?`)")


class Style(StrEnum):
    """How a part of a text looks."""

    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"


@dataclass(frozen=True)
class Span:
    """A part of a text in one style."""

    text: str
    style: Style = Style.PLAIN


Text: TypeAlias = tuple[Span, ...]


class Tone(StrEnum):
    """What a block has to do with the reader; styles go by it."""

    PLAIN = "plain"
    NOTE = "note"
    NONE = "none"
    GOOD = "good"
    NEUTRAL = "neutral"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Paragraph:
    text: Text
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Fact:
    """A label and what is said under it, in lines."""

    label: str
    lines: tuple[Text, ...]
    quiet: bool = False  # technical detail, whose own line breaks count


@dataclass(frozen=True)
class Facts:
    rows: tuple[Fact, ...]


@dataclass(frozen=True)
class Cell:
    """A cell of a table; ``kind`` is a word for its style, ``mark`` a word at its edge."""

    text: Text
    kind: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]
    kind: str = ""
    headed: bool = False  # the first cell names the row


@dataclass(frozen=True)
class Table:
    """A table; ``kind`` says which, for the widths of its columns."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        title: Alternative text.
        data: PNG as it was taken; ``b""`` when the file could not be read.
        width: In pixels; 0 when it does not matter.
        height: In pixels.
    """

    title: str
    data: bytes = field(repr=False)
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Comparison:
    """A figure beside its reference: the pictures, each with its title, and the lines that differ."""

    pictures: tuple[Picture, ...]
    lines: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Plate:
    """A place for a figure: the picture and words about it, or the reason why there is none."""

    caption: str
    about: Text
    picture: Picture | None = None
    comparison: Comparison | None = None


Block: TypeAlias = Paragraph | Facts | Table | Plate


@dataclass(frozen=True)
class Section:
    title: str
    blocks: tuple[Block, ...]
    kind: str = ""


@dataclass(frozen=True)
class Banner:
    """What is to be known before anything else: a few words, and a sentence."""

    headline: str
    text: Text
    kind: str = ""


@dataclass(frozen=True)
class Notice:
    """A frame with a label, a headline in capitals (or ``""``), what it means, and what proves it (or nothing)."""

    label: str
    headline: str
    meaning: Text
    proof: Text
    tone: Tone


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: Of the document.
        kind: What kind of document it is.
        heading: Its heading.
        system: What the heading is about.
        reference: Number and date, in lines.
        rehearsal: Whether it is about a rehearsal, which every page then says.
        banners: What is to be known first.
        ending: How the run ended.
        error: Why, and what to do; empty when there was no error.
        earlier: An earlier submission, or None.
        sections: Everything else.
        footer: The last words.
    """

    title: str
    kind: str
    heading: str
    system: str
    reference: tuple[Text, ...]
    rehearsal: bool
    banners: tuple[Banner, ...]
    ending: Notice
    error: tuple[Fact, ...]
    earlier: Notice | None
    sections: tuple[Section, ...]
    footer: str


def plain(value: object) -> Text:
    """A value from outside as text."""
    return (Span(shown(value)),)


def strong(value: object) -> Text:
    return (Span(shown(value), Style.STRONG),)


def code(value: object) -> Text:
    return (Span(shown(value), Style.CODE),)


def say(template: str, *values: object) -> Text:
    """A sentence of ours with values from outside in it.

    Args:
        template: Our words; ``{}`` is the place of a value, ``**…**`` is emphasised, `` `…` `` is code. What a value
            looks like changes nothing of that.
        values: Strings, or texts that have their styles already.
    """
    rest = iter(values)
    spans: list[Span] = []
    for part in _MARKED.split(template):
        if part.startswith("**"):
            spans += _filled(part[2:-2], rest, Style.STRONG)
        elif part.startswith("`"):
            spans += _filled(part[1:-1], rest, Style.CODE)
        else:
            spans += _filled(part, rest, Style.PLAIN)
    return tuple(spans)


def _filled(template: str, values: Iterable[object], style: Style) -> list[Span]:
    first, *others = template.split("{}")
    spans, supply = [Span(first, style)], iter(values)
    for other in others:
        value = next(supply)
        spans += value if isinstance(value, tuple) else [Span(shown(value), style)]
        spans.append(Span(other, style))
    return [span for span in spans if span.text]


def shown(value: object, *, lines: bool = False) -> str:
    """A value from outside as it is shown: composed, and what cannot be seen written out as ``[U+202E]``.

    A name with a mark of writing direction in it would otherwise look like another one.

    Args:
        value: Anything; its text is taken.
        lines: Whether its line breaks count.
    """
    text = unicodedata.normalize("NFC", str(value))
    if text.isascii() and text.isprintable():
        return text
    kept = "\n" if lines else ""
    return "".join(_shown(letter, kept) for letter in text.replace("\r\n", "\n"))


def _shown(letter: str, kept: str) -> str:
    if letter in kept or letter == _JOINER or unicodedata.category(letter) not in _HIDDEN:
        return letter
    return " " if letter in "\t\n\r" else write_out(letter)


def write_out(letter: str) -> str:
    """A character that cannot be shown, by its number."""
    return f"[U+{ord(letter):04X}]"
