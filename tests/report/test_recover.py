"""A run that was killed has a journal only: what can be told of it is told, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.cli import app
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, REPORT_FILE
from chukyso.report.recover import report_from_journal
from chukyso.sandbox.details import SandboxDetails
from chukyso.storage.lock import OutputLock
from support.archive import make_run
from support.evidence import MST
from support.journal import ACCEPTED, BEGUN, REFUSED, REGISTERED, RUN, SEEN, SENT, TAKEN_BACK, Event, journal
from support.run import RunUpdate
from support.runs import going_update, journaled


def refused(output: Path) -> ChukysoError:
    with pytest.raises(ChukysoError) as caught:
        report_from_journal(output)
    return caught.value


@pytest.mark.parametrize(
    ("events", "outcome", "told"),
    [
        (BEGUN, Outcome.FAILED, "Lần chạy này không gửi gì lên cổng."),
        (TAKEN_BACK, Outcome.FAILED, "không gửi: bắt đầu lúc"),
        (SENT, Outcome.UNKNOWN, "Không gửi lại."),
        (ACCEPTED, Outcome.UNKNOWN, "cổng đã báo thành công, nhưng chưa đăng nhập lại"),
        (SEEN, Outcome.UPDATED, "Không cần chạy lại: cổng đã đăng ký chứng thư số mới."),
        (REGISTERED, Outcome.ALREADY_REGISTERED, "đã được đăng ký từ trước"),
        (REFUSED, Outcome.STOPPED, "PIN_LOCKED"),
    ],
    ids=["before", "taken-back", "sent", "accepted", "seen", "registered", "ended"],
)
def test_what_the_journal_says_is_told(tmp_path: Path, events: list[Event], outcome: Outcome, told: str) -> None:
    page, record = report_from_journal(journal(tmp_path / "run", events))
    assert (record.outcome, record.id) == (outcome, RUN)
    text = page.read_text(encoding="utf-8")
    for part in (told, "Lập lại từ nhật ký.", "Diễn tập trên sandbox.", f"<strong>{MST}</strong>"):
        assert part in text
    assert not (tmp_path / "run" / MANIFEST_FILE).exists()


def test_pictures_that_are_as_the_journal_says_are_in_it_and_no_other(tmp_path: Path) -> None:
    run = make_run(tmp_path / "whole", Outcome.UPDATED)
    manifest = json.loads((run / MANIFEST_FILE).read_text(encoding="utf-8"))
    events = [("figure", {"number": one["number"], "sha256": one["sha256"]}) for one in manifest["figures"]]
    output = journal(tmp_path / "killed", [*BEGUN, *events])
    (run / "figures").rename(output / "figures")
    with (output / "figures" / "figure-2.png").open("ab") as picture:
        picture.write(b"more")
    (output / "figures" / "figure-5.png").unlink()
    _, record = report_from_journal(output)
    assert [figure.number for figure in record.figures] == [1, 3, 4, 6]


def test_report_of_a_masked_run_says_so(tmp_path: Path) -> None:
    started = ("started", {"run": RUN, "product": "bhxh-chu-ky-so 0.1.0", "privacy": "masked"})
    page, _ = report_from_journal(journal(tmp_path / "masked", [started, *BEGUN[1:]]))
    assert "Đã che dữ liệu cá nhân." in page.read_text(encoding="utf-8")
    page, _ = report_from_journal(journal(tmp_path / "early", BEGUN))
    assert "Đã che dữ liệu cá nhân." not in page.read_text(encoding="utf-8")


def test_last_line_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    output = journal(tmp_path / "run", SENT)
    with (output / JOURNAL_FILE).open("ab") as file:
        file.write(b'{"seq":9,"time":')
    assert report_from_journal(output)[1].outcome is Outcome.UNKNOWN


def test_report_is_made_once_and_never_of_a_run_that_goes_on_or_wrote_its_own(tmp_path: Path) -> None:
    output = journal(tmp_path / "run", SENT)
    lock = OutputLock(output)
    assert refused(output).code is Code.OUTPUT_IN_USE
    lock.release()
    report_from_journal(output)
    assert REPORT_FILE in str(refused(output))
    whole = make_run(tmp_path / "whole", Outcome.UPDATED)
    before = (whole / REPORT_FILE).read_bytes()
    assert MANIFEST_FILE in str(refused(whole))
    assert (whole / REPORT_FILE).read_bytes() == before


@pytest.mark.parametrize(
    "events",
    [[], [("account", {})], [*BEGUN, ("step-ended", {"number": "<b>", "status": "?"})], [*BEGUN, ("account", {})]],
    ids=["empty", "no-start", "odd-values", "values-missing"],
)
def test_journal_that_is_none(tmp_path: Path, events: list[Event]) -> None:
    assert refused(journal(tmp_path / "run", events)).code is Code.EVIDENCE_UNREADABLE
    (tmp_path / "run" / JOURNAL_FILE).write_bytes(b"[1]\n")
    assert refused(tmp_path / "run").code is Code.EVIDENCE_UNREADABLE
    assert refused(tmp_path).code is Code.EVIDENCE_UNREADABLE
    assert not (tmp_path / "run" / REPORT_FILE).exists()


@pytest.mark.nightly
@pytest.mark.slow
def test_run_that_is_killed_after_submitting(account: Callable[..., SandboxDetails], tmp_path: Path) -> None:
    details = account()
    output = tmp_path / "results"
    with going_update(details, output) as going:
        going.wait_for(journaled("submitting"))
        going.process.kill()
        going.process.wait()
    done = CliRunner().invoke(app, ["evidence", "report", str(output), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["outcome"], said["tax_code"]) == ("unknown", details.tax_code)
    text = (output / REPORT_FILE).read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") >= 3
    assert "Diễn tập trên sandbox." in text


@pytest.mark.nightly
@pytest.mark.slow
def test_run_that_stops_in_its_set_up_knows_its_account(
    account: Callable[..., SandboxDetails], run_update: RunUpdate
) -> None:
    details = account()
    run = run_update(details, CAPTCHA="nobody")
    run.ended("stopped", "OPTION_INVALID")
    assert run.manifest["account"]["tax_code"] == details.tax_code
    assert "account" in run.journal
