"""Make ``morning-report.png``: sixteen nights of small tests that are really run, then the report of the last one.

Run from the project's directory: ``.venv/bin/python docs/images/morning_report.py [DIRECTORY]``. Each night's tests
behave as a plan says (``tests/robot/nightly``); only the clock is moved, so that the nights lie a day apart. It takes a
minute or two.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from photograph import photograph

from chukyso.errors import ChukysoError, Code
from chukyso.nightly.night import Options, run_night
from chukyso.nightly.report import HTML
from chukyso.nightly.tier import Tier

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "tests" / "robot" / "nightly" / "demo"
FIRST = datetime(2026, 11, 7, 18, 30, tzinfo=UTC)
NIGHTS = 16
SIZE = (860, 1180)

SLOW = "A Slow Answer Is Waited For"
LOGIN = "Logging In Again Shows The New Certificate"
DROPPED = "A Connection Dropped After The Commit Is Reconciled"
WINDOW = "The Certificate Window Names The Unit"
CAPTCHA = "A Captcha Without Answer Ends The Login"
TWICE = "Two Sessions At Once Change Once"
MAIL = "Another E-Mail Than Expected Stops The Run"


def failing(code: Code, **fields: object) -> str:
    return f"fail:{ChukysoError(code, **fields)}"


def plan_of(night: int) -> dict[str, str]:
    """What the tests do in a night, counted from 1."""
    tonight = night == NIGHTS
    plan = {SLOW: f"slow:{2.3 if tonight else 0.6 + night % 3 / 20}", LOGIN: f"slow:{0.3 + night % 4 / 25}"}
    if tonight:
        plan[DROPPED] = failing(Code.SUBMISSION_UNKNOWN, reason="cổng ngắt kết nối")
        plan[TWICE] = failing(Code.PORTAL_TIMEOUT, seconds="30", awaited="")
    if night >= NIGHTS - 3:
        plan[WINDOW] = failing(Code.WINDOW_MISMATCH, found="MST 9900000023", expected="MST 0101234565")
    if NIGHTS - 5 <= night < NIGHTS:
        plan[MAIL] = failing(
            Code.CONTACT_MISMATCH, field="thư điện tử", found="a@example.com", expected="b@example.com"
        )
    if night in (6, 9, 13, NIGHTS):
        plan[CAPTCHA] = "once"
    return plan


def run_nights(directory: Path) -> Path:
    """Run all nights and return the report's page."""
    tier = Tier("nightly", directory, ("--processes", "2", "--chunk"), ("--name", "Regression"), (str(DEMO),))
    os.environ["NIGHT_PLAN"] = str(directory / "plan.json")
    for night in range(1, NIGHTS + 1):
        for tried in directory.glob("*-tried"):
            tried.unlink()
        (directory / "plan.json").write_text(json.dumps(plan_of(night)), encoding="utf-8")
        began, real = FIRST + timedelta(days=night - 1), datetime.now(UTC)
        morning = run_night(
            tier,
            Options(directory / "nights"),
            lambda *_: None,
            lambda began=began, real=real: began + (datetime.now(UTC) - real),
        )
        print(f"{morning.night.name}: {morning.verdict.headline}", flush=True)
    return directory / "nights" / HTML


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        photograph(run_nights(directory), HERE / "morning-report.png", *SIZE)


if __name__ == "__main__":
    main()
