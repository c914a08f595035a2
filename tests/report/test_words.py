"""The report's journal is Vietnamese: every event, field and value that anybody journals has its word."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from functools import cache

import pytest

from chukyso.errors import Outcome
from chukyso.evidence import journal
from chukyso.evidence.journal import Entry
from chukyso.evidence.model.guide import StepStatus
from chukyso.evidence.model.portal import Registered
from chukyso.report.words import EVENTS, tell
from support.paths import ROOT

NOW = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)


@cache
def journaled() -> dict[str, set[str]]:
    """Fields by event, as the sources journal them: ``journal.append(…)`` in Python, ``Journal Event`` in Robot."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "libraries").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("journal.append"):
                event = ast.literal_eval(call.args[0]) if isinstance(call.args[0], ast.Constant) else call.args[0].id
                fields = {keyword.arg for keyword in call.keywords if keyword.arg}
                found.setdefault(getattr(journal, event, event), set()).update(fields)
    for path in (ROOT / "resources").rglob("*.resource"):
        for event, fields in re.findall(r"Journal Event {4}(\S+)(.*)", path.read_text(encoding="utf-8")):
            found.setdefault(event, set()).update(re.findall(r"(\w+)=", fields))
    found.pop("event", None)  # the keyword Journal Event itself
    return found


def test_every_event_has_a_word_and_no_word_is_left_over() -> None:
    assert {"submitting", "ended", "accepted", "figure-missing"} <= set(journaled())
    assert set(journaled()) == set(EVENTS)
    assert all(re.search(r"[^\x00-\x7f]", word) for word in EVENTS.values())


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_field_has_a_word(event: str) -> None:
    for field in journaled().get(event, ()):
        assert not tell(Entry(1, NOW, event, {field: "x"})).startswith(f"{field}:"), field


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("outcome", list(Outcome)),
        ("status", [status for status in StepStatus if status is not StepStatus.RUNNING]),
        ("registered", list(Registered)),
        ("valid", [True, False]),
    ],
)
def test_every_value_has_a_word(field: str, values: list[object]) -> None:
    for value in values:
        shown = tell(Entry(1, NOW, "x", {field: value})).partition(": ")[2]
        assert shown not in (str(value), str(value).lower(), "")


def test_data_is_shown_as_it_is() -> None:
    data = {"serial": "0a", "number": 3, "code": None, "sha256": "a" * 64, "recorded": "2026-03-02T01:15:09.000Z"}
    assert tell(Entry(1, NOW, "x", data)) == (
        "số chứng thư số: 0a; số: 3; mã băm SHA-256: aaaaaaaaaaaaaaaa…; cổng ghi nhận lúc: 02/03/2026 08:15:09"
    )
