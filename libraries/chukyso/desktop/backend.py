"""What a back end can do with the windows of a system. It knows handles, no rules.

Every call is given a window that was listed before, and refuses one that is gone or belongs to another process by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from chukyso.desktop.model import Control, Program, Rect, Row, Session, Window
from chukyso.errors import Code


class TroubleError(Exception):
    """Something is wrong with a window; whoever knows its name makes a ``ChukysoError`` of it.

    Args:
        code: Which error.
        what: Vietnamese, what the error's sentence says besides the window's name.
        detail: English.
    """

    def __init__(self, code: Code, what: str = "", detail: str = "") -> None:
        super().__init__(detail or what or code.name)
        self.code = code
        self.what = what
        self.detail = detail


class Backend(Protocol):
    """One way to reach windows. Methods raise ``TroubleError``; none waits longer than some seconds."""

    def windows(self) -> list[Window]:
        """Every top-level window from front to back, without controls, ancestors and publisher."""

    def describe(self, window: Window) -> tuple[Program, tuple[str, ...]]:
        """Its program with the publisher, and its ancestors."""

    def controls(self, window: Window) -> tuple[Control, ...]:
        """Its controls."""

    def rows(self, window: Window, control: Control) -> list[Row]:
        """The rows of a list, table or combo box."""

    def choose_row(self, window: Window, control: Control, index: int) -> None:
        """Choose one row and no other, as if it had been clicked."""

    def choose_tab(self, window: Window, index: int) -> None:
        """Turn to a page of a property sheet."""

    def set_text(self, window: Window, control: Control, text: bytearray) -> None:
        """Put a text into a field, UTF-16 in this machine's order and ending with a zero, from where it lies."""

    def press(self, window: Window, control: Control) -> None:
        """Press a button, and do not wait for what follows."""

    def close(self, window: Window) -> None:
        """Ask it to close, as its cross does."""

    def bring_up(self, window: Window, points: Sequence[tuple[int, int]] = ()) -> Rect:
        """Restore it, move it onto a screen, put it above all others; return where it is.

        Raises ``WINDOW_HIDDEN`` when it is covered all the same: at a grid of points or at those that are given,
        relative to its place.
        """

    def let_down(self, window: Window) -> None:
        """Let others lie above it again."""

    def photograph(self, place: Rect) -> Image.Image:
        """A part of the screen."""

    def is_filled(self, window: Window, control: Control) -> bool:
        """Whether anything is in a field; never what or how much."""

    def session(self) -> Session:
        """What can be told of the Windows session."""
