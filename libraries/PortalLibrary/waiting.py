"""Waits for a page in short pieces, so that Ctrl-C takes effect."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from chukyso.errors import ChukysoError, Code
from ChukysoKeywords import INTERRUPTED, interrupted

_PIECE = timedelta(seconds=2)


def in_pieces(wait: timedelta, attempt: Callable[[timedelta], object]) -> None:
    """Wait again and again, a short while each time.

    The Browser library keeps back whatever goes wrong while it waits, Robot's interruption too, until its time is
    over; with more than a minute for the portal's answer nobody would believe that Ctrl-C was heard.

    Args:
        wait: For how long altogether.
        attempt: Waits for as long as it is told, and raises ``AssertionError`` when that was in vain.

    Raises:
        AssertionError: All of the time was in vain.
        ChukysoError: ``INTERRUPTED``.
    """
    end = time.monotonic() + wait.total_seconds()
    while True:
        left = max(timedelta(milliseconds=1), timedelta(seconds=end - time.monotonic()))
        try:
            attempt(min(_PIECE, left))
        except AssertionError as error:
            if interrupted():
                raise ChukysoError(Code.INTERRUPTED, INTERRUPTED) from error
            if left <= _PIECE:
                raise
        else:
            return
