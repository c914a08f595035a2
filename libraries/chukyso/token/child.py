"""One child process ``chukyso.token.worker`` and the pipe to it, from the parent's side."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from chukyso.errors import ChukysoError, Code
from chukyso.pin.stage import Stage
from chukyso.token.modules import quirks_of, variables_of
from chukyso.token.protocol import BrokenFrameError, Message, read_frame, write_frame

DIED = "WORKER_DIED"
"""What ``ckr`` is in the context of an error when the module took the process down."""

_TAIL = 2000  # bytes of the child's stderr that go into an error's detail
_EXIT_SECONDS = 5  # seconds for a process that was told to end

# All that a module may need of our environment. Passwords and PINs that an operator keeps in variables are left out.
_ALLOWED = frozenset(
    (
        *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "USER", "LOGNAME"),
        *("LANG", "LC_ALL", "LC_CTYPE", "TZ"),
        *("TMPDIR", "TEMP", "TMP", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "COMPUTERNAME", "PROGRAMDATA"),
        *("PROGRAMFILES", "PROGRAMFILES(X86)", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)"),
        *("USERPROFILE", "USERNAME", "USERDOMAIN", "APPDATA", "LOCALAPPDATA"),
        *("SOFTHSM2_CONF", "OPENSC_CONF", "PCSCLITE_CSOCK_NAME"),
    )
)


def child_environment(extra: Mapping[str, str], names: Collection[str] = ()) -> dict[str, str]:
    """Environment of the child: a fixed list of names from ours, and what the caller adds.

    Args:
        extra: Names and values to add or replace, such as ``SOFTHSM2_CONF``. Never a secret.
        names: Further names from ours. Never of a secret.
    """
    # Windows knows names without regard to case.
    allowed = _ALLOWED | {name.upper() for name in names}
    kept = {name: value for name, value in os.environ.items() if name.upper() in allowed}
    return kept | dict(extra)


class Child:
    """A running worker. One request at a time; ``kill`` may come from any thread.

    Args:
        module: The PKCS#11 module it loads.
        environment: Added to the scrubbed environment.
        seconds: Time-out for loading the module.

    Raises:
        ChukysoError: ``TOKEN_ERROR`` when no process can be started.
    """

    def __init__(self, module: Path, environment: Mapping[str, str], seconds: float) -> None:
        self._module = module
        self._ready = False
        self._busy = False
        self._timed_out = False
        variables = variables_of(module)
        given = child_environment(environment, variables)
        self._missing = [name for name in variables[:1] if name not in given]
        quirks = sorted(quirks_of(module))
        # A file and not a pipe: nobody has to read along, and a chatty module cannot block on it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process, see end()
        try:
            self._process = subprocess.Popen(
                # -I: neither the current directory nor PYTHON* variables decide what the child imports.
                [sys.executable, "-I", "-m", "chukyso.token.worker", str(module), str(seconds), *quirks],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=given,
                # Ctrl-C in the terminal is the parent's to handle, not a reason to die between login and logout.
                start_new_session=True,
                creationflags=_windows_flags(),
            )
        except OSError as error:
            self._errors.close()
            raise ChukysoError(Code.TOKEN_ERROR, f"start of the worker: {error}", ckr="WORKER_NOT_STARTED") from error
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are PIPE above
        self._requests, self._answers = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        """It has said all it had to say and is gone; a new one is needed for the next request."""
        return self._ready and self._process.poll() is not None

    def ask(self, request: Message, seconds: float, stage_reached: Callable[[Stage], None] = lambda _: None) -> Message:
        """Send one request and wait for its answer; the first one waits for the module to be loaded, too.

        Waiting is a blocking read that the child's end unblocks, on every system alike: a timer ends the child when
        time is up.

        Args:
            request: What is wanted.
            seconds: Time-out.
            stage_reached: Called with each stage of signing, as the child says it.

        Raises:
            ChukysoError: What the child reports; ``TOKEN_TIMEOUT``; ``TOKEN_ERROR`` or, while loading,
                ``MODULE_LOAD_FAILED`` when it died.
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
            while "stage" in (answer := read_frame(self._answers)):
                stage_reached(Stage(answer["stage"]))
            self._busy = False
            return _result(answer)
        except BrokenFrameError as error:
            raise self._lost(error, seconds) from None
        except ChukysoError as error:
            if error.code is Code.MODULE_LOAD_FAILED:
                error.detail += self._stderr()
                raise self._explained(error) from error
            raise
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
        self._errors.close()

    def _expire(self) -> None:
        self._timed_out = True
        self.kill()

    def _lost(self, error: BrokenFrameError, seconds: float) -> ChukysoError:
        try:
            status: object = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            status = "none, still running"
            self.kill()
        if self._timed_out:
            return ChukysoError(Code.TOKEN_TIMEOUT, f"worker ended after {seconds} s", seconds=f"{seconds:g}")
        detail = f"worker: {error}; exit status {status}{self._stderr()}"
        if not self._ready:
            return self._explained(ChukysoError(Code.MODULE_LOAD_FAILED, detail, module=self._module, ckr=DIED))
        return ChukysoError(Code.TOKEN_ERROR, detail, ckr=DIED)

    def _explained(self, error: ChukysoError) -> ChukysoError:
        """Of a module that could not be loaded: the likelier reason, when it did not get a variable that it reads."""
        if not self._missing:
            return error
        code, names = Code.MODULE_VARIABLE_MISSING, ", ".join(self._missing)
        return ChukysoError(code, error.detail, module=f"“{self._module.name}”", names=names)

    def _stderr(self) -> str:
        """The end of what was printed; the worker has the module print nowhere once it is given a PIN."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _TAIL))
        text = self._errors.read().decode("utf-8", "replace").strip()
        return f"\n{text}" if text else ""


def _result(answer: Message) -> Message:
    error = answer.get("error")
    if error is not None:
        raise ChukysoError(Code[error["code"]], error["detail"], **error["context"])
    return answer


def _windows_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
