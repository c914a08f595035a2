"""One child process and the pipe to it, from the parent's side."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO

from chukyso.children import OtherPython, start_python
from chukyso.errors import ChukysoError, Code
from chukyso.worker.frames import BrokenFrameError, Message, read_frame, write_frame, write_secret

_TAIL = 2000  # bytes of the child's stderr that go into an error's detail
_EXIT_SECONDS = 5  # seconds for a process that was told to end


class LostError(Exception):
    """The child has no answer any more; ``str`` says in English how it ended, with the end of what it printed.

    Attributes:
        timed_out: It was ended because it took too long.
        ready: It had begun to serve.
    """

    def __init__(self, detail: str, *, timed_out: bool, ready: bool) -> None:
        super().__init__(detail)
        self.timed_out = timed_out
        self.ready = ready


class Child:
    """A running child. One request at a time; ``kill`` may come from any thread.

    Args:
        arguments: What this Python runs: ``-m``, a module, its arguments.
        environment: All of its environment.
        python: Another Python than this one.

    Raises:
        OSError: No process can be started.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], python: OtherPython | None = None
    ) -> None:
        self._ready = False
        self._busy = False
        self._timed_out = False
        # A file and not a pipe: nobody has to read along, and a chatty module cannot block on it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process, see end()
        try:
            # -I: neither the current directory nor PYTHON* variables decide what the child imports.
            self._process = start_python(
                ["-I", *arguments],
                environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if python else self._errors,
                python=python,
            )
        except OSError:
            self._errors.close()
            raise
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are PIPE above
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._reader: threading.Thread | None = None
        if self._process.stderr:  # Wine hands no regular file on
            self._reader = threading.Thread(target=self._keep, args=(self._process.stderr,), daemon=True)
            self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        """It has said all it had to say and is gone; a new one is needed for the next request."""
        return self._ready and self._process.poll() is not None

    def ask(
        self,
        request: Message,
        seconds: float,
        stage_reached: Callable[[str], None] = lambda _: None,
        secret: bytearray | None = None,
    ) -> Message:
        """Send one request and wait for its answer; the first one waits until the child is ready, too.

        Waiting is a blocking read that the child's end unblocks, on every system alike: a timer ends the child when
        time is up.

        Args:
            request: What is wanted.
            seconds: Time-out.
            stage_reached: Called with each stage, as the child says it.
            secret: What goes behind the request; overwritten here.

        Raises:
            ChukysoError: What the child reports.
            LostError: It died, or took too long.
        """
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        self._busy = True
        try:
            if not self._ready:
                _result(read_frame(self._answers))
                self._ready = True
            write_frame(self._requests, {**request, "seconds": seconds})
            if secret is not None:
                write_secret(self._requests, secret)
            while "stage" in (answer := read_frame(self._answers)):
                stage_reached(answer["stage"])
            self._busy = False
            return _result(answer)
        except BrokenFrameError as error:
            raise self._lost(error, seconds) from None
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End the process at once; a request that waits for it fails."""
        with suppress(OSError):  # already gone
            self._process.kill()

    def end(self) -> None:
        """End the process, gently when it is idle, and free everything. Not while another thread is in ``ask``."""
        idle = self._ready and not self._busy
        if not idle:
            self.kill()
        for stream in (self._requests, self._answers):
            with suppress(OSError):  # unsent bytes of a broken pipe
                stream.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self.kill()
            with suppress(subprocess.TimeoutExpired):  # stuck in the kernel; nothing more can be done from here
                self._process.wait(_EXIT_SECONDS)
        if self._reader:
            self._reader.join(_EXIT_SECONDS)
        self._errors.close()

    def stderr(self) -> str:
        """The end of what was printed, as further lines; a child prints nowhere once it is given a PIN."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _TAIL))
        text = self._errors.read().decode("utf-8", "replace").strip()
        return f"\n{text}" if text else ""

    def _keep(self, errors: IO[bytes]) -> None:
        with errors, suppress(ValueError):  # closed in the end
            while data := errors.read1(_TAIL):  # type: ignore[attr-defined]  # of every buffered stream, though not of IO
                self._errors.write(data)

    def _expire(self) -> None:
        self._timed_out = True
        self.kill()

    def _lost(self, error: BrokenFrameError, seconds: float) -> LostError:
        try:
            status: object = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            status = "none, still running"
            self.kill()
        if self._timed_out:
            return LostError(f"worker ended after {seconds} s", timed_out=True, ready=self._ready)
        if self._reader:
            self._reader.join(_EXIT_SECONDS)  # what was printed last
        detail = f"worker: {error}; exit status {status}{self.stderr()}"
        return LostError(detail, timed_out=False, ready=self._ready)


def _result(answer: Message) -> Message:
    error = answer.get("error")
    if error is not None:
        raise ChukysoError(Code[error["code"]], error["detail"], **error["context"])
    return answer
