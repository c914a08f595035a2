"""One night from beginning to end: lock, history, run, second try, dashboard, report, retention."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.directory import lock_output
from chukyso.evidence.files import reporting_write_errors
from chukyso.moment import to_vietnam
from chukyso.nightly.analysis import Comparison, compare
from chukyso.nightly.dashboard import update_dashboard
from chukyso.nightly.failures import DIRECTORY as FAILURES
from chukyso.nightly.history import FILE as HISTORY
from chukyso.nightly.history import History
from chukyso.nightly.model import Night, NightState, Status, TestResult
from chukyso.nightly.output import BrokenOutputError, read_results, with_second_try
from chukyso.nightly.progress import Tell
from chukyso.nightly.report import Morning, write_morning
from chukyso.nightly.runner import LOG, OUTPUT, RERUN, RERUN_LIMIT, Runner, check_tools
from chukyso.nightly.tier import Tier
from chukyso.scratch import make_scratch, note_scratch

KEEP: Final = 30
"""Nights whose directories are kept; the history keeps more (``history.NIGHTS_KEPT``)."""
MOST_FAILURES: Final = 250
"""Robot's exit code is the number of failures up to this one; what is above is an accident."""
_SCRATCH_NOTE: Final = ".scratch"
_PARTS: Final = "pabot_results"
_NIGHT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d{4}(-\d+)?")

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Options:
    """How a night is run.

    Attributes:
        root: Directory of all nights.
        keep: How many nights' directories are kept, at least 1.
        rerun: Whether tests that failed are tried once more.
        probe: Profile of the portal that is looked at after the tests; "" for none.
    """

    root: Path
    keep: int = KEEP
    rerun: bool = True
    probe: str = ""


def run_night(tier: Tier, options: Options, tell: Tell, clock: Clock = lambda: datetime.now(UTC)) -> Morning:
    """Run a night, enter it in the history and write the morning report.

    Args:
        tier: What to run.
        options: How.
        tell: Told of each test that ends.
        clock: What time it is.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE`` when a night runs there already; ``OUTPUT_NOT_WRITABLE``;
            ``HISTORY_NOT_WRITABLE`` or ``HISTORY_UNREADABLE`` before anything is run; ``NIGHT_TOOL_MISSING``;
            ``OUTPUT_DISK_FULL``; ``NIGHT_EMPTY``, ``NIGHT_BROKEN`` after the report that says so is written.
        KeyboardInterrupt: After the children have ended and the night is marked as interrupted.
    """
    check_tools()
    with _locked(options.root), History(options.root / HISTORY) as history:
        started = clock()
        directory = _make_directory(options.root, history, started)
        number = history.begin(directory.name, tier.name, started)
        scratch = make_scratch()
        note_scratch(scratch, options.root / _SCRATCH_NOTE)
        runner = Runner(tier, directory, scratch, tell)
        state = NightState.INTERRUPTED
        results: tuple[TestResult, ...] = ()
        try:
            with reporting_write_errors(directory):
                state, results = _run(runner, directory, options.rerun)
                if options.probe:
                    runner.probe(options.probe)
        except KeyboardInterrupt:
            with contextlib.suppress(BrokenOutputError):
                results = read_results(directory / OUTPUT)
            raise
        finally:
            history.end(number, state, clock(), results)
            shutil.rmtree(scratch, ignore_errors=True)
            (options.root / _SCRATCH_NOTE).unlink(missing_ok=True)
            dashboard = _finish(runner, directory, options, state)
            morning = _report(options.root, history, dashboard)
        if state in (NightState.EMPTY, NightState.BROKEN):
            code = Code.NIGHT_EMPTY if state is NightState.EMPTY else Code.NIGHT_BROKEN
            raise ChukysoError(code, "see the report", night=directory.name, log=directory / "console.log")
        return morning


