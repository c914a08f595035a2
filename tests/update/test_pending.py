"""A run whose end nobody knows, and the next one at once: the portal never gets two documents.

The replica works on the first one for as long as the test wants, whoever waits for it, and would accept a second.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.state import state_directory
from support.pending import Portal
from support.run import Run, changed_profile
from support.runs import Moment, going_update, journaled

pytestmark = pytest.mark.slow
SEEN = "Đã xem trên cổng lúc 9 giờ: vẫn là chứng thư số cũ"


def registered() -> list[dict[str, Any]]:
    content = json.loads((state_directory() / "submissions.json").read_text(encoding="utf-8"))
    return list(content["submissions"])


def killed(details: SandboxDetails, output: Path, moment: Moment, profile: Path) -> None:
    with going_update(details, output, PROFILE=profile) as going:
        going.wait_for(moment)
        going.process.kill()
        going.process.wait()


def refused(run: Run, first: Path) -> None:
    """The run did not submit, and names the run that it waits for."""
    run.ended("stopped", "SUBMISSION_PENDING")
    assert "submitting" not in run.journal
    assert str(first) in run.manifest["error"]["happened"]
    earlier = run.manifest["earlier_submission"]
    assert (earlier["standing"], earlier["directory"]) == ("open", str(first))
    assert f"{first}</span>" in (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")


@pytest.mark.nightly
def test_killed_while_the_portal_works_on_it(sandbox, account, run_update, tmp_path: Path, hasty: Path) -> None:
    """The next run stops, also with another certificate; the one after that finds what the first one did."""
    details = account(certificates=("registered", "new", "unknown-ca"))
    portal, first = Portal(sandbox, details), tmp_path / "first"
    wanted = {"PROFILE": hasty, "CERT_SERIAL": details.certificates["new"]}
    with going_update(details, first, **wanted) as going:
        going.wait_for(portal.has_one_under_way)
        going.process.kill()
    (entry,) = registered()
    assert (entry["tax_code"], entry["serial"], entry["end"]) == (details.tax_code, details.certificates["new"], "")
    refused(run_update(details, **wanted), first)
    refused(run_update(details, PROFILE=hasty, CERT_SERIAL=details.certificates["unknown-ca"]), first)
    portal.finishes()
    portal.wait_for(1)
    last = run_update(details, **wanted)
    last.ended("already-registered")
    assert last.manifest["earlier_submission"]["standing"] == "registered"
    assert [one["end"] for one in registered()] == ["found"]
    assert portal.submissions == 1


@pytest.mark.parametrize("event", ["submitting", pytest.param("signed", marks=pytest.mark.nightly)])
def test_killed_around_the_point_of_no_return(
    sandbox, account, run_update, tmp_path: Path, hasty: Path, event: str
) -> None:
    """Whether it arrived is not asked: the register has it since before."""
    details = account()
    portal = Portal(sandbox, details)
    killed(details, tmp_path / "first", journaled(event), hasty)
    refused(run_update(details, PROFILE=hasty), tmp_path / "first")
    assert portal.submissions == 0
    portal.finishes()


def test_unknown_and_then_waited_for(sandbox, account, run_update, tmp_path: Path) -> None:
    """The second run into the same directory gives the portal some time, and looks again."""
    details = account()
    portal = Portal(sandbox, details)
    first = run_update(details, PROFILE=changed_profile(tmp_path, "submission = 75", "submission = 4"))
    first.ended("unknown", "SUBMISSION_UNKNOWN")
    assert [one["end"] for one in registered()] == ["unknown"]
    with going_update(details, first.directory) as going:
        going.wait_for(journaled("earlier-awaited"))
        portal.finishes()
        second = going.ended()
    second.ended("already-registered")
    assert second.journal.index("earlier-awaited") < second.journal.index("earlier-settled")
    assert "/earlier/" in second.manifest["earlier_submission"]["directory"]
    assert portal.submissions == 1


@pytest.mark.nightly
def test_an_operator_has_looked(sandbox, account, run_update, tmp_path: Path, hasty: Path) -> None:
    """The reason is kept. When the operator was wrong, this portal has two: so a second one would be seen above."""
    details = account()
    portal = Portal(sandbox, details)
    with going_update(details, tmp_path / "first", PROFILE=hasty) as going:
        going.wait_for(portal.has_one_under_way)
        going.process.kill()
    run = run_update(details, PROFILE=hasty, LOOKED=SEEN)
    run.ended("updated")
    assert (run.manifest["earlier_submission"]["standing"], run.manifest["earlier_submission"]["reason"]) == (
        "looked",
        SEEN,
    )
    assert run.journal.index("earlier-settled") < run.journal.index("submitting")
    evidence = run.directory / "evidence"
    assert all(SEEN in (evidence / name).read_text(encoding="utf-8") for name in ("journal.jsonl", "report.html"))
    assert [one["end"] for one in registered()] == ["looked", "updated"]
    portal.finishes()
    portal.wait_for(2)


@pytest.mark.nightly
def test_long_ago(account, run_update, tmp_path: Path) -> None:
    details = account()
    profile = changed_profile(tmp_path, "pending = 300", "pending = 1")
    killed(details, tmp_path / "first", journaled("submitting"), profile)
    run = run_update(details, PROFILE=profile)
    run.ended("updated")
    assert run.manifest["earlier_submission"]["standing"] == "lapsed"
    assert [one["end"] for one in registered()] == ["lapsed", "updated"]


def test_a_register_that_cannot_be_used_stops_the_run(account, run_update) -> None:
    """Before anything is done; and it is not thrown away."""
    place = state_directory() / "submissions.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text('{"form": 1, "submissions": [{"run": "cut', encoding="utf-8")
    run = run_update(account())
    run.ended("stopped", "SUBMISSIONS_UNUSABLE")
    assert place.read_text(encoding="utf-8").endswith("cut")


@pytest.mark.nightly
def test_a_register_that_cannot_be_written_submits_nothing(sandbox, account, tmp_path: Path) -> None:
    """It could be read before the login; at the point of no return the disk is full, or somebody took it away."""
    details = account()
    with going_update(details, tmp_path / "results") as going:
        going.wait_for(journaled("figure", number=2))
        (state_directory() / "submissions.json").mkdir(parents=True)
        run = going.ended()
    run.ended("stopped", "SUBMISSIONS_UNUSABLE")
    assert "submitting" not in run.journal
    assert len(Control(sandbox.details).account(details.tax_code)["submissions"]) == 0
