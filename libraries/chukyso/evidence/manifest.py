"""``evidence/manifest.json``: the record of a run as data, with the hash of every file of the evidence.

What is in it is declared in ``chukyso.evidence.model``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from chukyso.evidence.files import reporting_write_errors, sha256
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import SUBMITTING, plain
from chukyso.evidence.litter import is_litter
from chukyso.evidence.missing import why_missing
from chukyso.evidence.model.guide import MissingFigure
from chukyso.evidence.model.manifest import SCHEMA_VERSION, FileFacts, JournalFacts, Manifest, SealFacts
from chukyso.evidence.model.run import RunFacts
from chukyso.evidence.model.signing import Certificates
from chukyso.evidence.record import RunRecord

MANIFEST_FILE: Final = "evidence/manifest.json"
JOURNAL_FILE: Final = "evidence/journal.jsonl"
REPORT_FILE: Final = "evidence/report.html"
SEALED_REPORT_FILE: Final = "evidence/report.pdf"
SANDBOX_ROOT_FILE: Final = "evidence/sandbox-root.pem"
SUPPLEMENTS: Final = "supplements"
_Part = TypeVar("_Part")


def make_manifest(output: Path, record: RunRecord) -> Manifest:
    """The manifest of a finished run, but for its place in the chain, which ``chukyso.archive.chain`` knows.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL`` when a file cannot be read.
        ValueError: The run has not ended.
    """
    if record.outcome is None:
        raise ValueError("a manifest is about a finished run")
    with reporting_write_errors(output / MANIFEST_FILE):
        files = tuple(describe_file(output, file) for file in evidence_files(output))
    taken = {figure.number for figure in record.figures}
    reconciliation = record.reconciliation
    return Manifest(
        schema_version=SCHEMA_VERSION,
        run=RunFacts(**{one.name: getattr(record, one.name) for one in fields(RunFacts)}),
        privacy=record.privacy,
        outcome=record.outcome,
        error=record.error,
        account=record.account,
        token=record.token,
        host=record.host,
        certificates=Certificates(
            record.registered_certificate,
            record.new_certificate,
            reconciliation.registered_serial if reconciliation else None,
        ),
        validation=record.validation,
        contact=record.contact,
        steps=record.steps,
        figures=record.figures,
        missing_figures=tuple(
            MissingFigure(number, caption, why_missing(record, number))
            for number, caption in CAPTIONS.items()
            if number not in taken
        ),
        signer=record.signer,
        submission=record.submission,
        receipt=record.receipt,
        reconciliation=reconciliation,
        earlier_submission=record.earlier,
        result_mail=record.result_mail,
        seal=SealFacts(SEALED_REPORT_FILE) if record.sealed else None,
        journal=JournalFacts(
            JOURNAL_FILE,
            record.journal_sha256,
            len(record.journal),
            next((entry.time for entry in record.journal if entry.event == SUBMITTING), None),
        ),
        files=files,
    )


def to_json(part: object) -> dict[str, Any]:
    """A manifest, or a part of one, as JSON has it; what is not set is left out."""
    content: Any = plain(msgspec.to_builtins(part, builtin_types=(datetime,)))
    return dict(content)


def encode(part: object) -> bytes:
    """The bytes of a manifest, or of a part of one as a document of its own."""
    return json.dumps(to_json(part), ensure_ascii=False, indent=2).encode() + b"\n"


def from_json(content: object, kind: type[_Part]) -> _Part:
    """Read a manifest, or a part of one, from what JSON has; names that are not known are passed over.

    Args:
        content: As ``chukyso.archive.reading.parse_object`` returns it.
        kind: ``Manifest``, or the class of the part.

    Raises:
        ValueError: It is something else; says where.
    """
    return msgspec.convert(content, kind)


def evidence_files(output: Path) -> Iterable[Path]:
    """Every file of the evidence but what follows it (manifest, sealed PDF, supplements), in a stable order.

    What the operating system leaves there is none: it changes that again when it likes.
    """
    figures = sorted(path for path in (output / "figures").rglob("*") if not path.name.startswith("part-"))
    others = sorted(path for path in (output / "evidence").rglob("*") if SUPPLEMENTS not in path.parts)
    left_out = {output / MANIFEST_FILE, output / SEALED_REPORT_FILE}
    return [
        path
        for path in (*figures, *others)
        if path.is_file()
        and path.suffix != ".part"
        and path not in left_out
        and not is_litter(path.relative_to(output).as_posix(), path.stat().st_size)
    ]


def describe_file(output: Path, path: Path) -> FileFacts:
    """What the evidence says of one of its files."""
    return FileFacts(path.relative_to(output).as_posix(), sha256(path), path.stat().st_size)