def report_only(root: Path) -> Morning | None:
    """Write the morning report of the latest night anew; ``None`` when there was none yet.

    Raises:
        ChukysoError: As ``run_night``; a night that is running keeps the report to itself.
    """
    with _locked(root), History(root / HISTORY) as history:
        return _report(root, history, "") if history.latest() else None


def _run(runner: Runner, directory: Path, rerun: bool) -> tuple[NightState, tuple[TestResult, ...]]:
    code = runner.run()
    try:
        results = read_results(directory / OUTPUT)
    except BrokenOutputError:
        empty = not (directory / OUTPUT).exists() and _found_no_tests(directory)
        return NightState.EMPTY if empty else NightState.BROKEN, ()
    if not results:
        return NightState.EMPTY, ()
    if code > MOST_FAILURES:  # a process of pabot's died: what it should have run is missing
        return NightState.BROKEN, results
    failed = [result for result in results if result.status is Status.FAIL]
    if rerun and 0 < len(failed) <= RERUN_LIMIT:
        runner.run_again()
        with contextlib.suppress(BrokenOutputError):  # then nothing passed the second time
            results = with_second_try(results, read_results(directory / RERUN / OUTPUT))
    return NightState.COMPLETE, results


def _found_no_tests(directory: Path) -> bool:
    text = (directory / "console.log").read_text(encoding="utf-8", errors="replace")
    return any(words in text for words in ("No tests to execute", "contains no tests", "No datasources"))


def _finish(runner: Runner, directory: Path, options: Options, state: NightState) -> str:
    """Bring the dashboard up to date, remove what is there twice and the oldest nights; return what went wrong."""
    problem = ""
    if state is NightState.COMPLETE:
        output = directory / OUTPUT
        if (directory / RERUN / OUTPUT).exists():
            merged = runner.merge()
            output = merged if merged.exists() else output
        problem = update_dashboard(options.root, output, directory / LOG)
        if output.name != OUTPUT:
            output.unlink(missing_ok=True)
        _remove_parts(directory)
    for old in _directories(options.root)[: -options.keep]:
        shutil.rmtree(old, ignore_errors=True)
    return problem


def _remove_parts(directory: Path) -> None:
    """Remove what pabot's processes left of suites that passed: the merged output has it all.

    Where a test failed, its run's own files (figures, evidence) stay with the night.
    """
    for part in (directory / _PARTS).glob("*/"):
        try:
            keep = any(result.status is Status.FAIL for result in read_results(part / OUTPUT))
        except BrokenOutputError:
            keep = True
        if not keep:
            shutil.rmtree(part, ignore_errors=True)
        else:
            (part / OUTPUT).unlink(missing_ok=True)


def _report(root: Path, history: History, dashboard: str) -> Morning:
    night = history.latest()
    if night is None:
        raise ValueError("a report is about a night")
    morning = Morning.of(root, compare_in(history, night), dashboard)
    write_morning(root, morning)
    return morning


def compare_in(history: History, night: Night) -> Comparison:
    """Compare a night with all earlier ones of its history."""
    return compare(night, history.before(night))


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    """The right to write into the directory of all nights.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE``, ``OUTPUT_NOT_WRITABLE``.
    """
    lock = lock_output(root)
    try:
        yield
    finally:
        lock.release()


def _make_directory(root: Path, history: History, started: datetime) -> Path:
    """Make the night's directory, named by the minute in Vietnam's time; a second one in a minute is numbered."""
    name = first = f"{to_vietnam(started):%Y-%m-%dT%H%M}"
    number = 1
    while history.has(name) or (root / name).exists():
        number += 1
        name = f"{first}-{number}"
    try:
        (root / name / FAILURES).mkdir(parents=True)
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(error), path=root / name) from error
    return root / name


def _directories(root: Path) -> list[Path]:
    """Directories of nights, oldest first."""
    found = [path for path in root.iterdir() if path.is_dir() and _NIGHT.fullmatch(path.name)]

    return sorted(found, key=lambda path: (path.name[:15], int(path.name[16:] or 1)))
