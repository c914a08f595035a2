"""How selectors are spelt: CSS with the driver's additions, roles with names, XPath for cells of tables."""

from __future__ import annotations

import json
import re
from typing import Final

_PLAIN: Final = re.compile(r"-?[A-Za-z_][\w-]*", re.ASCII)
_REGEX: Final = re.compile(r"[\\^$.*+?()\[\]{}|/]")
_LONG: Final = 60  # letters; longer names are cut at a word


def quoted(text: str) -> str:
    """A text in quotes, for CSS and for roles."""
    return json.dumps(text, ensure_ascii=False)


def by_attribute(name: str, value: str) -> str:
    """CSS of what has an attribute with this value."""
    if name == "id" and _PLAIN.fullmatch(value):
        return f"#{value}"
    return f"[{name}={quoted(value)}]"


def by_text(tag: str, text: str, *, self_holds: bool, holder: str) -> str:
    """CSS (the driver's) of an element that says exactly this, itself or in something within it."""
    said = f":text-is({quoted(text)})"
    return f"{tag}{said}" if self_holds else f"{tag}:has({holder}{said})"


def by_opening(tag: str, opening: str) -> str:
    """CSS (the driver's) of an element whose text begins so, after white space."""
    pattern = r"^\s*" + _pattern(opening)
    return f"{tag}:text-matches({quoted(pattern)})"


def by_role(role: str, name: str = "") -> str:
    """A role with exactly this name, or with a name that begins so when it is long, or with other digits."""
    if not name:
        return f"role={role}"
    if len(name) > _LONG:
        return opening_with(role, name[:_LONG].rpartition(" ")[0] or name[:_LONG])
    if re.search(r"\d", name):
        return f"role={role}[name=/^{re.sub(r'[0-9]+', lambda _: '[0-9]+', _pattern(name))}$/]"
    return f"role={role}[name={quoted(name)}]"


def opening_with(role: str, opening: str) -> str:
    """A role with a name that begins so."""
    return f"role={role}[name=/^{_pattern(opening)}/]"


def by_cell(column: str, row: str, *, plain: bool) -> str:
    """XPath of the cell below this head, in the row that begins so; in the only row when that is "".

    The place of the column is counted in the head, so that it may move. Where there is no such head, nothing matches.
    """
    tr = "self::tr" if plain else '(self::tr or @role="row")'
    table = "table" if plain else '*[self::table or @role="table" or @role="grid"]'
    head = f"ancestor::{table}[1]/descendant::*[{tr}][1]/*[normalize-space()={_literal(column)}]"
    begins = f"[*[1][normalize-space()={_literal(row)}]]" if row else ""
    place = f"count(preceding-sibling::*)=count({head}/preceding-sibling::*)"
    return f"xpath=//*[{tr}]{begins}/*[{head}][{place}][not(normalize-space()={_literal(column)})]"


def can_be_literal(text: str) -> bool:
    """Whether XPath can spell a text."""
    return not ('"' in text and "'" in text)


def _literal(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


def _pattern(text: str) -> str:
    """A regular expression for a text. A quote would end a selector's quoted part, so it stands for any sign."""
    return re.sub(r"[\"']", ".", _REGEX.sub(lambda sign: f"\\{sign[0]}", text))
