"""The lines that the operator sees in the terminal while a run goes on."""

from __future__ import annotations

import sys
from typing import TextIO

from ChukysoKeywords.guide_console import SHOWN


class Console:
    """Writes lines to Robot's console between Robot's own lines.

    Args:
        stream: Where to write; the process's own standard output when not given, which ``chukyso.console`` guards.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._inside_test = False

    def test_started(self) -> None:
        """Robot's line with the test's name stands unfinished: the first line of ours must begin a new one."""
        self._inside_test = not SHOWN.by_us

    def line(self, text: str) -> None:
        """Write one line at once."""
        stream = self._stream or sys.__stdout__
        if stream is None:  # outside a run of Robot
            return
        if self._inside_test:
            text = f"\n{text}"
            self._inside_test = False
        elif stream.isatty() and not SHOWN.by_us:
            text = f"\r{text:<12}"  # over the dots by which Robot marks finished keywords
        stream.write(f"{text}\n")
        stream.flush()

    def last_line(self, text: str) -> None:
        """Write a line below everything else; Robot's own console goes on with the names of its files."""
        if SHOWN.by_us:
            SHOWN.last = text
        else:
            self.line(text)
