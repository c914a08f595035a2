"""What a night shows beside the nights before: new failures, fixed, flaky, slower.

The rules, in words, are in docs/nightly.md. Only complete nights of the same tier are compared; a test that was skipped
or not there says nothing about itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Final

from chukyso.nightly.model import Night, NightState, Status, TestResult

WINDOW: Final = 14
"""Nights that "flaky" and "slower" look back on."""
LEAST_NIGHTS: Final = 5
"""Nights in which a test must have passed before its time is judged."""
LEAST_SECONDS: Final = 0.5
"""A test that is slower by less than this is not worth a line."""
SPREADS: Final = 3.0
CHANGES_OF_FLAKY: Final = 3
"""A break and its repair are two changes: flaky is what changes more often."""
_SIGMA: Final = 1.4826  # makes the median absolute deviation comparable with a standard deviation


@dataclass(frozen=True)
class Failure:
    """A test that failed tonight.

    Attributes:
        result: Tonight's result.
        since: The first night of this row of failures; tonight's start for a new one.
        nights: How many nights in a row it has failed, tonight included.
        ran_before: Whether it ever ran in a complete night before.
    """

    result: TestResult
    since: datetime
    nights: int
    ran_before: bool


@dataclass(frozen=True)
class Fixed:
    """A test that passed tonight and had failed the last time it ran; ``since`` the night it broke."""

    result: TestResult
    since: datetime
    nights: int


@dataclass(frozen=True)
class Flaky:
    """A test that passes and fails by turns.

    Attributes:
        result: Tonight's result.
        changes: Changes between passing and failing in the window, tonight included.
        failures: Nights of the window in which its first try failed.
        nights: Nights of the window in which it ran.
        rerun: Whether it failed tonight and passed when it was run again.
    """

    result: TestResult
    changes: int
    failures: int
    nights: int
    rerun: bool


@dataclass(frozen=True)
class Slower:
    """A test that passed and took longer than usual; times in seconds, ``spread`` is 1.4826 · MAD."""

    result: TestResult
    median: float
    spread: float
    nights: int


@dataclass(frozen=True)
class Comparison:
    """A night beside the nights before.

    Attributes:
        night: The night.
        earlier: Complete nights before it in the window, newest first.
        new: Failures that were none before: regressions.
        still: Failures that were there before.
        fixed: Tests that pass again.
        flaky: Tests that change their mind.
        slower: Tests that took longer than usual, the most seconds lost first.
        seen: Failures of a night that did not come to its end, and is compared with nothing.
        gone: Names of tests that ran in the last complete night and did not tonight (removed, renamed, skipped,
            or in a suite that cannot be read).
        usual_seconds: Median duration of the nights in the window, or ``None`` with fewer than five.
    """

    night: Night
    earlier: tuple[Night, ...]
    new: tuple[Failure, ...] = ()
    still: tuple[Failure, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    flaky: tuple[Flaky, ...] = ()
    slower: tuple[Slower, ...] = ()
    seen: tuple[TestResult, ...] = ()
    gone: tuple[str, ...] = ()
    usual_seconds: float | None = None

    @property
    def comparable(self) -> bool:
        """Whether the night came to its end; an interrupted one is neither better nor worse than the last."""
        return self.night.state is NightState.COMPLETE

    @property
    def regression(self) -> bool:
        """Whether something broke: what ends ``chukyso nightly`` with exit code 3."""
        return bool(self.new)


def compare(night: Night, before: Sequence[Night]) -> Comparison:
    """Compare a night with the complete nights before it.

    Args:
        night: The night, with its results.
        before: Complete nights of the same tier, newest first; more than the window, for "since when".
    """
    window = tuple(before[:WINDOW])
    if night.state is not NightState.COMPLETE:
        return Comparison(night, window, seen=tuple(one for one in night.results if one.status is Status.FAIL))
    past = _past(before)
    failures = [_failure(night, result, past) for result in night.results if result.status is Status.FAIL]
    slower = [_slower(result, past[result.name]) for result in night.results if result.status is Status.PASS]
    durations = [one.seconds for one in window]
    return Comparison(
        night=night,
        earlier=window,
        new=tuple(failure for failure in failures if failure.nights == 1),
        still=tuple(failure for failure in failures if failure.nights > 1),
        fixed=tuple(fixed for result in night.results if (fixed := _fixed(result, past))),
        flaky=tuple(flaky for result in night.results if (flaky := _flaky(result, past[result.name]))),
        slower=tuple(sorted((one for one in slower if one), key=lambda one: one.median - one.result.seconds)),
        gone=_gone(night, before),
        usual_seconds=median(durations) if len(durations) >= LEAST_NIGHTS else None,
    )


_Past = Mapping[str, Sequence[tuple[Night, TestResult, int]]]


def _past(before: Sequence[Night]) -> _Past:
    """For each test the nights in which it ran, newest first, with the night's place among all nights before."""
    past: dict[str, list[tuple[Night, TestResult, int]]] = defaultdict(list)
    for place, night in enumerate(before):
        for result in night.results:
            if result.status.ran:
                past[result.name].append((night, result, place))
    return past


def _failing_row(history: Sequence[tuple[Night, TestResult, int]]) -> list[Night]:
    row = []
    for night, result, _ in history:
        if result.status.passed:
            break
        row.append(night)
    return row


def _failure(night: Night, result: TestResult, past: _Past) -> Failure:
    row = _failing_row(past[result.name])
    return Failure(result, row[-1].started if row else night.started, len(row) + 1, bool(past[result.name]))


def _fixed(result: TestResult, past: _Past) -> Fixed | None:
    row = _failing_row(past[result.name])
    if not result.status.passed or not row:
        return None
    return Fixed(result, row[-1].started, len(row))


def _flaky(result: TestResult, history: Sequence[tuple[Night, TestResult, int]]) -> Flaky | None:
    if not result.status.ran:
        return None
    window = [result, *(earlier for _, earlier, place in history if place < WINDOW)][:WINDOW]
    passes = [one.status is Status.PASS for one in window]
    changes = sum(one != other for one, other in pairwise(passes))
    rerun = result.status is Status.FLAKY
    if not rerun and changes < CHANGES_OF_FLAKY:
        return None
    return Flaky(result, changes, passes.count(False), len(passes), rerun)


def _slower(result: TestResult, history: Sequence[tuple[Night, TestResult, int]]) -> Slower | None:
    times = [one.seconds for _, one, place in history if place < WINDOW and one.status is Status.PASS]
    if len(times) < LEAST_NIGHTS:
        return None
    middle = median(times)
    spread = _SIGMA * median(abs(time - middle) for time in times)
    if result.seconds - middle < max(LEAST_SECONDS, SPREADS * spread):
        return None
    return Slower(result, middle, spread, len(times))


def _gone(night: Night, before: Sequence[Night]) -> tuple[str, ...]:
    if not before:
        return ()
    ran = {result.name for result in night.results if result.status.ran}
    return tuple(one.name for one in before[0].results if one.status.ran and one.name not in ran)
