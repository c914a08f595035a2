"""What learning asks of a page, and what it sends there."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Protocol


class Page(Protocol):
    """An open page. The keyword libraries fulfil it with the browser's driver; its selectors are the driver's."""

    def count(self, selector: str) -> int:
        """How many elements a selector matches now; 0 as well when it leads into a frame that is not there.

        Raises:
            SelectorError: No engine understands it.
        """
        ...

    def run(self, selector: str, script: str, argument: object) -> Any:
        """Call a JavaScript function with the one element that a selector matches, and an argument.

        Raises:
            SelectorError: It matches none, or several.
        """
        ...


class SelectorError(Exception):
    """A selector cannot be used as it was meant to."""


@cache
def watch_script() -> str:
    """The function that sees what is pointed at, JavaScript."""
    return (files("chukyso.learn") / "watch.js").read_text(encoding="utf-8")


def ask(page: Page, selector: str, order: str, **details: object) -> Any:
    """Have the script carry out an order with the one element that a selector matches."""
    return page.run(selector, watch_script(), {"do": order, **details})
