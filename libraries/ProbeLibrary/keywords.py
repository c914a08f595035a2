"""Keywords that look at a portal's public pages and say what has changed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Final

from Browser.utils.data_types import ElementState, PageLoadStates, ServiceWorkersPermissions
from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from chukyso.errors import ChukysoError, Code
from chukyso.portal.names import refuse_unknown
from chukyso.portal.profile import load_profile
from chukyso.probe.last_good import PAGE, RESULT, last_good_file, read_last_good, result_directory, write_probe
from chukyso.probe.model import Found, Probe
from chukyso.probe.pages import PageName, elements_of, public_page
from chukyso.probe.recorder import ProbeRecorder
from chukyso.probe.report import verdict_of, write_page
from chukyso.probe.tls import check_tls
from chukyso.run.options import RunOptions
from ChukysoKeywords import TestStatus, given_path
from PortalLibrary.given import declared_variables, given_variables
from PortalLibrary.page import PageKeywords
from PortalLibrary.run import Run
from PortalLibrary.waiting import in_pieces

_LEAST: Final = 0.5  # seconds for an element when the page's time is used up by others
_QUIET: Final = 700  # milliseconds without a change of the texts
# The page's texts once they have come to rest: what is shown, and the labels that are shown by the browser.
_TEXTS: Final = """async (root, [quiet, most]) => {
    const read = () => [
        root === document.body ? document.title : "",
        root.innerText,
        ...Array.from(root.querySelectorAll("[placeholder], [aria-label], img[alt]"))
            .filter((element) => element.checkVisibility())
            .flatMap((element) => ["placeholder", "aria-label", "alt"].map((name) => element.getAttribute(name) ?? "")),
    ];
    const end = Date.now() + most;
    let texts = read();
    for (let since = Date.now(); Date.now() - since < quiet && Date.now() < end;) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const now = read();
        if (now.join("\\n") !== texts.join("\\n")) [texts, since] = [now, Date.now()];
    }
    return texts;
}"""


class ProbeKeywords:
    """One probe at a time."""

    def __init__(self) -> None:
        self._run = Run()
        self._page = PageKeywords(self._run)
        self._recorder: ProbeRecorder | None = None
        self._last_good = Path()
        self._posted = ""
        self._limit = 0
        self._strict = False
        self._guarded = False

    @keyword(tags=["Setup"])
    def set_up_probe(
        self,
        profile: str,
        *,
        portal_url: str = "",
        headless: bool = True,
        max_requests: int = 80,
        allow_post: str = "",
        last_good: Path | None = None,
        strict: bool = False,
    ) -> RunOptions:
        """Read the profile and return the options of the probe. Nothing is opened or contacted.

        - ``profile``: ``sandbox``, ``bhxh``, or the path of a profile file.
        - ``portal_url``: address of the embedded sandbox; other profiles have their own.
        - ``headless``: ``False`` for a visible browser.
        - ``max_requests``: how many requests the pages may make, at least 1.
        - ``allow_post``: paths that a page may post to by itself, separated by commas; nothing by default.
        - ``last_good``: file of the last good probe; by default in the state directory.
        - ``strict``: whether a difference to the last good probe is a failure.

        Fails with ``OPTION_UNKNOWN``, ``OPTION_INVALID``, ``PROFILE_UNKNOWN``, ``PROFILE_INVALID`` or
        ``PROFILE_INCOMPLETE``.

        ```robotframework
        Set Up Probe    bhxh    max_requests=40    strict=True
        ```
        """
        refuse_unknown(given_variables(), declared_variables())
        read = load_profile(profile)
        url = portal_url if read.portal.embedded_sandbox else read.require("portal.url")
        for name, value in (("HEADLESS", headless), ("STRICT_PROBE", strict)):
            if not isinstance(value, bool):  # Robot hands on what it cannot convert
                raise ChukysoError(Code.OPTION_INVALID, name=name, reason="phải là True hoặc False")
        if max_requests < 1:
            raise ChukysoError(Code.OPTION_INVALID, name="MAX_REQUESTS", reason="phải ít nhất là 1")
        read.require("portal.home")
        self._run.options = RunOptions(read, url, "", "", "", "", headless=headless)
        self._last_good = last_good_file(read.name, given_path(last_good))
        self._posted, self._limit, self._strict, self._guarded = allow_post, max_requests, strict, False
        self._recorder = ProbeRecorder(read, url, max_requests)
        return self._run.options

    @keyword(name="Check Portal TLS", tags=["Probe"])
    def check_portal_tls(self) -> None:
        """Check the portal's TLS certificate on a connection of its own, without a request.

        Fails with ``PORTAL_TLS``, ``PORTAL_TIMEOUT``, ``PORTAL_UNREACHABLE``.

        ```robotframework
        Check Portal TLS
        ```
        """
        with self._noting() as recorder:
            recorder.saw_tls(check_tls(self._run.options.portal_url, seconds=self._run.profile.timeouts.page))

    @keyword(tags=["Probe"])
    def open_guarded_browser(self) -> None:
        """Start the browser, unless one is open, with an empty page that may only read.

        Fails with ``BROWSER_MISSING``, ``BROWSER_FAILED``, or ``PROFILE_INVALID`` when no engine takes a selector.

        ```robotframework
        Open Guarded Browser
        ```
        """
        with self._noting():
            browser = self._run.browser
            if self._run.driver.over or not browser.get_browser_ids():
                self._page.open_browser_for_run()
            settings = self._run.profile.browser
            browser.new_context(
                viewport={"width": settings.width, "height": settings.height},
                locale="vi-VN",
                timezoneId="Asia/Ho_Chi_Minh",
                acceptDownloads=False,
                serviceWorkers=ServiceWorkersPermissions.block,  # one would make requests of its own, past the filter
            )
            browser.new_page("about:blank")
            BuiltIn().run_keyword("Browser.Guard Probed Page", self._limit, self._posted)
            self._guarded = True

    @keyword(tags=["Probe"])
    def open_public_page(self, name: PageName) -> bool:
        """Open a page or dialog once, and return whether it could be: not when the profile does not know how.

        - ``name``: as in the table of public pages.

        Fails with ``PORTAL_UNREACHABLE``, ``PORTAL_TIMEOUT``, ``PORTAL_TLS``, ``PORTAL_ERROR``, ``PORTAL_CHANGED``.

        ```robotframework
        ${opened}    Open Public Page    login
        IF    ${opened}    Look At Public Page    login
        ```
        """
        page = public_page(name)
        with self._noting() as recorder:
            if not page.opened_by:
                self._go_home()
                return True
            if not self._run.profile.knows(page.opened_by):
                recorder.add_note(f"{page.title}: chưa biết mở bằng gì ({page.opened_by} là “?”), nên chưa xem.")
                return False
            self._page.press(page.opened_by)
            return True

    @keyword(tags=["Probe"])
    def look_at_public_page(self, name: PageName) -> None:
        """Look for every locator that the profile has for an open page, and read the page's texts.

        - ``name``: as in the table of public pages.

        Fails with ``PORTAL_CHANGED``, ``CAPTCHA_PICTURE_MISSING``.

        ```robotframework
        Look At Public Page    home
        ```
        """
        page, profile = public_page(name), self._run.profile
        seconds = profile.timeouts.page
        end = time.monotonic() + seconds
        selectors = elements_of(page, profile)
        found = {key: self._find(selector, end - time.monotonic()) for key, selector in selectors.items()}
        recorder = self._running()
        recorder.saw_elements(found)
        if not page.root or found.get(page.root) is Found.FOUND:
            root = selectors[page.root] if page.root else "body"
            arg = [_QUIET, seconds * 1000]
            recorder.saw_texts(name, self._run.browser.evaluate_javascript(root, _TEXTS, arg=arg))
        errors = recorder.missing(found, selectors, seconds)
        for error in errors:
            recorder.add_problem(error)
        if errors:
            raise errors[0]

    @keyword(tags=["Probe"])
    def conclude_probe(self, status: TestStatus = "PASS", message: str = "") -> None:
        """Compare with the last good probe and write ``probe.json`` and ``probe.html``; once for each probe.

        A good probe becomes the last good one.

        - ``status``: of the task so far.
        - ``message``: its message.

        Fails, while the task has not, with ``PROBE_LIMIT``, ``PROBE_DIFFERENT`` (strict only) or
        ``OUTPUT_NOT_WRITABLE``.

        ```robotframework
        Conclude Probe    ${TEST STATUS}    ${TEST MESSAGE}
        ```
        """
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        if self._guarded:
            with contextlib.suppress(AssertionError):  # the browser is gone: what it saw is lost, and the rest is said
                recorder.saw_traffic(str(BuiltIn().run_keyword("Browser.Tell Probed Traffic")))
        if status == "FAIL" and recorder.probe.good:
            recorder.add_problem(ChukysoError(Code.UNEXPECTED, message))
        last_good, note = read_last_good(self._last_good)
        if note:
            recorder.add_note(note)
            logger.warn(note)
        probe = recorder.conclude(last_good, strict=self._strict)
        directory = result_directory(Path(BuiltIn().get_variable_value("${OUTPUT DIR}")))
        write_probe(directory / RESULT, probe)
        write_page(directory / PAGE, probe)
        if probe.good:
            write_probe(self._last_good, probe)
        _report(probe, directory / PAGE)
        if status == "PASS" and not probe.good:
            first = probe.problems[0]
            raise AssertionError(f"[{first.code}] {first.happened} {first.action}")

    def _running(self) -> ProbeRecorder:
        if self._recorder is None:
            raise ChukysoError(Code.UNEXPECTED, "Set Up Probe was not called")
        return self._recorder

    @contextlib.contextmanager
    def _noting(self) -> Iterator[ProbeRecorder]:
        """Whatever goes wrong is a problem of the probe, too."""
        recorder = self._running()
        try:
            yield recorder
        except ChukysoError as error:
            recorder.add_problem(error)
            raise

    def _go_home(self) -> None:
        site, wait = self._run.options.portal_url, self._run.page_timeout
        try:
            status = self._run.browser.go_to(self._run.options.home_url, wait, PageLoadStates.load)
        except AssertionError as error:
            text = str(error).partition("\n")[0]
            if "Timeout" in text:
                raise ChukysoError(
                    Code.PORTAL_TIMEOUT, text, seconds=f"{wait.total_seconds():g}", awaited=""
                ) from error
            if "ERR_CERT" in text or "ERR_SSL" in text:
                reason = "trình duyệt từ chối chứng thư số của cổng"
                raise ChukysoError(Code.PORTAL_TLS, text, host=site, reason=reason) from error
            raise ChukysoError(Code.PORTAL_UNREACHABLE, text, url=site) from error
        if status >= 400:
            raise ChukysoError(Code.PORTAL_ERROR, f"HTTP {status}", text=f"HTTP {status}.")

    def _find(self, selector: str, left: float) -> Found:
        wait = timedelta(seconds=max(_LEAST, left))
        state = self._run.browser.wait_for_elements_state
        try:
            in_pieces(wait, lambda piece: state(selector, ElementState.visible, piece))
        except AssertionError as error:
            return Found.AMBIGUOUS if "strict mode violation" in str(error) else Found.MISSING
        return Found.FOUND


def _report(probe: Probe, page: Path) -> None:
    """The probe in log.html and on the console."""
    verdict = verdict_of(probe)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in (change.what, change.before, change.after))}</tr>"
        for change in probe.changes
    )
    head = "<tr><th>Điểm khác</th><th>Lần tốt gần nhất</th><th>Lần này</th></tr>"
    table = f'<table border="1">{head}{rows}</table>' if rows else ""
    link = f'<a href="{escape(page.as_uri())}">{page.name}</a>'
    logger.info(f"<b>{escape(verdict.headline)}</b> – {escape(verdict.meaning)} {link}{table}", html=True)
    logger.console(f"\n  {verdict.headline}: {verdict.meaning}\n  Chi tiết: {page}")
    logger.console(f"  Số yêu cầu: {probe.traffic.requests} (tối đa {probe.traffic.limit})")
    if probe.good and probe.changes:
        logger.warn(f"{verdict.headline}: {verdict.meaning} Xem {page}.")
