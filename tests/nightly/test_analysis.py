"""What counts as a regression, fixed, flaky and slower; the history keeps it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.nightly import history as history_module
from chukyso.nightly.analysis import Comparison, compare
from chukyso.nightly.history import History
from chukyso.nightly.model import NightState, Status, TestResult
from chukyso.nightly.output import BrokenOutputError, read_results, with_second_try
from chukyso.nightly.probe import FILE, read_probe
from chukyso.nightly.tier import DEFAULT_SOURCE, read_tier
from support.nightly import FIRST, night, one, remember

P, F, S, R = Status.PASS, Status.FAIL, Status.SKIP, Status.FLAKY


def over_nights(*statuses: Status | None) -> Comparison:
    """A test's statuses over nights, the last one tonight's; ``None`` when it was not there."""
    made = [night(number, *([one(status)] if status else [])) for number, status in enumerate(statuses)]
    return compare(made[-1], made[-2::-1])


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((P, F), "new"),
        ((F,), "new"),  # never ran before: nothing shows that it ever worked
        ((P, S, F), "new"),  # the last time it ran it passed
        ((P, None, F), "new"),
        ((R, F), "new"),
        ((F, F), "still"),
        ((F, S, None, F), "still"),
        ((F, P), "fixed"),
        ((F, S, P), "fixed"),
        ((P, P), ""),
        ((F, P, P), ""),
        ((F, S), "gone"),
        ((P, None), "gone"),
        ((P, S), "gone"),
        ((S, S), ""),
    ],
)
def test_a_night_beside_the_last_one(statuses: tuple[Status | None, ...], kind: str) -> None:
    comparison = over_nights(*statuses)
    found = {name for name in ("new", "still", "fixed", "gone") if getattr(comparison, name)}
    assert found == ({kind} if kind else set())
    assert comparison.regression is (kind == "new")


def test_since_when_goes_back_to_the_first_failure_of_the_row() -> None:
    failure = over_nights(F, P, F, S, F, F).still[0]
    assert (failure.since - FIRST).days == 2
    assert failure.nights == 3


def test_since_when_looks_back_further_than_the_window() -> None:
    assert over_nights(P, *[F] * 30).still[0].nights == 30


@pytest.mark.parametrize(
    ("statuses", "flaky"),
    [
        ((P, P, F, P), False),  # a break and its repair
        ((P, F, P, F), True),
        ((P, P, R), True),  # passed when it was run again tonight
        ((P, R, P), False),
        ((P, F, P, F, *[P] * 14), False),  # long ago
    ],
)
def test_flaky_is_what_changes_its_mind(statuses: tuple[Status, ...], flaky: bool) -> None:
    assert bool(over_nights(*statuses).flaky) is flaky


def after(tonight: float, *before: float) -> Comparison:
    nights = [night(number, one(seconds=seconds)) for number, seconds in enumerate(before)]
    return compare(night(99, one(seconds=tonight)), nights[::-1])


@pytest.mark.parametrize(
    ("tonight", "before", "slower"),
    [
        (2.0, [1.0] * 14, True),
        (1.4, [1.0] * 14, False),  # less than half a second
        (2.0, [1.0] * 4, False),  # too few nights to say
        (3.0, [1.0, 2.0, 1.0, 2.0, 3.0, 1.0], False),  # it always varies so much
        (9.0, [1.0, 2.0, 1.0, 2.0, 3.0, 1.0], True),
        (2.0, [9.0] * 14 + [1.0] * 14, True),  # what was before the window does not count
        (2.0, [1.0] * 13 + [60.0], True),  # one bad night moves neither median nor spread
    ],
)
def test_slower_is_beyond_median_and_spread(tonight: float, before: list[float], slower: bool) -> None:
    assert bool(after(tonight, *before).slower) is slower


def test_a_night_that_did_not_end_is_compared_with_nothing() -> None:
    broken = night(1, one(F), state=NightState.INTERRUPTED)
    comparison = compare(broken, [night(0, one(P))])
    assert not comparison.comparable
    assert not comparison.regression


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ("[PORTAL_TIMEOUT] Cổng không\n trả lời.", "PORTAL_TIMEOUT", "Cổng không trả lời."),
        ("It ended otherwise: [PORTAL_ERROR] Lỗi.", "PORTAL_ERROR", "It ended otherwise: [PORTAL_ERROR] Lỗi."),
        ("[NO_SUCH_CODE] x", "", "[NO_SUCH_CODE] x"),
        ("1 != 2", "", "1 != 2"),
    ],
)
def test_a_message_has_a_code_and_a_text(message: str, code: str, text: str) -> None:
    result = TestResult("Suite.Test", F, 1.0, message)
    assert (result.code, result.text) == (code, text)


# History


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def test_nights_come_back_as_they_were(path: Path) -> None:
    remember(path, [night(1, one(F), one(R, 2.5, "Suite.Ở đây. Có dấu"))])
    with History(path) as history:
        latest = history.latest()
    assert latest == night(1, one(F), one(R, 2.5, "Suite.Ở đây. Có dấu"))


def test_only_complete_nights_of_the_same_tier_are_a_base(path: Path) -> None:
    remember(path, [night(1, one()), night(2, one(F), state=NightState.INTERRUPTED), night(3, one())])
    with History(path) as history:
        history.begin("smoke", "smoke", FIRST)
        smoke = history.latest()
        number = history.begin("tonight", "nightly", FIRST)
        history.end(number, NightState.COMPLETE, FIRST, [])
        tonight = history.latest()
        assert tonight is not None
        assert smoke is not None
        assert [each.number for each in history.before(tonight)] == [3, 1]
        assert history.before(smoke) == []


def test_a_night_that_was_killed_is_found_and_marked(path: Path) -> None:
    with History(path) as history:
        history.begin("killed", "nightly", FIRST)
    with History(path) as history:
        history.begin("next", "nightly", FIRST)
    states = sqlite3.connect(path).execute("SELECT name, state FROM night ORDER BY number").fetchall()
    assert states == [("killed", "interrupted"), ("next", "running")]


def test_the_oldest_nights_are_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "NIGHTS_KEPT", 3)
    remember(path, [night(number, one(name=f"Suite.T{number}")) for number in range(1, 6)])
    counts = [
        sqlite3.connect(path).execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names from here
        for table in ("night", "result", "test")
    ]
    assert counts == [3, 3, 3]


def foreign(path: Path) -> None:
    path.write_text("not a database at all, but long enough to be taken for one" * 20, encoding="utf-8")


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")


def somebody_elses(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (run_start TEXT)")


@pytest.mark.parametrize("make", [foreign, newer, somebody_elses])
def test_a_history_that_is_none_is_left_alone(path: Path, make: object) -> None:
    assert callable(make)
    make(path)
    before = path.read_bytes()
    with pytest.raises(ChukysoError) as caught:
        History(path)
    assert caught.value.code is Code.HISTORY_UNREADABLE
    assert path.read_bytes() == before


def test_a_history_that_cannot_be_written_is_said_before_anything_runs(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ChukysoError) as caught:
        History(path)
    assert caught.value.code is Code.HISTORY_NOT_WRITABLE


# Output


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<robot>",
        "<suite/>",
        '<robot><suite name="S"><test name="T" id="s1-t1"><status status="PASS" elapsed="1"/></test>',
        '<robot><suite name="S"><test name="T"><status status="ODD" elapsed="1"/></test></suite></robot>',
        '<robot><suite name="S"><test name="T"></test></suite></robot>',
        '<robot><suite name="S"><test name="T"><status status="PASS"/></test></suite></robot>',
    ],
)
def test_a_broken_output_is_no_night_without_failures(tmp_path: Path, text: str) -> None:
    path = tmp_path / "output.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenOutputError):
        read_results(path)


def test_a_missing_output_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenOutputError):
        read_results(tmp_path / "output.xml")


def test_the_second_try_decides_about_failures_only() -> None:
    first = [one(F, name="a"), one(F, name="b"), one(P, name="c"), one(S, name="d")]
    second = [one(P, name="a"), one(F, name="b"), one(P, name="c"), one(P, name="d")]
    assert [each.status for each in with_second_try(first, second)] == [R, F, P, S]


# Tier, probe


def test_a_tier_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "mine.args"
    path.write_text(
        "\ufeff# a comment\n--processes 3\n--testlevelsplit\n--variable GREETING:xin chào  \n"
        "--include=fast AND safe\n-d x\nsuites/my suite\n\n--exclude slow\n",
        encoding="utf-8",
    )
    tier = read_tier(str(path))
    assert tier.name == "mine"
    assert tier.pabot == ("--processes", "3", "--testlevelsplit")
    assert tier.robot == (
        *("--variable", "GREETING:xin chào", "--include", "fast AND safe"),
        *("-d", "x", "--exclude", "slow"),
    )
    assert tier.sources == ("suites/my suite",)


def test_a_tier_without_suites_runs_the_regression(tmp_path: Path) -> None:
    path = tmp_path / "some.args"
    path.write_text("--include smoke\n", encoding="utf-8")
    assert read_tier(str(path)).sources == (DEFAULT_SOURCE,)


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(ChukysoError) as caught:
        read_tier("nightlyy")
    assert caught.value.code is Code.OPTION_INVALID


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"changes": 1}', '{"changes": [1]}', "\xff"])
def test_a_probe_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))
    probe = read_probe(tmp_path)
    assert probe is not None
    assert probe.problem


def test_a_probe_tells_its_changes(tmp_path: Path) -> None:
    assert read_probe(tmp_path) is None
    (tmp_path / "probe").mkdir()
    started = read_probe(tmp_path)
    assert started is not None
    assert started.problem, "it left nothing"
    change = '{"what": "login.dialog", "before": "một", "after": null}'
    (tmp_path / FILE).write_text(f'{{"changes": [{change}]}}', encoding="utf-8")
    probe = read_probe(tmp_path)
    assert probe is not None
    assert probe.problem == ""
    assert [vars(each) for each in probe.changes] == [{"what": "login.dialog", "before": "một", "after": ""}]
