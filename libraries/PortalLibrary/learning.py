"""The browser's page, as learning asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chukyso.learn.page import SelectorError

if TYPE_CHECKING:
    from Browser import Browser


# What the driver says when a document goes while it is asked.
_GONE: Final = ("context was destroyed", "Cannot find context", "was detached", "strict mode violation", "Timeout")


class OpenPage:
    """The active page of the Browser library.

    Args:
        browser: The library.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def count(self, selector: str) -> int:
        """How many elements a selector matches now.

        Raises:
            SelectorError: No engine understands it.
        """
        try:
            return int(self._browser.get_element_count(selector))
        except AssertionError as error:
            raise SelectorError(str(error)) from error

    def run(self, selector: str, script: str, argument: object) -> Any:
        """Call a JavaScript function with the one element that a selector matches, and an argument.

        Raises:
            SelectorError: It matches none, or several.
        """
        if self.count(selector) != 1:  # the driver would wait for one
            raise SelectorError(f"{selector} matches no one element")
        try:
            return self._browser.evaluate_javascript(selector, script, arg=argument)
        except AssertionError as error:
            if any(words in str(error) for words in _GONE):
                raise SelectorError(str(error)) from error
            raise
