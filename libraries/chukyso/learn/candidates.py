"""Locators that an engineer would think of for an element, best first; and why others are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from chukyso.learn.description import Label, Node, Pointed
from chukyso.learn.personal import FixedText
from chukyso.learn.spelling import by_attribute, by_cell, by_opening, by_role, by_text, can_be_literal, opening_with
from chukyso.learn.stable import is_generated, is_telling_class
from chukyso.learn.target import Purpose, Target

# What a person sees comes first, what an author of the page named second, what it looks like last.
_ROLE, _OPENING, _LABEL, _GRID, _PLACED, _TEST, _NAME, _ID, _DATA, _SEEN, _LINK = (
    10,
    12,
    14,
    16,
    30,
    20,
    22,
    24,
    25,
    26,
    29,
)
_TAG, _CLASS, _INSIDE, _TYPE = 34, 36, 45, 40
_FARTHER: Final = 2  # for each step away from what was pointed at
_ATTRIBUTES: Final = {
    **dict.fromkeys(("data-testid", "data-test", "data-test-id", "data-cy", "data-qa"), _TEST),
    **dict.fromkeys(("formcontrolname", "formgroupname", "name", "ng-model"), _NAME),
    **dict.fromkeys(("id",), _ID),
    **dict.fromkeys(("aria-label", "placeholder", "alt", "title"), _SEEN),
    **dict.fromkeys(("routerlink", "href", "autocomplete"), _LINK),
}
_SEEN_ATTRIBUTES: Final = ("aria-label", "placeholder", "alt", "title", "href", "routerlink")
_NO_LOCATOR: Final = ("type", "role", "for", "headers", "scope", "ng-reflect-name")
_LANDMARKS: Final = (
    "banner",
    "navigation",
    "main",
    "contentinfo",
    "complementary",
    "dialog",
    "alertdialog",
    "search",
)
_SCOPE_ROLES: Final = (*_LANDMARKS, "region", "group", "form", "table", "tabpanel", "radiogroup", "article")
_SHOWN_ROLES: Final = ("dialog", "alertdialog", "alert", "status")  # a page has one at a time
_TELLING_TAGS: Final = ("dialog", "output")
_NEAR: Final = 5  # steps from a label to the field beside which it stands


@dataclass(frozen=True)
class Candidate:
    """A locator that may be one.

    Attributes:
        selector: Of the Browser library; CSS where the target asks for it.
        why: What it goes by, English.
        rank: The smaller the better.
        label: Text that stands before the value in what is read there; "" for none.
    """

    selector: str
    why: str
    rank: int
    label: str = ""


@dataclass(frozen=True)
class Refused:
    """What is no locator.

    Attributes:
        what: The selector, or the attribute that might have been one; without what is personal.
        reason: Why, English.
    """

    what: str
    reason: str


class Candidates:
    """All that can be thought of for what a person pointed at.

    Args:
        pointed: The element and those around it.
        target: What it is for.
        fixed: Tells which texts are the page's own.

    Attributes:
        refused: What was left out before it was tried.
    """

    def __init__(self, pointed: Pointed, target: Target, fixed: FixedText) -> None:
        self._path, self._reach, self._document = pointed.path, pointed.reach, pointed.document
        self._target, self._fixed = target, fixed
        self.refused: list[Refused] = []

    def plain(self) -> list[Candidate]:
        """Those that go by the element itself or by its label, best first."""
        found = [
            replace(one, rank=one.rank + _FARTHER * steps)
            for steps, node in enumerate(self._path[: self._reach])
            for one in self._of(node)
        ]
        if self._target.purpose in (Purpose.FILL, Purpose.PRESS):
            found += self._beside_a_label()
        return self._finished(found)

    def within_others(self, ambiguous: list[Candidate]) -> list[Candidate]:
        """The same once more, each within something around it, best first."""
        joint = " " if self._target.css_only else " >> "
        bare = [one for one in ambiguous if one.selector.startswith(self._document)]
        found = [
            Candidate(
                f"{scope.selector}{joint}{inner}", f"{one.why}, within {scope.why}", one.rank + scope.rank, one.label
            )
            for scope in self._scopes()
            for one in bare
            if not (inner := one.selector.removeprefix(self._document)).startswith("xpath=") or joint.strip()
        ]
        return self._finished(found)

    def _finished(self, found: list[Candidate]) -> list[Candidate]:
        unique = {one.selector: one for one in sorted(found, key=lambda one: -one.rank)}
        ranked = sorted(unique.values(), key=lambda one: (one.rank, len(one.selector)))
        return [replace(one, selector=f"{self._document}{one.selector}") for one in ranked]

    # By the element itself

    def _of(self, node: Node) -> Iterator[Candidate]:
        if not self._target.css_only:
            yield from self._by_role(node)
            yield from self._by_label(node)
            yield from self._by_grid(node)
        elif node.labels:
            self._refuse("the text beside it", "the profile takes CSS here only, which knows no texts")
        yield from self._by_attributes(node)
        if "-" in node.tag or node.tag in _TELLING_TAGS:
            yield Candidate(node.tag, f"the element {node.tag}", _TAG)
        if node.attributes.get("role") in _SHOWN_ROLES:
            yield Candidate(by_attribute("role", node.role), f"the role {node.role}", _TAG)
        yield from self._by_class(node)

    def _by_role(self, node: Node) -> Iterator[Candidate]:
        if not node.role or not node.name:
            return
        if node.name_from == "content" and self._target.purpose is Purpose.READ:
            return  # that would be the value
        why = f"the role {node.role} with its name"
        if not (reason := self._fixed.why_not(node.name)):
            yield Candidate(by_role(node.role, node.name), why, _ROLE)
        elif opening := self._fixed.opening(node.name):
            yield Candidate(opening_with(node.role, opening), f"{why}'s beginning: {reason}", _OPENING)
        else:
            self._refuse(f"role={node.role} with its name", reason)

    def _by_label(self, node: Node) -> Iterator[Candidate]:
        for label in node.labels:
            if reason := self._fixed.why_not(label.text):
                self._refuse(f"the text {_WHERE[label.how]}", reason)
                continue
            if label.how == "before" and node.grid and not label.sure:
                continue  # the column beside it, which may be another one tomorrow
            framing = self._target.purpose in (Purpose.FRAME, Purpose.WAIT)
            if label.how in ("before", "parent", *_BEHIND) and not (framing and not label.sure):
                rank = _LABEL if label.sure else _PLACED
                yield Candidate(_beside(label, node.tag), f"the text {_WHERE[label.how]}", rank)
            elif label.how == "heading" and framing:
                yield Candidate(_holding(label, node.tag), f"the text {_WHERE[label.how]}", _LABEL)
            elif label.how in ("inside", "text") and self._target.purpose is Purpose.READ:
                selector = _holding(label, node.tag) if label.how == "inside" else by_opening(label.tag, label.text)
                yield Candidate(selector, f"the text {_WHERE[label.how]}", _INSIDE, label.text)

    def _by_grid(self, node: Node) -> Iterator[Candidate]:
        grid = node.grid
        if grid is None or self._target.purpose is not Purpose.READ:
            return
        texts = [text for text in (grid.column, grid.row) if text]
        reasons = [reason for text in texts if (reason := self._fixed.why_not(text))]
        if self._fixed.why_not(grid.column) or not all(map(can_be_literal, texts)):
            self._refuse("the head of the column", reasons[0] if reasons else "it cannot be spelt in XPath")
            return
        if grid.row and not self._fixed.why_not(grid.row):
            selector = by_cell(grid.column, grid.row, plain=grid.plain)
            yield Candidate(selector, "the head of the column and the beginning of the row", _GRID)
        elif grid.row:
            self._refuse("the beginning of the row", reasons[0])
        if grid.rows == 1:
            yield Candidate(by_cell(grid.column, "", plain=grid.plain), "the head of the column", _PLACED)

    def _by_attributes(self, node: Node) -> Iterator[Candidate]:
        for name, value in node.attributes.items():
            if name in _NO_LOCATOR:
                continue
            if reason := self._why_no_attribute(name, value):
                self._refuse(f"the attribute {name}", reason)
            else:
                yield Candidate(by_attribute(name, value), f"the attribute {name}", _ATTRIBUTES.get(name, _DATA))
        if node.tag == "input" and node.attributes.get("type") == "password":
            yield Candidate('input[type="password"]', "the kind of the field", _TYPE)

    def _why_no_attribute(self, name: str, value: str) -> str:
        if reason := self._fixed.why_not(value):
            return reason
        if name in _SEEN_ATTRIBUTES:
            return "it has digits" if any(sign.isdigit() for sign in value) else ""
        return "it looks made by a program, or counts" if is_generated(value) else ""

    def _by_class(self, node: Node) -> Iterator[Candidate]:
        for name in node.classes:
            if is_telling_class(name) and not self._fixed.why_not(name):
                yield Candidate(f".{name}", "the class", _CLASS)

    # By what is around it

    def _beside_a_label(self) -> Iterator[Candidate]:
        """A field in something beside which its label stands, not bound to it."""
        if self._target.css_only:
            return
        field, fills = self._path[0], self._target.purpose is Purpose.FILL
        for node in self._path[1:_NEAR]:
            for label in node.labels:
                if label.how in _BEHIND and field.role in _BOXES and not self._fixed.why_not(label.text):
                    yield Candidate(f"{_beside(label, node.tag)} >> {field.tag}", "the text behind it", _LABEL)
                if not fills:
                    continue
                if label.how in ("before", "parent") and not self._fixed.why_not(label.text):
                    selector = f"{_beside(label, node.tag)} >> {field.tag}"
                    yield Candidate(selector, "the text before it", _LABEL if label.sure else _PLACED)
                elif label.how == "heading" and label.near and node.tag not in ("form", "section", "body"):
                    yield Candidate(f"{_holding(label, node.tag)} >> {field.tag}", "the text beside it", _PLACED)

    def _scopes(self) -> Iterator[Candidate]:
        """What is around it and can be told, from the inside to the outside."""
        for steps, node in enumerate(self._path[1:]):
            for one in self._scopes_of(node):
                yield replace(one, rank=one.rank + steps)

    def _scopes_of(self, node: Node) -> Iterator[Candidate]:
        if not self._target.css_only:
            if node.role in _SCOPE_ROLES and node.name and not self._fixed.why_not(node.name):
                yield Candidate(by_role(node.role, node.name), f"the {node.role} with its name", 3)
            if node.role in _LANDMARKS:
                yield Candidate(by_role(node.role), f"the {node.role}", 4)
            for label in node.labels:
                if label.how in ("before", "heading") and label.sure and not self._fixed.why_not(label.text):
                    selector = _beside(label, node.tag) if label.how == "before" else _holding(label, node.tag)
                    yield Candidate(selector, f"what has the text {_WHERE[label.how]}", 5)
        for name, value in node.attributes.items():
            if name not in (*_NO_LOCATOR, "href") and not self._why_no_attribute(name, value):
                yield Candidate(by_attribute(name, value), f"what has the attribute {name}", 4)
        if "-" in node.tag or node.tag in _TELLING_TAGS:
            yield Candidate(node.tag, f"the element {node.tag}", 5)
        for name in node.classes:
            if is_telling_class(name) and not self._fixed.why_not(name):
                yield Candidate(f".{name}", "what has the class", 9)

    def _refuse(self, what: str, reason: str) -> None:
        if (one := Refused(what, reason)) not in self.refused:
            self.refused.append(one)


_BEHIND: Final = ("after", "around")
_BOXES: Final = ("checkbox", "radio")
_WHERE: Final = {
    "after": "behind it",
    "around": "behind it",
    "before": "before it",
    "parent": "before it",
    "heading": "that heads it",
    "inside": "that begins it",
    "text": "that begins it",
}


def _beside(label: Label, tag: str) -> str:
    if label.how == "after":
        return f"{tag}:has(+ {by_opening(label.tag, label.text)})"
    if label.how == "around":
        return f"{by_opening(label.tag, label.text)} > {tag}"
    said = by_text(label.tag, label.text, self_holds=label.self_holds, holder=label.holder)
    if label.how == "parent":
        return f"{said} > {tag}"
    return f"{said} {'+' if label.near else '~'} {tag}"


def _holding(label: Label, tag: str) -> str:
    said = by_text(label.tag, label.text, self_holds=label.self_holds, holder=label.holder)
    return f"{tag}:has({'> ' if label.near else ''}{said})"
