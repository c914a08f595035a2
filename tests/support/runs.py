"""Runs of the suite that something happens to while they go on: a process is killed or frozen, a signal comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from chukyso.orphans import end_family
from chukyso.sandbox.details import SandboxDetails
from support.account import account_variables
from support.paths import ROOT
from support.run import SUITE, Run

Moment = Callable[[Path], bool]
_LONG = 150  # seconds; guards against a hang, and against nothing else
_KINDS: Mapping[str, Callable[[list[str]], bool]] = {
    "driver": lambda command: any("BrowserBatteries" in part for part in command),
    "browser": lambda command: "--remote-debugging-pipe" in command and not _has(command, "--type="),
    "pages": lambda command: _has(command, "--type=renderer"),
}


def journaled(event: str, **data: object) -> Moment:
    """A moment: as soon as this event is in the journal of the output directory."""

    def reached(output: Path) -> bool:
        journal = output / "evidence" / "journal.jsonl"
        lines = journal.read_text(encoding="utf-8").splitlines(keepends=True) if journal.exists() else []
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
        return any(entry["event"] == event and data.items() <= entry["data"].items() for entry in entries)

    return reached


@dataclass(frozen=True)
class Going:
    """A run that goes on."""

    process: subprocess.Popen[str]
    output: Path

    def wait_for(self, moment: Moment) -> None:
        """Wait until the moment; the run must not end before."""
        end = time.monotonic() + _LONG
        while not moment(self.output):
            assert self.process.poll() is None, f"the moment never came:\n{self.process.communicate()[0][-3000:]}"
            assert time.monotonic() < end, "the moment never came"
            time.sleep(0.005)

    def find(self, what: str) -> list[psutil.Process]:
        """Processes of the run: its ``driver``, the ``browser`` (the one that owns the others), its ``pages``."""
        end = time.monotonic() + _LONG
        while time.monotonic() < end:
            family = psutil.Process(self.process.pid).children(recursive=True)
            if found := [child for child in family if _KINDS[what](_command(child))]:
                return found
            time.sleep(0.01)
        raise AssertionError("no such process")

    def ended(self) -> Run:
        """Wait for its end, which must come by itself."""
        console, _ = self.process.communicate(timeout=_LONG)
        return Run(self.process.returncode, console, self.output)


@contextmanager
def going_update(
    details: SandboxDetails, output: Path, env: Mapping[str, str] | None = None, **variables: object
) -> Iterator[Going]:
    """Start the suite for an account; whatever is left of it at the end is killed."""
    output.parent.mkdir(parents=True, exist_ok=True)
    given = account_variables(details, output.parent / f"{output.name}-sandbox.json") | variables
    command = [sys.executable, "-m", "robot", "--outputdir", str(output)]
    for name, value in given.items():
        command += ["--variable", f"{name}:{value}"]
    process = subprocess.Popen(
        [*command, str(SUITE)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        yield Going(process, output)
    finally:
        end_family(process)
        process.communicate()


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _has(command: list[str], beginning: str) -> bool:
    return any(part.startswith(beginning) for part in command)
