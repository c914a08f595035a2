"""A folder that Wine takes for a Windows, and the services in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from chukyso.prerequisites import WINE

_SECONDS: Final = 300
_END_SECONDS: Final = 60
_QUIET: Final[Mapping[str, Any]] = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.DEVNULL,
    "stderr": subprocess.DEVNULL,
}


class Prefix:
    """A Windows under Wine.

    Args:
        folder: Its folder; need not exist.
        more: Further variables of its programs.
    """

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.drive_c = folder / "drive_c"
        self._more = dict(more or {})

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a program there: nothing of ours but what is named here.

        Args:
            more: Variables to add. What needs windows needs ``DISPLAY``.
        """
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        wine = {"WINEPREFIX": str(self.folder), "WINEARCH": "win64", "WINEDEBUG": "-all"}
        wine["WINEDLLOVERRIDES"] = "winedbg.exe=d;mscoree=d;mshtml=d;winemenubuilder.exe=d"
        return {**kept, **wine, **self._more, **(more or {})}

    def make(self) -> None:
        """Make the folder anew, with a Windows' registry and system folder in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.start_services({}, "--init")
        self.stop()

    def start_services(self, environment: Mapping[str, str], *options: str) -> None:
        """Start Wine's services. Whoever starts them first leaves them its pipes, which then never end."""
        subprocess.run(
            [str(WINE), "wineboot", *options],
            env=self.environment(environment),
            timeout=_SECONDS,
            check=False,
            **_QUIET,
        )

    def start_keeper(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a program that ends with its stdin: while one runs, the services stay."""
        return subprocess.Popen(
            [str(WINE), "cmd", "/c", "set /p kept="],
            env=self.environment(environment),
            start_new_session=True,
            **{**_QUIET, "stdin": subprocess.PIPE},
        )

    @contextmanager
    def running(self, environment: Mapping[str, str]) -> Iterator[None]:
        """Keep the services alive outside of our pipes, and end everything of this Windows afterwards.

        Args:
            environment: What the services get, ``DISPLAY`` for windows.
        """
        self.start_services(environment)
        keeper = self.start_keeper(environment)
        try:
            yield
        finally:
            self.stop()
            keeper.communicate(timeout=_END_SECONDS)

    def run(self, program: Path, *arguments: str) -> str:
        """Run a program that writes nothing when all is well; return what it wrote, or how it ended."""
        done = subprocess.run(
            [str(WINE), str(program), *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
        ended = f"exit code {done.returncode}" if done.returncode else ""
        return done.stdout.decode("utf-8", "replace").strip() or ended

    def stop(self) -> None:
        """End everything of this Windows, and of no other."""
        server = shutil.which("wineserver64") or "/usr/lib/wine/wineserver64"
        subprocess.run([server, "-k"], env=self.environment(), timeout=_END_SECONDS, check=False, **_QUIET)
