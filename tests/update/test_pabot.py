"""A run whose evidence the next start of pabot would remove does not begin; what is kept elsewhere stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from robot.api import ExecutionResult

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.directory import refuse_swept
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.state import state_directory
from support.account import account_variables
from support.paths import ROOT
from support.run import SUITE, RunUpdate

OWN_SUITE = """\
*** Settings ***
Library          EvidenceLibrary

*** Variables ***
${DIRECTORY}     ${OUTPUT_DIR}${/}deeper

*** Tasks ***
A Run Of Its Own
    Start Evidence    directory=${DIRECTORY}
    Journal Event    submitting    serial=5401
"""


def pabot(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    options = ("--no-pabotlib", "--processes", "1", "--outputdir", str(place / "out"))
    return subprocess.run(
        [sys.executable, "-m", "pabot.pabot", *options, *arguments],
        cwd=place,
        env={**os.environ, "PATH": scripts, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


def argument_file(place: Path, details: SandboxDetails) -> Path:
    """One account's options, as an operator writes them."""
    given = account_variables(details, place / f"{details.tax_code}.json")
    file = place / f"{details.tax_code}.args"
    file.write_text("".join(f"--variable {name}:{value}\n" for name, value in given.items()), encoding="utf-8")
    return file


def refusals(place: Path) -> list[str]:
    return [test.message for test in ExecutionResult(place / "out" / "output.xml").suite.all_tests if test.failed]


@pytest.mark.slow
def test_pabot_with_an_argument_file_for_each_account_submits_nothing(
    account: Callable[..., SandboxDetails], sandbox: Sandbox, tmp_path: Path
) -> None:
    accounts = [account(), account()]
    files = [argument_file(tmp_path, one) for one in accounts]
    numbered = [part for number, file in enumerate(files, 1) for part in (f"--argumentfile{number}", str(file))]
    done = pabot(tmp_path, *numbered, str(SUITE))
    assert done.returncode == 2, done.stdout
    said = refusals(tmp_path)
    assert [one for one in said if "[OUTPUT_NOT_KEPT]" in one and "robot" in one] == said
    assert not list(tmp_path.rglob("journal.jsonl"))
    control = Control(sandbox.details)
    assert [control.account(one.tax_code)["submissions"] for one in accounts] == [[], []]
    assert not (state_directory() / "submissions.json").exists()


@pytest.mark.nightly
@pytest.mark.slow
def test_evidence_beside_the_directory_of_pabot_survives_it(
    account: Callable[..., SandboxDetails], run_update: RunUpdate, tmp_path: Path
) -> None:
    """An operator runs an account as README says, then starts pabot into the same directory."""
    run = run_update(account())
    run.ended("updated")
    (tmp_path / "out").symlink_to(run.directory, target_is_directory=True)
    for _ in range(2):
        pabot(tmp_path, str(SUITE))
    assert run.manifest["outcome"] == "updated"
    assert "submitting" in run.journal
    assert (run.directory / "figures" / "figure-6.png").exists()


@pytest.mark.nightly
@pytest.mark.parametrize("kept", [False, True])
def test_suite_of_ones_own_under_pabot(tmp_path: Path, *, kept: bool) -> None:
    suite = tmp_path / "own.robot"
    suite.write_text(OWN_SUITE, encoding="utf-8")
    options = ("--variable", f"DIRECTORY:{tmp_path / 'kept'}") if kept else ()
    for _ in range(2):
        done = pabot(tmp_path, *options, str(suite))
        assert done.returncode == (0 if kept else 1), done.stdout
    journals = list(tmp_path.rglob("journal.jsonl"))
    assert len(journals) == (2 if kept else 0), "the first run's was moved to earlier/"
    assert kept or "[OUTPUT_NOT_KEPT]" in refusals(tmp_path)[0]


@pytest.mark.parametrize(
    "place", ["pabot_results", "pabot_results/0", "x/pabot_results/2/7/deep", "y/../pabot_results/0"]
)
def test_robot_by_hand_below_a_directory_of_pabot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(tmp_path)
    for output in (tmp_path / place, Path(place)):
        with pytest.raises(ChukysoError) as caught:
            refuse_swept(output)
        assert caught.value.code is Code.OUTPUT_NOT_KEPT
    assert not list(tmp_path.iterdir())


def test_link_into_a_directory_of_pabot_is_followed_and_other_names_pass(tmp_path: Path) -> None:
    (tmp_path / "pabot_results").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "pabot_results", target_is_directory=True)
    with pytest.raises(ChukysoError, match="OUTPUT_NOT_KEPT"):
        refuse_swept(tmp_path / "link" / "0")
    for name in ("results", "pabot_results_2026", "my-pabot_results"):
        refuse_swept(tmp_path / name)
