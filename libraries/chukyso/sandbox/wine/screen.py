"""A screen of its own for native windows: Xvfb on a free number, with a window manager."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

PACKAGES: Final = ("xvfb", "openbox")
_SIZE: Final = "1280x900x24"


class DisplayError(Exception):
    """No screen can be had; the text says what to do."""


@contextmanager
def display(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Run a screen and yield its name for ``DISPLAY``.

    Args:
        environment: Of its two programs.

    Raises:
        DisplayError: Something is missing on this system, or the screen does not come.
    """
    server, manager = shutil.which("Xvfb"), shutil.which("openbox")
    if not server or not manager:
        raise DisplayError(f"sudo apt-get install -y --no-install-recommends {' '.join(PACKAGES)}")
    number, told = os.pipe()
    command = [server, "-displayfd", str(told), "-screen", "0", _SIZE, "-nolisten", "tcp", "-noreset"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    screen = subprocess.Popen(command, pass_fds=[told], start_new_session=True, env=environment, **quiet)  # type: ignore[call-overload]
    os.close(told)
    try:
        with os.fdopen(number, encoding="ascii") as answer:
            name = answer.readline().strip()  # the end of the server ends it, too
        if not name:
            raise DisplayError(f"Xvfb ended with {screen.wait()}")
        on_screen = {**environment, "DISPLAY": f":{name}"}
        windows = subprocess.Popen([manager], env=on_screen, start_new_session=True, **quiet)  # type: ignore[call-overload]
        try:
            yield f":{name}"
        finally:
            windows.terminate()
            windows.wait(30)
    finally:
        screen.terminate()
        screen.wait(30)
