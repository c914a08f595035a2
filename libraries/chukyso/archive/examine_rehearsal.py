"""Checking that all places in the evidence agree on whether the run was a rehearsal.

The manifest says which it was (``run.rehearsal``), and so do the name of its chain, the sandbox's root beside it, the
names of the sandbox's authority in every certificate, the portal's address, and the sentence at the top of the report.
Whoever passes a rehearsal off as a real run has to change them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import escape

from chukyso.archive.examined import Examined
from chukyso.archive.findings import Problem
from chukyso.archive.ledger import chain_name
from chukyso.archive.reading import Entry, Unreadable, object_of, read_bytes, text_of
from chukyso.evidence.manifest import REPORT_FILE, SANDBOX_ROOT_FILE
from chukyso.loopback import is_local
from chukyso.report.words import REHEARSAL_BANNER

SANDBOX_NAME = "sandbox"
"""How the common names of the sandbox's authorities begin (in any case), and the name of its profile."""
_LIMIT = 64 << 20  # bytes of a report; one has about 2,000,000


def is_rehearsal(manifest: Mapping[str, Any], hashes: Mapping[str, str]) -> bool:
    """Whether a run was a rehearsal. One that ended before it could note where it went has the sandbox's root at most.

    Args:
        manifest: The run's manifest.
        hashes: The files that are as they should be, by their paths.
    """
    said = object_of(manifest, "run").get("rehearsal") is True
    return said or (not _is_noted(manifest) and SANDBOX_ROOT_FILE in hashes)


def check_rehearsal(
    present: Mapping[str, Entry], manifest: Mapping[str, Any], hashes: Mapping[str, str], examined: Examined
) -> None:
    """Look whether all places agree.

    Args:
        present: What is there, as far as it can be read.
        manifest: The run's manifest.
        hashes: The files that are as they should be, by their paths.
        examined: What is known of signature and seal, and where findings go.
    """
    run = object_of(manifest, "run")
    said = run.get("rehearsal") is True
    report = _report(present, hashes, examined)
    found = list(
        _of_a_rehearsal(manifest, hashes, report, examined)
        if said
        else _of_a_real_run(manifest, hashes, report, examined)
    )
    for vietnamese, english in found:
        examined.find(
            Problem.REHEARSAL_DENIED,
            said="that it was one" if said else "that it was none",
            said_vi="là diễn tập" if said else "không phải diễn tập",
            what=english,
            what_vi=vietnamese,
        )
    portal = text_of(run, "portal")
    if report and portal and str(escape(portal)) not in report:
        examined.find(Problem.FACTS_DIFFER, detail=f"{REPORT_FILE} does not name the portal {portal[:80]!a}")
    if not said and not found and _is_this_machine(portal):
        examined.find(Problem.PORTAL_ON_THIS_MACHINE, portal=portal[:80])


Places = Iterator[tuple[str, str]]


def _of_a_rehearsal(manifest: Mapping[str, Any], _hashes: Mapping[str, str], report: str, examined: Examined) -> Places:
    portal = text_of(object_of(manifest, "run"), "portal")
    if portal and not _is_this_machine(portal):
        yield f"cổng {portal[:80]} không nằm trên máy đã chạy", f"the portal {portal[:80]} was not on that machine"
    if report and REHEARSAL_BANNER not in report:
        yield f"{REPORT_FILE} không nói điều đó", f"{REPORT_FILE} does not say so"
    yield from _chained(manifest, examined, rehearsal=True)


def _of_a_real_run(manifest: Mapping[str, Any], hashes: Mapping[str, str], report: str, examined: Examined) -> Places:
    if not _is_noted(manifest):  # it ended before it knew where it went; then it has submitted nothing
        if manifest["submission"] is not None:
            yield "có hồ sơ đã ký mà không có cổng", "there is a signed document, and no portal"
        return
    if SANDBOX_ROOT_FILE in hashes:
        yield "có chứng thư số gốc của sandbox", "the sandbox's root is there"
    if text_of(object_of(manifest, "run"), "profile") == SANDBOX_NAME:
        yield "cấu hình là sandbox", "the profile is the sandbox's"
    sealer = examined.seal.issuer if examined.seal else ""
    for issuer, vietnamese, english in (
        (examined.signature_issuer, "chứng thư số đã ký hồ sơ", "the certificate that signed"),
        (sealer, "chứng thư số niêm phong", "the certificate that sealed"),
    ):
        if issuer.lower().startswith(SANDBOX_NAME):
            yield f"{vietnamese} là do sandbox cấp ({issuer[:80]})", f"{english} is the sandbox's ({issuer[:80]})"
    if REHEARSAL_BANNER in report:
        yield f"{REPORT_FILE} nói là diễn tập", f"{REPORT_FILE} says that it was one"
    yield from _chained(manifest, examined, rehearsal=False)


def _chained(manifest: Mapping[str, Any], examined: Examined, *, rehearsal: bool) -> Places:
    wanted = chain_name(text_of(object_of(manifest, "run"), "profile"), rehearsal=rehearsal)
    if examined.link and examined.link.id.rpartition("-")[0] != wanted:
        chain = examined.link.id
        yield f"lần chạy nằm trong chuỗi {chain}", f"the run is in the chain {chain}"


def _is_noted(manifest: Mapping[str, Any]) -> bool:
    """Whether the run came so far that it noted its profile and portal."""
    return bool(text_of(object_of(manifest, "run"), "profile"))


def _report(present: Mapping[str, Entry], hashes: Mapping[str, str], examined: Examined) -> str:
    if REPORT_FILE not in hashes or REPORT_FILE not in present:
        return ""
    try:
        return read_bytes(present[REPORT_FILE].path, _LIMIT).decode("utf-8", "replace")
    except Unreadable as error:
        examined.find(Problem.FACTS_DIFFER, detail=f"{REPORT_FILE}: {error}")
        return ""


def _is_this_machine(address: str) -> bool:
    try:
        return is_local(address)
    except ValueError:
        return False
