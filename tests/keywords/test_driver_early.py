"""The browser's driver starts while libraries are imported: only for what is run, and nothing of it stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chukyso.scratch import noted_scratch
from chukyso.storage.lock import OutputLock
from support.paths import ROOT

UPDATE = str(ROOT / "suites" / "update.robot")
STARTED = "Starting Browser process"  # the Browser library's words, in Robot's syslog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="TMPDIR")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    place = tmp_path / "t"
    place.mkdir()
    return place


def robot(tmp_path: Path, scratch: Path, *arguments: str) -> tuple[str, int]:
    """Run Robot into ``out``; return its console and how many drivers it started."""
    syslog = tmp_path / "syslog.txt"
    logging = {"ROBOT_SYSLOG_FILE": str(syslog), "ROBOT_SYSLOG_LEVEL": "DEBUG"}
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "out"), *arguments],
        cwd=ROOT,
        env={**os.environ, **logging, "TMPDIR": str(scratch), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr, syslog.read_text(encoding="utf-8").count(STARTED)


@pytest.mark.nightly
def test_a_check_of_the_syntax_starts_none(tmp_path: Path, scratch: Path) -> None:
    console, started = robot(tmp_path, scratch, "--dryrun", UPDATE)
    assert started == 0, console


def test_a_run_that_ends_before_the_browser_leaves_nothing(tmp_path: Path, scratch: Path) -> None:
    console, started = robot(tmp_path, scratch, "--variable", "TAX_CODE:1", UPDATE)
    assert "[MST_INVALID]" in console
    assert started == 1
    assert not list(scratch.iterdir())


def test_a_run_into_a_directory_in_use_leaves_the_other_ones_files_alone(tmp_path: Path, scratch: Path) -> None:
    """A suite of somebody's own, which is refused only by a keyword, when the driver is there."""
    suite = tmp_path / "own.robot"
    resource = (ROOT / "resources" / "imports.resource").as_posix()
    suite.write_text(f"*** Settings ***\nResource    {resource}\n\n*** Tasks ***\nOwn\n    Start Evidence\n", "utf-8")
    others = scratch / "chukyso-browser-other"
    others.mkdir()
    lock = OutputLock(tmp_path / "out")
    note = tmp_path / "out" / "run.scratch"
    note.write_text(str(others), encoding="utf-8")
    console, started = robot(tmp_path, scratch, str(suite))
    lock.release()
    assert "[OUTPUT_IN_USE]" in console
    assert started == 1
    assert noted_scratch(note) == others
    assert list(scratch.iterdir()) == [others]
