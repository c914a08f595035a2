"""Checking the sealed PDF of a run: present when announced, seal intact, attachments equal to the files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chukyso.archive.examined import Examined, Root, Sealing
from chukyso.archive.findings import Problem
from chukyso.archive.reading import Entry, Kind, is_regular
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, SANDBOX_ROOT_FILE, SEALED_REPORT_FILE
from chukyso.evidence.submission import SUBMISSION_FILE

if TYPE_CHECKING:
    from chukyso.seal.facts import SealFacts

MAX_PDF = 64 << 20
"""Largest PDF that is read, in bytes; one has about 3,000,000."""


def attachments_of(run: Path) -> dict[str, Path]:
    """The files of a run that are inside its sealed report, by their names there."""
    places = [run / name for name in (MANIFEST_FILE, JOURNAL_FILE, SUBMISSION_FILE)]
    return {place.name: place for place in places if is_regular(place)}


def check_sealed_report(
    present: Mapping[str, Entry],
    manifest: Mapping[str, Any],
    hashes: Mapping[str, str],
    examined: Examined,
    trust: Sequence[Path] = (),
) -> None:
    """Look at ``report.pdf`` of a run whose manifest says that there is one.

    Args:
        present: What is there.
        manifest: The run's manifest.
        hashes: The files that are as they should be, by their paths.
        examined: Where the seal and the findings go.
        trust: PEM files with certificates to believe. The sandbox's root that lies in the evidence is believed in a
            rehearsal, for no other run, and only when these do not do; ``examined.seal.root`` says so.
    """
    if manifest.get("seal") is None and not examined.sealed_later:
        return
    entry = present.get(SEALED_REPORT_FILE)
    if entry is None:
        examined.find(Problem.SEAL_MISSING)
    elif entry.kind is not Kind.FILE:
        examined.find(Problem.NOT_A_FILE, path=SEALED_REPORT_FILE, kind=entry.kind)
    elif entry.size > MAX_PDF:
        detail = f"larger than {MAX_PDF} bytes"
        examined.find(Problem.FILE_CHANGED, path=SEALED_REPORT_FILE, what=detail, what_vi=f"lớn hơn {MAX_PDF} byte")
    else:
        root = present[SANDBOX_ROOT_FILE].path if examined.rehearsal and SANDBOX_ROOT_FILE in hashes else None
        inside = [MANIFEST_FILE, JOURNAL_FILE, *([SUBMISSION_FILE] if manifest.get("submission") else [])]
        beside = {name.rpartition("/")[2]: present[name].path for name in inside if _is_file(present, name)}
        facts = look_at_seal(entry.path, trust, root, beside, examined)
        tell_of_seal(facts, SEALED_REPORT_FILE, examined)


def look_at_seal(
    pdf: Path, trust: Sequence[Path], inside: Path | None, beside: Mapping[str, Path] | None, examined: Examined
) -> SealFacts:
    """Check a seal, and note it.

    Args:
        pdf: The PDF; a regular file.
        trust: PEM files with certificates to believe.
        inside: PEM file with a root that lies in the evidence, to believe when those of ``trust`` do not do.
        beside: Files that must be inside, by their names there; None when there are none to compare with.
        examined: Where the seal goes.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when a file of ``trust`` cannot be read.
    """
    # Only here: what checks a PDF is slow to import, and most evidence that is looked at may have none.
    from chukyso.seal.check import check_seal  # noqa: PLC0415

    facts = check_seal(pdf, trust, attachments=beside)
    root = Root.GIVEN if facts.trusted else Root.NONE
    if inside and not facts.trusted:
        facts = check_seal(pdf, [*trust, inside], attachments=beside)
        root = Root.INSIDE if facts.trusted else Root.NONE
    if facts.signer:
        examined.seal = Sealing(
            facts.signer, facts.issuer, facts.moment, facts.stamped, facts.authority, facts.holds, root
        )
    return facts


def tell_of_seal(facts: SealFacts, name: str, examined: Examined) -> None:
    """Tell what was found about a seal.

    Args:
        facts: What was found.
        name: What to call the PDF.
        examined: Where the findings go.
    """
    from chukyso.seal.facts import SealProblem  # noqa: PLC0415 - as above

    strangers = {SealProblem.SIGNER_UNTRUSTED, SealProblem.TIMESTAMP_UNTRUSTED}
    for found in facts.found:
        if found.problem is SealProblem.TRUST_UNKNOWN:
            examined.find(Problem.SEAL_OF_NOBODY, path=name)
            continue
        words = found.problem.value
        if found.problem in strangers:
            problem = Problem.SEAL_UNTRUSTED
        else:
            problem = Problem.SEAL_BROKEN if words.breaks else Problem.SEAL_REMARK
        examined.find(problem, path=name, vi=words.vi, en=words.en, detail=found.detail)
    if not facts.intact and not facts.problems:
        words_vi, words_en = "không còn nguyên vẹn.", "it is not intact."
        examined.find(Problem.SEAL_BROKEN, path=name, vi=words_vi, en=words_en, detail="")


def _is_file(present: Mapping[str, Entry], name: str) -> bool:
    return name in present and present[name].kind is Kind.FILE
