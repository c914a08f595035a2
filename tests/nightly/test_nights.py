"""Nights that are really run, one after the other: what the morning reports tell, and what goes wrong around them."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.moment import VIETNAM
from chukyso.nightly import runner as runner_module
from chukyso.nightly.dashboard import update_dashboard
from chukyso.nightly.history import History
from chukyso.nightly.model import NightState, Status, split_name
from chukyso.nightly.night import report_only
from chukyso.nightly.report import Morning, render_html, render_text
from chukyso.nightly.runner import check_tools
from chukyso.nightly.tier import read_tier
from chukyso.report.words import UNCOMPARED, why_not_compared
from support.nightly import CAPTCHA, DROP, FIRST, LOCK, ONCE, SLOW, UNIT, Nights, make_nights

pytestmark = pytest.mark.slow
CHUKYSO = str(Path(sys.executable).with_name("chukyso"))
Start = Callable[..., "subprocess.Popen[str]"]
BUSY = 120  # seconds that a state may take on a busy machine


@dataclass(frozen=True)
class Story:
    """Three nights: all well; one that breaks, hesitates, dawdles and is skipped; one that mends and breaks anew."""

    nights: Nights
    good: Morning
    bad: Morning
    pages: dict[str, str]
    mended: Morning


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    directory = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        patch.setenv("NIGHT_PLAN", str(directory / "plan.json"))
        nights = make_nights(directory)
        good = nights.run()
        with History(nights.history) as history:  # the same real results for a few more nights
            for day in range(4):
                name = f"{good.night.name}-{day + 2}"
                number = history.begin(name, "small", FIRST + timedelta(hours=day + 1))
                history.end(number, NightState.COMPLETE, FIRST + timedelta(hours=day + 2), good.night.results)
        change = {"what": "login.dialog", "before": "mat-dialog", "after": "<b>app-dialog</b>"}
        nights.plan_for({})
        bad = nights.run({UNIT: "fail", ONCE: "once", SLOW: "slow:0.8", LOCK: "skip"})
        probe = nights.root / bad.night.name / "probe.json"
        probe.write_text(json.dumps({"changes": [change]}), encoding="utf-8")
        told = report_only(nights.root)
        assert told is not None
        pages = {name: (nights.root / name).read_text(encoding="utf-8") for name in ("morning.html", "morning.txt")}
        mended = nights.run({DROP: "fail:Giá trị <script> & “lạ”"}, rerun=False, keep=2)
        yield Story(nights, good, told, pages, mended)


def names_of(items: object) -> list[str]:
    assert isinstance(items, tuple)
    return [split_name(item if isinstance(item, str) else item.result.name)[1] for item in items]


def test_a_first_good_night_has_nothing_to_tell(story: Story) -> None:
    comparison = story.good.comparison
    assert story.good.verdict.headline == "MỌI THỨ ĐỀU ĐẠT"
    assert [result.status for result in comparison.night.results] == [Status.PASS] * 6
    assert not comparison.regression


def test_what_broke_is_a_regression_with_its_code(story: Story) -> None:
    comparison = story.bad.comparison
    assert comparison.regression
    assert names_of(comparison.new) == [UNIT]
    assert comparison.new[0].result.code == "PORTAL_TIMEOUT"
    assert story.bad.verdict.headline == "1 LỖI MỚI"


def test_what_passes_when_run_again_is_flaky_and_no_failure(story: Story) -> None:
    assert names_of(story.bad.comparison.flaky) == [ONCE]
    assert story.bad.comparison.flaky[0].rerun
    assert ONCE not in names_of(story.bad.comparison.new)


def test_what_takes_longer_than_usual_is_slower(story: Story) -> None:
    assert names_of(story.bad.comparison.slower) == [SLOW]
    assert story.bad.comparison.slower[0].nights == 5


def test_what_does_not_run_any_more_is_told(story: Story) -> None:
    assert names_of(story.bad.comparison.gone) == [LOCK]


def test_what_passes_again_is_fixed_and_another_failure_is_new(story: Story) -> None:
    comparison = story.mended.comparison
    assert names_of(comparison.fixed) == [UNIT]
    assert names_of(comparison.new) == [DROP]
    assert comparison.still == ()


def test_the_page_shows_it_all_and_loads_nothing(story: Story) -> None:
    page = story.pages["morning.html"]
    for words in (UNIT, "PORTAL_TIMEOUT", "Cổng không trả lời trong 30 giây", ONCE, SLOW, LOCK, "login.dialog"):
        assert words in page
    assert "&lt;b&gt;app-dialog&lt;/b&gt;" in page
    assert not re.search(r"<script|src=|url\((?!data:font/woff;)|@import|https?://", page)


def test_every_link_leads_somewhere(story: Story) -> None:
    # of the last night: the directory of the one before may be gone by now
    root, night = story.nights.root, story.mended.night.name
    for page in (root / "morning.html", root / night / "morning.html"):
        links = re.findall(r'href="([^"#]+)#?([^"]*)"', page.read_text(encoding="utf-8"))
        assert len(links) >= 4
        assert [link for link, _ in links if not (page.parent / link).is_file()] == []
        output = (root / night / "output.xml").read_text(encoding="utf-8")
        assert all(f'id="{anchor}"' in output for _, anchor in links if anchor)
        logged = re.findall(r'(?:href|src)="([^"]+)"', html.unescape(output))  # the log's, which pabot made of several
        assert len(logged) == 1, "of the test that failed"
        assert [link for link in logged if not (root / night / link).is_file()] == []


def test_messages_are_text_not_markup(story: Story) -> None:
    page = (story.nights.root / "morning.html").read_text(encoding="utf-8")
    assert "Giá trị &lt;script&gt; &amp; “lạ”" in page
    assert "Giá trị <script> & “lạ”" in (story.nights.root / "morning.txt").read_text(encoding="utf-8")


def test_the_text_begins_with_the_verdict(story: Story) -> None:
    lines = story.pages["morning.txt"].splitlines()
    assert lines[0] == "1 LỖI MỚI"
    assert f"- {UNIT}" in lines
    assert any("[PORTAL_TIMEOUT] Cổng không trả lời" in line for line in lines)


def test_the_json_is_the_same(story: Story) -> None:
    data = json.loads(json.dumps(story.bad.to_dict()))
    assert data["regression"] is True
    assert [split_name(entry["test"])[1] for entry in data["new"]] == [UNIT]
    assert data["counts"] == {"pass": 3, "fail": 1, "skip": 1, "flaky": 1}
    assert data["portal_changes"][0]["what"] == "login.dialog"


def test_old_directories_go_and_the_history_stays(story: Story) -> None:
    assert len([path for path in story.nights.root.glob("20*") if path.is_dir()]) == 2
    with History(story.nights.history) as history:
        assert len(history.before(story.mended.night)) == 6


def test_nothing_is_kept_twice(story: Story) -> None:
    night = story.nights.root / story.mended.night.name
    parts = [path.parent.name for path in night.glob("pabot_results/*/robot_stdout.out")]
    assert len(parts) == 1, "only of the suite with a failure"
    assert list(night.rglob("pabot_results/**/output.xml")) == []
    output = (night / "output.xml").read_text(encoding="utf-8")
    assert "planned: fail" in output
    assert "planned: pass" not in output, "keywords of what passed"
    assert not (story.nights.root / ".scratch").exists()
    assert not (story.nights.tier.directory / ".pabotsuitenames").exists()


def test_the_dashboard_has_every_night_and_loads_nothing(story: Story) -> None:
    page = (story.nights.root / "dashboard.html").read_text(encoding="utf-8")
    assert not re.search(r"""<(?:script|link|img)\b[^>]*\b(?:src|href)=["']https?://""", page)
    names = {path.name for path in story.nights.root.iterdir()}
    assert {"dashboard.db", "dashboard.html", "history.db", "morning.html", "morning.txt"} <= names
    assert story.mended.dashboard == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows shows the machine's time")
