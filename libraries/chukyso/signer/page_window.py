"""Windows of a signer that are pages of the run's browser, as our agent's are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from chukyso.certificate import ShownCertificate
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.model.signing import WindowFacts
from chukyso.signer.protocol import Pages, WindowKind

# What a page says when it is not the one that was waited for; the reason may be one that the signer knows.
_PAGE_IS_WRONG: Final = {Code.PORTAL_CHANGED, Code.ELEMENT_NOT_READY, Code.ELEMENT_COVERED, Code.BROWSER_CLOSED}


@dataclass(frozen=True)
class Elements:
    """The elements of a window, as selectors of the Browser library; those of the certificate must be CSS.

    Attributes:
        ready: Shown when the window is there.
        accept: The button to press.
        cancel: The other one.
        pin: The field with a PIN in it.
        certificate: What the window shows of the certificate, by the names of ``ShownCertificate``.
    """

    ready: str
    accept: str
    cancel: str
    pin: str = ""
    certificate: ShownCertificate | None = None


class PageWindow:
    """See ``SigningWindow``.

    Args:
        kind: Which window.
        pages: The run's browser.
        elements: Where things are in it.
        address: Its address; "" when it follows on the page that is open.
        explain: Called with what is wrong with the page; raises what ended the request when that is the reason.
    """

    camera = None
    unseen: frozenset[str] = frozenset()

    def __init__(
        self,
        kind: WindowKind,
        pages: Pages,
        elements: Elements,
        address: str,
        explain: Callable[[], None],
    ) -> None:
        self.kind = kind
        self._pages = pages
        self._elements = elements
        self._address = address
        self._explain = explain

    @property
    def facts(self) -> WindowFacts:
        """See ``SigningWindow``."""
        return WindowFacts(self.kind.value)

    @property
    def accept_mark(self) -> str:
        """Selector of the button to press."""
        return self._elements.accept

    def open(self) -> None:
        """See ``SigningWindow``."""
        with self._explained():
            if self._address:
                self._pages.open(self._address)
            self._pages.wait_until_shown(self._elements.ready, self._named("ready"))

    def read(self) -> ShownCertificate:
        """See ``SigningWindow``."""
        shown = self._elements.certificate
        if shown is None:
            raise ChukysoError(Code.UNEXPECTED, f"window {self.kind} shows no certificate")
        with self._explained():
            selectors = {self._named(name): selector for name, selector in vars(shown).items()}
            return ShownCertificate(*self._pages.texts(selectors))

    def wait_for_pin(self) -> None:
        """See ``SigningWindow``."""
        with self._explained():
            self._pages.wait_until_shown(self._elements.pin, self._named("pin"))

    def accept(self) -> None:
        """See ``SigningWindow``."""
        with self._explained():
            self._pages.press(self._elements.accept, self._named("accept"))

    def cancel(self) -> None:
        """See ``SigningWindow``."""
        with self._explained():
            self._pages.press(self._elements.cancel, self._named("cancel"))

    def close(self) -> None:
        """See ``SigningWindow``."""
        self._pages.close()

    def _named(self, element: str) -> str:
        return f"{self.kind}_window.{element}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A window that is gone has a reason that the signer knows: the page was closed, somebody cancelled."""
        try:
            yield
        except ChukysoError as error:
            if error.code in _PAGE_IS_WRONG:
                self._explain()
            raise
