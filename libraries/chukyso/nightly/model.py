"""What a night is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chukyso.errors import Code

_CODE = re.compile(r"\[([A-Z][A-Z0-9_]+)\]\s*")
_SEPARATOR = "."


class Status(StrEnum):
    """What became of a test in one night.

    ``FLAKY`` failed at first and passed when it was run again the same night.
    """

    PASS = "PASS"  # noqa: S105 - Robot's word, no secret
    FAIL = "FAIL"
    SKIP = "SKIP"
    FLAKY = "FLAKY"

    @property
    def ran(self) -> bool:
        return self is not Status.SKIP

    @property
    def passed(self) -> bool:
        """Whether it passed in the end."""
        return self in (Status.PASS, Status.FLAKY)


class NightState(StrEnum):
    """How far a night got. Only ``COMPLETE`` nights are compared with each other."""

    RUNNING = "running"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    EMPTY = "empty"
    BROKEN = "broken"


@dataclass(frozen=True)
class TestResult:
    """One test in one night.

    Attributes:
        name: Full name, suites and test with dots between: what identifies a test over the nights.
        status: What became of it.
        seconds: How long it took, set-up and teardown included.
        message: Robot's message when it did not pass, shortened; "" else.
        log_id: Its id in the night's log.html, for links.
    """

    __test__ = False  # the name is the field's; pytest shall not take it for a class of tests

    name: str
    status: Status
    seconds: float
    message: str = ""
    log_id: str = ""

    @property
    def code(self) -> str:
        """The project's error code in the message, or ""."""
        found = _CODE.search(self.message)
        return found.group(1) if found and found.group(1) in Code.__members__ else ""

    @property
    def text(self) -> str:
        """The message in one line, without the code when it begins with it."""
        return " ".join(self.message.removeprefix(f"[{self.code}]").split())


@dataclass(frozen=True)
class Night:
    """One night.

    Attributes:
        number: Counts the nights of a history.
        name: Name of its directory: ``2026-11-22T0130``.
        tier: Which tests were asked for: the name of the argument file.
        started: When it began, aware.
        ended: When it ended; ``None`` while it runs, or when it was killed.
        state: How far it got.
        results: Every test, in the order of the output.
    """

    number: int
    name: str
    tier: str
    started: datetime
    ended: datetime | None
    state: NightState
    results: tuple[TestResult, ...] = field(default=(), repr=False)

    @property
    def seconds(self) -> float:
        """How long the night took."""
        return (self.ended - self.started).total_seconds() if self.ended else 0.0

    def count(self, *statuses: Status) -> int:
        return sum(result.status in statuses for result in self.results)


def split_name(full_name: str) -> tuple[str, str]:
    """The suites and the test of a full name; a dot inside a test's name makes the split a guess, good for reading."""
    suites, _, test = full_name.rpartition(_SEPARATOR)
    return suites, test or full_name
