"""The sealed PDF of a run: there when it should be, its seal intact, its attachments the files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chukyso.archive.examined import Examined
from chukyso.archive.findings import Problem
from chukyso.archive.reading import Entry, Kind, object_of
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, SEALED_REPORT_FILE
from chukyso.moment import in_vietnam

SANDBOX_ROOT = "evidence/sandbox-root.pem"
_SUBMISSION = "evidence/submission.xml"
_LIMIT = 64 << 20  # bytes of a PDF; one has about 3,000,000


def check_sealed_report(
    present: Mapping[str, Entry], manifest: Mapping[str, Any], examined: Examined, trust: tuple[Path, ...] = ()
) -> None:
    """Look at ``report.pdf`` of a run whose manifest says that there is one.

    Args:
        present: What is there.
        manifest: The run's manifest.
        examined: Where the seal and the findings go.
        trust: PEM files with certificates to believe. The sandbox's root is believed in a rehearsal, for no other run.
    """
    if manifest.get("seal") is None and not examined.sealed_later:
        return
    entry = present.get(SEALED_REPORT_FILE)
    if entry is None:
        examined.find(Problem.SEAL_MISSING)
    elif entry.kind is not Kind.FILE:
        examined.find(Problem.NOT_A_FILE, path=SEALED_REPORT_FILE, kind=entry.kind)
    elif entry.size > _LIMIT:
        detail = f"larger than {_LIMIT} bytes"
        examined.find(Problem.FILE_CHANGED, path=SEALED_REPORT_FILE, what=detail, what_vi=f"lớn hơn {_LIMIT} byte")
    else:
        roots = list(trust)
        if object_of(manifest, "run").get("rehearsal") is True and _is_file(present, SANDBOX_ROOT):
            roots.append(present[SANDBOX_ROOT].path)
        inside = [MANIFEST_FILE, JOURNAL_FILE, *([_SUBMISSION] if manifest.get("submission") else [])]
        beside = {name.rpartition("/")[2]: present[name].path for name in inside if _is_file(present, name)}
        judge_seal(entry.path, SEALED_REPORT_FILE, roots, beside, examined)


def judge_seal(
    pdf: Path, name: str, roots: Sequence[Path], beside: Mapping[str, Path] | None, examined: Examined
) -> None:
    """Check a seal and tell what was found.

    Args:
        pdf: The PDF; a regular file.
        name: What to call it.
        roots: PEM files with certificates to believe.
        beside: Files that must be inside, by their names there; None when there are none to compare with.
        examined: Where the seal and the findings go.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when a file of ``roots`` cannot be read.
    """
    # Only here: what checks a PDF is slow to import, and most evidence that is looked at may have none.
    from chukyso.seal.check import check_seal  # noqa: PLC0415
    from chukyso.seal.facts import SealProblem  # noqa: PLC0415

    facts = check_seal(pdf, roots, attachments=beside)
    for found in facts.found:
        if found.problem is SealProblem.TRUST_UNKNOWN:
            examined.find(Problem.SEAL_OF_NOBODY, path=name)
            continue
        words = found.problem.value
        problem = Problem.SEAL_BROKEN if words.breaks else Problem.SEAL_REMARK
        examined.find(problem, path=name, vi=words.vi, en=words.en, detail=found.detail)
    if not facts.intact and not facts.problems:
        words_vi, words_en = "không còn nguyên vẹn.", "it is not intact."
        examined.find(Problem.SEAL_BROKEN, path=name, vi=words_vi, en=words_en, detail="")
    if facts.signer:
        stamp = f", {in_vietnam(facts.stamped)} ({facts.authority})" if facts.stamped else ""
        examined.seal = f"{'' if facts.intact else 'KHÔNG ĐÚNG: '}{facts.signer}{stamp}"


def _is_file(present: Mapping[str, Entry], name: str) -> bool:
    return name in present and present[name].kind is Kind.FILE