def test_log_and_dashboard_are_in_vietnams_time_too(story: Story) -> None:
    output = story.nights.root / story.mended.night.name / "output.xml"
    generated = re.search(r'generated="([^"]+)"', output.read_text(encoding="utf-8"))
    assert generated
    written = datetime.fromtimestamp(output.stat().st_mtime, VIETNAM)
    assert abs(datetime.fromisoformat(generated[1]).replace(tzinfo=VIETNAM) - written) < timedelta(minutes=30)
    with sqlite3.connect(story.nights.root / "dashboard.db") as database:
        starts = [str(row[0]) for row in database.execute("SELECT run_start FROM runs")]
    assert starts
    assert {start[-6:] for start in starts} == {"+07:00"}


def test_a_dashboard_that_fails_is_only_told(story: Story, tmp_path: Path) -> None:
    (tmp_path / "output.xml").write_text("<robot>", encoding="utf-8")
    assert "ERROR" in update_dashboard(tmp_path, tmp_path / "output.xml", tmp_path / "log.html")


def test_a_report_of_nights_without_directories_has_no_dead_links(story: Story, tmp_path: Path) -> None:
    morning = Morning.of(tmp_path, story.bad.comparison, "")
    assert "href=" not in render_html(morning, "x/", "")
    assert UNIT in render_text(morning)


