"""Nights that are really run: small suites that behave as a plan says, and a clock that moves from night to night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chukyso.nightly.history import History
from chukyso.nightly.model import Night, NightState, Status, TestResult
from chukyso.nightly.night import Options, run_night
from chukyso.nightly.report import Morning
from chukyso.nightly.tier import Tier, read_tier
from support.paths import ROBOT

DATA = ROBOT / "nightly"
FIRST = datetime(2026, 11, 2, 18, 30, tzinfo=UTC)

CAPTCHA = "A Wrong Captcha Is Asked For Again"
LOCK = "The Account Is Locked After Five Wrong Passwords"
UNIT = "The Unit Is Chosen"
SLOW = "A Slow Answer Is Waited For"
DROP = "A Dropped Connection Is Reconciled"
ONCE = "The Same Document Is Sent Once"


@dataclass(frozen=True)
class Nights:
    """A directory of nights; each call runs the next one, a day later."""

    root: Path
    tier: Tier
    plan: Path

    @property
    def history(self) -> Path:
        return self.root / "history.db"

    def run(self, plan: dict[str, str] | None = None, *, rerun: bool = True, keep: int = 30) -> Morning:
        self.plan_for(plan or {})
        done = len(list(self.root.glob("20*")))
        times = iter([FIRST + timedelta(days=done), FIRST + timedelta(days=done, seconds=90)])
        return run_night(self.tier, Options(self.root, keep=keep, rerun=rerun), lambda *_: None, lambda: next(times))

    def plan_for(self, plan: dict[str, str]) -> None:
        for tried in self.plan.parent.glob("*-tried"):
            tried.unlink()
        self.plan.write_text(json.dumps(plan), encoding="utf-8")


def make_nights(directory: Path) -> Nights:
    """Nights in a directory; the environment's ``NIGHT_PLAN`` has to name its ``plan.json``."""
    tier = directory / "small.args"
    tier.write_text(f"# small tests\n--processes 2\n--loglevel=DEBUG\n\n{DATA / 'small'}\n", encoding="utf-8")
    return Nights(directory / "nights", read_tier(str(tier)), directory / "plan.json")


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHT_PLAN", str(tmp_path / "plan.json"))
    return make_nights(tmp_path)


def night(number: int, *results: TestResult, state: NightState = NightState.COMPLETE, seconds: float = 60) -> Night:
    """A night as the history has it."""
    started = FIRST + timedelta(days=number)
    ended = started + timedelta(seconds=seconds)
    return Night(number, f"night-{number}", "nightly", started, ended, state, results)


def one(status: Status = Status.PASS, seconds: float = 1.0, name: str = "Suite.Test") -> TestResult:
    message = "[PORTAL_TIMEOUT] Cổng không trả lời. Chạy lại." if status is Status.FAIL else ""
    return TestResult(name, status, seconds, message, "s1-t1")


def remember(path: Path, nights: Sequence[Night]) -> None:
    """Write nights into a history."""
    with History(path) as history:
        for each in nights:
            number = history.begin(each.name, each.tier, each.started)
            assert each.ended is not None
            history.end(number, each.state, each.ended, each.results)
