"""The guide's steps as a plain Playwright script: the same clicks, signature and pictures, nothing around them.

Usage: python playwright_update.py OUTPUT_DIRECTORY [STATE_FILE_OF_A_RUNNING_SANDBOX]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peer import PROFILE, Signing, home_url, locator, open_sandbox
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.sandbox.client import Sandbox

MARK = "(element) => { element.style.outline = '3px solid #d0021b'; element.style.outlineOffset = '3px'; }"
READ = "(element) => element.textContent.trim()"


class Clock:
    """Moments and sums of the phases, in seconds of ``time.monotonic``, as ``phases.py`` reads them."""

    def __init__(self) -> None:
        self.marks: dict[str, float] = {"signing": 0.0, "evidence": 0.0}

    def mark(self, moment: str) -> None:
        self.marks[moment] = time.monotonic()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.marks[name] += time.monotonic() - started


class Update:
    """One run.

    Args:
        output: Where pictures and the signed document go.
        sandbox: The sandbox.
        clock: What is measured.
    """

    def __init__(self, output: Path, sandbox: Sandbox, clock: Clock) -> None:
        self._output = output
        self._sandbox = sandbox
        self._clock = clock

    def run(self, browser: Browser) -> None:
        details = self._sandbox.details
        signing = Signing(details)
        try:
            page = self._open(browser, home_url(details))
            page.evaluate("([key, value]) => localStorage.setItem(key, value)", [_agent_key(), signing.url])
            self._clock.mark("opened")
            self._log_in(page, figure=True)
            self._open_form(page, figure=True)
            serial = self._register(page, signing)
            self._sign(browser, signing)
            self._receive(page)
            self._confirm(browser, serial)
            self._clock.mark("finished")
        finally:
            signing.close()

    def _open(self, browser: Browser, url: str) -> Page:
        settings = PROFILE.browser
        context = browser.new_context(
            viewport={"width": settings.width, "height": settings.height},
            device_scale_factor=settings.scale,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        page = context.new_page()
        page.goto(url)
        return page

    def _log_in(self, page: Page, *, figure: bool) -> None:
        details = self._sandbox.details
        _find(page, "home.login").click()
        _find(page, "login.organisation").check()
        _find(page, "login.username").fill(details.tax_code)
        _find(page, "login.password").fill(details.password_file.read_text(encoding="utf-8"))
        picture = _find(page, "login.captcha_picture").get_attribute("src") or ""
        _find(page, "login.captcha").fill(self._sandbox.control.captcha_answer(picture))
        if figure:
            self._figure(page, 1, "login.submit")
        _find(page, "login.submit").click()

    def _open_form(self, page: Page, *, figure: bool) -> None:
        _find(page, "account.menu").click()
        if figure:
            _find(page, "account.change_information").wait_for()
            self._figure(page, 2, "account.change_information")
        _find(page, "account.change_information").click()
        _find(page, "form.ready").wait_for()

    def _register(self, page: Page, signing: Signing) -> str:
        serial = signing.offer(_registered(page))
        _find(page, "form.new_ready").wait_for()
        _find(page, "form.commitment").check()
        self._figure(page, 3, "form.register")
        _find(page, "form.register").click()
        return serial

    def _sign(self, browser: Browser, signing: Signing) -> None:
        with self._clock.phase("signing"):
            url = signing.take_request()
        window = self._open(browser, url)
        self._figure(window, 4, "certificate_window.accept")
        _find(window, "certificate_window.accept").click()
        _find(window, "pin_window.ready").wait_for()
        with self._clock.phase("signing"):
            signing.give_pin()
        _find(window, "pin_window.filled").wait_for()
        self._figure(window, 5, "pin_window.accept")
        _find(window, "pin_window.accept").click()
        with self._clock.phase("signing"):
            document = signing.result()
        with self._clock.phase("evidence"):
            (self._output / "submission.xml").write_bytes(document)
        window.context.close()

    def _receive(self, page: Page) -> None:
        _find(page, "result.serial").wait_for()
        self._figure(page, 6, "result.serial")
        _find(page, "result.close").click()
        self._log_out(page)

    def _confirm(self, browser: Browser, serial: str) -> None:
        page = self._open(browser, home_url(self._sandbox.details))
        self._log_in(page, figure=False)
        self._open_form(page, figure=False)
        assert _registered(page) == serial, "the new certificate is not registered"
        self._log_out(page)

    def _log_out(self, page: Page) -> None:
        _find(page, "account.menu").click()
        _find(page, "account.log_out").click()
        _find(page, "home.login").wait_for()
        page.context.close()

    def _figure(self, page: Page, number: int, mark: str) -> None:
        with self._clock.phase("evidence"):
            _find(page, mark).evaluate(MARK)
            page.screenshot(path=self._output / f"figure-{number}.png")


def _find(page: Page, element: str) -> Locator:
    return page.locator(locator(element))


def _registered(page: Page) -> str:
    shown = page.locator(f"{PROFILE.locator('form.registered')} >> {PROFILE.locator('certificate.serial')}")
    return str(shown.evaluate(READ)).lower()


def _agent_key() -> str:
    return PROFILE.signer.storage_key


def main(output: Path, state: str) -> None:
    """Carry the update out and write ``phases.json``."""
    clock = Clock()
    sandbox = open_sandbox(state)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_browser(), headless=True, chromium_sandbox=can_sandbox_processes()
            )
            Update(output, sandbox, clock).run(browser)
            browser.close()
    finally:
        sandbox.stop()
    print(json.dumps(clock.marks))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
