"""Standard output and standard error: what cannot be written there neither ends nor holds up the work it tells about.

A reader that goes away, a full disk, a closed stream, a terminal that was stopped (Ctrl-S; on Windows a click into the
window), an encoding without Vietnamese: a run that has submitted something must come to its end in all of them. One
thread does the writing, for both streams, in the order in which it was asked to. Standard library only, as
``bootstrap.py`` uses it too.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import errno
import io
import os
import queue
import sys
import threading
import time
import unicodedata
from typing import Any, Final, TextIO

LIVE: Final = 2.0
"""Seconds that work which must go on waits for a reader that does not read; what is too much then is not shown."""
_ROOM: Final = 1 << 20  # bytes that may wait for a reader
_SHORT: Final = 0.5  # seconds; on Windows an unlimited wait is deaf to Ctrl-C
_AGAIN: Final = 0.02  # seconds until a stream that somebody made non-blocking is tried again
_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # may pass; everything else is for good
_PLAIN: Final = str.maketrans(
    {"đ": "d", "Đ": "D", "▸": ">", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "·": "-"}
)


class GuardedStream(io.TextIOWrapper):
    """A standard stream that never raises."""

    def write(self, text: str) -> int:
        """Write; where the encoding has no Vietnamese, without diacritics."""
        return super().write(printable(text, self.encoding))


def guard_console(timeout: float | None = None) -> None:
    """Put guards in place of standard output and standard error; called again, it changes the time-out only.

    Args:
        timeout: Seconds to wait for a reader that does not read, before output is dropped; None waits without end, as
            a program must whose output is its result.
    """
    _PUMP.timeout = timeout
    _occupy_standard_handles()
    for name in ("stdout", "stderr"):
        original = getattr(sys, f"__{name}__")
        if isinstance(original, GuardedStream) or not (original is None or hasattr(original, "buffer")):
            continue
        guard = _guard(original, name)
        setattr(sys, f"__{name}__", guard)
        if getattr(sys, name) is original:  # else somebody captures it, who knows best
            setattr(sys, name, guard)
        _GUARDS.append((original, guard))


def guard_of(stream: TextIO | None) -> TextIO | None:
    """Return the guard that stands in place of a stream, or the stream itself when there is none."""
    return next((guard for original, guard in _GUARDS if original is stream), stream)


def trouble(name: str) -> OSError | None:
    """Return the first error of ``stdout`` or ``stderr`` once all that was written has been tried; None without one.

    That a stream was closed from the start is no error, and neither is a reader that has gone: it had what it wanted.
    """
    _PUMP.flush()
    error = _PUMP.errors.get(name)
    return None if error is None or error.errno in (errno.EPIPE, errno.EINVAL, errno.EBADF) else error


def troubles() -> dict[str, OSError]:
    """Return the first error of each stream that had one, whatever it was."""
    return dict(_PUMP.errors)


def printable(text: str, encoding: str) -> str:
    """Return the text if the encoding has it, else the nearest that it has: no diacritics, plain quotes, else ``?``."""
    if codecs.lookup(encoding).name == "utf-8":
        return text  # lone surrogates, bytes of a file's name, are left to the stream's error handler
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        bare = unicodedata.normalize("NFD", text.translate(_PLAIN))
        bare = "".join(char for char in bare if not unicodedata.combining(char))
        return bare.encode(encoding, "replace").decode(encoding)
    return text


class _Pump:
    """The thread that writes. Whoever gives it something may be a signal handler: nothing here takes a lock twice.

    Attributes:
        timeout: Seconds that ``flush`` waits; None for no limit.
        errors: The first error of each stream, by its name.
    """

    def __init__(self) -> None:
        self.timeout: float | None = None
        self.errors: dict[str, OSError] = {}
        self.reset()

    def reset(self) -> None:
        """Begin anew without a thread: a process that was forked has none."""
        self._jobs: queue.SimpleQueue[tuple[_Sink, bytes] | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._given = self._done = 0
        self._behind: threading.Event | None = None
        self._over = False

    def write(self, sink: _Sink, data: bytes) -> None:
        if self._given - self._done + len(data) > _ROOM and self._given > self._done and not self.flush():
            return
        if self._over:
            sink.put(data, self.errors)
            return
        self._given += len(data)
        self._jobs.put((sink, data))
        self._start()

    def flush(self) -> bool:
        """Wait until everything that was given so far was tried; whether it was.

        A reader that has once kept us waiting in vain is not waited for again until it has read on.
        """
        if self._given == self._done or self._over:
            return True
        if self._behind and not self._behind.is_set():
            return False
        reached = threading.Event()
        self._jobs.put(reached)
        self._start()
        self._behind = None if self._wait(reached) else reached
        return self._behind is None

    def _wait(self, reached: threading.Event) -> bool:
        until = None if self.timeout is None else time.monotonic() + self.timeout
        while not reached.wait(_SHORT if until is None else max(0.0, min(_SHORT, until - time.monotonic()))):
            if until is not None and time.monotonic() >= until:
                return False
        return True

    def end(self) -> None:
        """Let what waits be written, within the time-out; from now on there is no thread."""
        self._behind = None
        self._over = self.flush()
        if not self._over:
            self._jobs = queue.SimpleQueue()  # nobody reads it any more: what comes now goes nowhere

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="console", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if isinstance(job, threading.Event):
                job.set()
                continue
            sink, data = job
            sink.put(data, self.errors)
            self._done += len(data)


class _Sink(io.BufferedIOBase):
    """What stands below a guarded stream: hands bytes to the pump, which hands them back to ``put``."""

    def __init__(self, original: TextIO | None, name: str) -> None:
        self._original = original  # kept: without it, the handle would be closed
        self._target = None if original is None else _raw(original)
        self._short = name
        self.name = f"<{name}>"
        self.mode = "wb"

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        held = bytes(data)  # type: ignore[call-overload]  # any buffer
        if self._target is not None:
            _PUMP.write(self, held)
        return len(held)

    def flush(self) -> None:
        _PUMP.flush()

    def close(self) -> None:
        """Stay open: other parts of the process write here."""

    def fileno(self) -> int:
        if self._original is None:
            raise io.UnsupportedOperation("fileno")
        return self._original.fileno()

    def isatty(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            return self._original is not None and self._original.isatty()
        return False

    def put(self, data: bytes, errors: dict[str, OSError]) -> None:
        """Write it all; remember the first error, and let the rest go nowhere when it is for good."""
        rest = memoryview(data)
        try:
            while self._target is not None and rest:
                written = self._target.write(rest)
                if written is None:  # non-blocking, and full
                    time.sleep(_AGAIN)
                    continue
                rest = rest[written:]
        except OSError as error:
            errors.setdefault(self._short, error)
            if error.errno not in _FULL:
                self._leave()
        except ValueError as error:  # somebody closed it
            errors.setdefault(self._short, OSError(errno.EBADF, str(error)))
            self._target = None

    def _leave(self) -> None:
        """Nobody will read here any more: the system's own handle, which children share, leads nowhere from now on."""
        self._target = None
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


_PUMP: Final = _Pump()
_GUARDS: Final[list[tuple[TextIO | None, TextIO]]] = []
atexit.register(_PUMP.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_PUMP.reset)


def _guard(original: TextIO | None, name: str) -> GuardedStream:
    if original is not None:
        with contextlib.suppress(OSError, ValueError):
            original.flush()
    return GuardedStream(
        _Sink(original, name),
        encoding=(original and original.encoding) or "utf-8",
        errors="backslashreplace",
        line_buffering=original is not None and getattr(original, "line_buffering", False),
        write_through=True,
    )


def _raw(stream: TextIO) -> Any:
    """What writes at once: a buffer keeps what it could not write, and fails with it again when the process ends."""
    return getattr(stream.buffer, "raw", stream.buffer)


def _occupy_standard_handles() -> None:
    """With a standard handle closed (``>&-``), a file that is opened gets its number, and with it what is printed."""
    with contextlib.suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(handle, True)
        os.close(handle)
