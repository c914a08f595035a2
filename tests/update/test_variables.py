"""Variables of the command line: a misspelt name is refused, a declared one is not; Robot's own ``--dryrun``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.portal.names import refuse_unknown
from support.paths import ROOT
from support.run import SUITE

KNOWN = ["PROFILE", "TAX_CODE", "DRY_RUN", "HEADLESS"]


def robot(output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "robot", "--outputdir", str(output), *arguments]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


@pytest.mark.parametrize("name", ["DRYRN", "DRY-RUN", "DRY.RUN", "DRY", "Dryruns"])
def test_misspelt_name_is_refused_with_the_one_that_was_meant(name: str) -> None:
    with pytest.raises(ChukysoError) as caught:
        refuse_unknown(["PROFILE", name], KNOWN)
    assert caught.value.code is Code.OPTION_UNKNOWN
    assert f"“{name}”" in str(caught.value)
    assert "“DRY_RUN”" in str(caught.value)


@pytest.mark.parametrize(("name", "meant"), [("MST", "TAX_CODE"), ("MA_SO_THUE", "TAX_CODE"), ("pin", "TOKEN_PIN")])
def test_what_people_call_it_is_understood(name: str, meant: str) -> None:
    with pytest.raises(ChukysoError, match=f"OPTION_UNKNOWN.*có phải là “{meant}” không"):
        refuse_unknown([name], ["TAX_CODE", "TOKEN_PIN", "DRY_RUN"])
    with pytest.raises(ChukysoError, match=r"không giống biến nào"):
        refuse_unknown([name], ["DRY_RUN"])


def test_name_that_is_like_none_is_refused_too() -> None:
    with pytest.raises(ChukysoError, match=r"OPTION_UNKNOWN.*không giống biến nào"):
        refuse_unknown(["XYZ"], KNOWN)


@pytest.mark.parametrize("name", ["DRY_RUN", "dry run", "DryRun", "D_R_Y_RUN", "PABOTQUEUEINDEX", "CALLER_ID"])
def test_names_compare_as_robot_compares_them(name: str) -> None:
    refuse_unknown([name], KNOWN)


def test_suite_of_ones_own_may_have_variables_of_its_own(tmp_path: Path) -> None:
    """Declared in the suite or in a resource, given with a type, held by a variable file: all of that is known."""
    (tmp_path / "held.py").write_text("DRYRN = 'nobody reads it'\n", encoding="ascii")
    (tmp_path / "own.resource").write_text("*** Variables ***\n${THEIRS}    1\n", encoding="ascii")
    suite = tmp_path / "own.robot"
    resource = (ROOT / "resources" / "imports.resource").as_posix()
    suite.write_text(
        f"*** Settings ***\nResource    {resource}\nResource    own.resource\n\n"
        "*** Variables ***\n${MINE: int}    1\n\n"
        "*** Tasks ***\nOwn\n"
        "    ${options}    Set Up Run    sandbox    dry_run=${DRY_RUN}\n"
        "    Should Be True    ${options.dry_run} and ${MINE} == 7\n",
        encoding="ascii",
    )
    given = ["MINE:7", "theirs: int:2", "dry run:True", "PABOTQUEUEINDEX:0"]
    options = [part for text in given for part in ("--variable", text)]
    done = robot(tmp_path / "out", *options, "--variablefile", str(tmp_path / "held.py"), str(suite))
    assert done.returncode == 0, done.stdout + done.stderr
    done = robot(tmp_path / "out", *options, "--variable", "RUN:1", str(suite))
    assert "[OPTION_UNKNOWN]" in done.stdout, "what keywords hand on is nobody's to give"


@pytest.mark.nightly
@pytest.mark.parametrize("other", ["OTHERS:1", "CONTACT:ketoan@example"])
def test_suite_of_ones_own_is_given_no_variable_of_nobody(tmp_path: Path, other: str) -> None:
    suite = tmp_path / "own.robot"
    resource = (ROOT / "resources" / "imports.resource").as_posix()
    text = f"*** Settings ***\nResource    {resource}\n*** Tasks ***\nOwn\n    Set Up Run    sandbox\n"
    suite.write_text(text, encoding="ascii")
    done = robot(tmp_path / "out", "--variable", other, str(suite))
    assert "[OPTION_UNKNOWN]" in done.stdout


def test_robots_own_dryrun_says_that_nothing_was_done(tmp_path: Path) -> None:
    done = robot(tmp_path, "--dryrun", str(SUITE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "không bước nào được thực hiện" in done.stdout
    assert "--variable DRY_RUN:True" in done.stdout
    assert "xong" not in done.stdout
    assert "▸" not in done.stdout
