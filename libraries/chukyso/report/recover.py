"""Makes the report of a killed run from its journal; what the journal does not say is left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import sha256
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import ENDED, NOT_SUBMITTED, SUBMITTING, Entry, read_entries
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, REPORT_FILE
from chukyso.evidence.model.guide import Figure, StepStatus
from chukyso.evidence.model.portal import EarlierStatus, EarlierSubmission, Receipt, Reconciliation, Registered
from chukyso.evidence.model.run import Account, Host, Privacy
from chukyso.evidence.outcome import Ending, Situation, advise_looking_first, judge
from chukyso.evidence.record import RunRecord
from chukyso.figures.taking import figure_file, png_size
from chukyso.moment import read_moment
from chukyso.report.write import write_report
from chukyso.storage.lock import holding


def report_from_journal(output: Path) -> tuple[Path, RunRecord]:
    """Write ``evidence/report.html`` for a run that was killed; return its path and the record.

    There is no manifest afterwards either: that is the run's own word about itself, and the chain's.

    Args:
        output: The run's output directory.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when there is no journal, it cannot be read, or the run wrote its report
            or manifest itself; ``OUTPUT_IN_USE`` when it still runs; ``OUTPUT_DISK_FULL``, ``OUTPUT_NOT_WRITABLE``.
    """
    if not (output / JOURNAL_FILE).is_file():
        raise _unreadable(output, "không có nhật ký (evidence/journal.jsonl)", "no journal")
    with holding(output):
        for name in (MANIFEST_FILE, REPORT_FILE):
            if (output / name).exists():
                raise _unreadable(output, f"đã có {name}, không lập lại", f"{name} is there")
        record = record_from_journal(output)
        return write_report(output, record), record


def record_from_journal(output: Path) -> RunRecord:
    """The record as far as the journal tells it, with the pictures that are as it says.

    Args:
        output: The run's output directory.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE``.
    """
    try:
        entries = read_entries(output / JOURNAL_FILE)
        first = entries[0]
        host = Host(str(first.data["product"]), "", "", "")
        privacy = Privacy(str(first.data.get("privacy", Privacy.FULL)))  # journals of earlier versions do not say it
        run = str(first.data["run"])
        record = RunRecord(
            id=run, started=first.time, host=host, ended=entries[-1].time, privacy=privacy, recovered=True
        )
        for entry in entries:
            record = _told(record, entry, output)
        ending = _judged(entries, record)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _unreadable(output, "nhật ký không đọc được", f"{type(error).__name__}: {error}") from error
    return replace(record, journal=tuple(entries), outcome=ending.outcome, error=ending.error)


def _told(record: RunRecord, entry: Entry, output: Path) -> RunRecord:
    """The record with what one line of the journal says."""
    data: Mapping[str, Any] = entry.data
    match entry.event:
        case "run":
            told = {name: data[name] for name in ("profile", "portal", "rehearsal", "dry_run")}
            record = replace(record, **told)
        case "account":
            record = replace(record, account=Account(data["tax_code"], data["unit"]))
        case "step-started":
            record = record.with_step_started(data["number"], entry.time)
        case "step-ended":
            record = record.with_step_ended(data["number"], entry.time, StepStatus(data["status"]))
        case "figure" if figure := _figure(data, entry.time, output):
            record = record.with_figure(figure)
        case "figure-missing":
            record = replace(record, missed={**record.missed, data["number"]: data["code"]})
        case "accepted":
            receipt = Receipt(data["serial"], data["transaction"], data["recorded"])
            record = replace(record, receipt=receipt)
        case "reconciled":
            found = Reconciliation(entry.time, data["serial"], Registered(data["registered"]))
            record = replace(record, reconciliation=found)
        case "earlier-submission":
            earlier = EarlierSubmission(data["run"], read_moment(data["submitted"]), data["directory"], data["serial"])
            record = replace(record, earlier=earlier)
        case "earlier-settled" if record.earlier:
            settled = replace(record.earlier, standing=EarlierStatus(data["standing"]), reason=data.get("reason"))
            record = replace(record, earlier=settled)
    return record


def _judged(entries: Sequence[Entry], record: RunRecord) -> Ending:
    """How it ended: as it said itself when it came to that, else by the rules for a run that failed."""
    data: dict[str, Mapping[str, Any]] = {entry.event: entry.data for entry in entries}
    ended = data.get(ENDED, {})
    said = ended.get("outcome") or data.get("outcome", {}).get("outcome")
    outcome = Outcome(said) if said else None
    ending = judge(
        Situation(
            passed=outcome is not None and not ended.get("code"),
            message=str(ChukysoError(Code.RUN_KILLED)),
            detail=f"the journal ends with {ended.get('code') or entries[-1].event}",
            claimed=outcome,
            submitted=SUBMITTING in data and NOT_SUBMITTED not in data,
            accepted=record.receipt is not None,
            registered=record.reconciliation.registered if record.reconciliation else None,
        )
    )
    if ended and outcome:
        ending = replace(ending, outcome=outcome)
    return advise_looking_first(ending, record.earlier)


def _figure(data: Mapping[str, Any], taken: datetime, output: Path) -> Figure | None:
    """The picture, when it is still the one that was taken."""
    number, digest = data["number"], data["sha256"]
    if type(number) is not int or number < 1:  # it becomes a path
        raise ValueError("a figure's number is none")
    caption = data.get("caption") or CAPTIONS[number]  # journals of earlier versions do not say it
    file = figure_file(number)
    path = output / file
    if not path.is_file() or sha256(path) != digest:
        return None
    return Figure(number, caption, file, digest, *png_size(path.read_bytes()), taken, "")


def _unreadable(output: Path, reason: str, detail: str) -> ChukysoError:
    return ChukysoError(Code.EVIDENCE_UNREADABLE, detail, path=output, reason=reason)
