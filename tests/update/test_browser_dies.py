"""The browser or the process that drives it dies or freezes: the run ends by itself, and says what is true."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.scratch import noted_scratch
from chukyso.storage.lock import OutputLock
from support.run import Run, changed_profile
from support.runs import Moment, going_update, journaled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals"),
]
LEFT = """
import os, signal, sys, psutil
from pathlib import Path
from Browser import Browser
from PortalLibrary.driver import take_over
from chukyso.browser import can_sandbox_processes, find_browser

library = Browser(enable_playwright_debug="disabled", auto_closing_level="MANUAL")
driver = take_over(library, Path(sys.argv[2]))
driver.seconds, driver.browser_seconds = 30, 3
library.new_browser(executablePath=str(find_browser()), chromiumSandbox=can_sandbox_processes())
if sys.argv[1] == "closed":
    library.close_browser("ALL")
if sys.argv[1] == "ended":
    driver.end()
if sys.argv[1] == "killed":
    psutil.Process(driver._started.pid).children()[0].kill()
    try:
        library.new_page("about:blank")
    except Exception as error:
        assert "BROWSER_CLOSED" in str(error), error
"""
KILL, STOP = (getattr(signal, name, signal.SIGTERM) for name in ("SIGKILL", "SIGSTOP"))  # Windows has neither
TIMEOUT = 3  # seconds; a frozen browser is waited for
OTHER_BROWSER = "mở một trình duyệt khác"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return changed_profile(tmp_path, "browser = 20", f"browser = {TIMEOUT}")


@pytest.fixture
def struck(account: Callable[..., SandboxDetails], tmp_path: Path, profile: Path) -> Callable[..., Run]:
    """A run whose browser or driver is struck at a moment; it ends by itself, and nothing of it is left."""

    def strike(moment: Moment, what: str, how: signal.Signals, details: SandboxDetails | None = None) -> Run:
        with going_update(details or account(), tmp_path / "results", PROFILE=profile) as going:
            going.wait_for(moment)
            family = psutil.Process(going.process.pid).children(recursive=True)
            for process in going.find(what):
                process.send_signal(how)
            run = going.ended()
            _, alive = psutil.wait_procs(family, timeout=10)
            assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
        OutputLock(run.directory).release()  # not in use any more
        assert noted_scratch(run.directory / "run.scratch") is None
        return run

    return strike


@pytest.mark.parametrize(
    "how",
    ["open", "killed", *(pytest.param(how, marks=pytest.mark.nightly) for how in ("closed", "ended"))],
)
def test_python_ends_well_however_the_browser_was_left(how: str) -> None:
    """The Browser library calls the driver once more when Python ends."""
    with tempfile.TemporaryDirectory(prefix="left-", ignore_cleanup_errors=True) as scratch:  # a short path
        command = [sys.executable, "-c", LEFT, how, scratch]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def submissions(sandbox: Sandbox, details: SandboxDetails) -> int:
    return len(Control(sandbox.details).account(details.tax_code)["submissions"])


@pytest.mark.parametrize(
    ("moment", "what", "how"),
    [
        pytest.param(journaled("step-started", number=1), "browser", KILL, marks=pytest.mark.nightly),
        pytest.param(journaled("step-started", number=1), "driver", STOP, marks=pytest.mark.nightly),
        pytest.param(journaled("figure", number=3), "driver", KILL, marks=pytest.mark.nightly),
        pytest.param(journaled("figure", number=3), "browser", STOP, marks=pytest.mark.nightly),
        pytest.param(journaled("figure", number=3), "pages", KILL, marks=pytest.mark.nightly),
        (journaled("figure", number=4), "browser", KILL),
    ],
    ids=[
        "login-killed",
        "login-driver-frozen",
        "form-driver-killed",
        "form-frozen",
        "form-page-killed",
        "window-killed",
    ],
)
def test_before_the_submission(sandbox, account, struck, moment: Moment, what: str, how: signal.Signals) -> None:
    details = account()
    run = struck(moment, what, how, details)
    run.ended("failed", "BROWSER_CLOSED")
    assert "submitting" not in run.journal
    assert submissions(sandbox, details) == 0
    assert "ERROR" not in run.console


@pytest.mark.parametrize(("what", "how"), [("browser", KILL), pytest.param("driver", STOP, marks=pytest.mark.nightly)])
def test_right_after_the_point_of_no_return(sandbox, account, struck, what: str, how: signal.Signals) -> None:
    """The agent knows whether a signed document left it; if none did, nothing was submitted."""
    details = account()
    run = struck(journaled("submitting"), what, how, details)
    if submissions(sandbox, details):  # the press was heard at the last moment
        run.ended("updated")
    elif "signed" in run.journal:  # so it was, but the page died before it could send the document
        run.ended("unknown", "SUBMISSION_UNKNOWN")
    else:
        run.ended("failed", "BROWSER_CLOSED")
        assert run.journal.index("submitting") < run.journal.index("not-submitted")
        assert not run.manifest["submission"]


@pytest.mark.nightly
def test_while_the_portal_works_on_it(sandbox, account, struck) -> None:
    """Its answer is lost with the browser: another one looks, and tells what is registered."""
    details = account()
    Control(sandbox.details).fault(details.tax_code, "submit", "slow")
    run = struck(journaled("signed"), "browser", KILL, details)
    run.ended("updated")
    assert run.journal.index("reconciling") < run.journal.index("confirmed")
    assert OTHER_BROWSER in run.console
    assert submissions(sandbox, details) == 1


@pytest.mark.nightly
@pytest.mark.parametrize(("what", "how"), [("driver", KILL), ("browser", STOP)])
def test_during_the_second_login(sandbox, account, struck, what: str, how: signal.Signals) -> None:
    details = account()
    Control(sandbox.details).fault(details.tax_code, "submit", "drop-after")
    run = struck(journaled("reconciling"), what, how, details)
    run.ended("updated")
    assert OTHER_BROWSER in run.console
    assert submissions(sandbox, details) == 1


@pytest.mark.nightly
def test_the_other_browser_dies_too(sandbox, account, tmp_path: Path, profile: Path) -> None:
    """One more is opened, not more than that."""
    details = account()
    control = Control(sandbox.details)
    with going_update(details, tmp_path / "results", PROFILE=profile) as going:
        going.wait_for(journaled("figure", number=6))
        control.fault(details.tax_code, "login", "timeout")
        going.find("browser")[0].kill()
        going.wait_for(lambda _: "login timeout" in control.account(details.tax_code)["faults"])
        going.find("browser")[0].kill()
        run = going.ended()
    run.ended("unknown", "SUBMISSION_UNKNOWN")
    assert "[BROWSER_CLOSED]" in run.manifest["error"]["detail"]
    assert "Không gửi lại" in run.manifest["error"]["action"]
    assert run.console.count(OTHER_BROWSER) == 1
    assert submissions(sandbox, details) == 1
