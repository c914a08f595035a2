"""Find the Chrome, Edge or Chromium that is already on the machine; standard library only, so set-up can use it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from chukyso.errors import ChukysoError, Code
from chukyso.state import expanded

_NAMES = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
)
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
    r"Chromium\Application\chrome.exe",
)
_MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Chromium.app/Contents/MacOS/Chromium",
)


def find_browser() -> Path:
    """Return the executable of an installed Chrome, Edge or Chromium, in that order of preference.

    Raises:
        ChukysoError: ``BROWSER_MISSING``.
    """
    for candidate in _candidates():
        if candidate.is_file():
            return candidate
    raise ChukysoError(Code.BROWSER_MISSING, "searched PATH and the usual places for Chrome, Edge and Chromium")


def _candidates() -> Iterator[Path]:
    if sys.platform == "win32":
        roots = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        yield from (Path(root) / place for place in _WINDOWS for root in roots if root)
    elif sys.platform == "darwin":
        roots = ["/Applications", str(expanded(Path("~/Applications")))]
        yield from (Path(root) / place for place in _MACOS for root in roots)
    yield from (Path(found) for name in _NAMES if (found := shutil.which(name)))


def can_sandbox_processes() -> bool:
    """Whether the browser's own process sandbox can be used: not as root on Linux, where Chromium refuses it."""
    return not (sys.platform.startswith("linux") and os.geteuid() == 0)
