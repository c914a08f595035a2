"""Making ``evidence/report.pdf``: the report of a finished run, typeset, with attachments, and sealed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chukyso.archive.examine import examine
from chukyso.archive.examine_seal import attachments_of
from chukyso.archive.findings import Level, Problem
from chukyso.archive.links import check_against_register
from chukyso.archive.reading import Unreadable, parse_object, read_object
from chukyso.archive.supplement import SEAL, add_supplement, supplement_files
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.directory import lock_output
from chukyso.evidence.files import reporting_write_errors, write_whole
from chukyso.evidence.guide import TITLE
from chukyso.evidence.journal import read_entries
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, SANDBOX_ROOT_FILE, SEALED_REPORT_FILE, from_json
from chukyso.evidence.model.manifest import Manifest
from chukyso.evidence.submission import SUBMISSION_FILE
from chukyso.report.contents import page_of
from chukyso.report.page import Page, shown
from chukyso.report.source import ReportSource
from chukyso.scratch import noted_scratch
from chukyso.seal.check import check_seal, quiet
from chukyso.seal.facts import SealFacts
from chukyso.seal.key import choose_key, open_worker, validate_key
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.seal.page import REHEARSAL_LINE, REHEARSAL_MARK, seal_words
from chukyso.seal.seal import add_stamp, find_stamps, seal_pdf
from chukyso.signature.presign import ValidationStatus
from chukyso.typeset.document import FileInside, Job, Properties, decode, typeset
from chukyso.typeset.report import report_content

_PLACES: Final = (
    (MANIFEST_FILE, "application/json", "Source", "Dữ liệu của biên bản, có mã băm của mọi tệp bằng chứng"),
    (SUBMISSION_FILE, "application/xml", "Data", "Hồ sơ đã ký, như cổng đã nhận"),
    (JOURNAL_FILE, "application/x-ndjson", "Data", "Nhật ký của lần chạy"),
)


@dataclass(frozen=True)
class SealedReport:
    """What came of sealing a report.

    Attributes:
        path: ``report.pdf``.
        changed: Whether it was written now; False when there was nothing to do.
        stamped: Whether there is a time stamp.
        long_term: Whether revocation data is inside.
        validated: Whether the signer's certificate could be validated at all; False when no roots are known.
        problem: Why there is no time stamp although one was wanted; None otherwise.
    """

    path: Path
    changed: bool
    stamped: bool
    long_term: bool
    validated: bool = True
    problem: ChukysoError | None = None


def seal_report(output: Path, order: SealOrder) -> SealedReport:
    """Make and seal the report of a run whose manifest is on disk. ``report.pdf`` is there when it is sealed, or not.

    Args:
        output: The run's output directory.
        order: With what, and how.

    Raises:
        ChukysoError: ``SEAL_FAILED``, ``PDF_NOT_PRINTED``, ``EVIDENCE_UNREADABLE``, ``OUTPUT_DISK_FULL``; codes of
            token, PIN and certificate. Nothing half-made is left.
    """
    quiet()
    path = output / SEALED_REPORT_FILE
    manifest = read_manifest(output)
    options, now = order.options, datetime.now(UTC)
    with open_worker(options) as worker, ThreadPoolExecutor(max_workers=1, thread_name_prefix="typeset") as pool:
        for figure in manifest.figures:  # while the token is looked at; what goes wrong here shows in the pages
            pool.submit(decode, _picture(output, manifest, figure.path), noted_scratch(output / "run.scratch"))
        chosen = choose_key(worker, options, now)
        typesetting = pool.submit(typeset_report, output, manifest, chosen.certificate, now)
        # Meanwhile: this waits for answers from the network.
        key = validate_key(chosen, options, now)
        stamps = find_stamps(options, key)
        sealed = seal_pdf(typesetting.result(), key, order, stamps=stamps)
        write_whole(path, sealed.data)
    validated = key.validation.standing is not ValidationStatus.NOT_VALIDATED
    return SealedReport(path, True, sealed.stamped, sealed.long_term, validated, sealed.problem)


def typeset_report(output: Path, manifest: Manifest, certificate: Certificate, now: datetime) -> bytes:
    """The report's pages with what is attached to them, not yet sealed.

    Args:
        output: The run's output directory.
        manifest: Its manifest.
        certificate: Whose seal it will be.
        now: The moment, aware.

    Raises:
        ChukysoError: ``PDF_NOT_PRINTED``, ``EVIDENCE_UNREADABLE``, ``OUTPUT_DISK_FULL``.
    """
    try:
        entries = read_entries(output / JOURNAL_FILE)
        page = page_of(ReportSource(manifest, entries, False, lambda name: _picture(output, manifest, name)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        detail = f"{type(error).__name__}: {error}"
        reason = "journal.jsonl thiếu nội dung"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, detail, path=output, reason=reason) from error
    mark = REHEARSAL_LINE if page.rehearsal else ""
    content, pictures = report_content(page, seal_words(certificate, now), mark)
    job = Job("report", content, _properties(manifest, page), now, pictures, _files(output))
    with reporting_write_errors(output / SEALED_REPORT_FILE):
        return typeset(job, noted_scratch(output / "run.scratch"))


def _picture(output: Path, manifest: Manifest, name: str) -> bytes:
    """A picture of the evidence, or nothing when it cannot be read, which the page then says in its place.

    What the manifest does not list is no part of the evidence, wherever a path leads.
    """
    try:
        listed = any(file.path == name for file in manifest.files)
        return (output / name).read_bytes() if listed else b""
    except OSError:
        return b""


def seal_later(output: Path, order: SealOrder) -> SealedReport:
    """Seal a run that was not sealed, add a time stamp to one that has none, and do nothing to any other.

    Args:
        output: The run's output directory.
        order: With what, and how. To add a time stamp no key is needed.

    Raises:
        ChukysoError: As ``seal_report``; ``OUTPUT_IN_USE`` while a run writes there; ``EVIDENCE_UNREADABLE``;
            ``SEAL_REFUSED`` when the evidence is not what its manifest says, or the seal does not hold;
            ``TSA_UNREACHABLE``, ``TSA_ANSWER_INVALID``.
    """
    quiet()
    manifest = read_manifest(output)
    order = _for_run(output, manifest, order)
    lock = lock_output(output)
    try:
        path = output / SEALED_REPORT_FILE
        if path.is_file():
            return _stamp(path, output, order.options)
        _check_unchanged(output)
        if manifest.seal is None and not _announced(output):
            add_supplement(output, SEAL, [], {"path": SEALED_REPORT_FILE})
        return seal_report(output, order)
    finally:
        lock.release()


def _for_run(output: Path, manifest: Manifest, order: SealOrder) -> SealOrder:
    """A rehearsal's evidence was made on this machine: its root lies beside it, and revocation is asked here."""
    if not manifest.run.rehearsal:
        return order
    root = output / SANDBOX_ROOT_FILE
    roots = order.options.roots or (str(root) if root.is_file() else "")
    return replace(order, options=replace(order.options, roots=roots, rehearsal=True))


