"""Start the browser once without a window, ask what it is, and end it. Everything that it writes is removed again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from chukyso.browser import can_sandbox_processes
from chukyso.errors import ChukysoError, Code
from chukyso.scratch import short_place
from chukyso.typeface import beside_other_fonts

_SECONDS: Final = 60
_PORT_FILE: Final = "DevToolsActivePort"


def browser_version(executable: Path, seconds: float = _SECONDS) -> str:
    """Start a browser headless and return product and version as it tells them.

    Args:
        executable: The browser.
        seconds: For the start.

    Raises:
        ChukysoError: ``BROWSER_FAILED``.
    """
    home = Path(tempfile.mkdtemp(prefix="chukyso-doctor-", dir=short_place()))
    try:
        with _started(executable, home) as process:
            return _ask(_port(home / _PORT_FILE, process, seconds))
    except (OSError, ValueError, KeyError) as error:
        raise ChukysoError(Code.BROWSER_FAILED, f"{executable}: {type(error).__name__}: {error}") from error
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _started(executable: Path, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        str(executable),
        "--headless=new",
        "--remote-debugging-port=0",
        f"--user-data-dir={home}",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-sync",
        *([] if can_sandbox_processes() else ["--no-sandbox"]),
        "about:blank",
    ]
    # Certificate store, fonts and crash reports would else go into the user's own directories.
    places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"), str(home))
    environment = {**os.environ, **(places if os.name == "posix" else {}), **beside_other_fonts(home)}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(psutil.Error):
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for each in family:
            with contextlib.suppress(psutil.Error):
                each.terminate()
        for each in psutil.wait_procs(family[1:], timeout=5)[1]:
            with contextlib.suppress(psutil.Error):
                each.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    process.wait()


def _port(file: Path, process: subprocess.Popen[bytes], seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise OSError(f"it ended with code {process.returncode}")
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(file.read_text(encoding="ascii").split("\n")[0])
        time.sleep(0.05)
    raise OSError(f"not ready after {seconds:g} s")


def _ask(port: int) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/json/version", timeout=_SECONDS) as answer:
        return str(json.load(answer)["Browser"])
