"""The workflow for public CI, which has not been run: it is a valid workflow, harmless, and installs what we say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chukyso.prerequisites import Part, needed_parts
from support.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HERE = (Part.VENV, Part.BROWSER)  # parts that the runners' images have


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> str:
    text: str = request.param.read_text(encoding="utf-8")
    return text


def refused(path: Path) -> str:
    """What the schema of workflows says against a file; empty when nothing."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_it_keeps_to_the_schema_of_workflows(tmp_path: Path) -> None:
    assert [refused(path) for path in WORKFLOWS] == [""]
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("timeout-minutes", "time-out"), "utf-8")
    assert "time-out" in refused(broken)


def test_actions_are_pinned_by_their_commit_and_say_the_version(workflow: str) -> None:
    used = re.findall(r"uses: (.+)", workflow)
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_it_may_only_read_and_ends_some_time(workflow: str) -> None:
    assert re.findall(r"^permissions:\n((?:  .*\n)+)", workflow, re.MULTILINE) == ["  contents: read\n"]
    assert "secrets." not in workflow
    assert "pull_request_target" not in workflow
    assert workflow.count("runs-on:") == len(re.findall(r"^    timeout-minutes:", workflow, re.MULTILINE))
    assert "cancel-in-progress: true" in workflow


def test_it_installs_what_bootstrap_asks_for(workflow: str) -> None:
    for platform, wanted in (("linux", "apt"), ("darwin", "macos")):
        for part in set(needed_parts(platform, tests=True)) - set(HERE):
            words = getattr(part.value, wanted).removeprefix("brew install ")
            assert not words or re.search(rf"\b{re.escape(words)}\b", workflow), part
    assert "choco install softhsm" in workflow
    assert "bootstrap.py setup" in workflow
    assert "bootstrap.py update" in workflow


def test_it_says_that_it_was_never_run(workflow: str) -> None:
    assert "NEVER RUN YET" in workflow.partition("\nname:")[0]
