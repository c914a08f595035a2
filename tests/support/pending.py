"""A portal that takes its time, and a run that does not wait for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from support.run import changed_profile

LONG = 600  # seconds; the test ends it before


class Portal:
    """One account of the replica, which works on a submission until it is told to finish."""

    def __init__(self, sandbox: Sandbox, details: SandboxDetails) -> None:
        self._control = Control(sandbox.details)
        self._details = details
        self._control.accept_second(details.tax_code)
        self._control.fault(details.tax_code, "submit", "slow", seconds=LONG)

    @property
    def submissions(self) -> int:
        return len(self._control.account(self._details.tax_code)["submissions"])

    def finishes(self) -> None:
        """What came meanwhile is done now, all of it."""
        self._control.fault(self._details.tax_code, "submit", "slow", times=0)

    def wait_for(self, submissions: int) -> None:
        end = time.monotonic() + LONG
        while self.submissions < submissions:
            assert time.monotonic() < end
            time.sleep(0.05)

    def has_one_under_way(self, _output: Path) -> bool:
        """A moment: the document has arrived."""
        return bool(self._control.account(self._details.tax_code)["faults"])


@pytest.fixture
def hasty(tmp_path: Path) -> Path:
    """A profile that does not wait."""
    return changed_profile(tmp_path, "pending_wait = 10", "pending_wait = 0")
