"""Which personal data may be seen: nothing is hidden (``full``), or contact data is shortened everywhere (``masked``).

What proves the update stays in either case: MST, owner and serial of the certificates, moments, hashes. The signed
document stays as it was sent: a changed byte would be no proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chukyso.evidence.model.run import Privacy
from chukyso.figures.rules import rules

COVER = "#8a94a3"
"""Colour of what is covered in a picture."""
_KEPT_DIGITS = 2
_SEPARATORS = re.compile(r"[ .-]")


def read_policy(text: str) -> Privacy:
    """The policy that a run is to begin with. What is not understood masks: the options refuse it a moment later."""
    return Privacy.FULL if text.strip().lower() in ("", Privacy.FULL) else Privacy.MASKED


class Masker:
    """Shortens data about persons in texts.

    Args:
        keep: What only looks like a person's number: the account's MST.
    """

    def __init__(self, keep: Iterable[str] = ()) -> None:
        self._keep = {_bare(one) for one in keep if one}
        self._known: set[str] = set()

    @property
    def unmasked(self) -> list[str]:
        """Values that stay, in order."""
        return sorted(self._keep)

    @property
    def known(self) -> list[str]:
        """Values that are masked wherever they appear, longest first."""
        return sorted(self._known, key=lambda one: (-len(one), one))

    def keep(self, *texts: str) -> None:
        """Let these stay: they prove whose account it is."""
        self._keep |= {_bare(text) for text in texts if text}

    def know(self, *texts: str) -> None:
        """Mask these wherever they appear, whatever they look like."""
        self._known |= {text.strip() for text in texts if len(text.strip()) > 3 and _bare(text) not in self._keep}

    def text(self, text: str) -> str:
        """The text with every e-mail address, telephone and identity number shortened."""
        for value in self.known:
            if value in text:
                text = text.replace(value, shorten(value))
        for personal in rules().personal:
            text = personal.pattern.sub(self._one, text)
        return text

    def value(self, value: object) -> object:
        """The same for whatever a journal may hold."""
        if isinstance(value, str) and type(value) is str:
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(item) for name, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list | tuple) else value

    def for_page(self, selectors: Iterable[str]) -> dict[str, object]:
        """What the overlay must know to cover the same in a picture."""
        return {
            "selectors": list(selectors),
            "patterns": [personal.source for personal in rules().personal],
            "known": self.known,
            "keep": self.unmasked,
            "colour": COVER,
        }

    def _one(self, match: re.Match[str]) -> str:
        return match.group() if _bare(match.group()) in self._keep else shorten(match.group())


def shorten(value: str) -> str:
    """``k***@example.vn``, ``09** *** *12``; asterisks for anything else."""
    name, at, host = value.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    digits = re.sub(r"\D", "", value)
    if len(digits) in (10, 11) and not re.search(r"[^\W\d]", value):
        return f"{digits[:_KEPT_DIGITS]}** *** *{digits[-_KEPT_DIGITS:]}"
    return "***"


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text.strip())
