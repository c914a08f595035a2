"""Robot's ``output.xml``, read test by test: an output of any size needs little memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse  # of our own run

from chukyso.nightly.model import Status, TestResult
from chukyso.report.words import UNCOMPARED

MESSAGE_LIMIT = 1500  # characters of a failure's message that are kept
_HTML = "*HTML*"


class BrokenOutputError(Exception):
    """``output.xml`` is missing, cut off, or something else."""


def read_results(path: Path) -> tuple[TestResult, ...]:
    """Every test of an output, in its order.

    A full name that occurs twice (the same data given twice) counts once, failed when any failed.

    Raises:
        BrokenOutputError: There is no whole output of Robot Framework 7 or newer.
    """
    found: dict[str, TestResult] = {}
    try:
        for result in _tests(path):
            before = found.get(result.name)
            if before is None or (before.status is not Status.FAIL and result.status is Status.FAIL):
                found[result.name] = result
    except (OSError, ParseError, ValueError) as error:
        raise BrokenOutputError(f"{path.name}: {type(error).__name__}: {error}") from error
    return tuple(found.values())


def read_uncompared(path: Path) -> tuple[str, ...]:
    """Every warning of an output that figures could not be compared, once; none when there is no output."""
    found: dict[str, None] = {}
    with contextlib.suppress(OSError, ParseError):
        for _, element in iterparse(path):  # noqa: S314 - as above
            if element.tag == "msg" and (element.text or "").startswith(UNCOMPARED):
                found[element.text or ""] = None
            element.clear()
    return tuple(found)


def with_second_try(first: Sequence[TestResult], second: Sequence[TestResult]) -> tuple[TestResult, ...]:
    """The first results, those that failed and passed when run again as ``FLAKY``."""
    passed = {result.name for result in second if result.status is Status.PASS}
    return tuple(
        replace(result, status=Status.FLAKY) if result.status is Status.FAIL and result.name in passed else result
        for result in first
    )


def _tests(path: Path) -> Iterator[TestResult]:
    suites: list[str] = []
    open_elements: list[Element] = []
    for event, element in iterparse(path, ("start", "end")):  # noqa: S314 - as above
        if event == "start":
            if not open_elements and element.tag != "robot":
                raise ValueError(f"the root is <{element.tag}>")
            open_elements.append(element)
            if element.tag == "suite":
                suites.append(element.get("name", ""))
            continue
        open_elements.pop()
        if element.tag == "test":
            yield _result(element, suites)
        if element.tag == "suite":
            suites.pop()
        if open_elements and element.tag in ("test", "suite", "kw", "errors", "statistics"):
            open_elements[-1].remove(element)  # else the whole tree stays in memory


def _result(test: Element, suites: Sequence[str]) -> TestResult:
    status = test.find("status")
    if status is None:
        raise ValueError(f"no status: {test.get('name')}")
    value = Status(status.get("status", ""))
    message = (status.text or "").removeprefix(_HTML).strip() if value in (Status.FAIL, Status.SKIP) else ""
    if len(message) > MESSAGE_LIMIT:
        message = message[: MESSAGE_LIMIT - 1] + "…"
    return TestResult(
        name=".".join([*suites, test.get("name", "")]),
        status=value,
        seconds=float(status.get("elapsed", "")),
        message=message,
        log_id=test.get("id", ""),
    )
