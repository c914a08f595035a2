"""Runs of the suite: what one left behind, and how a test asks for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot.api import ExecutionResult

from support.paths import ROOT

SUITE = ROOT / "suites" / "update.robot"


@dataclass(frozen=True)
class Run:
    """A finished run of a suite in a process of its own."""

    code: int
    console: str
    directory: Path

    @property
    def manifest(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.directory / "evidence" / "manifest.json").read_text(encoding="utf-8"))
        return data

    @property
    def journal(self) -> list[str]:
        lines = (self.directory / "evidence" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["event"] for line in lines]

    @property
    def test(self) -> Any:
        """The only test in the result model of Robot Framework."""
        return next(iter(ExecutionResult(self.directory / "output.xml").suite.all_tests))

    def ended(self, outcome: str, code: str = "") -> None:
        """Assert how the run ended, in all the places that say so."""
        error = self.manifest["error"] or {}
        assert (self.manifest["outcome"], error.get("code", "")) == (outcome, code), self.console[-3000:]
        assert f"outcome:{outcome}" in self.test.tags
        assert self.test.passed == (code == "")
        if code:
            assert f"[{code}]" in self.test.message
        assert (self.directory / "evidence" / "report.html").stat().st_size > 5000


def changed_profile(directory: Path, old: str, new: str) -> Path:
    """The sandbox's profile with one line changed."""
    profile = directory / "changed.toml"
    text = (ROOT / "variables" / "sandbox.toml").read_text(encoding="utf-8")
    assert old in text
    profile.write_text(text.replace(old, new), encoding="utf-8")
    return profile


RunUpdate = Callable[..., Run]


def results(run: Run) -> dict[int, str]:
    return {figure["number"]: figure["match"]["result"] for figure in run.manifest["figures"]}
