"""A run's place in its chain: each manifest carries the hash of the one before.

So a run that was taken out is missed by the next one, and the last one by the register. See
``docs/decisions/0015-evidence-chain.md``.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from chukyso.archive.ledger import chain_name, link_of, register_path
from chukyso.archive.reading import Unreadable, object_of, parse_object, read_bytes, read_object, text_of
from chukyso.archive.register import note_removed, opened
from chukyso.archive.tombstone import REPLACED, Tombstone, add_tombstone
from chukyso.errors import ChukysoError, Outcome
from chukyso.evidence.files import write_whole
from chukyso.evidence.journal import iso
from chukyso.evidence.manifest import MANIFEST_FILE, encode, make_manifest
from chukyso.evidence.model.manifest import Link
from chukyso.evidence.record import RunRecord


def write_chained_manifest(output: Path, record: RunRecord) -> Path:
    """Write the manifest of a finished run with its link, tell the register, and return its path.

    Other runs that end at the same time wait for each other here, some milliseconds. When the register cannot be used,
    the manifest is written all the same, without a link: the evidence of this run comes first.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL`` when there is no manifest; ``CHAIN_NOT_WRITTEN`` when there is one, but the
            register does not know it (one that was announced is added by the next run).
    """
    path = output / MANIFEST_FILE
    manifest = make_manifest(output, record)
    try:
        with opened(chain_name(record.profile, rehearsal=record.rehearsal)) as register:
            link = register.next()
            data = encode(replace(manifest, chain=link))
            line = register.announce(
                link, hashlib.sha256(data).hexdigest(), iso(record.ended or record.started), output
            )
            try:
                write_whole(path, data)
            except ChukysoError:
                register.withdraw()
                raise
            register.add_run(line)
    except ChukysoError:
        if not _written(path, record.id):
            write_whole(path, encode(replace(manifest, chain=None)))
        raise
    return path


def _written(path: Path, run: str) -> bool:
    """Whether the manifest of this very run is there."""
    try:
        return object_of(read_object(path), "run").get("id") == run
    except Unreadable:
        return False


@dataclass(frozen=True)
class Earlier:
    """Evidence that lies where a new run is about to begin.

    Attributes:
        link: Its place in its chain.
        manifest: SHA-256 of its manifest.
        ended: When that run ended, as its manifest says.
        outcome: How.
    """

    link: Link
    manifest: str
    ended: str
    outcome: str


def settle_earlier(output: Path) -> Earlier | None:
    """Look at the evidence that an earlier run left here, before a new one clears it away.

    When that run was killed before the register knew of it, the register learns of it now. Never fails: what cannot be
    read has no place in a chain that could be noted.
    """
    with suppress(Unreadable, ChukysoError):
        data = read_bytes(output / MANIFEST_FILE)
        content = parse_object(data)
        link = link_of(content)
        path = register_path(link.id) if link else None
        if link and path and path.is_file():
            with opened(path.stem):  # opening it is what settles it
                pass
        if link:
            run = content.get("run")
            ended = text_of(run, "ended") if isinstance(run, dict) else ""
            return Earlier(link, hashlib.sha256(data).hexdigest(), ended, text_of(content, "outcome"))
    return None


def note_replaced(output: Path, earlier: Earlier) -> None:
    """Note that a run's evidence is gone because a later run took its directory.

    Raises:
        ChukysoError: ``CHAIN_NOT_WRITTEN``, ``OUTPUT_DISK_FULL``.
    """
    if (output / MANIFEST_FILE).exists():  # it was not cleared away
        return
    outcome = earlier.outcome if earlier.outcome in set(Outcome) else ""
    add_tombstone(output, Tombstone(earlier.link, earlier.manifest, earlier.ended[:10], outcome, REPLACED))
    note_removed(earlier.link, earlier.manifest, REPLACED)
