"""The keyword that takes a figure."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.outcome import code_in
from chukyso.figures.page_camera import PageCamera
from chukyso.figures.taking import Camera, take_failure_picture, take_figure
from ChukysoKeywords import interrupted
from EvidenceLibrary.listener import StepListener
from EvidenceLibrary.matching import figure_options, match_now, stop_on_change
from EvidenceLibrary.run import CurrentRun, link_in_log

if TYPE_CHECKING:
    from Browser import Browser

_LOG_WIDTH = 800


class BrowserPage:
    """The active page of the Browser library."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def evaluate(self, script: str, argument: object, selector: str = "") -> object:
        try:
            return self._browser.evaluate_javascript(selector or None, script, arg=argument)
        except AssertionError as error:
            if not selector:
                raise
            raise ChukysoError(Code.PORTAL_CHANGED, f"{selector}: {error}", what=selector) from error

    def photograph(self, path: Path, *, full_page: bool) -> None:
        self._browser.take_screenshot(str(path.with_suffix("")), fullPage=full_page, log_screenshot=False)

    def snapshot(self) -> str:
        level = BuiltIn().set_log_level("NONE")  # the keyword logs all of it, what stands in fields included
        try:
            return str(self._browser.get_aria_snapshot("body"))
        finally:
            BuiltIn().set_log_level(level)


class FigureKeywords:
    """Figures."""

    def __init__(self, run: CurrentRun, steps: StepListener) -> None:
        self._run = run
        self._steps = steps

    @keyword(tags=["Figure"])
    def take_figure(
        self, number: int, mark: str | list[str] = "", *, full_page: bool = False, camera: Camera | None = None
    ) -> str:
        """Take a figure of the active page and return its path.

        Waits until fonts are loaded, pictures decoded and animations over; frames the elements to press in red and
        numbers them; shows every field for a secret as eight dots, whatever is in it; leaves the page as it was.
        The figure appears in log.html with the guide's caption. After `Compare Figures With References` it is compared
        with its reference, too; in a ``masked`` run what is about a person is covered with one flat colour.

        - ``number``: 1 to 6, as in the guide.
        - ``mark``: selector, or list of selectors, of the elements to press.
        - ``full_page``: the whole page instead of what fits into the window.
        - ``camera``: what takes the picture, for a window that is no page; it says what ``mark`` means.

        Fails with ``PORTAL_CHANGED`` when an element to mark is not there, with ``OUTPUT_DISK_FULL``, and, when the
        comparison is strict and nothing was submitted yet, with ``FIGURE_MISMATCH``.

        ```robotframework
        ${selector}    Locator    login.submit
        Take Figure    1    ${selector}
        ```
        """
        marks = [mark] if isinstance(mark, str) else mark
        camera = camera or PageCamera(BrowserPage(BuiltIn().get_library_instance("Browser")))
        selectors = [one for one in marks if one]
        options = figure_options(self._run, number)
        shot = take_figure(camera, self._run.output, number, selectors, full_page=full_page, options=options)
        view = shot.view
        if not view.settled:
            logger.warn(f"Figure {number} was taken although what it shows did not come to rest")
        match = match_now(self._run, number, view)
        record = self._run.record.with_figure(replace(shot.figure, match=match))
        if not record.host.browser:
            record = replace(record, host=replace(record.host, browser=view.browser))
        self._run.become(record)
        structure = match.structure if match else None
        self._run.journal.append(
            "figure",
            number=number,
            caption=shot.figure.caption,
            file=shot.figure.path,
            sha256=shot.figure.sha256,
            structure=structure,
        )
        path = self._run.output / shot.figure.path
        logger.info(picture_html(path, shot.figure.caption), html=True)
        self._run.console.line(f"    Hình {number} đã chụp ({self._steps.elapsed})")
        stop_on_change(self._run, number, match)
        return str(path)

    @keyword(tags=["Figure"])
    def note_missing_figure(self, number: int, error: str) -> None:
        """Note that a figure could not be taken, and why: the manifest, the report and the operator are told.

        - ``number``: 1 to 6.
        - ``error``: Robot's message of the failure.

        ```robotframework
        TRY
            Take Figure    6    ${selector}
        EXCEPT    AS    ${error}
            Note Missing Figure    6    ${error}
        END
        ```
        """
        code = code_in(error) or Code.UNEXPECTED
        self._run.update(missed={**self._run.record.missed, number: code.name})
        logger.warn(f"Figure {number} is missing: {error}")
        self._run.console.line(f"    Hình {number} không chụp được ({code.name})")
        try:
            self._run.journal.append("figure-missing", number=number, code=code.name)
        except ChukysoError as full:  # the run must go on to its end, and ends with this error there
            logger.warn(f"Not in the journal: {full.detail}")

    @keyword(tags=["Figure"])
    def take_failure_picture(self) -> None:
        """Take ``evidence/failure.png`` of the active page, secrets covered as in a figure; show it in log.html.

        Does nothing when there is no page or no evidence: it must not hide the failure. Nor after Ctrl-C: Python may
        have broken off a call to the browser's driver with its lock held, and the next one would wait for ever.

        ```robotframework
        IF    $TEST_STATUS == 'FAIL'    Take Failure Picture
        ```
        """
        if not self._run.active or interrupted():
            return
        try:
            browser: Browser = BuiltIn().get_library_instance("Browser")
            if browser.get_url() == "about:blank":  # nothing was opened yet
                return
            camera = PageCamera(BrowserPage(browser))
            path = take_failure_picture(camera, self._run.output, figure_options(self._run, 0).personal)
        except (AssertionError, ConnectionError, ChukysoError) as error:
            logger.info(f"No picture of the failure: {error}")
            return
        logger.info(picture_html(path, "Màn hình lúc dừng lại"), html=True)


def picture_html(path: Path, text: str) -> str:
    """A picture for log.html: linked relative to the log, so that the directory can be moved as a whole."""
    link = html.escape(link_in_log(path), quote=True)
    caption = html.escape(text)
    style = "max-width: 100%; border: 1px solid #c9d0d9"
    return (
        f'<figure style="margin: 0"><a href="{link}" target="_blank">'
        f'<img src="{link}" alt="{caption}" width="{_LOG_WIDTH}" style="{style}"></a>'
        f"<figcaption><i>{caption}</i></figcaption></figure>"
    )
