"""The register of submissions: one open one for each account, private, whole, and not growing for ever."""

from __future__ import annotations

import json
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chukyso.archive import submissions
from chukyso.archive.submissions import LAPSED, Submission, Submissions
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.journal import iso
from chukyso.portal.profile import load_profile
from chukyso.run.options import RunOptions

PORTAL, MST = "https://cong.example", "0101234565"


def submission(run: str, **changes: object) -> Submission:
    made = Submission(run, PORTAL, MST, "", "0a", "ab" * 32, iso(datetime.now(UTC)), "/results", rehearsal=False)
    return replace(made, **changes)


def code_of(action) -> Code:
    with pytest.raises(ChukysoError) as raised:
        action()
    return raised.value.code


def test_an_account_has_one_open_submission() -> None:
    register = Submissions()
    assert register.open_for(PORTAL, MST) is None
    first = submission("1")
    register.begin(first)
    assert register.open_for(PORTAL, MST) == first
    assert code_of(lambda: register.begin(submission("2"))) is Code.SUBMISSION_PENDING
    assert code_of(lambda: register.begin(submission("2", serial="0b", unit="XX1"))) is Code.SUBMISSION_PENDING
    register.begin(submission("3", tax_code="0301234564"))
    register.begin(submission("4", portal="http://127.0.0.1:8000#ab"))
    register.end("1", "unknown")
    assert code_of(lambda: register.begin(submission("2"))) is Code.SUBMISSION_PENDING
    register.end("1", "failed")
    register.begin(submission("2"))


def test_a_settled_one_makes_room_in_the_same_step() -> None:
    register = Submissions()
    register.begin(submission("1"))
    assert code_of(lambda: register.begin(submission("2"), "another", LAPSED)) is Code.SUBMISSION_PENDING
    register.begin(submission("2"), "1", LAPSED)
    assert register.open_for(PORTAL, MST) == submission("2", at=register.open_for(PORTAL, MST).at)


def test_of_many_at_once_one_comes_through() -> None:
    def attempt(number: int) -> bool:
        try:
            Submissions().begin(submission(str(number)))
        except ChukysoError as error:
            assert error.code is Code.SUBMISSION_PENDING
            return False
        return True

    with ThreadPoolExecutor(8) as executor:
        assert sum(executor.map(attempt, range(24))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no modes")
def test_nobody_else_can_read_it() -> None:
    before = os.umask(0)
    try:
        Submissions().begin(submission("1"))
    finally:
        os.umask(before)
    path = Submissions().path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"form": 2, "submissions": []}',
        '{"form": 1}',
        '{"form": 1, "submissions": [{}]}',
        '{"form": 1, "submissions": [{"run": "1"}]}',
        '{"form": 1, "submissions": "no"}',
    ],
)
def test_a_damaged_one_is_refused_and_stays(content: str) -> None:
    register = Submissions()
    register.path.parent.mkdir(parents=True)
    register.path.write_text(content, encoding="utf-8")
    assert code_of(lambda: register.open_for(PORTAL, MST)) is Code.SUBMISSIONS_UNUSABLE
    assert code_of(lambda: register.begin(submission("1"))) is Code.SUBMISSIONS_UNUSABLE
    assert register.path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("change", [{"at": "yesterday"}, {"at": "2026-03-02T01:15:09"}, {"serial": 7}])
def test_a_damaged_entry_is_no_entry(change: dict[str, object]) -> None:
    register = Submissions()
    register.begin(submission("1"))
    content = json.loads(register.path.read_text(encoding="utf-8"))
    content["submissions"][0] |= change
    register.path.write_text(json.dumps(content), encoding="utf-8")
    assert code_of(lambda: register.open_for(PORTAL, MST)) is Code.SUBMISSIONS_UNUSABLE


def test_a_directory_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CHUKYSO_STATE_DIR", str(tmp_path / "file" / "state"))
    assert code_of(lambda: Submissions().open_for(PORTAL, MST)) is Code.SUBMISSIONS_UNUSABLE


def test_rehearsals_and_old_ends_go_and_open_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "_ENDED", 2)
    register = Submissions()
    old = iso(datetime.now(UTC) - timedelta(days=400))
    register.begin(submission("open", at=old))
    register.begin(submission("sandbox", at=old, portal="http://127.0.0.1:1#ab", rehearsal=True))
    for number in range(4):
        register.begin(submission(str(number), tax_code=f"030000000{number}"))
        register.end(str(number), "updated")
    kept = [one["run"] for one in json.loads(register.path.read_text(encoding="utf-8"))["submissions"]]
    assert kept == ["open", "2", "3"]


def test_a_sandbox_is_a_portal_of_its_own() -> None:
    options = RunOptions(load_profile("sandbox"), "HTTP://127.0.0.1:8123/", MST, "", "", "")
    one, other = (replace(options, portal_instance=name).portal_key for name in ("ab", "cd"))
    assert options.portal_key == "http://127.0.0.1:8123"
    assert len({one, other, options.portal_key}) == 3
