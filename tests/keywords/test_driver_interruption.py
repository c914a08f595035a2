"""What Robot throws inside a call of the browser's driver is not about the browser."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from Browser import Browser
from robot.errors import ExecutionFailed

from PortalLibrary.driver import Driver


def test_robots_own_interruption_comes_through_as_it_is(tmp_path: Path) -> None:
    """As a failure of the page it would end one test only, and the next one would begin."""
    driver = Driver(Browser(enable_playwright_debug="disabled", auto_closing_level="MANUAL"), tmp_path)
    with grpc.insecure_channel("127.0.0.1:9") as channel:
        driver.__dict__.update(_playwright_process=None, _channel=channel)  # nothing is asked of it
        with pytest.raises(ExecutionFailed) as stopped, driver.grpc_channel():
            raise ExecutionFailed("Execution terminated by signal", exit=True)
        assert stopped.value.exit
