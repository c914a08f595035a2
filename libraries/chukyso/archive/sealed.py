"""A sealed PDF by itself: it has everything inside that is needed to check it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chukyso.archive.examine_seal import SANDBOX_ROOT, judge_seal
from chukyso.archive.examined import Examined
from chukyso.archive.reading import Unreadable, object_of, read_bytes, read_object
from chukyso.archive.verify import Report
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, SEALED_REPORT_FILE

_LIMIT = 64 << 20
_INSIDE = (MANIFEST_FILE, JOURNAL_FILE, "evidence/submission.xml")


def verify_pdf(pdf: Path, trust: Sequence[Path] = ()) -> Report:
    """Look at a sealed PDF. When it lies in the evidence of its run, its attachments must be the files beside it.

    Args:
        pdf: The PDF.
        trust: PEM files with certificates to believe; the sandbox's root that lies beside it in a rehearsal, too.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when it is no PDF.
    """
    try:
        data = read_bytes(pdf, _LIMIT)
    except Unreadable as error:
        reason = "không phải tệp thường, hoặc quá lớn"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, str(error), path=pdf, reason=reason) from error
    if not data.startswith(b"%PDF-"):
        reason = "không phải tệp PDF"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, "no PDF header", path=pdf, reason=reason)
    examined = Examined(".")
    roots, beside = list(trust), None
    run = pdf.absolute().parent.parent
    if pdf.absolute() == run / SEALED_REPORT_FILE and (run / MANIFEST_FILE).is_file():
        beside = {Path(name).name: run / name for name in _INSIDE if _is_plain(run / name)}
        if _is_rehearsal(run) and _is_plain(run / SANDBOX_ROOT):
            roots.append(run / SANDBOX_ROOT)
    judge_seal(pdf, pdf.name, roots, beside, examined)
    return Report(pdf, (examined,), tuple(examined.findings))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_rehearsal(run: Path) -> bool:
    try:
        return object_of(read_object(run / MANIFEST_FILE), "run").get("rehearsal") is True
    except Unreadable:
        return False
