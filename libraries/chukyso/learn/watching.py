"""Watches a person who points at something in a page, in whichever of its frames."""

from __future__ import annotations

import json
from typing import Any, Final

from chukyso.learn.candidates import Candidates
from chukyso.learn.description import Pointed, read_pointed
from chukyso.learn.page import Page, SelectorError, ask
from chukyso.learn.personal import FixedText
from chukyso.learn.target import Purpose, Target
from chukyso.portal.kinds import SELECTOR

_DEEPEST: Final = 4
_FRAME: Final = Target("", Purpose.WAIT, SELECTOR)


class Watch:
    """Sees what is pointed at.

    The page is only asked, so a document that is loaded meanwhile, and a frame that comes later, are watched from the
    next question on.

    Args:
        page: The page.
        purpose: What the element is for: of a picture in a button the button is meant when it is to be pressed.
        hold: Whether the page must not see the person's clicks: they point, and nothing happens.
    """

    def __init__(self, page: Page, purpose: Purpose, *, hold: bool = True) -> None:
        self._page, self._purpose, self._hold = page, purpose, hold
        self._frames: dict[str, str] = {}

    def begin(self) -> None:
        """Forget what was pointed at before, and watch."""
        for document in self.documents():
            self._ask(document, "begin", purpose=self._purpose, hold=self._hold)

    def poll(self) -> Pointed | None:
        """What was pointed at since the last question; None when nothing was."""
        for document in self.documents():
            self._ask(document, "keep", purpose=self._purpose, hold=self._hold)
            if told := self._ask(document, "poll"):
                return read_pointed(told, document)
        return None

    def end(self) -> None:
        """Let the page have the person's clicks again."""
        for document in self.documents():
            self._ask(document, "end")

    def _ask(self, document: str, order: str, **details: object) -> Any:
        try:
            return ask(self._page, f"{document}html", order, **details)
        except SelectorError:  # the frame went, or another page is being loaded
            return None

    def documents(self, document: str = "", depth: int = 0) -> list[str]:
        """What a selector begins with to lead into each document of the page that can be told; outside first.

        Args:
            document: From this one on; "" for the page's own.
            depth: Within how many others that is.
        """
        found = [document]
        if depth < _DEEPEST:
            for place, told in enumerate(self._ask(document, "frames") or ()):
                if frame := self._frame(document, place, told):
                    found += self.documents(f"{frame} >>> ", depth + 1)
        return found

    def _frame(self, document: str, place: int, told: dict[str, Any]) -> str:
        """Selector of a frame, with those around it; "" when nothing tells it from others."""
        known = f"{document} {json.dumps(told)}"
        if known not in self._frames:
            self._ask(document, "mean", frame=place)
            self._frames[known] = self._tell(read_pointed(told, document))
        return self._frames[known]

    def _tell(self, frame: Pointed) -> str:
        candidates = Candidates(frame, _FRAME, FixedText())
        only = f"{frame.document}{frame.path[0].tag}"  # where a page has one frame, its tag says which
        selectors = [*(one.selector for one in candidates.plain()), only]
        return next((one for one in selectors if self._is_frame(one)), "")

    def _is_frame(self, selector: str) -> bool:
        try:
            return self._page.count(selector) == 1 and bool(ask(self._page, selector, "is", frame=True))
        except SelectorError:
            return False
