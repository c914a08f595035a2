"""Keywords that open the browser and work on pages by the profile's locator names."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from Browser.utils.data_types import ElementState, SelectionType
from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from chukyso.browser import find_browser
from chukyso.errors import ChukysoError, Code
from chukyso.portal.declaring import UPDATE
from chukyso.portal.keys import KEYS
from chukyso.portal.obstacle import why_not
from ChukysoKeywords import INTERRUPTED, interrupted
from PortalLibrary.locating import check_locators
from PortalLibrary.opening import empty_context, is_persistent, start_browser
from PortalLibrary.run import Run
from PortalLibrary.waiting import in_pieces

_FIRST_VISIBLE = """(selectors) => Object.keys(selectors).find(
    (name) => Array.from(document.querySelectorAll(selectors[name])).some((element) => element.checkVisibility()))"""

_TEXTS = """(place, selectors) => selectors.map((selector) => {
    const found = place.querySelectorAll(selector);
    return found.length === 1 ? found[0].innerText : found.length;
})"""


class PageKeywords:
    """Browser, contexts and elements."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @keyword(tags=["Browser"])
    def open_browser_for_run(self) -> str:
        """Start the Chrome, Edge or Chromium of this machine and return its executable.

        From then on every call to it has a deadline, ``timeouts.browser`` of the profile beyond what it may wait. No
        portal is contacted yet: the profile's selectors are read on an empty page, with which `Open Context` goes on.

        Fails with ``BROWSER_MISSING``, ``BROWSER_FAILED``, or ``PROFILE_INVALID`` when no engine takes a selector.

        ```robotframework
        Open Browser For Run
        ```
        """
        executable = find_browser()
        driver = self._run.driver
        if driver.over:  # a run before this one, in the same process
            driver.start_anew()
        self._run.waiting = ""
        try:
            start_browser(self._run, executable)
        except (AssertionError, ConnectionError, RuntimeError, ChukysoError) as error:
            detail = error.detail if isinstance(error, ChukysoError) else str(error)
            raise ChukysoError(Code.BROWSER_FAILED, f"{executable} on {platform.platform()}: {detail}") from error
        except BaseException:  # Ctrl-C: the Browser library forgets a driver that was still starting
            driver.end()
            raise
        try:
            if self._run.waiting:  # with its browser
                check_locators(self._run)
            else:
                self._open_empty_page()
        except BaseException:  # whoever called does not know of the browser yet
            driver.end()
            raise
        return str(executable)

    @keyword(tags=["Browser"])
    def reopen_browser_if_it_is_gone(self) -> None:
        """Start another browser when the run's was lost, once in a run; do nothing when it is there.

        It is for looking at what is registered after a submission: nothing of the first browser is in it.

        Fails with ``BROWSER_CLOSED`` when that browser was lost, too, and with ``BROWSER_FAILED``.

        ```robotframework
        Reopen Browser If It Is Gone
        ${context}    Open Context    ${run.home_url}
        ```
        """
        driver = self._run.driver
        if not driver.closed:
            return
        if self._run.reopened:
            raise ChukysoError(Code.BROWSER_CLOSED, f"again: {driver.closed}")
        logger.warn("Trình duyệt đã mất; mở một trình duyệt khác để xem chứng thư số đang đăng ký.")
        self._run.reopened = True
        self.open_browser_for_run()

    @keyword(tags=["Browser"])
    def end_browser(self) -> None:
        """Close the run's browser and end the process that drives it, in whatever state they are.

        A browser that answers no more is killed; so is one that Ctrl-C may have left in the middle of a call.

        ```robotframework
        End Browser
        ```
        """
        driver = self._run.driver
        if not driver.closed and not interrupted():
            with contextlib.suppress(AssertionError, ConnectionError, ChukysoError):  # what is left is killed
                self._run.browser.close_browser(SelectionType.ALL)
        driver.end()

    @keyword(tags=["Browser"])
    def open_context(self, url: str, *, storage_key: str = "", storage_value: str = "") -> str:
        """Open a page in a browser context of its own and return the context's id.

        No trace, HAR or video is ever recorded: they would contain the portal's password.

        - ``url``: address to open.
        - ``storage_key``: localStorage key to set for the page's origin before the page is used.
        - ``storage_value``: its value; when it is empty, nothing is set.

        Fails with ``PORTAL_UNREACHABLE``; with ``PROFILE_INVALID`` when the browser was opened for another profile, and
        no engine takes a selector of this one.

        ```robotframework
        ${context}    Open Context    ${run.home_url}
        ...    storage_key=${run.profile.signer.storage_key}    storage_value=${signer}
        ```
        """
        run, browser = self._run, self._run.browser
        if not run.waiting or run.checked != run.profile or run.waiting not in browser.get_context_ids():
            self._open_empty_page()
        else:
            browser.switch_context(run.waiting)
        context, run.waiting = run.waiting, ""
        try:
            browser.go_to(url)
        except AssertionError as error:
            # Not the path: that of the agent's windows is a secret, and the driver's message quotes it.
            site = "/".join(url.split("/")[:3])
            raise ChukysoError(Code.PORTAL_UNREACHABLE, _first_line(error).partition(" at ")[0], url=site) from None
        if storage_key and storage_value:
            self._run.browser.local_storage_set_item(storage_key, storage_value)
        return context

    def _open_empty_page(self) -> None:
        """Open a context of the run's for the page to come, and have the profile's selectors read in it.

        Raises:
            ChukysoError: ``PROFILE_INVALID``, ``BROWSER_FAILED``.
        """
        try:
            self._run.waiting = empty_context(self._run)
        except (AssertionError, ConnectionError) as error:
            raise ChukysoError(Code.BROWSER_FAILED, f"while it opened a page: {error}") from error
        check_locators(self._run)

    @keyword(tags=["Browser"])
    def switch_to_context(self, context: str) -> None:
        """Make an open context the active one.

        - ``context``: id returned by `Open Context`.

        ```robotframework
        Switch To Context    ${context}
        ```
        """
        self._run.browser.switch_context(context)

    @keyword(tags=["Browser"])
    def leave_context(self) -> None:
        """Close the active context. The only one of a browser that keeps an extension stays open.

        ```robotframework
        Press    account.log_out
        Leave Context
        ```
        """
        if not is_persistent(self._run):
            self._run.browser.close_context()

    @keyword(tags=["Page"])
    def locator(self, element: str) -> str:
        """Return the profile's selector for an element.

        - ``element``: ``page.element``.

        Fails with ``PROFILE_INCOMPLETE`` when the profile does not know it.

        ```robotframework
        ${selector}    Locator    form.register
        Take Figure    3    ${selector}
        ```
        """
        return self._run.profile.locator(element)

    @keyword(tags=["Page"])
    def press(self, element: str) -> None:
        """Click an element.

        - ``element``: ``page.element``.

        ```robotframework
        Press    home.login
        ```
        """
        self.on_page(element, self._run.browser.click)

    @keyword(tags=["Page"])
    def fill_in(self, element: str, text: str) -> None:
        """Type text into a field.

        - ``element``: ``page.element``.
        - ``text``: what to type.

        ```robotframework
        Fill In    login.username    0101234565
        ```
        """
        self.on_page(element, lambda selector: self._run.browser.fill_text(selector, text))

    @keyword(tags=["Page", "Secret"])
    def fill_in_secret(self, element: str, secret: Secret) -> None:
        """Type a secret into a field without logging it. Only the portal's password; a token PIN never goes here.

        - ``element``: ``page.element``.
        - ``secret``: the secret.

        ```robotframework
        Fill In Secret    login.password    ${password}
        ```
        """
        selector = self._run.profile.locator(element)
        try:
            self._run.browser.fill_secret(selector, secret)
        except Exception as error:  # noqa: BLE001 - it is what the Browser library raises
            # Playwright quotes what it could not type, and the error's context still does: neither goes on from here.
            text = INTERRUPTED if INTERRUPTED in str(error) else f"{selector}: the secret could not be typed"
            if Code.BROWSER_CLOSED.name in str(error):
                reason = ChukysoError(Code.BROWSER_CLOSED, text)
            else:
                reason = why_not(str(error), element, text, quotes_page=False)
        else:
            return
        raise reason

    @keyword(tags=["Page"])
    def tick(self, element: str) -> None:
        """Tick a box, and see that it is ticked.

        - ``element``: ``page.element``.

        ```robotframework
        Tick    login.organisation
        ```
        """
        self.on_page(element, self._run.browser.check_checkbox)

    @keyword(tags=["Page"])
    def read(self, element: str, *, within: str = "") -> str:
        """Return an element's text, or the value of a field, trimmed.

        - ``element``: ``page.element``.
        - ``within``: ``page.element`` in which to look.

        ```robotframework
        ${unit}    Read    account.unit
        ```
        """
        text = self.on_page(element, self._run.browser.get_text, within=within)
        return " ".join(str(text).split())

    def read_texts(self, *elements: str, within: str = "") -> list[str]:
        """Return the texts of several elements in one round trip; their selectors must be CSS."""
        selectors = {element: self._run.profile.locator(element) for element in elements}
        return self.texts_of(selectors, within)

    def texts_of(self, selectors: Mapping[str, str], within: str = "") -> list[str]:
        """Return the texts of elements in one round trip, by their name: CSS selector."""
        place = self._run.profile.locator(within) if within else "body"
        texts = self.on_page(
            within or next(iter(selectors)),
            lambda css: self._run.browser.evaluate_javascript(css, _TEXTS, arg=list(selectors.values())),
            css=place,
        )
        for element, text in zip(selectors, texts, strict=True):
            if isinstance(text, int):
                code = Code.ELEMENT_AMBIGUOUS if text else Code.PORTAL_CHANGED
                raise ChukysoError(code, f"{text} in {place}", what=element, count=text)
        return [" ".join(text.split()) for text in texts]

    @keyword(tags=["Page"])
    def wait_until_shown(self, element: str, timeout: timedelta | None = None) -> None:
        """Wait until an element is visible.

        - ``element``: ``page.element``.
        - ``timeout``: by profile when not given.

        ```robotframework
        Wait Until Shown    login.captcha_picture    timeout=30s
        ```
        """
        self.wait_for_visible(element, self._run.profile.locator(element), timeout or self._run.page_timeout)

    def wait_for_visible(self, element: str, selector: str, wait: timedelta) -> None:
        """Wait until an element is visible, by its name and selector."""
        self.on_page(element, lambda css: self._wait_for(css, ElementState.visible, wait), css=selector)

    @keyword(tags=["Page"])
    def wait_until_gone(self, element: str) -> None:
        """Wait until no such element is visible.

        - ``element``: ``page.element``.

        ```robotframework
        Wait Until Gone    toast.error
        ```
        """
        wait = self._run.page_timeout
        self.on_page(element, lambda css: self._wait_for(f"{css} >> nth=0", ElementState.hidden, wait))

    @keyword(tags=["Page"])
    def wait_for_first_of(self, *elements: str, timeout: timedelta | None = None) -> str:
        """Wait until one of several elements is visible and return its name. Their selectors must be CSS.

        - ``elements``: names as ``page.element``; the earlier one wins when two are visible. One that this run does not
          need and the profile does not know is left out.
        - ``timeout``: by profile when not given.

        Fails with ``PORTAL_TIMEOUT``.

        ```robotframework
        ${shown}    Wait For First Of    account.menu    units.dialog    toast.error    timeout=30s
        ```
        """
        wait = timeout or self._run.page_timeout
        profile = self._run.profile
        selectors = {
            one: profile.locator(one) for one in elements if profile.knows(one) or not _only_with_an_option(one)
        }
        union = ", ".join(selectors.values())
        try:
            self._wait_for(f"css={union} >> visible=true >> nth=0", ElementState.visible, wait)
            found = self._run.browser.evaluate_javascript(None, _FIRST_VISIBLE, arg=selectors)
        except AssertionError as error:
            raise ChukysoError(
                Code.PORTAL_TIMEOUT,
                f"none of {selectors}: {_first_line(error)}",
                seconds=f"{wait.total_seconds():g}",
                awaited=f" (chờ {', '.join(selectors)})",
            ) from error
        if not found:
            raise ChukysoError(Code.PORTAL_CHANGED, f"vanished at once: {list(elements)}", what=" / ".join(elements))
        return str(found)

    def _wait_for(self, css: str, state: ElementState, wait: timedelta) -> None:
        in_pieces(wait, lambda piece: self._run.browser.wait_for_elements_state(css, state, piece))

    def on_page(self, element: str, action: Any, *, within: str = "", css: str = "") -> Any:
        """Do something with an element; a failure says which one, by its name in the profile."""
        selector = css or self._run.profile.locator(element)
        if within:
            selector = f"{self._run.profile.locator(within)} >> {selector}"
        try:
            return action(selector)
        except AssertionError as error:
            logger.debug(str(error))
            raise why_not(str(error), element, f"{selector}: {_first_line(error)}") from error


def _only_with_an_option(element: str) -> bool:
    """Whether no run needs the element unless it was given a variable for it."""
    return not UPDATE.intersection(KEYS[f"locators.{element}"].needed)


def _first_line(error: AssertionError) -> str:
    return str(error).partition("\n")[0]
