"""What is still to be learned of a portal, in the order in which a run comes by, and how a person is asked for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from chukyso.learn.propose import Proposal
from chukyso.learn.target import Purpose, Target, target_of
from chukyso.portal.declaring import Need
from chukyso.portal.keys import KEYS
from chukyso.portal.locators import LOCATORS
from chukyso.portal.profile import Profile

_LOCATORS: Final = "locators."
# Where an element is met that is not named after its page.
_PAGES: Final = {"certificate": "form", "toast": ""}
_FRAMED: Final = {"certificate": "form.registered", "toast.text": "toast.error"}
_VERBS: Final = {
    Purpose.PRESS: "Bấm vào {what}",
    Purpose.FILL: "Bấm vào {what}; chưa cần gõ gì",
    Purpose.READ: "Chỉ (bấm) vào {what}",
    Purpose.FRAME: "Bấm vào tiêu đề hoặc dòng chữ đầu tiên của {what}",
    Purpose.WAIT: "Bấm vào một chỗ trên trang chỉ {what}",
}
_SEVERAL: Final = ("units.rows",)
"""Elements of which a page has more than one: pointing at one of them does not tell the others."""


@dataclass(frozen=True)
class Lesson:
    """One thing that a person is asked to show.

    Attributes:
        element: ``page.element``.
        question: What the person is to do, Vietnamese.
        target: What the locator is for.
    """

    element: str
    question: str
    target: Target


class Course:
    """What is still to be learned.

    Args:
        profile: What is known so far.
        needs: For what it is to be enough.
        only: ``page.element`` of what is asked for even though a value is known, because it fits no longer; then
            nothing else is.

    Attributes:
        remaining: ``page.element`` of what is still to be asked, in order.
        skipped: What the person could or would not show.
        untaught: Keys that are needed and not known, and that no pointing can teach.
    """

    def __init__(self, profile: Profile, needs: Collection[Need], only: Collection[str] = ()) -> None:
        self._known = {one: selector for one, selector in profile.locators.items() if profile.knows(one)}
        missing = [one.key for one in profile.missing(needs)]
        order = [key.name.removeprefix(_LOCATORS) for key in LOCATORS]
        wanted = set(only) or {key.removeprefix(_LOCATORS) for key in missing if key.startswith(_LOCATORS)}
        if unknown := wanted - set(order):
            raise KeyError(*sorted(unknown))
        self.remaining = sorted(wanted - set(_SEVERAL), key=order.index)
        self.untaught = [] if only else [key for key in missing if key.removeprefix(_LOCATORS) not in self.remaining]
        self.skipped: list[str] = []

    def next(self, page: str) -> Lesson | None:
        """What to ask on a page that the run has come to; None when all of it is known.

        An element that is looked for within another one comes after that one.

        Args:
            page: ``home``, ``login``, ``units``, ``account``, ``form``, ``result``; ``toast`` while an error is shown.
        """
        for element in self.remaining:
            if page_of(element) == page and self._frame_is_known(element):
                frame = _frame_of(element)
                target = target_of(element, self._known[frame] if frame else "")
                return Lesson(element, question_for(element), target)
        return None

    def learned(self, element: str, selector: str) -> None:
        """Take note of what was learned."""
        self.remaining.remove(element)
        self._known[element] = selector

    def skip(self, element: str) -> None:
        """Ask no more for this one."""
        self.remaining.remove(element)
        self.skipped.append(element)

    def _frame_is_known(self, element: str) -> bool:
        frame = _frame_of(element)
        return not frame or frame in self._known


def page_of(element: str) -> str:
    """The page on which an element is met."""
    page = element.partition(".")[0]
    return _PAGES.get(page, page) or page


def question_for(element: str) -> str:
    """What a person is to do who is asked for an element, Vietnamese."""
    what = KEYS[f"{_LOCATORS}{element}"].vi.rstrip(".")
    abbreviated = len(what.split()[0]) > 1 and what.split()[0].isupper()
    what = what if abbreviated else what[0].lower() + what[1:]
    if element.partition(".")[0] == "certificate":
        what = what.replace("trong khung", "trong khung của chứng thư số đang đăng ký")
    return f"{_VERBS[target_of(element).purpose].format(what=what)}."


def answer_to(proposal: Proposal) -> str:
    """What a person is told of what was shown, Vietnamese."""
    if proposal.best is not None:
        return "Đã nhận ra. Nếu phần được đánh dấu không đúng, hãy chỉ lại."
    if proposal.target.css_only and any("CSS" in one.reason for one in proposal.refused):
        return (
            "Chỗ này chỉ nhận ra được nhờ chữ bên cạnh, mà khóa này cần CSS. Hãy bỏ qua và gửi tệp cho người bảo trì."
        )
    return "Chưa có cách nào nhận ra chắc chắn chỗ này. Hãy chỉ vào chữ hoặc nút ngay trong nó, hoặc bỏ qua."


def _frame_of(element: str) -> str:
    return _FRAMED.get(element) or _FRAMED.get(element.partition(".")[0], "")
