"""What is said last of a run is the only advice, and it fits: also when an earlier run's end is not known."""

from __future__ import annotations

from pathlib import Path

import pytest
from robot.api import ExecutionResult

from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from support.paths import ROOT
from support.pending import Portal
from support.run import Run, changed_profile

pytestmark = pytest.mark.slow
LISTENER = ROOT / "tests" / "robot" / "update" / "AgainListener.py"
AGAIN = ("--listener", str(LISTENER))


def tasks(run: Run) -> list[tuple[str, bool]]:
    suite = ExecutionResult(run.directory / "output.xml").suite
    return [(test.message, test.passed) for test in suite.all_tests]


def advice_fits(run: Run, first: dict[str, str]) -> None:
    """It names the first run, does not claim what it has not read, and does not say to run again."""
    report = (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    action = run.manifest["error"]["action"]
    assert action.startswith("Trước hết xem chứng thư số đang đăng ký trên cổng")
    for text in (action, report, run.console, run.test.message):
        assert "vẫn như cũ" not in text
        assert "Chạy lại" not in text
    assert run.test.message.endswith(action)
    assert run.manifest["earlier_submission"]["run"] == first["id"]
    assert first["id"] in report
    assert run.console.index(action) < run.console.rindex(action), "ours and Robot's"


@pytest.mark.nightly
def test_an_earlier_run_is_named_whatever_ends_this_one(sandbox, account, run_update, tmp_path: Path) -> None:
    details = account()
    portal = Portal(sandbox, details)
    profile = changed_profile(tmp_path, "submission = 75", "submission = 4")
    first = run_update(details, PROFILE=profile)
    first.ended("unknown", "SUBMISSION_UNKNOWN")
    assert not first.manifest["earlier_submission"]
    run_id = first.manifest["run"]
    Control(sandbox.details).fault(details.tax_code, "login", "error-500")
    second = run_update(details, PROFILE=profile)
    second.ended("failed", "PORTAL_ERROR")
    advice_fits(second, run_id)
    assert "không gửi gì" in (second.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    third = run_update(details, PROFILE=profile, TOKEN_SERIAL="khong-co")
    third.ended("stopped", "TOKEN_NOT_FOUND")
    action = third.manifest["error"]["action"]
    assert action.startswith("Trước hết xem") and "Cắm USB Token" in action, "a person has to do that, too"
    portal.finishes()


@pytest.mark.nightly
def test_a_listener_that_runs_it_again_looks_first(sandbox, account, run_update, hasty: Path) -> None:
    """In the same process, into the same directory."""
    details = account()
    portal = Portal(sandbox, details)
    text = hasty.read_text(encoding="utf-8").replace("submission = 75", "submission = 4")
    hasty.write_text(text, encoding="utf-8")
    run = run_update(details, PROFILE=hasty, arguments=AGAIN)
    (first, _), (second, _) = tasks(run)
    assert first.startswith("[SUBMISSION_UNKNOWN]")
    assert second.startswith("[SUBMISSION_PENDING]")
    assert "submitting" not in run.journal
    assert portal.submissions == 0
    portal.finishes()
    portal.wait_for(1)


@pytest.mark.nightly
def test_a_listener_runs_a_rehearsal_again(tmp_path: Path, run_update, account) -> None:
    """With the embedded sandbox, which goes on: another one would be another portal."""
    details: SandboxDetails = account()
    run = run_update(details, arguments=AGAIN, SANDBOX="", TAX_CODE="", TOKEN_SERIAL="khong-co")
    assert [message[:17] for message, _ in tasks(run)] == ["[TOKEN_NOT_FOUND]"] * 2