def _stamp(path: Path, output: Path, options: SealOptions) -> SealedReport:
    roots = [Path(options.roots)] if options.roots else []
    facts = check_seal(path, roots, attachments=attachments_of(output))
    if not facts.holds:
        reason = facts.problems[0].problem.value.vi if facts.problems else "niêm phong không còn nguyên vẹn"
        raise _refused(path, reason, "; ".join(found.problem.name for found in facts.problems))
    if facts.stamped or not options.tsa_url:
        return _as_found(path, facts)
    write_whole(path, add_stamp(path.read_bytes(), options))
    return SealedReport(path, True, True, facts.long_term, bool(roots))


def _as_found(path: Path, facts: SealFacts) -> SealedReport:
    return SealedReport(path, False, facts.stamped is not None, facts.long_term, facts.trusted is not None)


def _announced(output: Path) -> bool:
    """Whether a supplement says already that a sealed report is to follow."""
    with suppress(Unreadable):  # what is wrong with them is for ``evidence verify`` to say
        return any(read_object(path).get("kind") == SEAL for path in supplement_files(output))
    return False


def _check_unchanged(output: Path) -> None:
    """A seal of today says what the evidence is today: so nothing of it may speak against it."""
    run = examine(output, ".")
    check_against_register(run)
    # That there is no sealed report yet is why it is sealed.
    bad = [one for one in run.findings if one.level >= Level.UNREADABLE and one.problem is not Problem.SEAL_MISSING]
    if bad:
        raise _refused(output, bad[0].vietnamese, "; ".join(one.english for one in bad))


def read_manifest(output: Path) -> Manifest:
    """The manifest of a finished run whose report is to be sealed.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE``.
    """
    path = output / MANIFEST_FILE
    try:
        manifest = from_json(parse_object(_read(path)), Manifest)
    except (ValueError, Unreadable) as error:
        raise ChukysoError(
            Code.EVIDENCE_UNREADABLE,
            f"{type(error).__name__}: {error}",
            path=path,
            reason="không đọc được manifest.json",
        ) from error
    if any(Path(file.path).is_absolute() or ".." in Path(file.path).parts for file in manifest.files):
        raise ChukysoError(
            Code.EVIDENCE_UNREADABLE, "a path outside", path=path, reason="manifest.json có đường dẫn ra ngoài"
        )
    return manifest


def _properties(manifest: Manifest, page: Page) -> Properties:
    account = manifest.account.tax_code if manifest.account else ""
    certificate = manifest.certificates.new
    words = ("chữ ký số", "BHXH", account, manifest.outcome.value, manifest.run.id)
    first, *rest = page.title.split(" – ", 1)
    marks = [REHEARSAL_MARK] if page.rehearsal else []
    return Properties(
        title=" – ".join([first, *marks, *rest]),
        author=shown((certificate and certificate.owner) or manifest.host.product),
        subject=TITLE,
        keywords=tuple(shown(word) for word in words if word),
    )


def _files(output: Path) -> list[FileInside]:
    return [
        FileInside(Path(place).name, _read(output / place), kind, relationship, description)
        for place, kind, relationship, description in _PLACES
        if (output / place).is_file()
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ChukysoError(
            Code.EVIDENCE_UNREADABLE, str(error), path=path, reason="thiếu tệp hoặc không đọc được"
        ) from error


def _refused(path: Path, reason: str, detail: str) -> ChukysoError:
    return ChukysoError(Code.SEAL_REFUSED, detail, path=path, reason=reason[:1].lower() + reason[1:].rstrip("."))
