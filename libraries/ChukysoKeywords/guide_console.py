"""Robot's console in the guide's words: what is done, the result, and each error once."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robot.output import Message
from robot.output.console.base import BaseConsole

from chukyso.console import LIVE, guard_console
from robot import result, running

_LEVELS: Final = {"WARN": "Cảnh báo", "ERROR": "Lỗi"}
_TEARDOWN: Final = "Also teardown failed:"
_ROBOTS_WORDS: Final = re.compile(
    r"^(?:Setup failed|Teardown failed|Parent suite setup failed|Also (?:parent suite )?teardown failed"
    r"|Several failures occurred|Earlier failures|\d+\)):?\s*",
    re.MULTILINE,
)


@dataclass
class Shown:
    """State that Robot's console and the run's own lines share; Robot makes the console first.

    Attributes:
        by_us: Whether the console is ``GuideConsole``, and nothing of Robot's own stands in between.
        last: What the very last line shall be.
    """

    by_us: bool = False
    last: str = ""


SHOWN: Final = Shown()


class GuideConsole(BaseConsole):  # type: ignore[misc]  # Robot has no type information for it
    """The console that ``bootstrap.py update`` chooses (``--console ChukysoKeywords.GuideConsole``).

    Steps, figures and the result are written by the run itself (``EvidenceLibrary``); here is what Robot knows.
    """

    def __init__(self) -> None:
        guard_console(LIVE)
        super().__init__()
        SHOWN.by_us = True

    def start_test(self, _data: running.TestCase, result: result.TestCase) -> None:
        """Name what is done now."""
        _line(result.name)

    def end_test(self, _data: running.TestCase, result: result.TestCase) -> None:
        """Tell of a failure what the run has not told: it had no evidence yet, or could not write it."""
        if not result.failed:
            return
        by_run = any(tag.startswith("outcome:") for tag in result.tags)
        for part in _parts(result.message.partition(_TEARDOWN)[2] if by_run else result.message):
            _line(f"  {part}")

    def message(self, msg: Message) -> None:
        """Show warnings and errors."""
        if msg.level in _LEVELS and msg.console and msg.message:
            _line(f"  {_LEVELS[msg.level]}: {msg.message}")

    def result_file(self, kind: str, path: Path | None) -> None:
        """Name the log; Robot's other files are for programs."""
        if kind == "LOG" and path:
            _line(f"  Nhật ký kỹ thuật: {path}")

    def close(self) -> None:
        """Write the last line."""
        if SHOWN.last:
            _line(SHOWN.last)


def _parts(message: str) -> list[str]:
    """The failures that a message of Robot's tells of, without Robot's words around them."""
    return [part for part in (" ".join(text.split()) for text in _ROBOTS_WORDS.split(message)) if part]


def _line(text: str) -> None:
    if sys.__stdout__:
        sys.__stdout__.write(f"{text}\n")
        sys.__stdout__.flush()
