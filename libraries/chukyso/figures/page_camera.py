"""The camera for a page of a browser.

The page is reached through ``Page``, so that this knows neither Robot Framework nor a browser's driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from chukyso.errors import ChukysoError, Code
from chukyso.figures.measurement import Measurement
from chukyso.figures.taking import FigureOptions, View

OVERLAY_HOST = "chukyso-figure-marks"
SECRET_DOTS = 8
SETTLE_TIMEOUT = 5.0
_PREPARE = (Path(__file__).parent / "overlay.js").read_text(encoding="utf-8")
_PREPARE = _PREPARE[_PREPARE.index("async (") :]  # what the driver gets must begin as a function
_MEASURE = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8")
_MEASURE = _MEASURE[_MEASURE.index("({ host") :]
_REMOVE = """(name) => {
    const host = document.querySelector(name);
    host?.figure?.undo.reverse().forEach((step) => step());
    host?.remove();
}"""


class Page(Protocol):
    """The active page of a browser."""

    def evaluate(self, script: str, argument: object, selector: str = "") -> object:
        """Run a JavaScript function in the page with the element (if a selector is given) and the argument."""

    def photograph(self, path: Path, *, full_page: bool) -> None:
        """Write a PNG of the page."""

    def snapshot(self) -> str:
        """The page's ARIA snapshot, YAML. It holds what is in every field; nothing may log it."""


class PageCamera:
    """Takes pictures of a page.

    Waits until fonts are loaded, pictures decoded and animations over; frames the marked elements and numbers them in
    the given order; puts a fixed number of dots over every field that holds a secret, and a flat colour over what is
    about a person when that is asked for; removes all that right after the picture.

    Args:
        page: The page.
    """

    def __init__(self, page: Page) -> None:
        self._page = page

    def shoot(self, path: Path, marks: Sequence[str], options: FigureOptions, *, full_page: bool) -> View:
        """See ``Camera``; marks are selectors."""
        with self._prepared(marks, options.personal) as told:
            taken, browser = datetime.now(UTC), str(told["browser"])
            self._page.photograph(path, full_page=full_page)
            measurement = self._measure(options, browser, full_page)
        return View(str(told["page"]), bool(told["settled"]), browser, measurement, taken)

    @contextmanager
    def _prepared(self, marks: Sequence[str], personal: Mapping[str, object] | None) -> Iterator[Mapping[str, object]]:
        options = {
            "host": OVERLAY_HOST,
            "dots": SECRET_DOTS,
            "timeout": int(SETTLE_TIMEOUT * 1000),
            "personal": personal,
        }
        try:
            told: object = None
            for number, selector in enumerate(marks, start=1):
                told = self._page.evaluate(_PREPARE, {**options, "number": number}, selector)
            if not marks:
                told = self._page.evaluate(f"(options) => ({_PREPARE})(null, options)", options)
            if not isinstance(told, Mapping):
                raise ChukysoError(Code.UNEXPECTED, f"the page answered {told!r}")
            yield told
        finally:
            self._page.evaluate(_REMOVE, OVERLAY_HOST)

    def _measure(self, options: FigureOptions, browser: str, full_page: bool) -> Measurement | None:
        """Measure the page while it is still prepared. The snapshot would hold secrets: they are hidden from it first.

        A page that cannot be measured keeps no run from its work: its figure is not compared.
        """
        if options.table is None:
            return None
        asked = {"host": OVERLAY_HOST, "fullPage": full_page, **options.table.for_page()}
        try:
            measured = self._page.evaluate(_MEASURE, asked)
            if not isinstance(measured, Mapping):
                return None
            return Measurement.from_page(measured, self._page.snapshot(), browser)
        except AssertionError:  # how the driver says that something on the page failed
            return None
