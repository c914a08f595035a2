"""Verifying a sealed PDF by itself: all that is needed is inside, but for a root certificate to trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from chukyso.archive.basis import outside, weigh
from chukyso.archive.examine import take_manifest
from chukyso.archive.examine_rehearsal import check_rehearsal, is_rehearsal
from chukyso.archive.examine_seal import MAX_PDF, attachments_of, look_at_seal, tell_of_seal
from chukyso.archive.examined import Examined
from chukyso.archive.findings import Finding, Level, Problem
from chukyso.archive.links import check_against_register
from chukyso.archive.reading import Unreadable, digest, object_of, read_bytes, read_object, text_of
from chukyso.archive.verify import Report
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, SANDBOX_ROOT_FILE, SEALED_REPORT_FILE
from chukyso.evidence.submission import SUBMISSION_FILE

_MANIFEST = Path(MANIFEST_FILE).name


def verify_pdf(pdf: Path, trust: Sequence[Path] = ()) -> Report:
    """Look at a sealed PDF. When it lies in the evidence of its run, its attachments must be the files beside it.

    Args:
        pdf: The PDF.
        trust: PEM files with certificates to believe, of which none that lies in the same evidence is used. The
            sandbox's root that lies there is believed in a rehearsal when these do not do.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when it is no PDF.
    """
    try:
        data = read_bytes(pdf, MAX_PDF)
    except Unreadable as error:
        reason = "không phải tệp thường, hoặc quá lớn"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, str(error), path=pdf, reason=reason) from error
    if not data.startswith(b"%PDF-"):
        reason = "không phải tệp PDF"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, "no PDF header", path=pdf, reason=reason)
    examined = Examined(".")
    root, beside, findings = None, None, list[Finding]()
    run = pdf.absolute().parent.parent
    if pdf.absolute() == run / SEALED_REPORT_FILE and (run / MANIFEST_FILE).is_file():
        beside = attachments_of(run)
        root = _root_of_rehearsal(run)
        trust, findings = outside(trust, run)
    facts = look_at_seal(pdf, trust, root, beside, examined)
    _check_inside({each.name: each.data for each in facts.attachments}, pdf.name, examined)
    tell_of_seal(facts, pdf.name, examined)
    check_against_register(examined)
    findings += examined.findings
    if examined.level < Level.UNREADABLE:
        findings += weigh(examined, pdf.name)
    return Report(pdf, (examined,), tuple(findings))


def _check_inside(inside: Mapping[str, bytes], name: str, examined: Examined) -> None:
    """Look at the files inside: a manifest, and what it lists."""
    if _MANIFEST not in inside:
        if examined.seal:
            examined.find(Problem.NO_MANIFEST_INSIDE, path=name)
        return
    manifest = take_manifest(inside[_MANIFEST], examined)
    if manifest is None:
        return
    listed = {file["path"]: file["sha256"] for file in manifest["files"]}
    for path in (JOURNAL_FILE, SUBMISSION_FILE):
        data = inside.get(Path(path).name)
        if listed.get(path) != (sha256(data).hexdigest() if data is not None else None):
            examined.find(Problem.FACTS_DIFFER, detail=f"{path} inside {name} is not that of the manifest inside")
    examined.sealed_later = manifest.get("seal") is None
    examined.rehearsal = is_rehearsal(manifest, listed)
    check_rehearsal({}, manifest, listed, examined)


def _root_of_rehearsal(run: Path) -> Path | None:
    """The sandbox's root beside the PDF, when the manifest there lists it and says that the run was a rehearsal."""
    try:
        manifest = read_object(run / MANIFEST_FILE)
        if object_of(manifest, "run").get("rehearsal") is not True:
            return None
        actual = digest(run / SANDBOX_ROOT_FILE)
    except Unreadable:
        return None
    files = manifest.get("files")
    listed = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    wanted = [text_of(file, "sha256") for file in listed if file.get("path") == SANDBOX_ROOT_FILE]
    return run / SANDBOX_ROOT_FILE if wanted == [actual] else None
