"""Further Ctrl-C while a run is being concluded: asked twice to wait, before Robot is allowed to drop everything.

Robot ends at once at the second signal, without a manifest and without a word whether something was submitted; people
press Ctrl-C twice, and programs that end a group of processes signal twice as well.

A terminal that is closed counts as one: it ends Robot at once, too, if nobody looks to it.

Robot raises an exception wherever the program happens to be. Inside Python's own import that leaves the lock of all
imports locked, and every thread that imports anything waits for ever: a signal that comes there comes again later.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from types import FrameType
from typing import Final

from robot.running.signalhandler import STOP_SIGNAL_MONITOR

from chukyso.terminal import when_terminal_closes

_ASKED_TO_WAIT: Final = 2
_IMPORT: Final = "<frozen importlib._bootstrap>"  # what takes and gives back the locks of imports; not modules' code
_COMES_AGAIN: Final = 0.005  # seconds
_STOPPING: Final = "\nĐang dừng và ghi biên bản; xin chờ, đừng bấm Ctrl-C nữa."
_WAIT: Final = "\nVẫn đang ghi biên bản; bấm Ctrl-C thêm {} lần nữa thì bỏ dở, KHÔNG có biên bản."
_DROPPED: Final = (
    "\nĐã bỏ dở, không có biên bản. Xem evidence/journal.jsonl: nếu có dòng “submitting” thì hồ sơ có thể đã được gửi;"
    " KHÔNG gửi lại trước khi xem chứng thư số đang đăng ký trên cổng."
)


class StopSignalHandler:
    """Signal handler in front of Robot's, which sees the first signal and the one after the last request to wait."""

    def __init__(self) -> None:
        self._signals = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if frame and frame.f_code.co_filename == _IMPORT:
            threading.Timer(_COMES_AGAIN, _send, [number]).start()
            return
        self._signals += 1
        left = 1 + _ASKED_TO_WAIT - self._signals
        if 0 <= left < _ASKED_TO_WAIT:
            _say(_WAIT.format(left + 1))
            return
        STOP_SIGNAL_MONITOR(number, frame)


def handle_stop_signals() -> None:
    """Ask people to wait from now on; Robot puts its own handlers back when it ends."""
    if isinstance(signal.getsignal(signal.SIGINT), StopSignalHandler):
        return
    # Its words are English, and wrong from now on.
    STOP_SIGNAL_MONITOR._write_to_stderr = lambda said: _say(_DROPPED if "forcefully" in said else _STOPPING)
    handler = StopSignalHandler()
    # Not in a thread, not under another runner.
    ours = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is STOP_SIGNAL_MONITOR]
    for number in ours:
        signal.signal(number, handler)
    if ours:
        when_terminal_closes(handler)


def _send(number: int) -> None:
    """Send the main thread a signal, also while it waits for something that only a signal of its own breaks off."""
    if sys.platform == "win32":
        _thread.interrupt_main(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def _say(text: str) -> None:
    if sys.__stderr__:
        sys.__stderr__.write(text + "\n")
        sys.__stderr__.flush()
