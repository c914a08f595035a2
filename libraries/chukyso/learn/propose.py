"""Proposes a locator for what a person pointed at: thought of, tried in the page, tried again when it was redrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from chukyso.learn.candidates import Candidate, Candidates, Refused
from chukyso.learn.description import Node, Pointed, read_node
from chukyso.learn.page import Page, SelectorError, ask
from chukyso.learn.personal import FixedText
from chukyso.learn.target import Purpose, Target
from chukyso.portal.kinds import WrongValueError

ENOUGH: Final = 3
"""So many good ones are looked for; the best is proposed."""
_MOST_TRIALS: Final = 80
_HTML: Final = "html"
_NOTHING: Final = Refused("the element", "it has no name, label, attribute or class by which it could be told")


@dataclass(frozen=True)
class Proposal:
    """What was found out.

    Attributes:
        target: What it is for.
        good: Locators that match the element and nothing else, best first; none when there is no good one.
        refused: What was thought of and is no locator, with the reason.
    """

    target: Target
    good: tuple[Candidate, ...]
    refused: tuple[Refused, ...]

    @property
    def best(self) -> Candidate | None:
        return self.good[0] if self.good else None


def propose(
    page: Page,
    pointed: Pointed,
    target: Target,
    fixed: FixedText | None = None,
    redraw: Callable[[], object] | None = None,
) -> Proposal:
    """Propose a locator.

    Args:
        page: The page, as it was when the person pointed.
        pointed: What the watch told.
        target: What it is for.
        fixed: Tells which texts are the page's own; knows the values of the account that is open.
        redraw: Has the page drawn again; every good locator must then match one element of the same meaning.
    """
    trials = _Trials(page, target, pointed.document)
    candidates = Candidates(pointed, target, fixed or FixedText())
    trials.run(candidates.plain())
    if len(trials.good) < ENOUGH:
        trials.run(candidates.within_others(trials.ambiguous))
    if redraw is not None:
        redraw()
        trials.again(fixed or FixedText())
    good = sorted(trials.good, key=lambda one: (one.rank, len(one.selector)))
    refused = (*candidates.refused, *trials.refused)
    return Proposal(target, tuple(good), refused if good or refused else (_NOTHING,))


class _Trials:
    """Candidates tried in the page."""

    def __init__(self, page: Page, target: Target, document: str) -> None:
        self._page, self._target, self._document = page, target, document
        self._left = _MOST_TRIALS
        self._nodes: dict[str, Node] = {}
        self.good: list[Candidate] = []
        self.ambiguous: list[Candidate] = []
        self.refused: list[Refused] = []

    def run(self, candidates: list[Candidate]) -> None:
        """Try candidates in their order, until there are enough good ones."""
        for one in candidates:
            if len(self.good) >= ENOUGH or self._left <= 0:
                return
            self._left -= 1
            if reason := self._why_not(one):
                self.refused.append(Refused(one.selector, reason))
            else:
                self.good.append(one)
                self._nodes[one.selector] = self._node(one.selector)

    def again(self, fixed: FixedText) -> None:
        """Try the good ones in the page that was drawn again."""
        for one in list(self.good):
            reason = self._why_not_again(one, fixed)
            if reason:
                self.good.remove(one)
                self.refused.append(Refused(one.selector, f"after the page was drawn again: {reason}"))

    def _why_not(self, one: Candidate) -> str:
        try:
            self._target.kind.read(one.selector)
        except WrongValueError:
            return "the profile takes CSS here only" if self._target.css_only else "it is no selector"
        try:
            count, meant = self._count_css(one) if self._target.css_only else self._count(one)
        except SelectorError as error:
            return f"the browser does not take it: {str(error).partition(chr(10))[0]}"
        if count == 1:
            return "" if meant else "it matches another element"
        if count > 1:
            self.ambiguous.append(one)
        return f"it matches {count} elements" if count else "it matches nothing"

    def _count(self, one: Candidate) -> tuple[int, bool]:
        selector = self._placed(one.selector)
        count = self._page.count(selector)
        return count, count == 1 and bool(ask(self._page, selector, "is"))

    def _count_css(self, one: Candidate) -> tuple[int, bool]:
        """By the page's own engine, which reads these keys in a run."""
        within = self._target.within
        told: dict[str, Any] = ask(self._page, within or _HTML, "one", css=one.selector, within=bool(within))
        return int(told["count"]), bool(told["meant"])

    def _why_not_again(self, one: Candidate, fixed: FixedText) -> str:
        selector = self._placed(one.selector)
        try:
            count = self._page.count(selector)
            if count != 1:
                return f"it matches {count} elements" if count else "it matches nothing"
            now = self._node(one.selector)
        except SelectorError as error:
            return f"the browser does not take it: {str(error).partition(chr(10))[0]}"
        before = self._nodes[one.selector]
        same = _meaning(before, self._target, fixed) == _meaning(now, self._target, fixed)
        return "" if same else "it matches an element of another meaning"

    def _node(self, selector: str) -> Node:
        return read_node(ask(self._page, self._placed(selector), "again"))

    def _placed(self, selector: str) -> str:
        return f"{self._target.within} >> {selector}" if self._target.within else selector


def _meaning(node: Node, target: Target, fixed: FixedText) -> tuple[object, ...]:
    """What an element is, whatever the data of the page."""
    named = node.name if target.purpose in (Purpose.PRESS, Purpose.FILL) else ""
    name = fixed.opening(named) if fixed.why_not(named) else "".join(sign for sign in named if not sign.isdigit())
    labels = frozenset((one.how, one.text) for one in node.labels if one.sure and not fixed.why_not(one.text))
    grid = (node.grid.column, node.grid.row) if node.grid else None
    return node.tag, node.role, node.attributes.get("type", ""), name, labels, grid
