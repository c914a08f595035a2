"""The outline of a page for somebody who never saw it: elements, roles, stable attributes, fixed texts; no values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chukyso.learn.page import Page, SelectorError, ask
from chukyso.learn.personal import FixedText
from chukyso.learn.spelling import quoted
from chukyso.learn.stable import is_generated
from chukyso.learn.target import Purpose
from chukyso.learn.watching import Watch

MOST: Final = 4000
"""So many elements of a document are told."""
_HIDDEN: Final = "…"


def outline(page: Page, fixed: FixedText) -> str:
    """Tell how a page is built, one element a line, those in it indented below it; its frames after it.

    Texts are told where they name something (headings, labels, buttons); all others are ``…``, and so are names that a
    program made. Values of fields are never read. What looks personal in a text or attribute is left out.

    Args:
        page: The page.
        fixed: Tells what is personal; knows the values of the account that is open.
    """
    watch = Watch(page, Purpose.WAIT)
    parts = []
    for document in watch.documents():
        try:
            told = ask(page, f"{document}html", "outline", most=MOST)
        except SelectorError:  # it went meanwhile
            continue
        title = f"# frame {document.removesuffix(' >>> ')}\n" if document else ""
        parts.append(title + "\n".join(_line(one, fixed) for one in told))
    return "\n\n".join(parts) + "\n"


def _line(told: Mapping[str, Any], fixed: FixedText) -> str:
    words: list[str] = [told["tag"]]
    if told["role"]:
        words.append(f"[{told['role']}]")
    for name, value in told["attributes"].items():
        made = name in ("id", "for", "headers") and is_generated(value)
        if name != "role":
            words.append(f"{name}={quoted(_HIDDEN if made else fixed.scrubbed(value))}")
    words += [f".{_HIDDEN if is_generated(name) else fixed.scrubbed(name)}" for name in told["classes"]]
    if told["shadow"]:
        words.append("(shadow root)")
    if told["said"]:
        words.append(f"“{fixed.scrubbed(told['said'])}”")
    elif told["text"]:
        words.append(_HIDDEN)
    return "  " * int(told["depth"]) + " ".join(words)
