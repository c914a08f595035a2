"""An element that was pointed at, and what is around it: as the page's script tells it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Label:
    """A fixed text by which an element can be told.

    Attributes:
        how: Where it stands: ``before`` the element, in its ``parent`` right before it, as a ``heading`` in it,
            ``inside`` it before the value, or in its own ``text``; of a box also ``after`` it, or after it in what is
            ``around`` it.
        text: What it says, NFC; behind a box only its beginning.
        tag: Of the element that stands beside (``before``) or in it, which holds the text.
        self_holds: Whether that element has the text itself, and not something within it.
        holder: Tag of what has the text itself.
        sure: Whether it is a label by its kind (``th``, ``dt``, a colon), and not only by its place.
        near: Whether nothing stands in between.
    """

    how: str
    text: str
    tag: str
    self_holds: bool
    holder: str
    sure: bool
    near: bool


@dataclass(frozen=True)
class Grid:
    """The place of a cell in a table with a head.

    Attributes:
        column: Text of its column's head.
        row: Text of the first cell of its row; "" when it is that cell or has none.
        rows: How many rows there are beside the head.
        plain: Whether the table is a ``table``, and not made of roles.
    """

    column: str
    row: str
    rows: int
    plain: bool


@dataclass(frozen=True)
class Node:
    """An element.

    Attributes:
        tag: Lower case.
        role: Given or implied; "" for none.
        name: Accessible name; "" for none. Of what is only read there is none from its content.
        name_from: Where the name comes from: ``labelledby``, ``aria``, ``label``, ``value``, ``alt``, ``caption``,
            ``content``, ``title``, ``placeholder``.
        attributes: Those that a locator may go by. Never the value of a field.
        classes: Class names, at most twelve.
        labels: Texts by which it can be told.
        grid: Its place in a table.
        shadow: Whether it is in a shadow root.
    """

    tag: str
    role: str
    name: str
    name_from: str
    attributes: Mapping[str, str]
    classes: tuple[str, ...]
    labels: tuple[Label, ...]
    grid: Grid | None
    shadow: bool


@dataclass(frozen=True)
class Pointed:
    """What a person pointed at.

    Attributes:
        path: The element, and those around it from the inside to the outside.
        reach: How many of these, from the first, are as good as the element itself.
        document: Selector of the document's ``html`` within its frames, ending in ``>>> ``; "" for the page itself.
    """

    path: tuple[Node, ...]
    reach: int
    document: str = ""


def read_pointed(told: Mapping[str, Any], document: str = "") -> Pointed:
    """Read what the script tells of an element."""
    return Pointed(tuple(map(read_node, told["path"])), int(told["reach"]), document)


def read_node(told: Mapping[str, Any]) -> Node:
    """Read what the script tells of one element."""
    grid = told["grid"]
    return Node(
        tag=told["tag"],
        role=told["role"],
        name=_nfc(told["name"]),
        name_from=told["name_from"],
        attributes={name: _nfc(value) for name, value in told["attributes"].items()},
        classes=tuple(told["classes"]),
        labels=tuple(map(_label, told["labels"])),
        grid=Grid(_nfc(grid["column"]), _nfc(grid["row"]), int(grid["rows"]), bool(grid["plain"])) if grid else None,
        shadow=bool(told["shadow"]),
    )


def _label(told: Mapping[str, Any]) -> Label:
    return Label(
        told["how"], _nfc(told["text"]), told["tag"], bool(told["self"]), told["holder"], told["sure"], told["near"]
    )


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
