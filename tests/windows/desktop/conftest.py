"""The test program, started with what it shows, and read by what it was answered. Runs on Windows alone.

Whoever runs these tests sets ``CHUKYSO_WINDOW_PROGRAM`` to the compiled program and has a screen (``proof.py`` does
both); without it they are not collected. ``CHUKYSO_WINDOW_PICTURES`` names a folder in which the pictures are kept.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chukyso.desktop.client import Desktop
from chukyso.desktop.rule import ProgramRule

PROGRAM = os.environ.get("CHUKYSO_WINDOW_PROGRAM", "")
collect_ignore_glob = [] if PROGRAM else ["test_*.py"]
SECONDS = 30


class Shown:
    """The test program, running.

    Args:
        program: Its file.
        spec: What it shows.
    """

    def __init__(self, program: Path, spec: str) -> None:
        self.process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin
        self.process.stdin.write(spec.encode())
        self.process.stdin.close()
        self.events: list[dict[str, Any]] = []
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def wait_for(self, event: str) -> dict[str, Any]:
        """The next event with this name."""
        end = time.monotonic() + SECONDS
        while line := self._lines.get(timeout=max(0.1, end - time.monotonic())):
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == event:
                return self.events[-1]
        raise AssertionError(f"no {event}: {self.events}")

    def presses(self, until: str = "ended") -> list[int]:
        """The numbers of the buttons that were pressed until an event, or its end."""
        self.wait_for(until)
        return [each["id"] for each in self.events if each["event"] == "press"]

    def quiet(self, seconds: float = 1) -> list[dict[str, Any]]:
        """What it tells in a while."""
        time.sleep(seconds)
        while not self._lines.empty():
            line = self._lines.get()
            self.events += [json.loads(line)] if line else []
        return self.events

    def kill(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(SECONDS)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``BHXH`` with the right program, and one ``Khác`` with the same and another name."""
    folder = tmp_path_factory.mktemp("Chương trình")
    for name in ("BHXH/VssDeclaration.exe", "Khác/VssDeclaration.exe", "Khác/lạ.exe"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(PROGRAM, folder / name)
    return folder


@pytest.fixture
def ours(programs: Path) -> ProgramRule:
    """The program that may show windows."""
    return ProgramRule("VssDeclaration.exe", (str(programs / "BHXH"),))


@pytest.fixture
def show(programs: Path) -> Iterator[Callable[..., Shown]]:
    """Start the test program."""
    started: list[Shown] = []

    def start(spec: str, program: str = "BHXH/VssDeclaration.exe") -> Shown:
        started.append(Shown(programs / program, spec))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture(scope="session")
def _desktop() -> Iterator[Desktop]:
    with Desktop() as desktop:
        yield desktop


@pytest.fixture
def desktop(_desktop: Desktop) -> Desktop:
    """One for all tests: its child is started once, and anew when a test ended it."""
    return _desktop


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: kept when somebody wants to look at them."""
    kept = os.environ.get("CHUKYSO_WINDOW_PICTURES", "")
    folder = Path(kept) if kept else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder
