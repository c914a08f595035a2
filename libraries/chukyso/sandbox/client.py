"""The parent's handle on a sandbox: starts its process, says where it is, stops it."""

from __future__ import annotations

import atexit
import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
import time
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from chukyso.children import start_python
from chukyso.errors import ChukysoError, Code
from chukyso.orphans import end_family
from chukyso.sandbox.control_client import Control, known_error
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.environment import scrubbed_environment
from chukyso.sandbox.options import SandboxOptions

__all__ = ["Control", "Sandbox"]

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0
_LOG_TAIL: Final = 4000


class Sandbox:
    """One sandbox in a process of its own.

    Args:
        options: What it is to be.
        start_seconds: How long ``details`` waits at most, counted from the start.
    """

    def __init__(self, options: SandboxOptions | None = None, *, start_seconds: float = _START_SECONDS) -> None:
        self._options = options or SandboxOptions()
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._directory: Path | None = None
        self._ready: Future[SandboxDetails] = Future()
        self._deadline = 0.0
        self._attached = False

    @classmethod
    def attach(cls, state: Path) -> Self:
        """A handle on a sandbox that runs already, from the file that ``SandboxDetails.write`` wrote.

        ``stop`` leaves it running.

        Raises:
            ChukysoError: ``SANDBOX_UNREACHABLE`` when the file cannot be read or nothing answers there.
        """
        handle = cls()
        try:
            details = SandboxDetails.read(state)
            Control(details).details()
        except ChukysoError as error:
            reason = error.context.get("reason", error.code.name)
            raise ChukysoError(Code.SANDBOX_UNREACHABLE, error.detail, path=state, reason=reason) from error
        handle._ready.set_result(details)
        handle._attached = True
        return handle

    def __enter__(self) -> Self:
        if not self._attached:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Spawn the process and return at once.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when it runs already, was attached to, or cannot be spawned.
        """
        if self._process is not None or self._ready.done():
            raise _failed("sandbox đã chạy", "started twice")
        given = self._options.directory
        if given is not None:
            given.mkdir(parents=True, exist_ok=True, mode=0o700)
            if any(given.iterdir()):  # it is removed at the end
                raise _failed("thư mục cho sandbox không rỗng", str(given))
        self._directory = given or Path(tempfile.mkdtemp(prefix="chukyso-sandbox-"))
        self._deadline = time.monotonic() + self._start_seconds
        try:
            self._process = self._spawn(self._directory)
        except OSError as error:
            self._remove()
            raise _failed("không chạy được Python", str(error)) from error
        except BaseException:  # Ctrl-C: nobody would end it
            self._remove()
            raise
        atexit.register(self.stop)
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - both are pipes, see _spawn
        options = replace(self._options, directory=self._directory).to_dict()
        with contextlib.suppress(OSError):  # it has ended already: reading its answer finds that out, with the log
            stdin.write(json.dumps(options).encode() + b"\n")
            stdin.flush()
        threading.Thread(target=self._read_answer, args=(stdout,), name="sandbox", daemon=True).start()

    @property
    def details(self) -> SandboxDetails:
        """Where everything is; waits until the sandbox is ready.

        Raises:
            ChukysoError: The error that the sandbox's process named, or ``SANDBOX_FAILED`` when it ended or was not
                ready in time. The detail holds the end of its log.
        """
        if self._process is None and not self._ready.done():
            raise _failed("sandbox chưa được khởi động", "not started")
        try:
            return self._ready.result(max(0.0, self._deadline - time.monotonic()))
        except FutureTimeoutError:
            raise _failed(f"chưa sẵn sàng sau {self._start_seconds:g} giây", self._log_tail()) from None

    @property
    def control(self) -> Control:
        """The control interface; waits until the sandbox is ready."""
        return Control(self.details)

    @property
    def running(self) -> bool:
        """Whether its process runs; ``False`` for one that was attached to."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the sandbox and remove its directory. May be called again; one that was attached to goes on."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # what was still to be written has no reader any more
                process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            end_family(process)  # what it started to write a token goes on writing into the directory
        if process.stdout is not None:
            process.stdout.close()
        ended = _failed("sandbox đã dừng", "stopped")
        self._settle(ended)  # for a thread that waits for the details
        self._ready = Future()
        self._ready.set_exception(ended)
        self._remove()

    def _spawn(self, directory: Path) -> subprocess.Popen[bytes]:
        with (directory / "sandbox.log").open("ab") as log:
            return start_python(["-m", "chukyso.sandbox"], scrubbed_environment(), stdout=subprocess.PIPE, stderr=log)

    def _read_answer(self, stdout: IO[bytes]) -> None:
        try:
            line = stdout.readline().decode()
        except (OSError, ValueError):  # closed by stop
            line = ""
        self._settle(self._understand(line))

    def _settle(self, outcome: SandboxDetails | ChukysoError) -> None:
        with contextlib.suppress(InvalidStateError):  # of the reader and ``stop``, the first one counts
            if isinstance(outcome, ChukysoError):
                self._ready.set_exception(outcome)
            else:
                self._ready.set_result(outcome)

    def _understand(self, line: str) -> SandboxDetails | ChukysoError:
        try:
            values = json.loads(line) if line else None
        except ValueError:
            values = None
        if not isinstance(values, dict):
            return _failed("tiến trình kết thúc sớm", f"it said {line[:200]!r}; its log ends: {self._log_tail()}")
        if "error" in values:
            failure = values["error"]
            return known_error(failure["code"], failure["detail"], failure["context"])
        try:
            return SandboxDetails.from_dict(values)
        except ChukysoError as error:
            return error

    def _log_tail(self) -> str:
        try:
            log = (self._directory or Path()) / "sandbox.log"
            return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].strip() or "(empty)"
        except OSError as error:
            return f"(no log: {error})"

    def _remove(self) -> None:
        if self._directory is not None and not self._options.keep_directory:
            shutil.rmtree(self._directory, ignore_errors=True)


def _failed(reason: str, detail: str) -> ChukysoError:
    return ChukysoError(Code.SANDBOX_FAILED, detail, reason=reason)
