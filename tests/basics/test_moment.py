"""Moments at the edges of the calendar: whatever shows one goes on, and shows something that is true."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from chukyso.archive.findings import Level
from chukyso.archive.verify import verify_directory
from chukyso.certificate import Certificate, ShownCertificate
from chukyso.cli import app, tokens_view
from chukyso.doctor.ask import ask
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level as DoctorLevel
from chukyso.errors import ChukysoError
from chukyso.evidence.record import facts_of
from chukyso.moment import NO_END, day_in_vietnam, in_vietnam, read_moment, read_shown, to_utc, to_vietnam
from chukyso.portal.review import review_certificate
from chukyso.report.words import show_moment
from chukyso.signature.profile import format_time, parse_time
from support.archive import forge, make_archive
from support.paths import FIELD, ROOT
from support.token import MST, SoftHsm, issue, softhsm_token

ENDLESS = Certificate.from_der((FIELD / "not-after-9999.der").read_bytes())
_EDGE = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), "31/12/2026 23:59:59"),
        (datetime(2026, 12, 31, 16, 59, 59), "31/12/2026 23:59:59"),
        (NO_END, "không thời hạn"),
        (datetime(9999, 12, 31, 16, 59, 59, tzinfo=UTC), "31/12/9999 23:59:59"),
        (datetime(9999, 12, 31, 17, tzinfo=UTC), "31/12/9999 17:00:00 (UTC)"),
        (datetime(1, 1, 1, tzinfo=UTC), "01/01/0001 07:00:00"),
        (datetime(1, 1, 1, tzinfo=_EDGE[0]), "01/01/0001 00:00:00 (UTC+14:00)"),
        (datetime(9999, 12, 31, 23, tzinfo=_EDGE[1]), "31/12/9999 23:00:00 (UTC-12:00)"),
        (datetime(12, 3, 4, tzinfo=UTC), "04/03/0012 07:00:00"),
    ],
)
def test_a_moment_is_shown(moment: datetime, shown: str) -> None:
    assert in_vietnam(moment) == shown
    assert day_in_vietnam(moment) == (shown if shown == "không thời hạn" else shown.split(maxsplit=1)[0])


@given(
    st.datetimes(timezones=st.none() | st.sampled_from([UTC, *_EDGE]) | st.timezones())
    | st.sampled_from([datetime.min, datetime.max])
)
def test_no_moment_is_too_much(moment: datetime) -> None:
    for shown in (in_vietnam(moment), day_in_vietnam(moment), format_time(moment), show_moment(moment)):
        assert shown
    assert to_utc(moment).utcoffset() == timedelta(0)
    assert to_vietnam(moment).tzinfo is not None
    assert parse_time(format_time(moment)) == to_utc(moment).replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    ["", "hôm nay", "2026-03-02", "2026-03-02T08:00:00", "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00"],
)
def test_what_is_no_moment_is_said_with_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError):
        read_moment(text)
    assert show_moment(text) == text


def test_what_a_portal_shows_is_read_back() -> None:
    assert read_shown(" 31/12/2026  23:59:59 ") == datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert read_shown("Không thời hạn") == NO_END
    for text in ("01/01/0001 00:00:00", "31/12/2026", "01/01/10000 06:59:59"):
        with pytest.raises(ValueError):
            read_shown(text)


def test_only_one_module_turns_moments_into_text_and_back() -> None:
    """Another one would know nothing of the edges. A log's clock is this machine's own, and now."""
    pattern = re.compile(r"\.(?:astimezone|strftime|fromisoformat|strptime)\(")
    allowed = {
        "chukyso/moment.py": 5,
        "chukyso/signature/profile.py": 1,  # reads one exact form
        "chukyso/signature/xades.py": 1,  # reads what a signer wrote, an error is caught there
        "chukyso/agent/consent/console.py": 1,  # now, for a log
        "chukyso/cli/windows_view.py": 1,  # now, beside a window that comes or goes
        "NightlyListener/folder.py": 1,  # Robot's own times have no zone
        "NightlyListener/collectors.py": 1,  # to compare with a log's lines
    }
    found = {
        path.relative_to(ROOT / "libraries").as_posix(): len(pattern.findall(path.read_text(encoding="utf-8")))
        for path in (ROOT / "libraries").rglob("*.py")
    }
    assert {name: count for name, count in found.items() if count} == allowed


# -- a certificate without a known end ---------------------------------------------------------------------------


def test_the_record_and_the_report_say_that_there_is_no_end() -> None:
    facts = facts_of(ENDLESS)
    assert facts.valid_to == "9999-12-31T23:59:59.000Z"
    assert show_moment(facts.valid_to) == "không thời hạn"
    assert facts_of(_shown("không thời hạn")).valid_to == facts.valid_to
    assert facts_of(_shown("01/01/0001 00:00:00")).valid_to == "01/01/0001 00:00:00"


@pytest.mark.parametrize(
    "end", ["không thời hạn", "Không thời hạn", "31/12/9999", "31/12/9999 23:59:59", "01/01/10000 06:59:59"]
)
def test_a_page_may_show_no_end_as_it_likes(end: str) -> None:
    review_certificate(_shown(end), ENDLESS)


@pytest.mark.parametrize("end", ["31/12/2099 23:59:59", "—", "", "không"])
def test_another_end_is_none(end: str) -> None:
    with pytest.raises(ChukysoError, match="hiệu lực đến"):
        review_certificate(_shown(end), ENDLESS)


def _shown(end: str) -> ShownCertificate:
    return ShownCertificate("5401", ENDLESS.owner, ENDLESS.tax_code, ENDLESS.issuer, "01/01/2024 07:00:00", end)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000+07:00", "9999-12-31T23:59:59.999Z", "2026-03-02"]
)
def test_evidence_with_any_moment_is_examined_to_its_end(tmp_path: Path, moment: str) -> None:
    runs = make_archive(tmp_path, 3)
    before = json.loads((runs[1] / "evidence" / "manifest.json").read_bytes())
    forge(runs[1], run={**before["run"], "started": moment, "ended": moment}, journal={"submitting": moment})
    report = verify_directory(tmp_path, jobs=1)
    assert len(report.runs) == 3
    assert report.level is Level.CHANGED
    for arguments in (["verify", str(tmp_path)], ["catalogue", str(tmp_path)]):
        done = CliRunner().invoke(app, ["evidence", *arguments], catch_exceptions=False)
        assert done.exit_code == int(arguments[0] == "verify"), done.output


def test_the_list_of_tokens_shows_that_there_is_no_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hsm = _token(tmp_path)
    asked = {"token_module": str(hsm.module), "token_environment": hsm.environment, "tax_code": MST}
    found = make(check_named("certificate"), Facts(ask("sandbox", **asked)))
    assert (found.level, "không thời hạn" in found.found, "ngày" in found.found) == (DoctorLevel.OK, True, False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", hsm.environment["SOFTHSM2_CONF"])
        patch.setenv("COLUMNS", "200")
        tokens_view.show([hsm.module], as_json=False, timeout=15)
    table = capsys.readouterr().out
    assert "– không thời hạn" in table
    assert table.count("còn hạn") == 2, "the rest of the list is there"


def _token(directory: Path) -> SoftHsm:
    hsm = softhsm_token(directory / "hsm")
    hsm.add_token("Văn thư", entries=[issue(until=NO_END), issue(ends=20)])
    return hsm


@pytest.mark.nightly
@pytest.mark.slow
def test_a_run_registers_it_and_everything_afterwards_can_show_it(account: Any, run_update: Any) -> None:
    details = account(certificates=("registered", "no-known-end"))
    run = run_update(details)
    run.ended("updated")
    assert run.manifest["certificates"]["new"]["valid_to"] == "9999-12-31T23:59:59.000Z"
    evidence = run.directory / "evidence"
    assert "không thời hạn" in (evidence / "report.html").read_text(encoding="utf-8")
    call = [sys.executable, "-c", "from chukyso.cli import main; main()"]
    verify = ["verify", evidence / "submission.xml", "--trust", evidence / "sandbox-root.pem"]
    for arguments, text in (
        ([*verify, "--answers", evidence / "validation", "--offline"], "– không thời hạn"),
        (["evidence", "verify", run.directory], "NGUYÊN VẸN"),
        (["evidence", "catalogue", run.directory], ""),
    ):
        done = subprocess.run([*call, *arguments], capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stderr, text in done.stdout) == (0, "", True), done.stdout + done.stderr
    again = run_update(details)
    again.ended("already-registered")
    assert again.manifest["certificates"]["registered"]["valid_to"] == "9999-12-31T23:59:59.000Z"
