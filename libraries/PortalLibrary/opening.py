"""How the run's browser is started: by itself, or with a data directory that keeps the portal's signing extension."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from chukyso.browser import can_sandbox_processes
from chukyso.errors import ChukysoError, Code
from chukyso.portal.declaring import SignerKind
from PortalLibrary.run import Run

# Chromium asks its maker's servers about updates and field trials at start; a run talks to the portal alone.
_QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
# A page that is none of a site, as one that could not be opened, has no storage.
_FORGET: Final = (
    """() => { if (location.protocol.startsWith("http")) { localStorage.clear(); sessionStorage.clear(); } }"""
)


def is_persistent(run: Run) -> bool:
    """Whether the run's browser has one context, with the extension in it."""
    return run.profile.signer.kind is SignerKind.CLIENT


def page_options(run: Run) -> dict[str, Any]:
    """How a context shows its pages, by the profile."""
    settings = run.profile.browser
    return {
        "viewport": {"width": settings.width, "height": settings.height},
        "deviceScaleFactor": settings.scale,
        "locale": "vi-VN",
        "timezoneId": "Asia/Ho_Chi_Minh",
    }


def start_browser(run: Run, executable: Path) -> None:
    """Start it. One that keeps an extension has its only context then, with an empty page: ``run.waiting``."""
    common = {"executablePath": str(executable), "chromiumSandbox": can_sandbox_processes()}
    if not is_persistent(run):
        run.browser.new_browser(headless=run.options.headless, args=list(_QUIET), **common)
        return
    arguments = [*_QUIET]
    if run.options.headless:
        # The old mode knows no extensions; Playwright hides scroll bars where it knows that nobody scrolls.
        arguments += ["--headless=new", "--hide-scrollbars"]
    if extension := run.options.client_extension:
        arguments += [f"--load-extension={extension}", f"--disable-extensions-except={extension}"]
    _, run.waiting, _ = run.browser.new_persistent_context(
        userDataDir=str(user_data(run)),
        headless=False,
        args=arguments,
        ignoreDefaultArgs=["--disable-extensions"],
        **common,
        **page_options(run),
    )
    run.only = run.waiting


def user_data(run: Run) -> Path:
    """The data directory of a browser that keeps an extension; a rehearsal has one of its own, which goes with the run.

    Raises:
        ChukysoError: ``BROWSER_DATA_MISSING``.
    """
    if run.profile.portal.embedded_sandbox:
        if run.user_data is None:
            run.user_data = Path(tempfile.mkdtemp(prefix="user-data-", dir=run.scratch))
        return run.user_data
    given = run.options.browser_data
    if not given:
        raise ChukysoError(Code.BROWSER_DATA_MISSING, reason="chưa đặt biến BROWSER_DATA")
    directory = Path(given)
    if not directory.is_dir():
        raise ChukysoError(Code.BROWSER_DATA_MISSING, given, reason=f"không có thư mục “{given}”")
    return directory


def empty_context(run: Run) -> str:
    """A context with an empty page: a new one, or the only one, with all forgotten that the portal keeps there."""
    browser: Any = run.browser
    if not is_persistent(run):
        context: str = browser.new_context(**page_options(run))
        browser.new_page()
        return context
    browser.switch_context(run.only)
    browser.evaluate_javascript(None, _FORGET)
    browser.delete_all_cookies()
    browser.go_to("about:blank")
    return run.only
