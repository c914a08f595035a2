"""The child's side: its pipes, its watchdog, one request after the other.

Imports nothing but the standard library and our own modules that keep to the same rule.
"""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Callable
from typing import BinaryIO

from chukyso.errors import ChukysoError
from chukyso.worker.frames import Message, read_frame, write_frame

_BEHIND = 5  # seconds that the watchdog leaves the parent to end this process itself


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move the protocol to private descriptors: a module that prints, reads or starts programs must not reach it.

    Requests are read without a buffer, in which a secret would be left.
    """
    requests, answers = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    _redirect(0, os.open(os.devnull, os.O_RDONLY))
    os.dup2(2, 1)
    return requests, answers


def silence() -> None:
    """From here on something knows a PIN, so nothing that it prints may be kept."""
    for descriptor in (1, 2):
        _redirect(descriptor, os.open(os.devnull, os.O_WRONLY))


def watch(seconds: float) -> None:
    """End this process when it takes longer. Should the parent be gone, nobody else would.

    The watchdog is a thread of C, it needs no Python to run.
    """
    faulthandler.dump_traceback_later(seconds + _BEHIND, exit=True)


def unwatch() -> None:
    """What ``watch`` waited for is done."""
    faulthandler.cancel_dump_traceback_later()


def serve(
    answer: Callable[[Message], Message],
    requests: BinaryIO,
    answers: BinaryIO,
    last: Callable[[Message], bool] = lambda _: False,
) -> None:
    """Answer requests.

    Args:
        answer: Carries one out.
        requests: Where they come from.
        answers: Where the answers go.
        last: Whether nothing may be printed from this request on, and none is served after it.

    Raises:
        BrokenFrameError: The parent is done with us.
    """
    while True:
        request = read_frame(requests)
        watch(request["seconds"])
        ends = last(request)
        if ends:
            silence()
        try:
            answered = answer(request)
        except ChukysoError as error:
            answered = reported(error)
        unwatch()
        write_frame(answers, answered)
        if ends:
            return


def reported(error: ChukysoError) -> Message:
    """An error as the parent raises it again."""
    return {"error": {"code": error.code.name, "detail": error.detail, "context": error.context}}


def _redirect(descriptor: int, target: int) -> None:
    os.dup2(target, descriptor)
    os.close(target)
