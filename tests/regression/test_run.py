"""The regression suites under way: the smoke tier under pabot, what a failure shows, what an interruption leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path

import psutil
import pytest
from robot.api import ExecutionResult

from chukyso.nightly.tier import read_tier
from support.paths import ROOT

pytestmark = pytest.mark.slow
BREAKING = ROOT / "tests" / "robot" / "regression" / "breaking.py"
LINK = re.compile(r'(?:src|href)=\\?"((?!https?:)[^"\\]+)\\?"')


def environment(scratch: Path) -> dict[str, str]:
    """Everything that a run starts can be told by its place for temporary files."""
    scratch.mkdir()
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": scripts, "PYTHONUTF8": "1", "TMPDIR": str(scratch)}


def left_over(scratch: Path) -> list[str]:
    """Processes that were started with this place for temporary files, and what lies in it."""
    found = [entry.name for entry in scratch.iterdir()]
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(scratch) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def wait_until_gone(scratch: Path) -> list[str]:
    """Chromium's helpers need a moment to see that the browser is gone."""
    end = time.monotonic() + 30
    while left_over(scratch) and time.monotonic() < end:
        time.sleep(0.2)
    return left_over(scratch)


def pabot(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pabot.pabot", *options, "--outputdir", str(tmp_path / "out")]
    return subprocess.run(
        [*command, str(ROOT / "suites" / "regression")],
        cwd=tmp_path,
        env=environment(tmp_path / "scratch"),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("only", "count"),
    [
        (("--exclude", "NOTarea:submission"), 1),
        pytest.param((), 10, marks=pytest.mark.nightly),
    ],
    ids=["submission", "every area"],
)
def test_smoke(tmp_path: Path, only: tuple[str, ...], count: int) -> None:
    tier = read_tier("smoke")
    done = pabot(tmp_path, *tier.pabot, *tier.robot, *only)
    result = ExecutionResult(tmp_path / "out" / "output.xml")
    assert done.returncode == 0, [(test.full_name, test.message) for test in result.suite.all_tests if test.failed]
    assert result.statistics.total.total >= count
    assert not result.suite.metadata, "links to reports that are gone"
    assert not list((tmp_path / "out").glob("runs/*/*")), "evidence of cases that passed"
    assert not wait_until_gone(tmp_path / "scratch")
    assert len((tmp_path / "out" / "log.html").read_bytes()) < 1_000_000


def test_a_failure_keeps_its_evidence_and_links_to_it(tmp_path: Path) -> None:
    """Seen from the log that pabot makes of its processes' outputs; each picture is linked once, none is in it."""
    case = "Regression.Dry Run.Rehearsal.Dry Run Stops After Figure 3"
    done = pabot(
        tmp_path,
        *("--no-pabotlib", "--chunk", "--testlevelsplit", "--processes", "1", "--removekeywords", "PASSED"),
        *("--test", case, "--prerunmodifier", f"{BREAKING}:expectations"),
    )
    assert done.returncode == 1
    output = tmp_path / "out"
    (test,) = ExecutionResult(output / "output.xml").suite.all_tests
    for part in ("Outcome:", "Code:", "Words:", "Figures [1, 2, 3] were taken", "started in the journal"):
        assert part in test.message
    text = (output / "output.xml").read_text(encoding="utf-8")
    shown = [unescape(each) for each in re.findall(r"&lt;figure.*?&lt;/figure&gt;", text)]
    pictures = [link for message in shown for link in LINK.findall(message)]
    place = "runs/dry-run-rehearsal/dry-run-stops-after-figure-3"
    assert sorted(set(pictures)) == [f"{place}/figures/figure-{number}.png" for number in (1, 2, 3)]
    assert len(pictures) == 2 * 3  # the picture, and around it the link to it
    assert all((output / link).is_file() for link in pictures)
    assert (output / place / "evidence" / "report.html").is_file()
    assert f'href="{place}/evidence/report.html"' in unescape(text)
    assert not wait_until_gone(tmp_path / "scratch")


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_nothing_is_left_of_an_interrupted_process(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "out"), "--suite", "Regression.Submission"]
    with subprocess.Popen(
        [*command, "--console", "none", str(ROOT / "suites" / "regression")], env=environment(scratch), cwd=tmp_path
    ) as run:
        while run.poll() is None and not list((tmp_path / "out").glob("runs/*/*/evidence/journal.jsonl")):
            time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        run.wait(timeout=120)
    first, *others = ExecutionResult(tmp_path / "out" / "output.xml").suite.all_tests
    assert first.failed
    # Robot stops at the next keyword when the one that was broken off failed in words of its own.
    stopped = [test for test in others if test.message != "Test execution stopped due to a fatal error."]
    assert [test.message for test in stopped[1:]] == []
    assert all(test.message == "Setup failed:\nExecution terminated by signal" for test in stopped)
    assert not wait_until_gone(scratch)
