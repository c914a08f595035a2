"""A browser for the Windows of the tests: what is called msedge.exe there leads to this machine's Chromium.

No Windows browser is in a package, and Chromium does not start under Wine. Playwright, Node.js and everything of ours
run inside; the browser they drive through two pipes is the real one, outside. For each start of ``msedge.exe`` one
Chromium runs here and ends with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from parts import HERE, SOURCES

from chukyso.children import windows_path
from chukyso.sandbox.wine.parts import PartError, compile_c

_PLACE: Final = Path("Program Files (x86)", "Microsoft", "Edge", "Application")
_INSIDE: Final = "relay_inside.py"
_LAST_SECONDS: Final = 5
_ABOVE: Final = 10


def install(drive_c: Path, python: Path) -> None:
    """Put ``msedge.exe`` where Windows has it."""
    place = drive_c / _PLACE
    place.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / _INSIDE, place / _INSIDE)
    defined = [f'-D{name}=L"{_escaped(path)}"' for name, path in (("PYTHON", python), ("SCRIPT", place / _INSIDE))]
    compile_c(SOURCES / "msedge.c", place / "msedge.exe", "-municode", *defined)


def _escaped(path: Path) -> str:
    return windows_path(path).replace("\\", "\\\\")


@contextlib.contextmanager
def serving(drive_c: Path) -> Iterator[None]:
    """Serve ``msedge.exe`` until the block ends; then no browser of it is left.

    Raises:
        PartError: There is no Chromium here.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise PartError("sudo apt-get install -y chromium")
    started: list[subprocess.Popen[bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        (drive_c / _PLACE / _INSIDE).with_suffix(".port").write_text(str(server.getsockname()[1]), encoding="ascii")

        def accept() -> None:
            with contextlib.suppress(OSError):  # closed: the block has ended
                while True:
                    inside, _ = server.accept()
                    threading.Thread(target=_serve, args=(inside, program, drive_c, started), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            for process in started:
                _end(process)


def _serve(inside: socket.socket, program: str, drive_c: Path, started: list[subprocess.Popen[bytes]]) -> None:
    """Run one browser for one start of ``msedge.exe``."""
    with inside, inside.makefile("rb") as lines:
        arguments = [_outside(one, drive_c) for one in json.loads(lines.readline())]
        pipes = "--remote-debugging-pipe" in arguments
        if os.geteuid() == 0 and "--no-sandbox" not in arguments:
            arguments.insert(0, "--no-sandbox")
        (to_browser, from_us), (to_us, from_browser) = os.pipe(), os.pipe()
        # Where the pipes are for the child; above 9, so that neither is one of the two that DevTools wants.
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for end in (to_browser, from_browser)]
        process = subprocess.Popen(
            # A shell puts them there: a function run in the child may not, with threads.
            ["/bin/bash", "-c", f'exec "$0" "$@" 3<&{theirs[0]} 4>&{theirs[1]}', program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if pipes else from_browser,
            stderr=subprocess.DEVNULL,
            pass_fds=theirs,
            start_new_session=True,
        )
        started.append(process)
        for end in (to_browser, from_browser, *theirs):
            os.close(end)
        with os.fdopen(from_us, "wb", 0) as target, os.fdopen(to_us, "rb", 0) as source:
            threading.Thread(target=_hand_in, args=(lines, target, process), daemon=True).start()
            with contextlib.suppress(OSError):  # msedge.exe was ended
                while data := source.read(1 << 16):
                    inside.sendall(data)
        _end(process)


def _hand_in(inside: IO[bytes], browser: IO[bytes], process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := inside.read1(1 << 16):  # type: ignore[attr-defined]  # a BufferedReader, which makefile does not say
            browser.write(data)
        browser.close()  # DevTools' pipe is closed: the browser ends
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_LAST_SECONDS)
    _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _outside(argument: str, drive_c: Path) -> str:
    """An argument with the paths as this machine names them."""

    def path(match: re.Match[str]) -> str:
        rest = match["rest"].replace("\\", "/")
        return rest if match["drive"] in "Zz" else f"{drive_c}{rest}"

    argument = re.sub(r"file:///(?P<drive>[A-Za-z]):(?P<rest>/)", lambda match: f"file://{path(match)}", argument)
    return re.sub(r"(?P<drive>[A-Za-z]):(?P<rest>\\[^;,]*)", path, argument)
