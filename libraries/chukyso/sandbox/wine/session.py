"""Windows for programs of ours that show native windows: this one, or on Linux a small one of its own under Wine."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import psutil

from chukyso.children import OtherPython, child_environment, interpreter, windows_path
from chukyso.desktop.client import Desktop
from chukyso.errors import ChukysoError, Code
from chukyso.orphans import MARK, release, watch
from chukyso.prerequisites import WINE, check_native_windows
from chukyso.sandbox.wine.parts import PartError
from chukyso.sandbox.wine.prefix import Prefix
from chukyso.sandbox.wine.screen import DisplayError, display
from chukyso.sandbox.wine.small import SmallWindows, default_cache

_LOCALE: Final = "C.UTF-8"  # or Wine would not find folders with Vietnamese letters
_IS_WINDOWS: Final = sys.platform == "win32"


def _tell(line: str) -> None:
    print(f"[windows] {line}", file=sys.stderr, flush=True)


class WindowsSession:
    """A Windows session in which Python modules of ours run, and whose windows are driven by ``desktop``.

    On Windows it is the session of this process. On Linux it is a Windows under Wine with a screen, of nobody else; it
    ends with ``stop``, and with this process however that ends.

    Args:
        cache: Where the Windows under Wine is kept; None for the user's own place.
        tell: Called with each line of progress when it is made, once.
    """

    def __init__(self, cache: Path | None = None, tell: Callable[[str], None] = _tell) -> None:
        self._cache = cache or default_cache()
        self._tell = tell
        self._stack = ExitStack()
        self._python: OtherPython | None = None
        self._program = Path(interpreter()[0])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; the first time on a machine its parts are made, which takes a minute.

        Raises:
            ChukysoError: ``WINE_MISSING``, ``WINE_FAILED``.
        """
        if _IS_WINDOWS or self._python:
            return
        check_native_windows()
        try:
            with ExitStack() as stack:
                self._python = self._start(stack)
                self._stack = stack.pop_all()
        except (PartError, DisplayError, OSError) as error:
            reason = f"{str(error).splitlines()[0]} (thư mục {self._cache})"
            raise ChukysoError(Code.WINE_FAILED, str(error), reason=reason) from error
        atexit.register(self.stop)

    def stop(self) -> None:
        """End everything that runs in it under Wine; nothing on Windows. A second time it does nothing."""
        self._python = None
        self._stack.close()
        atexit.unregister(self.stop)

    @property
    def program_folder(self) -> str:
        """The folder of the program that shows the windows, as Windows names it."""
        return str(self._program.parent) if _IS_WINDOWS else windows_path(self._program.parent)

    @property
    def program(self) -> str:
        """The name of that program."""
        return self._program.name

    @property
    def python(self) -> OtherPython | None:
        """For ``Desktop``: the Python there; None on Windows, where it is this one."""
        return self._python

    @property
    def environment(self) -> dict[str, str]:
        """All of the environment for ``command``."""
        return dict(self._python.environment) if self._python else child_environment(interpreter()[1])

    def command(self, module: str, *arguments: str) -> list[str]:
        """What runs a module of ours there, with pipes and no regular files as its streams.

        Args:
            module: Its name.
            arguments: What it is given.
        """
        start = self._python.command if self._python else (str(self._program),)
        return [*start, "-I", "-X", "utf8", "-m", module, *arguments]

    def desktop(self, seconds: float = 20) -> Desktop:
        """What drives the windows there. To be closed by whoever asked for it.

        Args:
            seconds: Time-out of one request.
        """
        return Desktop(seconds, python=self._python)

    def _start(self, stack: ExitStack) -> OtherPython:
        windows = SmallWindows(self._cache, self._tell)
        windows.prepare()
        folder = _session_folder(self._cache / "sessions")
        stack.callback(release, watch(folder))
        prefix, self._program = windows.copy_to(folder)
        ours = {"HOME": str(folder), MARK: str(folder), "LC_ALL": _LOCALE}
        screen = stack.enter_context(display(Prefix(prefix, ours).environment()))
        wine = Prefix(prefix, {**ours, "DISPLAY": screen})
        stack.enter_context(wine.running({}))
        return OtherPython((str(WINE), str(self._program)), wine.environment())


def _session_folder(place: Path) -> Path:
    """A new folder for a session, named by our process; folders of processes that are gone are removed."""
    place.mkdir(parents=True, exist_ok=True)
    for left in place.iterdir():
        number = left.name.partition("-")[0]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{psutil.Process().pid}-", dir=place))
