"""What is added to the evidence after its run: ``evidence/supplements/0001.json``, ``0002.json``, …

A manifest is never changed: its hash is what the next run's manifest and the seal rely on. What comes later (the result
by e-mail) is described by a supplement, which names its files with their hashes and carries the hash of the manifest,
or of the supplement before it: so none can be changed or taken out of the middle unseen. That the last one was taken
away is known to the register of the installation that added it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from chukyso.archive.ledger import link_of
from chukyso.archive.reading import Kind, Unreadable, digest, list_files, parse_object, read_bytes, read_object
from chukyso.archive.register import note_supplement
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import reporting_write_errors, sync_directory, sync_file
from chukyso.evidence.journal import iso, plain
from chukyso.evidence.litter import is_litter
from chukyso.evidence.manifest import MANIFEST_FILE, describe_file, to_json
from chukyso.evidence.model.manifest import FileFacts
from chukyso.storage.moving import publish_file

SCHEMA_VERSION = 1
SUPPLEMENT_DIRECTORY = "evidence/supplements"
SEAL = "seal"
"""Kind of the supplement that announces a sealed report which the manifest did not."""
_MOST = 9_999


def add_supplement(run: Path, kind: str, files: Sequence[Path], facts: Mapping[str, object]) -> Path:
    """Add to the evidence of a finished run.

    The files must already lie in its ``evidence/``; they are brought to disk before the supplement that names them.
    Two processes may add at once: each gets a number of its own.

    Args:
        run: The run's output directory, which has ``evidence/manifest.json``.
        kind: What this adds, a word, such as ``result-mail``.
        files: The files that were added, absolute or relative to ``run``; may be empty.
        facts: Particulars; reduced to what JSON has. Never a secret.

    Returns:
        The supplement.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when this is no finished run, or a file is not within its evidence;
            ``OUTPUT_DISK_FULL``.
    """
    directory = run / SUPPLEMENT_DIRECTORY
    described = [_describe(run, file) for file in files]
    with reporting_write_errors(directory):
        for file in files:
            sync_file(run / file)
        directory.mkdir(exist_ok=True)
    while True:
        number, previous = _last(run)
        path = directory / f"{number + 1:04}.json"
        content = {
            "schema_version": SCHEMA_VERSION,
            "kind": kind,
            "created": iso(datetime.now(UTC)),
            "previous": previous,
            "files": [to_json(one) for one in described],
            "facts": plain(facts),
        }
        if _publish(path, json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"):
            _note(run, number + 1, path)
            return path


def _note(run: Path, number: int, path: Path) -> None:
    """Tell the register; the supplement stands whether or not that works, so it does not fail here."""
    with suppress(ChukysoError, Unreadable):
        link = link_of(read_object(run / MANIFEST_FILE))
        if link:
            note_supplement(link, number, digest(path))


def supplement_files(run: Path) -> list[Path]:
    """The supplements of a run in their order.

    Raises:
        Unreadable: A number is missing, or something there is no supplement.
    """
    found = list_files(run, "evidence")
    names = sorted(
        name
        for name, entry in found.items()
        if name.startswith(f"{SUPPLEMENT_DIRECTORY}/")
        and not name.endswith(".part")
        and not (entry.kind is Kind.FILE and is_litter(name, entry.size))
    )
    for number, name in enumerate(names, 1):
        if name != f"{SUPPLEMENT_DIRECTORY}/{number:04}.json" or found[name].kind is not Kind.FILE or number > _MOST:
            raise Unreadable(f"{name} where supplement {number:04} should be")
    return [found[name].path for name in names]


def _last(run: Path) -> tuple[int, str]:
    """Number and hash of the last supplement; 0 and the manifest's when there is none."""
    try:
        files = supplement_files(run)
        data = read_bytes(files[-1] if files else run / MANIFEST_FILE)
        parse_object(data)
    except Unreadable as error:
        raise _not_evidence(run, str(error), "không có bản kê hoặc phần bổ sung đọc được") from error
    return len(files), hashlib.sha256(data).hexdigest()


def _describe(run: Path, file: Path) -> FileFacts:
    path = run / file
    inside = path.resolve()
    evidence = (run / "evidence").resolve()
    if path.is_symlink() or not path.is_file() or evidence not in inside.parents:
        raise _not_evidence(run, f"{file} is no file in {evidence}", f"“{file}” không nằm trong evidence/")
    return describe_file(run.resolve(), inside)


def _publish(path: Path, data: bytes) -> bool:
    """Write a file whole under a name that must be free; say whether it was."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with reporting_write_errors(path):
        try:
            with part.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            publish_file(part, path)
        except FileExistsError:
            return False
        finally:
            with suppress(OSError):  # the first error is the one to report
                part.unlink(missing_ok=True)
        sync_directory(path.parent)
    return True


def _not_evidence(run: Path, detail: str, reason: str) -> ChukysoError:
    return ChukysoError(Code.EVIDENCE_UNREADABLE, detail, path=run, reason=reason)
