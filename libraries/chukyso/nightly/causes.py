"""Groups failures by their cause: a renamed button that breaks nine cases is reported once.

Read from Robot's messages, since nothing else of a night is kept for longer than its directory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Final, Generic, TypeVar

from chukyso.errors import Code
from chukyso.nightly.model import TestResult

T = TypeVar("T")

# What RegressionLibrary's `Run Should Have Ended` says.
_ENDED: Final = "The run ended otherwise."
_DIFFERENCE: Final = re.compile(r"^(\w+):\n +must be: (.*)\n +is: +(.*)$", re.MULTILINE)
_LABELS: Final = {"Outcome": "kết cục", "Code": "mã", "Words": "lời"}
_SAID: Final = re.compile(r"^Robot's message: (.*)", re.MULTILINE | re.DOTALL)
# What `Should Be Equal` and the Browser library's assertions say.
_EQUAL: Final = re.compile(r"(?:.*: )?(?P<found>.+) != (?P<expected>.+)")
_BROWSER: Final = re.compile(r".*?'(?P<found>.*)' \(\w+\) should be '(?P<expected>.*)' \(\w+\).*", re.DOTALL)
_CODE: Final = re.compile(r"\[([A-Z][A-Z0-9_]+)\] (.*)", re.DOTALL)
_PORT: Final = re.compile(r"(?<=\d|\w):\d{4,5}\b")  # another one in every case


@dataclass(frozen=True)
class Reason:
    """Why a test failed.

    Attributes:
        code: The project's error code, or "".
        text: What is said of it, in one line.
        expected: What should have been, a line for each thing; empty when the message does not say.
        found: What was, likewise.
    """

    code: str
    text: str
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cause(Generic[T]):
    """A reason and the cases that failed for it; ``reason`` is the first case's."""

    reason: Reason
    cases: tuple[T, ...]

    @property
    def count(self) -> int:
        return len(self.cases)


def by_cause(cases: Iterable[T], result: Callable[[T], TestResult]) -> tuple[Cause[T], ...]:
    """Group cases by what broke them, the cause of most cases first."""
    groups: dict[tuple[str, str], list[T]] = {}
    for case in cases:
        reason = read_reason(result(case))
        groups.setdefault((reason.code, _PORT.sub("", reason.text)), []).append(case)
    causes = [Cause(read_reason(result(group[0])), tuple(group)) for group in groups.values()]
    return tuple(sorted(causes, key=lambda cause: -len(cause.cases)))


def read_reason(result: TestResult) -> Reason:
    """Take a message apart."""
    if result.message.startswith(_ENDED):
        return _ended_otherwise(result.message)
    for code, template in _templates():
        match = template.match(result.text)
        if match and code == result.code:
            return Reason(code, result.text, (match["expected"],), (match["found"],))
    for pattern in (_BROWSER, _EQUAL):
        match = pattern.fullmatch(result.message)
        if match:
            return Reason(result.code, result.text, (match["expected"],), (match["found"],))
    return Reason(result.code, result.text)


def _ended_otherwise(message: str) -> Reason:
    """The cause is the error that ended the run, told once; a case differs from another in what it expected."""
    differences = {label: (wanted, was) for label, wanted, was in _DIFFERENCE.findall(message)}
    said = _SAID.search(message)
    error = _CODE.match(said[1]) if said else None
    code = error[1] if error else differences.get("Code", ("", ""))[1]
    text = error[2] if error else differences.get("Words", ("", ""))[1]
    text = " ".join(text.split())
    expected = tuple(f"{_LABELS.get(label, label)}: {wanted}" for label, (wanted, _) in differences.items())
    found = tuple(f"{_LABELS.get(label, label)}: {was}" for label, (_, was) in differences.items() if was != text)
    known = code if code in Code.__members__ else ""
    return Reason(known, text or "Lần chạy kết thúc khác điều mong đợi.", expected, found)


@cache
def _templates() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The error texts that say both what was found and what was expected."""
    found = []
    for code in Code:
        if {"found", "expected"} <= code.value.fields:
            parts = Formatter().parse(code.value.happened)
            pattern = "".join(re.escape(text) + (f"(?P<{field}>.*?)" if field else "") for text, field, _, _ in parts)
            found.append((code.name, re.compile(pattern)))
    return tuple(found)
