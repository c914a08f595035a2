"""Journals of runs that ended early, to make a report from."""

from __future__ import annotations

from pathlib import Path

from chukyso.evidence.journal import Journal
from chukyso.evidence.manifest import JOURNAL_FILE
from support.evidence import MST

RUN = "0b8f6c1e-51c9-4f1c-9f5e-7a3f7f1f8a10"
Event = tuple[str, dict[str, object]]
BEGUN: list[Event] = [
    ("started", {"run": RUN, "product": "bhxh-chu-ky-so 0.1.0"}),
    ("account", {"tax_code": MST, "unit": None}),
    ("run", {"profile": "sandbox", "portal": "http://127.0.0.1:1/", "rehearsal": True, "dry_run": False}),
    ("step-started", {"number": 1}),
]


SENT: list[Event] = [*BEGUN, ("submitting", {"serial": "5401"})]


TAKEN_BACK: list[Event] = [*SENT, ("not-submitted", {})]


ACCEPTED: list[Event] = [*SENT, ("accepted", {"serial": "5401", "transaction": "GD-1", "recorded": None})]


SEEN: list[Event] = [*ACCEPTED, ("reconciled", {"registered": "new", "serial": "5401"})]


REGISTERED: list[Event] = [*BEGUN, ("outcome", {"outcome": "already-registered"})]


REFUSED: list[Event] = [*BEGUN, ("ended", {"outcome": "stopped", "code": "PIN_LOCKED"})]


def journal(output: Path, events: list[Event]) -> Path:
    (output / "evidence").mkdir(parents=True)
    with Journal(output / JOURNAL_FILE) as file:
        for event, data in events:
            file.append(event, **data)
    return output
