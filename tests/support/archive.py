"""Folders of evidence as runs leave them, made by the library functions that runs use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chukyso.archive.chain import write_chained_manifest
from chukyso.archive.supplement import add_supplement
from chukyso.archive.verify import Report, verify_directory
from chukyso.errors import Outcome
from chukyso.report.write import write_report
from support.evidence import make_record


def make_run(output: Path, outcome: Outcome = Outcome.UPDATED, days: float = 0, **changes: Any) -> Path:
    """A finished run with everything but a sealed PDF.

    Args:
        output: Its output directory.
        outcome: How it ended.
        days: How many days later than the fixture's own run.
        changes: Fields of the record to change.
    """
    record = make_record(output, outcome)
    moved = {
        "id": str(uuid4()),
        "started": record.started + timedelta(days=days),
        "ended": (record.ended or record.started) + timedelta(days=days),
    }
    record = replace(record, **{**moved, **changes})
    write_report(output, record)
    write_chained_manifest(output, record)
    return output


def make_archive(directory: Path, count: int = 4) -> list[Path]:
    """Runs one after another, a day apart."""
    return [make_run(directory / f"run-{number}", days=number) for number in range(1, count + 1)]


def codes(report: Report) -> set[str]:
    """What was found that is more than a note."""
    return {finding.problem.name for finding in report.findings if finding.level > 0}


def found(directory: Path, **options: Any) -> set[str]:
    """``codes`` of a directory."""
    return codes(verify_directory(directory, jobs=1, **options))


def forge(run: Path, /, **changes: Any) -> None:
    """Change a manifest as somebody would who knows its form."""
    path = run / "evidence" / "manifest.json"
    content = {**json.loads(path.read_bytes()), **changes}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def hash_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def files_of(run: Path) -> Iterator[Path]:
    """All files of the evidence."""
    for name in ("evidence", "figures"):
        yield from sorted(path for path in (run / name).rglob("*") if path.is_file())


def make_whole(directories: pytest.TempPathFactory) -> Path:
    """One finished run with a supplement, in an installation of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHUKYSO_STATE_DIR", str(directories.mktemp("state")))
        run = make_run(directories.mktemp("whole") / "run")
        mail = run / "evidence" / "mail"
        mail.mkdir()
        (mail / "result.eml").write_bytes(b"Subject: ket qua\r\n\r\nxong\r\n")
        add_supplement(run, "result-mail", [mail / "result.eml"], {"sender": "bhxh.example"})
    return run


LATER = datetime(2026, 3, 4, 12, tzinfo=UTC)  # after the second of ``make_archive``, before the third
