"""What Robot throws inside a call of the browser's driver is not about the browser."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import grpc
import pytest
from Browser import Browser
from robot.errors import ExecutionFailed
from robot.running.signalhandler import STOP_SIGNAL_MONITOR

from chukyso.errors import ChukysoError, Code
from ChukysoKeywords.stop_signals import StopSignalHandler
from PortalLibrary.driver import Driver


def test_robots_own_interruption_comes_through_as_it_is(tmp_path: Path) -> None:
    """As a failure of the page it would end one test only, and the next one would begin."""
    driver = Driver(Browser(enable_playwright_debug="disabled", auto_closing_level="MANUAL"), tmp_path)
    with grpc.insecure_channel("127.0.0.1:9") as channel:
        driver.__dict__.update(_playwright_process=None, _channel=channel)  # nothing is asked of it
        with pytest.raises(ExecutionFailed) as stopped, driver.grpc_channel():
            raise ExecutionFailed("Execution terminated by signal", exit=True)
        assert stopped.value.exit


def test_a_driver_that_ends_before_it_answers_is_not_waited_for(tmp_path: Path) -> None:
    """In a terminal Ctrl-C reaches the driver while it starts, and what cleans up afterwards asks for it once more."""
    driver = Driver(Browser(enable_playwright_debug="disabled", auto_closing_level="MANUAL"), tmp_path)
    driver.__dict__.update(host="127.0.0.1", port="9")  # nobody answers there
    driver._started = subprocess.Popen([sys.executable, "-c", ""])
    driver._early = True
    begun = time.monotonic()
    for _ in range(2):
        with pytest.raises(ChukysoError) as gone, driver.grpc_channel():
            pass
        assert gone.value.code is Code.BROWSER_CLOSED
    assert time.monotonic() - begun < 40, "it was waited for"


def test_ctrl_c_in_pythons_own_import_comes_again_when_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception there leaves the lock of all imports locked, and every thread that imports waits for ever."""
    monkeypatch.setattr(STOP_SIGNAL_MONITOR, "_running_keyword", True)
    monkeypatch.setattr(STOP_SIGNAL_MONITOR, "_signal_count", 0)
    monkeypatch.setattr(STOP_SIGNAL_MONITOR, "_write_to_stderr", lambda _: None)
    handler = StopSignalHandler()
    before = signal.signal(signal.SIGINT, handler)
    try:
        in_import = compile("import sys; frame = sys._getframe()", "<frozen importlib._bootstrap>", "exec")
        found: dict[str, FrameType] = {}
        exec(in_import, found)  # noqa: S102 - a frame as it is found there
        reached = False
        with pytest.raises(ExecutionFailed):
            handler(signal.SIGINT, found["frame"])
            reached = STOP_SIGNAL_MONITOR._signal_count == 0
            time.sleep(30)
        assert reached, "it was raised there"
    finally:
        signal.signal(signal.SIGINT, before)
    assert STOP_SIGNAL_MONITOR._signal_count == 1
