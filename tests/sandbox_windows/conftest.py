"""One Windows under Wine for the tests of the client's windows, and the client's program in it."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chukyso.desktop.client import Desktop
from chukyso.desktop.rule import ProgramRule
from chukyso.errors import ChukysoError
from chukyso.prerequisites import check_native_windows
from chukyso.sandbox.wine.session import WindowsSession

SECONDS = 60


class Client:
    """The client's program, running.

    Args:
        session: Where.
    """

    def __init__(self, session: WindowsSession) -> None:
        self.process = subprocess.Popen(
            session.command("chukyso.sandbox.signing_client.windows_program"),
            env=session.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, **request: Any) -> None:
        """Have something shown, and wait until it is."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        assert self.answer() == {"event": "shown"}

    def answer(self) -> Any:
        """What it says next."""
        line = self._lines.get(timeout=SECONDS)
        assert line, "the program ended"
        return json.loads(line)

    def end(self) -> int:
        """Close its stdin, and wait for its end."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(SECONDS)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")


@pytest.fixture(scope="session")
def _wine() -> None:
    """The tests that need a Windows under Wine are left out where there can be none."""
    if sys.platform == "win32":
        pytest.skip("needs Wine, this is Windows")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("needs Python 3.11, as Windows' Python there is")
    try:
        check_native_windows()
    except ChukysoError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def session(_wine: None) -> Iterator[WindowsSession]:
    """One for all tests."""
    with WindowsSession() as running:
        yield running


@pytest.fixture(scope="session")
def _desktop(session: WindowsSession) -> Iterator[Desktop]:
    with session.desktop(60) as desktop:
        yield desktop


@pytest.fixture
def desktop(_desktop: Desktop) -> Desktop:
    """One for all tests: its child is started once."""
    return _desktop


@pytest.fixture
def ours(session: WindowsSession) -> tuple[ProgramRule, ...]:
    """The program that may show windows."""
    return (ProgramRule(session.program, (session.program_folder,)),)


@pytest.fixture
def client(session: WindowsSession) -> Iterator[Client]:
    """The client's program, of this test alone."""
    running = Client(session)
    yield running
    if running.process.poll() is None:
        assert running.end() == 0


@pytest.fixture
def start_session(_wine: None, tmp_path: Path) -> Iterator[Callable[[], WindowsSession]]:
    """Start further sessions."""
    started: list[WindowsSession] = []

    def start() -> WindowsSession:
        started.append(WindowsSession())
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()
