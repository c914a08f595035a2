"""The note that replaces evidence removed on purpose: its place in the chain, and no personal data.

``evidence-removed.jsonl`` lies in the directory that was pruned, one JSON object a line. A line has the link and the
hash of the manifest, so the manifests before and after still fit together; the hash gives nothing away, because the
manifest that it was made from has a random number and the hashes of pictures in it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chukyso.archive.ledger import link_of
from chukyso.archive.reading import DIGEST, Unreadable, parse_object, read_bytes, text_of
from chukyso.errors import Outcome
from chukyso.evidence.files import reporting_write_errors, sync_directory
from chukyso.evidence.journal import iso
from chukyso.evidence.model.manifest import Link

TOMBSTONES = "evidence-removed.jsonl"
RETENTION, REPLACED = "retention", "replaced"
"""Why evidence was removed: its time was over, or a later run that found nothing submitted took its directory."""
_REASONS = {RETENTION, REPLACED}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|")
_LIMIT = 32 << 20  # bytes; 80,000 runs


@dataclass(frozen=True)
class Tombstone:
    """What stays of one run.

    Attributes:
        link: Its place in its chain.
        manifest: SHA-256 of its manifest.
        ended: Day on which the run ended, ISO 8601, UTC; "" when its manifest does not say.
        outcome: How it ended; "" when its manifest says something else.
        reason: ``retention`` or ``replaced``.
        removed: When it was removed, ISO 8601; "" for now.
    """

    link: Link
    manifest: str
    ended: str
    outcome: str
    reason: str
    removed: str = ""

    def to_line(self) -> bytes:
        fields = {
            "chain": asdict(self.link),
            "manifest": self.manifest,
            "ended": self.ended,
            "outcome": self.outcome,
            "reason": self.reason,
            "removed": self.removed or iso(datetime.now(UTC)),
        }
        return json.dumps(fields).encode() + b"\n"


def add_tombstone(directory: Path, tombstone: Tombstone) -> None:
    """Append a line that is on disk when this returns; not when it is there already.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    path = directory / TOMBSTONES
    with reporting_write_errors(path):
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if any(known.link == tombstone.link and known.manifest == tombstone.manifest for known in _parse(whole)[0]):
            return
        with path.open("r+b" if path.exists() else "xb") as stream:
            stream.truncate(len(whole))  # a last line that was never finished
            stream.seek(len(whole))
            stream.write(tombstone.to_line())
            stream.flush()
            os.fsync(stream.fileno())
        sync_directory(directory)


def read_tombstones(path: Path) -> tuple[list[Tombstone], int]:
    """The tombstones in a file, and how many lines are none.

    Raises:
        Unreadable: It is no regular file, or larger than 32 MiB.
    """
    return _parse(read_bytes(path, _LIMIT))


def _parse(data: bytes) -> tuple[list[Tombstone], int]:
    found, bad = [], 0
    for line in data.split(b"\n")[:-1]:
        try:
            found.append(_from_json(parse_object(line)))
        except Unreadable:
            bad += 1
    return found, bad


def _from_json(content: Mapping[str, Any]) -> Tombstone:
    link = link_of(content)
    manifest, ended, outcome, reason, removed = (
        text_of(content, name) for name in ("manifest", "ended", "outcome", "reason", "removed")
    )
    known_outcome = outcome in {"", *Outcome}
    if link is None or not DIGEST.fullmatch(manifest) or not _DAY.fullmatch(ended):
        raise Unreadable("malformed")
    if not known_outcome or reason not in _REASONS or len(removed) > 40:
        raise Unreadable("malformed")
    return Tombstone(link, manifest, ended, outcome, reason, removed)
