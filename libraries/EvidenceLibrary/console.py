"""What the operator sees while it happens, on any terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import TextIO

_PLAIN = str.maketrans({"đ": "d", "Đ": "D", "▸": ">", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "·": "-"})


class Console:
    """Writes lines to Robot's console between Robot's own lines.

    Args:
        stream: Where to write; the process's own standard output when not given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._inside_test = False

    def test_started(self) -> None:
        """Robot's line with the test's name stands unfinished: the first line of ours must begin a new one."""
        self._inside_test = True

    def line(self, text: str) -> None:
        """Write one line at once. A terminal that cannot show Vietnamese gets it without diacritics."""
        stream = self._stream or sys.__stdout__
        if stream is None:  # started without a console (pythonw)
            return
        text = printable(text, stream.encoding or "ascii")
        if self._inside_test:
            text = f"\n{text}"
            self._inside_test = False
        elif stream.isatty():
            text = f"\r{text:<12}"  # over the dots by which Robot marks finished keywords
        stream.write(f"{text}\n")
        stream.flush()


def printable(text: str, encoding: str) -> str:
    """Return the text if the encoding has it, else the nearest that it has: no diacritics, plain quotes, else ``?``."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        bare = unicodedata.normalize("NFD", text.translate(_PLAIN))
        bare = "".join(char for char in bare if not unicodedata.combining(char))
        return bare.encode(encoding, "replace").decode(encoding)
    return text
