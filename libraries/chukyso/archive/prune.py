"""``chukyso evidence prune``: remove evidence that is past its retention, and keep the chain provable.

What goes is everything of the run that has personal data: evidence, figures, and Robot's own files beside them. What
stays is a tombstone (``tombstone``) and a line in the register. Each run goes as a whole: what is about to be done is
noted on disk first, its files leave their place by renaming, and a removal that was interrupted is finished by the next
one. Files are unlinked, not overwritten.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chukyso.archive.examined import Examined
from chukyso.archive.findings import Level
from chukyso.archive.ledger import link_of, read_register
from chukyso.archive.links import Extent, check_chains
from chukyso.archive.parallel import Progress
from chukyso.archive.reading import Unreadable, digest, parse_object, read_bytes, text_of
from chukyso.archive.register import note_removed
from chukyso.archive.tombstone import RETENTION, TOMBSTONES, Tombstone, add_tombstone
from chukyso.archive.verify import PRUNING, examine_all, find_runs
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import reporting_write_errors, sync_directory, write_whole
from chukyso.evidence.litter import APPLE_DOUBLE, SYNOLOGY_INDEX, is_litter
from chukyso.evidence.manifest import MANIFEST_FILE
from chukyso.evidence.model.manifest import Link
from chukyso.moment import to_utc
from chukyso.storage.lock import LOCK_FILE, holding
from chukyso.storage.moving import move

_NOTE = "removing.json"
_TRASH = "trash"
_EVIDENCE = ("evidence", "figures")
# What a run leaves beside its evidence, all of which may name the account.
_BESIDE = (
    "log.html",
    "report.html",
    "output.xml",
    "xunit.xml",
    "debug.log",
    "playwright-log.txt",
    "browser",
    "run.scratch",
    "earlier",
)


@dataclass(frozen=True)
class Old:
    """A run whose time is over.

    Attributes:
        run: Its directory, relative to the one that is pruned.
        ended: When it ended.
        link: Its place in its chain, if it has one.
        manifest: SHA-256 of its manifest.
        outcome: How it ended.
        keep_because: Why it is not removed, Vietnamese and English; None when it is.
    """

    run: str
    ended: datetime
    link: Link | None
    manifest: str
    outcome: str
    keep_because: tuple[str, str] | None = None


def plan(
    directory: Path,
    before: datetime,
    *,
    force: bool = False,
    jobs: int = 2,
    progress: Progress | None = None,
) -> list[Old]:
    """Find the runs that ended before a moment, each with the reason when it is not to be removed. Changes nothing.

    Kept are, unless forced: runs whose outcome is unknown (their evidence may be the only proof of a submission), those
    that do not verify, and those whose removal nobody could prove because their chain's register is not here.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE``.
    """
    found = find_runs(directory)
    runs = examine_all(directory, found.runs, (), jobs, progress)
    for finding in check_chains(runs, (), directory.resolve(), Extent.FOUND):
        next((run for run in runs if run.run == finding.run), Examined("")).findings.append(finding)
    return [_judge(run, run.ended, force=force) for run in runs if run.ended and run.ended < before]


def _judge(run: Examined, ended: datetime, *, force: bool) -> Old:
    keep_because = None if force and run.manifest else _reason_to_keep(run)
    return Old(run.run, ended, run.link, run.manifest, run.outcome, keep_because)


def _reason_to_keep(run: Examined) -> tuple[str, str] | None:
    if run.outcome == Outcome.UNKNOWN:
        return "kết quả chưa rõ (unknown), có thể là bằng chứng duy nhất", "its outcome is unknown"
    bad = next((finding for finding in run.findings if finding.level >= Level.UNREADABLE), None)
    if bad:
        return f"bằng chứng không còn nguyên vẹn: {bad.vietnamese}", f"it does not verify: {bad.english}"
    if run.link is None:
        return "không nằm trong chuỗi nào, sẽ không chứng minh được việc xóa", "it is in no chain"
    try:
        known = read_register(run.link.id)
    except Unreadable:
        known = None
    if known is None or run.link.sequence not in known.runs:
        return "máy này không có sổ của chuỗi, hãy xóa từ máy đã chạy", "its chain's register is not on this machine"
    return None


def remove(directory: Path, old: Iterable[Old], tell: Callable[[Old], None] | None = None) -> list[str]:
    """Remove what ``plan`` found and does not keep, run by run; finish first what was interrupted.

    Args:
        directory: As for ``plan``.
        old: What it returned.
        tell: Called after each run that was removed.

    Returns:
        What was left in the runs' directories because no run writes it, relative to ``directory``.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE`` when another process prunes here; ``OUTPUT_NOT_WRITABLE``; ``CHAIN_NOT_WRITTEN``
            and ``OUTPUT_DISK_FULL``, after which the run in question is still whole or is finished next time.
    """
    left: list[str] = []
    with holding(directory):
        _finish(directory)
        for run in old:
            if run.keep_because is None:
                left += _remove_unchanged(directory, run)
                if tell:
                    tell(run)
    return left


def finish(directory: Path) -> bool:
    """Finish a removal that was interrupted; say whether there was one. Raises as ``remove``."""
    if not (directory / PRUNING).is_dir():
        return False
    with holding(directory):
        _finish(directory)
    return True


def _remove_unchanged(directory: Path, run: Old) -> list[str]:
    """Remove a run that is still the one that was looked at: a new one may have begun in its directory."""
    place = directory / run.run
    with holding(place) if place != directory else nullcontext():
        try:
            is_same = digest(place / MANIFEST_FILE) == run.manifest
        except Unreadable:
            return []
        left = _remove(directory, run) if is_same else []
        _leave(place, directory)
    _leave(place, directory)
    return left


def _leave(place: Path, directory: Path) -> None:
    """Remove the directory of a run, once nothing but its lock's file is in it.

    Windows lets nobody remove a file that is open, so this is tried while the lock is held, and once more after that;
    elsewhere it works the first time, and no run begins in between.
    """
    if place == directory or not place.is_dir() or any(path.name != LOCK_FILE for path in place.iterdir()):
        return
    with suppress(OSError):
        (place / LOCK_FILE).unlink(missing_ok=True)
        place.rmdir()


def _remove(directory: Path, run: Old) -> list[str]:
    place = directory / run.run
    items, left = _items(place)
    note = {
        "items": [path.relative_to(directory).as_posix() for path in items],
        "chain": asdict(run.link) if run.link else None,
        "manifest": run.manifest,
        "ended": to_utc(run.ended).date().isoformat(),
        "outcome": run.outcome,
    }
    with reporting_write_errors(directory / PRUNING):
        (directory / PRUNING).mkdir(exist_ok=True)
        sync_directory(directory)
    write_whole(directory / PRUNING / _NOTE, json.dumps(note).encode())
    try:
        _note_in_register(run.link, run.manifest)
    except ChukysoError:
        _clean(directory)  # nothing was touched
        raise
    _carry_out(directory, note)
    return [path.relative_to(directory).as_posix() for path in left]


def _items(place: Path) -> tuple[list[Path], list[Path]]:
    """What of a run's directory goes, the evidence first, and what stays. The lock's file is open: it goes last."""
    entries = sorted(place.iterdir())
    nested = {path for path in find_runs(place).runs if path != place}
    holds = {path for path in entries if any(path == below or path in below.parents for below in nested)}
    ours = [place / name for name in (*_EVIDENCE, *_BESIDE)]
    going = [path for path in ours if path in entries and path not in holds]
    going += [path for path in entries if path not in holds and _is_left_by_system(path, {*going})]
    staying = [path for path in entries if path not in going and path not in holds]
    return going, [path for path in staying if path.name not in {PRUNING, TOMBSTONES, LOCK_FILE}]


def _is_left_by_system(path: Path, going: set[Path]) -> bool:
    """Whether the operating system left something for what goes: names and small pictures of the run are in it."""
    if path.is_symlink():
        return False
    if path.is_dir():
        return path.name == SYNOLOGY_INDEX
    companion = path.with_name(path.name.removeprefix(APPLE_DOUBLE))
    stays = companion != path and companion.exists() and companion not in going
    return path.is_file() and is_litter(path.name, path.stat().st_size) and not stays


def _note_in_register(link: Link | None, manifest: str) -> None:
    if link is None:
        return
    try:
        known = read_register(link.id)
    except Unreadable:
        return
    if known is not None and link.sequence not in known.removed:
        note_removed(link, manifest, RETENTION)


def _finish(directory: Path) -> None:
    if not (directory / PRUNING).is_dir():
        return
    try:
        note = parse_object(read_bytes(directory / PRUNING / _NOTE))
        link = link_of(note)
        items = _safe_items(note)
    except Unreadable:  # noted whole before anything was done, and removed after everything was
        _clean(directory)
        return
    _note_in_register(link, text_of(note, "manifest"))
    _carry_out(directory, {**note, "items": items})
    for place in {(directory / item).parent for item in items} - {directory}:
        if place.is_dir():
            with suppress(ChukysoError):  # a new run has begun there
                with holding(place):
                    _leave(place, directory)
                _leave(place, directory)


def _safe_items(note: dict[str, Any]) -> list[str]:
    """The note lies where others may write: it must not make us remove anything else."""
    items = note.get("items")
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise Unreadable("no items")
    for item in items:
        path = Path(item)
        if path.is_absolute() or path.drive or ".." in path.parts or not path.parts or PRUNING in path.parts:
            raise Unreadable("an item elsewhere")
    return items


def _carry_out(directory: Path, note: dict[str, Any]) -> None:
    """Everything from here on may be done again from its beginning."""
    link = link_of(note)
    if link:
        stone = Tombstone(link, text_of(note, "manifest"), text_of(note, "ended"), text_of(note, "outcome"), RETENTION)
        add_tombstone(directory, stone)
    trash = directory / PRUNING / _TRASH
    with reporting_write_errors(directory):
        trash.mkdir(exist_ok=True)
        for number, item in enumerate(note["items"]):
            source = directory / item
            if (source.is_symlink() or source.exists()) and not (trash / str(number)).exists():
                move(source, trash / str(number))
                sync_directory(source.parent)
    _clean(directory)


def _clean(directory: Path) -> None:
    with reporting_write_errors(directory / PRUNING):
        trash = directory / PRUNING / _TRASH
        if trash.exists():
            shutil.rmtree(trash)
        (directory / PRUNING / _NOTE).unlink(missing_ok=True)
        shutil.rmtree(directory / PRUNING)
        sync_directory(directory)


def total(old: Sequence[Old]) -> tuple[int, int]:
    """How many go, and how many are kept."""
    going = sum(run.keep_because is None for run in old)
    return going, len(old) - going


def moment_before(now: datetime, age: str) -> datetime:
    """The moment that lies an age before now.

    Args:
        now: Aware.
        age: ``5y`` (calendar years) or ``400d``.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    number, unit = age[:-1], age[-1:]
    if number.isascii() and number.isdigit() and 0 < int(number) < 100_000 and unit in {"y", "d"}:
        try:
            return _earlier(now, int(number), unit)
        except (ValueError, OverflowError):
            pass
    raise ChukysoError(Code.OPTION_INVALID, age, name="--older-than", reason="phải có dạng 5y (năm) hoặc 400d (ngày)")


def _earlier(now: datetime, number: int, unit: str) -> datetime:
    if unit == "d":
        return now - timedelta(days=number)
    leap = now.month == 2 and now.day == 29
    return now.replace(year=now.year - number, day=28 if leap else now.day)