# What goes wrong


@pytest.fixture
def start() -> Iterator[Start]:
    """Start ``chukyso nightly``; what a failed test leaves running is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(nights: Nights, *arguments: str) -> subprocess.Popen[str]:
        started.append(begin(nights, *arguments))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=BUSY)


def begin(nights: Nights, *arguments: str) -> subprocess.Popen[str]:
    tier = str(nights.root.parent / "small.args")
    return subprocess.Popen(
        [CHUKYSO, "nightly", "--tier", tier, "--output", str(nights.root), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "300"},
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + BUSY
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)])
def test_two_at_once_and_an_interrupted_night(nights: Nights, start: Start, number: signal.Signals) -> None:
    nights.plan_for({CAPTCHA: "wait"})
    waiting = nights.plan.with_name("waiting")
    process = start(nights)
    wait_for(waiting, process)
    if number is signal.SIGINT:
        second = start(nights)
        said, _ = second.communicate(timeout=BUSY)
        assert second.returncode == 1
        assert "[OUTPUT_IN_USE]" in said
        assert len(list(nights.root.glob("20*"))) == 1
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.send_signal(number)
    said, _ = process.communicate(timeout=BUSY)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert said.index("Đang dừng, chờ các lần chạy kết thúc") < said.index(f"dở dang: {nights.root / 'morning.html'}")
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    with History(nights.history) as history:
        night = history.latest()
        assert night is not None
        assert night.state is NightState.INTERRUPTED
        assert history.before(night) == []
    assert (nights.root / "morning.txt").read_text(encoding="utf-8").startswith("BỊ NGẮT GIỮA CHỪNG")
    page = (nights.root / "morning.html").read_text(encoding="utf-8")
    assert ("<dt>lỗi (chưa so sánh được)</dt>" in page, "<dt>lỗi mới</dt>" in page) == (True, False)
    assert list((nights.root / night.name / "failures").iterdir()) == []
    assert not (nights.root / ".scratch").exists()


def test_an_unwritable_history_is_said_before_anything_runs(nights: Nights, start: Start) -> None:
    nights.history.mkdir(parents=True)
    process = start(nights)
    said, _ = process.communicate(timeout=BUSY)
    assert process.returncode == 1
    assert "[HISTORY_NOT_WRITABLE]" in said
    assert not list(nights.root.glob("20*"))


def test_an_output_that_is_a_file_is_said(nights: Nights) -> None:
    nights.root.write_text("", encoding="utf-8")
    with pytest.raises(ChukysoError) as caught:
        nights.run()
    assert caught.value.code is Code.OUTPUT_NOT_WRITABLE


@pytest.mark.nightly
def test_each_test_is_told_while_the_night_goes_on(nights: Nights, start: Start) -> None:
    nights.plan_for({UNIT: "fail", LOCK: "skip"})
    process = start(nights, "--no-rerun", "--json")
    said, _ = process.communicate(timeout=BUSY)
    assert process.returncode == 3, said
    told = [line for line in said.splitlines() if re.match(r" +\d+  ", line)]
    assert len(told) == 6
    assert sum("  lỗi     Small." in line and line.endswith(f".{UNIT}") for line in told) == 1
    assert sum("  bỏ qua  Small." in line and line.endswith(f".{LOCK}") for line in told) == 1
    assert not list(nights.root.glob("*/progress.log"))
    data = json.loads(said[said.index("{") :])
    assert data["counts"] == {"pass": 4, "fail": 1, "skip": 1, "flaky": 0}
    assert data["new"][0]["first_run"] is True


def test_the_report_alone_needs_a_night(nights: Nights, start: Start) -> None:
    process = start(nights, "--report-only")
    said, _ = process.communicate(timeout=BUSY)
    assert process.returncode == 1
    assert "chưa có đêm nào" in said


@pytest.mark.parametrize(
    ("line", "code", "headline"),
    [
        ("--include no-such-tag", Code.NIGHT_EMPTY, "KHÔNG CÓ GÌ ĐƯỢC CHẠY"),
        ("no/such/suite.robot", Code.NIGHT_BROKEN, "KHÔNG CÓ KẾT QUẢ TRỌN VẸN"),
    ],
)
def test_a_night_that_tests_nothing_is_no_good_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, code: Code, headline: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHT_PLAN", str(tmp_path / "plan.json"))
    nights = make_nights(tmp_path)
    tier = tmp_path / "small.args"
    tier.write_text(tier.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(ChukysoError) as caught:
        make_nights_again(nights).run()
    assert caught.value.code is code
    assert (nights.root / "morning.txt").read_text(encoding="utf-8").startswith(headline)


def make_nights_again(nights: Nights) -> Nights:
    """The same nights with the tier as its file is now."""
    return Nights(nights.root, read_tier(str(nights.root.parent / "small.args")), nights.plan)


def test_a_night_in_which_a_process_died_is_no_base(nights: Nights) -> None:
    with pytest.raises(ChukysoError) as caught:
        nights.run({CAPTCHA: "die", DROP: "fail"})
    assert caught.value.code is Code.NIGHT_BROKEN
    told = report_only(nights.root)
    assert told is not None
    assert not told.comparison.comparable
    assert [split_name(result.name)[1] for result in told.comparison.seen] == [DROP]


@pytest.mark.nightly
def test_figures_that_were_not_compared_are_told_in_one_line(nights: Nights) -> None:
    line = f"{UNCOMPARED} Hình 1, Hình 2: {why_not_compared('other-fonts')}"
    morning = nights.run({UNIT: f"warn:{line}", DROP: f"warn:{line}", LOCK: "warn:<b>something else</b>"})
    assert morning.uncompared == (line,)
    page, text = ((nights.root / name).read_text(encoding="utf-8") for name in ("morning.html", "morning.txt"))
    assert page.count(line) == 1
    assert line in " ".join(text.split())
    assert "something else" not in page
    told = report_only(nights.root)
    assert told is not None
    assert told.uncompared == (line,)


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "_PACKAGES", {"no_such_module": "robotframework-nothing"})
    with pytest.raises(ChukysoError) as caught:
        check_tools()
    assert caught.value.code is Code.NIGHT_TOOL_MISSING


@pytest.mark.nightly
def test_what_is_tagged_once_is_not_run_again(nights: Nights, tmp_path: Path) -> None:
    visits = tmp_path / "visits.txt"
    count = f"Evaluate    open(r'{visits}', 'a').write('x')"
    suite = tmp_path / "visit.robot"
    suite.write_text(
        f"*** Test Cases ***\nVisit\n    [Tags]    once\n    {count}\n    Fail    Gone\n"
        f"Look\n    {count}\n    Fail    Gone\n",
        encoding="utf-8",
    )
    tier = replace(nights.tier, sources=(str(suite),))
    morning = replace(nights, tier=tier).run()
    assert len(morning.comparison.new) == 2
    assert visits.read_text(encoding="utf-8") == "xxx"  # both, and one of them again
    suite.write_text(suite.read_text(encoding="utf-8").partition("Look\n")[0], encoding="utf-8")
    morning = replace(nights, tier=tier).run()
    assert len(morning.comparison.still) == 1
    assert visits.read_text(encoding="utf-8") == "xxxx"
