"""Checking the journal of a finished run: complete, in order, consistent with the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chukyso.archive.examined import Examined
from chukyso.archive.findings import Problem
from chukyso.archive.reading import Entry, Kind, Unreadable, object_of, parse_object, read_bytes, text_of
from chukyso.evidence.journal import ENDED, SUBMITTING
from chukyso.moment import read_moment

_SIGNED = "signed"
_LIMIT = 16 << 20


def check_journal(entry: Entry | None, said: Mapping[str, Any], examined: Examined) -> None:
    """Look at the lines of a journal.

    Args:
        entry: Its file, if there is one; that its hash is right was looked at before.
        said: What the manifest says of it.
        examined: Where findings go.
    """
    if entry is None or entry.kind is not Kind.FILE:
        return  # said to be missing
    try:
        lines = _read(entry)
        problem = _order(lines) or _contradiction(lines, said, examined.outcome)
    except Unreadable as error:
        problem = str(error)
    else:
        _check_clock(lines, examined)
    if problem:
        examined.find(Problem.JOURNAL_BROKEN, detail=problem)


def _read(entry: Entry) -> list[dict[str, Any]]:
    data = read_bytes(entry.path, _LIMIT)
    if not data.endswith(b"\n"):
        raise Unreadable("its last line was never finished")
    lines = []
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            content = parse_object(line)
            read_moment(text_of(content, "time"))
        except (Unreadable, ValueError) as error:
            raise Unreadable(f"line {number}: {error}") from error
        lines.append(content)
    return lines


def _order(lines: list[dict[str, Any]]) -> str:
    """What is wrong with the order of the lines, or ""."""
    for number, line in enumerate(lines, 1):
        if line.get("seq") != number:
            return f"line {number} has number {str(line.get('seq'))[:20]!a}: lines were taken out or put in"
    events = [text_of(line, "event") for line in lines]
    if _SIGNED in events and SUBMITTING not in events[: events.index(_SIGNED)]:
        return "something was signed before the point of no return was noted"
    if not events or events[0] != "started":
        return "it does not begin with the beginning of the run"
    if ENDED in events[:-1]:
        return "it goes on after the end of the run"
    return ""


def _contradiction(lines: list[dict[str, Any]], said: Mapping[str, Any], outcome: str) -> str:
    """In what the journal contradicts the manifest, or ""."""
    if said.get("events") != len(lines):
        return f"{len(lines)} lines; the manifest counts {str(said.get('events'))[:20]}"
    submitting = next((line["time"] for line in lines if line.get("event") == SUBMITTING), None)
    if said.get("submitting") != submitting:
        return "it notes the point of no return at another time than the manifest, or not at all"
    ended = object_of(lines[-1], "data") if lines[-1].get("event") == ENDED else {}
    if ended and ended.get("outcome") != outcome:
        return f"it ended as {str(ended.get('outcome'))[:40]!a}, the manifest says {outcome!a}"
    return ""


def _check_clock(lines: list[dict[str, Any]], examined: Examined) -> None:
    moments = [read_moment(line["time"]) for line in lines]
    for number in range(1, len(moments)):
        if moments[number] < moments[number - 1]:
            examined.find(Problem.JOURNAL_CLOCK, line=number + 1)
            return
