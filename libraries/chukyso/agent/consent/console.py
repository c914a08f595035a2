"""What a person reads in the terminal while an agent runs, and how its windows come to a browser."""

from __future__ import annotations

import webbrowser
from datetime import datetime

from rich.console import Console


class AgentConsole:
    """Prints a line with its time. A page that repeats itself fills no screen.

    Args:
        out: Where to print.
        browser: Whether windows are opened in the person's browser; else their addresses are printed.
    """

    def __init__(self, out: Console, *, browser: bool = True) -> None:
        self._out = out
        self._browser = browser
        self._last = ""

    def __call__(self, line: str) -> None:
        if line != self._last:
            self._out.print(f"{datetime.now().astimezone():%H:%M:%S}  {line}", markup=False, soft_wrap=True)
        self._last = line

    def open_window(self, url: str) -> None:
        """Open a window of the agent in the person's browser."""
        # A browser that cannot be opened must not leave the person waiting for a window.
        if not (self._browser and webbrowser.open_new(url)):
            self._out.print(f"Mở cửa sổ ký số trong trình duyệt: {url}", soft_wrap=True)
