"""A terminal that is closed: the program goes on to its end, and what it writes goes nowhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
Start = Callable[..., subprocess.Popen[bytes]]

PROGRAM = """
import signal, sys, time
from pathlib import Path
from chukyso.terminal import when_terminal_closes
if "nohup" in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
told = []
when_terminal_closes(lambda number, _frame: told.append(number))
print("ready", flush=True)
while not told and not Path(sys.argv[1]).exists():
    time.sleep(0.01)
for stream in (sys.stdout, sys.stderr):
    print("x" * 100_000, file=stream, flush=True)
Path(sys.argv[2]).write_text(str(told))
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the program; it ends with the test, whatever becomes of that."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, output: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / "go"), str(tmp_path / "told"), *arguments]
        started.append(subprocess.Popen(command, stdin=output, stdout=output, stderr=output, start_new_session=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait(20)


@pytest.mark.usefixtures("hangup")
@pytest.mark.parametrize("kind", ["terminal", "pipe"])
def test_nothing_that_is_written_then_is_an_error(tmp_path: Path, start: Start, kind: str) -> None:
    mine, its = os.openpty() if kind == "terminal" else os.pipe()
    process = start(output=its)
    os.close(its)
    assert os.read(mine, 100).strip() == b"ready"
    os.close(mine)
    process.send_signal(signal.SIGHUP)
    assert process.wait(20) == 0
    assert (tmp_path / "told").read_text() == f"[{signal.SIGHUP.value}]"


@pytest.mark.usefixtures("hangup")
def test_a_file_gets_all_that_is_written(tmp_path: Path, start: Start) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = start(output=log.fileno())
    wait_for(tmp_path / "log", b"ready\n")
    process.send_signal(signal.SIGHUP)
    assert process.wait(20) == 0
    assert (tmp_path / "log").stat().st_size == len("ready\n") + 2 * 100_001


def test_what_nohup_ignores_stays_ignored(tmp_path: Path, start: Start) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = start("nohup", output=log.fileno())
    wait_for(tmp_path / "log", b"ready\n")
    process.send_signal(signal.SIGHUP)
    (tmp_path / "go").touch()
    assert process.wait(20) == 0
    assert (tmp_path / "told").read_text() == "[]"


def wait_for(file: Path, content: bytes) -> None:
    end = time.monotonic() + 20
    while file.read_bytes() != content:
        assert time.monotonic() < end
        time.sleep(0.01)
