"""The table in docs/performance.md belongs to a commit that is not too far from this one."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date, datetime, timedelta

import pytest

from support.paths import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
EXECUTED = ("libraries", "resources", "suites/update.robot", "variables", "requirements.txt")
"""What a run executes."""
MOST_COMMITS = 60
MOST_DAYS = 30


LINE = re.compile(r"^Commit `([0-9a-f]{40})`, (\d{4}-\d\d-\d\d): \d+ cores,", re.MULTILINE)


def git(*arguments: str) -> str:
    command = [shutil.which("git") or "git", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=60
    ).stdout.strip()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no history to compare with")
def test_what_was_measured_is_near_to_what_runs_now() -> None:
    found = LINE.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found, "the table does not say of which commit it is"
    stale = "what a run executes has changed since: python benchmarks/run.py --write"
    newest = datetime.fromisoformat(git("log", "-1", "--format=%cI", "--", *EXECUTED))
    assert newest.date() - date.fromisoformat(found[2]) <= timedelta(days=MOST_DAYS), stale
    if found[1] in git("rev-list", "HEAD").split():  # a clone without history knows the date alone
        assert int(git("rev-list", "--count", f"{found[1]}..HEAD", "--", *EXECUTED)) <= MOST_COMMITS, stale
