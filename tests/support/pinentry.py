"""A person before pinentry's dialogs: a real program is started for each, the test reads and answers it."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.agent import TIMEOUT

SCRIPT = Path(__file__).with_name("scripted_pinentry.py")


@dataclass
class Dialog:
    """A dialog that is open."""

    kind: str
    title: str
    text: str
    ok: str
    _socket: socket.socket

    def accept(self, pin: str = "") -> None:
        """Press the button for yes, with a PIN in the field."""
        self._socket.sendall(f"{pin}\n".encode())
        self._socket.close()

    def cancel(self) -> None:
        """Press Hủy."""
        self.accept("cancel")

    def wait_until_gone(self) -> None:
        """Return when the dialog was taken away."""
        assert self._socket.recv(1) == b""
        self._socket.close()


class Desktop:
    """Where the dialogs appear.

    Attributes:
        program: The pinentry.
    """

    def __init__(self, program: Path, listening: socket.socket) -> None:
        self.program = program
        self._listening = listening

    def dialog(self, timeout: float = TIMEOUT) -> Dialog:
        """The next dialog that opens, within so many seconds."""
        self._listening.settimeout(timeout)
        connection, _ = self._listening.accept()
        connection.settimeout(TIMEOUT)
        with connection.makefile(encoding="utf-8") as lines:
            told = json.loads(lines.readline())
        return Dialog(told["kind"], told["SETTITLE"], told["SETDESC"], told["SETOK"], connection)

    def nothing_opened(self) -> bool:
        """Whether no dialog waits to be read."""
        self._listening.setblocking(False)
        try:
            self._listening.accept()[0].close()
        except BlockingIOError:
            return True
        finally:
            self._listening.settimeout(TIMEOUT)
        return False


@contextmanager
def desktop(directory: Path) -> Iterator[Desktop]:
    """A desktop with a pinentry installed."""
    if sys.platform == "win32":
        pytest.skip("the dialog is a script with a #! line")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIMEOUT)
        program = directory / f"pinentry-{listening.getsockname()[1]}"
        program.write_text(f"#!{sys.executable} -I\n{SCRIPT.read_text(encoding='utf-8')}", encoding="utf-8")
        program.chmod(0o700)
        yield Desktop(program, listening)
