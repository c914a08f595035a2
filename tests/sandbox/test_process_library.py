"""SandboxLibrary in a real run: a data suite is run, then its result model and what is left of it are checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from robot.api import ExecutionResult
from robot.libdocpkg import LibraryDocumentation

from support.paths import ROOT

SUITES = ROOT / "tests" / "robot" / "sandbox"


def run(tmp_path: Path, *arguments: str, suite: Path = SUITES) -> tuple[int, str, ExecutionResult]:
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(tmp_path), "--loglevel", "TRACE", *arguments, str(suite)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, ExecutionResult(tmp_path / "output.xml")


def test_keywords_and_the_end_of_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_PASSWORD", "CANARY-password-4711")
    monkeypatch.setenv("CANARY_PIN", "CANARY-pin-4711")
    code, console, result = run(tmp_path, "--variable", f"NOTES:{tmp_path}")
    assert code == 0, console
    # The upper suite owns the sandbox; the end of a lower one, which imports the library too, must not end it.
    names = [test.name for test in result.suite.all_tests]
    assert names[-1] == "The Sandbox Of The Upper Suite Still Runs" and len(names) == 5
    directory = Path((tmp_path / "directory").read_text(encoding="utf-8").strip())
    assert directory.name.startswith("chukyso-sandbox-") and not directory.exists()
    for artefact in ("output.xml", "log.html", "report.html"):
        assert "-4711" not in (tmp_path / artefact).read_text(encoding="utf-8"), artefact


def test_each_suite_ends_its_own(tmp_path: Path) -> None:
    """Were the first one's sandbox still there, the second could not start its own."""
    suite = "*** Settings ***\nLibrary    SandboxLibrary\n*** Test Cases ***\nStart\n    Start Sandbox\n"
    data = tmp_path / "data"
    data.mkdir()
    for name in ("first", "second"):
        (data / f"{name}.robot").write_text(suite, encoding="ascii")
    code, console, _ = run(tmp_path, suite=data)
    assert code == 0, console


def test_libdoc_is_complete(capfd: pytest.CaptureFixture[str]) -> None:
    library = LibraryDocumentation("SandboxLibrary")
    assert capfd.readouterr() == ("", "")
    names = {one.name for one in library.keywords}
    assert names >= {
        "Start Sandbox", "Get Sandbox Details", "Get Captcha Answer", "Set Portal Fault", "Expire Portal Sessions",
        "Create Scenario", "Get Account State", "Stop Sandbox",
    }  # fmt: skip
    for one in library.keywords:
        assert "```robotframework" in one.doc, one.name
        for argument in one.args:
            assert argument.type is not None, (one.name, argument.name)
            assert f"`{argument.name}`" in one.doc, (one.name, argument.name)
