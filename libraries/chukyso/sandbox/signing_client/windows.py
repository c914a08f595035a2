"""The program that shows the client's windows: a child of the host, JSON lines in and out (docs/signing-client.md)."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from typing import Any

from chukyso.sandbox.environment import scrubbed_environment
from chukyso.sandbox.signing_client.faults import Request
from chukyso.sandbox.signing_client.settings import HostSettings
from chukyso.sandbox.signing_client.token import Listed

CERTIFICATE_TITLE = "Chọn chứng thư số"
_log = logging.getLogger(__name__)


class NotAnsweredError(Exception):
    """The window was cancelled or closed, or its program failed; the argument is the ``result`` for the page."""


class Windows:
    """Starts the program when the first window is needed; ``end`` may come from another thread.

    Args:
        settings: The host's.
    """

    def __init__(self, settings: HostSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._ended = False
        self._process: subprocess.Popen[bytes] | None = None

    def choose(self, certificates: list[Listed]) -> int:
        """Let the person choose a certificate; returns its row, counted from 0."""
        answer = self._ask(
            {
                "show": "certificate",
                "title": CERTIFICATE_TITLE,
                "certificates": [one.der.hex() for one in certificates],
                "faults": self._settings.fault.windows(Request.CERT),
            },
            "chosen",
        )
        row = answer.get("index")
        if not isinstance(row, int) or not 0 <= row < len(certificates):
            raise NotAnsweredError("technical_error")
        return row

    def pin(self, token: str) -> bytes:
        """Let the person enter the PIN; returns it in UTF-8."""
        answer = self._ask(
            {
                "show": "pin",
                "kind": self._settings.pin_window,
                "token": token,
                "faults": self._settings.fault.windows(Request.SIGN),
            },
            "pin",
        )
        return str(answer.get("pin", "")).encode()

    def end(self) -> None:
        """End the program; by the end of its stdin if it listens, by force if not."""
        with self._lock:
            self._ended = True
            process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.close()
            process.wait(2)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()

    def _ask(self, window: dict[str, Any], wanted: str) -> dict[str, Any]:
        process = self._start()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are pipes, see _start
        try:
            process.stdin.write(json.dumps(window, ensure_ascii=False).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            raise NotAnsweredError("technical_error") from error
        while line := process.stdout.readline():
            answer = _event(line)
            _log.info("window %s: %s", window["show"], answer.get("event"))  # never the answer: the PIN is in it
            if answer.get("event") == wanted:
                return answer
            if answer.get("event") in {"cancelled", "closed"}:
                raise NotAnsweredError("user_cancel")
            if answer.get("event") == "failed":  # it cannot be shown; the reason is the program's, of no secret
                _log.error("window %s: %s", window["show"], ascii(str(answer.get("reason"))[:200]))
                raise NotAnsweredError("technical_error")
        _log.error("the windows' program ended: %s", process.wait())
        raise NotAnsweredError("technical_error")

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended:
                raise NotAnsweredError("user_cancel")
            if self._process is None:
                try:
                    self._process = subprocess.Popen(
                        self._settings.windows_command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,  # Wine hands no regular file on
                        env=scrubbed_environment() | self._settings.windows_environment,
                    )
                except OSError as error:
                    _log.exception("the windows' program does not start")
                    raise NotAnsweredError("technical_error") from error
            return self._process


def _event(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}  # not quoted anywhere: whatever it is, a PIN may be in it
    return answer if isinstance(answer, dict) else {}
