"""``evidence/manifest.json``: the record of a run as data, with the hash of every file of the evidence.

Described by ``docs/manifest.schema.json``. Names and meanings only ever get added within one schema version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from chukyso.evidence.earlier import describe_earlier
from chukyso.evidence.files import reporting_write_errors, sha256, write_whole
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import SUBMITTING, iso
from chukyso.evidence.litter import is_litter
from chukyso.evidence.missing import why_missing
from chukyso.evidence.record import (
    CertificateFacts,
    ErrorFacts,
    Figure,
    FigureMatch,
    Receipt,
    RunRecord,
    Step,
    Submission,
)
from chukyso.evidence.result_mail import describe_result_mail
from chukyso.evidence.validation import describe

SCHEMA_VERSION = 1
MANIFEST_FILE = "evidence/manifest.json"
JOURNAL_FILE = "evidence/journal.jsonl"
REPORT_FILE = "evidence/report.html"
SEALED_REPORT_FILE = "evidence/report.pdf"
SANDBOX_ROOT_FILE = "evidence/sandbox-root.pem"
SUPPLEMENTS = "supplements"


def write_manifest(output: Path, record: RunRecord) -> Path:
    """Write the manifest of a finished run, last of all files, and return its path.

    It has no place in a chain; ``chukyso.archive.chain.write_chained_manifest`` gives it one.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``; an incomplete manifest is never left behind.
    """
    path = output / MANIFEST_FILE
    write_whole(path, encode_manifest(manifest_content(output, record)))
    return path


def manifest_content(output: Path, record: RunRecord) -> dict[str, object]:
    """The manifest with its list of files, but for its place in the chain.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL`` when a file cannot be read.
    """
    with reporting_write_errors(output / MANIFEST_FILE):
        files = [describe_file(output, file) for file in evidence_files(output)]
    return to_manifest(record) | {"files": files}


def encode_manifest(content: Mapping[str, object]) -> bytes:
    """The manifest's bytes."""
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


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


def describe_file(output: Path, path: Path) -> dict[str, object]:
    """Path relative to the output directory with slashes, SHA-256, and size in bytes."""
    return {"path": path.relative_to(output).as_posix(), "sha256": sha256(path), "size": path.stat().st_size}


def to_manifest(record: RunRecord) -> dict[str, object]:
    """The manifest without its list of files."""
    taken = {figure.number for figure in record.figures}
    reconciliation = record.reconciliation
    return {
        "schema_version": SCHEMA_VERSION,
        "run": {
            "id": record.run_id,
            "started": iso(record.started),
            "ended": iso(record.ended) if record.ended else None,
            "profile": record.profile,
            "portal": record.portal,
            "rehearsal": record.rehearsal,
            "dry_run": record.dry_run,
        },
        "privacy": record.privacy,
        "outcome": record.outcome.value if record.outcome else None,
        "error": _error(record.error),
        "account": {"tax_code": record.account.tax_code, "unit": record.account.unit or None}
        if record.account
        else None,
        "token": (
            {"serial": record.token.serial, "label": record.token.label, "module": record.token.module}
            if record.token
            else None
        ),
        "host": {
            "product": record.host.product,
            "robot": record.host.robot,
            "python": record.host.python,
            "system": record.host.system,
            "browser": record.host.browser or None,
        },
        "certificates": {
            "registered": _certificate(record.registered_certificate),
            "new": _certificate(record.new_certificate),
            "registered_after": reconciliation.registered_serial if reconciliation else None,
        },
        "validation": describe(record.validation) if record.validation else None,
        "contact": {"email": record.contact.email, "phone": record.contact.phone} if record.contact else None,
        "steps": [_step(step) for step in record.steps],
        "figures": [_figure(figure) for figure in record.figures],
        "missing_figures": [
            {"number": number, "caption": caption, "reason": why_missing(record, number)}
            for number, caption in CAPTIONS.items()
            if number not in taken
        ],
        "submission": _submission(record.submission),
        "receipt": _receipt(record.receipt),
        "reconciliation": (
            {
                "checked": iso(reconciliation.checked),
                "registered_serial": reconciliation.registered_serial,
                "registered": reconciliation.registered.value,
            }
            if reconciliation
            else None
        ),
        "earlier_submission": describe_earlier(record.earlier),
        "result_mail": describe_result_mail(record.result_mail),
        "seal": {"path": SEALED_REPORT_FILE} if record.sealed else None,
        "journal": {
            "path": JOURNAL_FILE,
            "sha256": record.journal_sha256,
            "events": len(record.journal),
            "submitting": next((iso(entry.time) for entry in record.journal if entry.event == SUBMITTING), None),
        },
    }


def _error(error: ErrorFacts | None) -> dict[str, object] | None:
    if error is None:
        return None
    return {
        "code": error.code,
        "family": error.family.value,
        "happened": error.happened,
        "action": error.action,
        "detail": error.detail,
    }


def _certificate(facts: CertificateFacts | None) -> dict[str, object] | None:
    if facts is None:
        return None
    return {
        "serial": facts.serial,
        "owner": facts.owner,
        "tax_code": facts.tax_code,
        "issuer": facts.issuer,
        "valid_from": facts.valid_from,
        "valid_to": facts.valid_to,
        "sha256": facts.sha256 or None,
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "number": step.number,
        "title": step.title,
        "started": iso(step.started),
        "ended": iso(step.ended) if step.ended else None,
        "status": step.status.value,
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {
        "number": figure.number,
        "caption": figure.caption,
        "path": figure.file,
        "sha256": figure.sha256,
        "width": figure.width,
        "height": figure.height,
        "taken": iso(figure.taken),
        "page": figure.page,
        "match": _match(figure.match),
    }


def _match(match: FigureMatch | None) -> dict[str, object] | None:
    if match is None:
        return None
    return {
        "result": match.result.value,
        "structure": match.structure.value,
        "picture": match.picture.value,
        "reason": match.reason or None,
        "structure_difference": list(match.lines),
        "tiles": match.tiles,
        "reference_sha256": match.reference_sha256 or None,
        "reference": match.reference or None,
        "difference": match.difference or None,
    }


def _receipt(receipt: Receipt | None) -> dict[str, object] | None:
    if receipt is None:
        return None
    return {
        "serial": receipt.serial,
        "transaction": receipt.transaction or None,
        "recorded": receipt.recorded or None,
    }


def _submission(submission: Submission | None) -> dict[str, object] | None:
    if submission is None:
        return None
    signature = submission.signature
    return {
        "path": submission.file,
        "sha256": submission.sha256,
        "size": submission.size,
        "signature": {
            "valid": signature.valid,
            "refusal": signature.refusal or None,
            "signer": signature.signer,
            "tax_code": signature.tax_code,
            "certificate_serial": signature.serial,
            "issuer": signature.issuer,
            "algorithm": signature.algorithm,
            "digest": signature.digest,
            "signing_time": signature.signing_time or None,
        },
    }
