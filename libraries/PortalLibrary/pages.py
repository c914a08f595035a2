"""The run's browser for the windows of a signer, which knows its own selectors."""

from __future__ import annotations

from collections.abc import Mapping

from PortalLibrary.page import PageKeywords
from PortalLibrary.run import Run


class RunPages:
    """See ``chukyso.signer.protocol.Pages``.

    Args:
        run: The current run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._page = PageKeywords(run)

    def open(self, address: str) -> None:
        """Open a page in a context of its own."""
        self._page.open_context(address)

    def close(self) -> None:
        """Close that context."""
        self._run.browser.close_context()

    def wait_until_shown(self, selector: str, what: str) -> None:
        """Wait until an element is visible, as long as the profile gives a page."""
        self._page.wait_for_visible(what, selector, self._run.page_timeout)

    def press(self, selector: str, what: str) -> None:
        """Click an element."""
        self._page.on_page(what, self._run.browser.click, css=selector)

    def texts(self, selectors: Mapping[str, str]) -> list[str]:
        """The texts of elements, by their name: CSS selector."""
        return self._page.texts_of(selectors)
