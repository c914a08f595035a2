"""A worker whose windows are those of a dump: ``python recorded_windows.py DUMP JOURNAL [TROUBLE]``.

What it is asked to do is written into the journal, a line each; of a text that is set, how long it is.
"""

# ruff: noqa: ARG002 - a back end is given more than a dump can answer to

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from chukyso.desktop.model import Control, Program, Rect, Row, Session, Window
from chukyso.desktop.worker import run


class Recorded:
    """See ``Backend``."""

    def __init__(self, dump: Path, journal: Path, trouble: str) -> None:
        self._dump, self._journal, self._trouble = dump, journal, trouble

    def _read(self) -> list[Window]:
        document = json.loads(self._dump.read_text(encoding="utf-8"))
        return [Window.from_json(window) for window in document["windows"]]

    def _write(self, line: str) -> None:
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def windows(self) -> list[Window]:
        return [window.showing(()) for window in self._read()]

    def describe(self, window: Window) -> tuple[Program, tuple[str, ...]]:
        (found,) = (each for each in self._read() if each.handle == window.handle)
        return found.program, found.ancestors

    def controls(self, window: Window) -> tuple[Control, ...]:
        (found,) = (each for each in self._read() if each.handle == window.handle)
        return found.controls

    def rows(self, window: Window, control: Control) -> list[Row]:
        return [Row(0, ("một",), self._trouble != "not chosen")]

    def choose_row(self, window: Window, control: Control, index: int) -> None:
        self._write(f"choose {control.id} {index}")

    def choose_tab(self, window: Window, index: int) -> None:
        self._write(f"tab {index}")

    def set_text(self, window: Window, control: Control, text: bytearray) -> None:
        self._write(f"set {control.id} {len(text.decode('utf-16-le')) - 1}")

    def press(self, window: Window, control: Control) -> None:
        self._write(f"press {control.id}")
        if self._trouble == "dies":
            sys.exit(3)
        if self._trouble == "hangs":
            time.sleep(60)

    def close(self, window: Window) -> None:
        self._write("close")

    def bring_up(self, window: Window, points: Sequence[tuple[int, int]] = ()) -> Rect:
        return window.rect

    def let_down(self, window: Window) -> None:
        self._write("down")

    def photograph(self, place: Rect) -> Image.Image:
        return Image.new("RGB", (place.width, place.height), "white")

    def is_filled(self, window: Window, control: Control) -> bool:
        return True

    def session(self) -> Session:
        locked = self._trouble == "locked"
        number = 0 if self._trouble == "service" else 1
        return Session(number, "" if locked else "Default", False, 8192, False, 0x409, 100, "running")


if __name__ == "__main__":
    dump, journal, *trouble = sys.argv[1:]
    run(lambda: Recorded(Path(dump), Path(journal), "".join(trouble)))
