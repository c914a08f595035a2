"""Verifying the evidence of one run: files, hashes, journal, signature, seal.

Nothing that is in the folder is believed: the manifest says what should be there, the files what is, and whoever wrote
both may be an opponent. What ties the manifest itself down is the chain (``links``) and the seal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from chukyso.archive.examine_journal import check_journal
from chukyso.archive.examine_rehearsal import check_rehearsal, is_rehearsal
from chukyso.archive.examine_seal import check_sealed_report
from chukyso.archive.examine_submission import check_submission
from chukyso.archive.examined import Examined
from chukyso.archive.findings import Problem
from chukyso.archive.ledger import link_of
from chukyso.archive.reading import (
    DIGEST,
    Entry,
    Kind,
    Unreadable,
    digest,
    list_files,
    moment_of,
    object_of,
    parse_object,
    read_bytes,
    read_object,
    text_of,
)
from chukyso.archive.supplement import SEAL, SUPPLEMENT_DIRECTORY
from chukyso.errors import Outcome
from chukyso.evidence.litter import is_litter
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, SEALED_REPORT_FILE
from chukyso.evidence.model.manifest import SCHEMA_VERSION
from chukyso.evidence.validation import VALIDATION_FILE

_REQUIRED = ("run", "host", "certificates", "journal")  # objects
_NULLABLE = ("error", "account", "token", "validation", "contact", "submission", "receipt", "reconciliation")
_LISTS = ("steps", "figures", "missing_figures", "files")
_MOST_SHOWN = 40  # findings about files of one run; more say nothing more


def examine(directory: Path, name: str, trust: tuple[Path, ...] = ()) -> Examined:
    """Look at the evidence of one run. Never raises for what is in it.

    Args:
        directory: The run's output directory.
        name: What to call it.
        trust: PEM files with certificates to believe, besides the sandbox's root in a rehearsal.
    """
    examined = Examined(name)
    try:
        present = list_files(directory, "evidence", "figures")
    except Unreadable as error:
        examined.find(Problem.FOLDER_UNREADABLE, detail=error)
        return examined
    manifest = _read_manifest(present, examined)
    if manifest is None:
        return examined
    hashes = _check_files(present, manifest, examined)
    _check_facts(present, manifest, hashes, examined)
    check_journal(present.get(JOURNAL_FILE), object_of(manifest, "journal"), examined)
    examined.rehearsal = is_rehearsal(manifest, hashes)
    check_submission(directory, manifest, hashes, examined, trust)
    check_sealed_report(present, manifest, hashes, examined, trust)
    check_rehearsal(present, manifest, hashes, examined)
    return examined


def _read_manifest(present: Mapping[str, Entry], examined: Examined) -> dict[str, Any] | None:
    entry = present.get(MANIFEST_FILE)
    if entry is None:
        examined.find(Problem.MANIFEST_MISSING)
        return None
    if entry.kind is not Kind.FILE:
        examined.find(Problem.NOT_A_FILE, path=MANIFEST_FILE, kind=entry.kind)
        return None
    try:
        data = read_bytes(entry.path)
    except Unreadable as error:
        examined.find(Problem.MANIFEST_UNREADABLE, detail=error)
        return None
    return take_manifest(data, examined)


def take_manifest(data: bytes, examined: Examined) -> dict[str, Any] | None:
    """Read a manifest, and note what it says of its run; None, with a finding, when it is none."""
    examined.manifest = sha256(data).hexdigest()
    try:
        manifest = parse_object(data)
    except Unreadable as error:
        examined.find(Problem.MANIFEST_UNREADABLE, detail=error)
        return None
    try:
        _check_shape(manifest)
        examined.link = link_of(manifest)
    except Unreadable as error:
        examined.find(Problem.MANIFEST_MALFORMED, detail=error)
        return None
    if examined.link is None:
        examined.find(Problem.NOT_CHAINED)
    examined.outcome = text_of(manifest, "outcome")
    _check_times(object_of(manifest, "run"), examined)
    return manifest


def _check_shape(manifest: Mapping[str, Any]) -> None:
    """Refuse what is no manifest; the schema in ``docs/`` says more, and this what is relied on here."""
    if manifest.get("schema_version") != SCHEMA_VERSION or type(manifest["schema_version"]) is not int:
        raise Unreadable(f"schema_version is not {SCHEMA_VERSION}")
    for name in _REQUIRED:
        if not isinstance(manifest.get(name), dict):
            raise Unreadable(f"{name} is no object")
    for name in _NULLABLE:
        if name not in manifest or not isinstance(manifest[name], dict | None):
            raise Unreadable(f"{name} is missing or no object")
    for name in _LISTS:
        value = manifest.get(name)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Unreadable(f"{name} is no list of objects")
    if type(manifest["run"].get("rehearsal")) is not bool:
        raise Unreadable("it does not say whether the run was a rehearsal")
    if manifest.get("outcome") not in set(Outcome):
        raise Unreadable("outcome is none")
    check_listed(manifest["files"])


def check_listed(files: list[dict[str, Any]]) -> None:
    """Refuse a list of files in which one is not described by path, hash and size, or is there twice.

    Raises:
        Unreadable: Which one.
    """
    seen: set[str] = set()
    for file in files:
        path, size = text_of(file, "path"), file.get("size")
        parts = path.split("/")
        if not path or "\\" in path or "\0" in path or {"", ".", ".."} & set(parts) or ":" in parts[0]:
            raise Unreadable(f"a path that leads elsewhere: {path[:80]!a}")
        if parts[0] not in {"evidence", "figures"} or path in {MANIFEST_FILE, SEALED_REPORT_FILE}:
            raise Unreadable(f"a path that is none of the evidence: {path[:80]!a}")
        if not DIGEST.fullmatch(text_of(file, "sha256")) or type(size) is not int or size < 0:
            raise Unreadable(f"no hash or size of {path[:80]!a}")
        if path in seen:
            raise Unreadable(f"listed twice: {path[:80]!a}")
        seen.add(path)


def _check_times(run: Mapping[str, Any], examined: Examined) -> None:
    started, examined.ended = moment_of(run, "started"), moment_of(run, "ended")
    if started is None or (examined.ended is None and run.get("ended") is not None):
        examined.find(Problem.MANIFEST_MALFORMED, detail="a time of the run is none")
    elif examined.ended and examined.ended < started:
        examined.find(Problem.CLOCK_RUN)
    if examined.ended and examined.ended > datetime.now(UTC):
        examined.find(Problem.CLOCK_FUTURE, ended=run["ended"])


def _check_files(present: Mapping[str, Entry], manifest: Mapping[str, Any], examined: Examined) -> dict[str, str]:
    """Compare what is there with what should be; return the hashes of the files as they are."""
    listed = {file["path"]: file for file in manifest["files"]}
    later = _check_supplements(present, listed, examined)
    sealed = manifest.get("seal") is not None or examined.sealed_later
    known = {MANIFEST_FILE, *later.pop("", ()), *((SEALED_REPORT_FILE,) if sealed else ())}
    hashes: dict[str, str] = {}
    for path, wanted in {**listed, **later}.items():
        actual = _check_file(path, present.get(path), wanted, examined)
        if actual:
            hashes[path] = actual
    _check_others({path: present[path] for path in sorted(set(present) - set(listed) - set(later) - known)}, examined)
    return hashes


def _check_others(others: Mapping[str, Entry], examined: Examined) -> None:
    """What is there and nobody listed: litter of the operating system, or a change."""
    litter = [path for path, entry in others.items() if _is_litter(path, entry)]
    added = [path for path in others if path not in set(litter)]
    for path in added[:_MOST_SHOWN]:
        if others[path].kind is Kind.FILE:
            examined.find(Problem.FILE_ADDED, path=path)
        else:
            examined.find(Problem.NOT_A_FILE, path=path, kind=others[path].kind)
    for path in litter[:_MOST_SHOWN]:
        examined.find(Problem.SYSTEM_LITTER, path=path)


def _is_litter(path: str, entry: Entry) -> bool:
    return entry.kind is Kind.FILE and is_litter(path, entry.size)


def _check_file(path: str, entry: Entry | None, wanted: Mapping[str, Any], examined: Examined) -> str:
    """Return the hash of a file when it is what it should be."""
    if entry is None:
        examined.find(Problem.FILE_MISSING, path=path)
    elif entry.kind is not Kind.FILE:
        examined.find(Problem.NOT_A_FILE, path=path, kind=entry.kind)
    elif entry.size != wanted["size"]:
        difference = f"{wanted['size']} byte → {entry.size} byte"
        examined.find(Problem.FILE_CHANGED, path=path, what=difference, what_vi=difference)
    else:
        try:
            actual = digest(entry.path)
        except Unreadable as error:
            examined.find(Problem.FILE_CHANGED, path=path, what=error, what_vi="không đọc được")
            return ""
        if actual == wanted["sha256"]:
            return actual
        short = f"SHA-256 {wanted['sha256'][:12]}… → {actual[:12]}…"
        examined.find(Problem.FILE_CHANGED, path=path, what=short, what_vi=short)
    return ""


def _check_supplements(
    present: Mapping[str, Entry], listed: Mapping[str, object], examined: Examined
) -> dict[str, Any]:
    """The files that supplements name, by path; below "" the supplements themselves."""
    found: dict[str, Any] = {"": []}
    previous = examined.manifest
    there = {name: entry for name, entry in present.items() if name.startswith(f"{SUPPLEMENT_DIRECTORY}/")}
    names = sorted(name for name, entry in there.items() if not _is_litter(name, entry))
    for number, name in enumerate(names, 1):
        entry = present[name]
        if name != f"{SUPPLEMENT_DIRECTORY}/{number:04}.json" or entry.kind is not Kind.FILE:
            continue  # said to be added
        found[""].append(name)
        try:
            data = read_bytes(entry.path)
            content = parse_object(data)
            files = _listed_by(content, previous, {*listed, *found})
        except Unreadable as error:
            examined.find(Problem.SUPPLEMENT_BROKEN, path=name, detail=error)
            break
        previous = sha256(data).hexdigest()
        examined.supplements.append(previous)
        if content.get("kind") == SEAL:
            examined.sealed_later = True
            examined.announcing |= set() if files else {number}
        found.update({file["path"]: file for file in files})
    return found


def _listed_by(supplement: Mapping[str, Any], previous: str, before: set[str]) -> list[dict[str, Any]]:
    """The files that a supplement names; refuse what is none, or does not follow what was there before it.

    A file that was listed before keeps the hash that it had then: a supplement adds, it replaces nothing.
    """
    files = supplement.get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise Unreadable("files is no list of objects")
    if supplement.get("schema_version") != 1 or not text_of(supplement, "kind"):
        raise Unreadable("no supplement")
    if supplement.get("previous") != previous:
        raise Unreadable("it does not follow what was there before it")
    check_listed(files)
    if again := next((file["path"] for file in files if file["path"] in before), ""):
        raise Unreadable(f"it names a file that was there before: {again[:80]!a}")
    return files


def _check_facts(
    present: Mapping[str, Entry], manifest: Mapping[str, Any], hashes: Mapping[str, str], examined: Examined
) -> None:
    """What the manifest says twice, it must say alike."""
    listed = {file["path"]: file["sha256"] for file in manifest["files"]}
    validation = object_of(manifest, "validation")
    answers = validation.get("answers")
    said = [*manifest["figures"], *(answers if isinstance(answers, list) else [])]
    said += [part for part in (manifest["submission"], manifest["journal"]) if part]
    for part in said:
        if not isinstance(part, dict) or listed.get(text_of(part, "path")) != part.get("sha256"):
            path = text_of(part, "path") if isinstance(part, dict) else "?"
            examined.find(Problem.FACTS_DIFFER, detail=f"the hash of {path[:80]!a}")
    if VALIDATION_FILE in hashes:
        try:
            same = read_object(present[VALIDATION_FILE].path) == validation
        except Unreadable:
            same = False
        if not same:
            examined.find(Problem.FACTS_DIFFER, detail=f"{VALIDATION_FILE} says something else")
