"""Prepares the output directory of a run: sees that it can be written to, and clears earlier evidence away."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.evidence.journal import SUBMITTING, read_entries
from chukyso.evidence.manifest import JOURNAL_FILE
from chukyso.storage.lock import OutputLock
from chukyso.storage.moving import replace_file

EARLIER = "earlier"
_SWEPT = os.path.normcase("pabot_results")  # pabot removes it, whatever is in it, when it starts
_OURS = (
    "figures/figure-*.png",
    "figures/measurements.json*",
    "figures/sights.json*",
    "figures/part-figure-*.png",
    "evidence/manifest.json*",
    "evidence/submission.xml*",
    "evidence/report.html*",
    "evidence/report.pdf*",
    "evidence/journal.jsonl*",
    "evidence/failure.png",
    "evidence/result-mail.eml*",
    "evidence/sandbox-root.pem",
    "evidence/validation/*",
    "evidence/supplements/*",
    "evidence/thumbnails.webp*",
)


def refuse_swept(output: Path) -> None:
    """Refuse a directory that the next start of pabot removes: a submission's evidence would go with it.

    Raises:
        ChukysoError: ``OUTPUT_NOT_KEPT``.
    """
    for path in (Path(os.path.abspath(output)), output.resolve()):  # noqa: PTH100 - with and without links followed
        if _SWEPT in map(os.path.normcase, path.parts):
            raise ChukysoError(Code.OUTPUT_NOT_KEPT, str(path), path=output)


def lock_output(output: Path) -> OutputLock:
    """Make the directory and take it for this run.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE``; ``OPTION_INVALID`` for a name that no other program could be told; else as
            ``prepare_output``.
    """
    _check_name(output)
    with _reporting_unusable(output):
        output.mkdir(parents=True, exist_ok=True)
        return OutputLock(output)


def _check_name(output: Path) -> None:
    """Bytes of a name that are no text: browser and reports are told names as UTF-8."""
    try:
        str(output).encode()
    except UnicodeEncodeError as error:
        encoding, shown = sys.getfilesystemencoding(), os.fsencode(output).decode("utf-8", "backslashreplace")
        reason = f"tên thư mục “{shown}” không phải UTF-8"
        if encoding != "utf-8":
            way = "bỏ PYTHONUTF8=0 hoặc đặt LC_ALL=C.UTF-8"
            reason = f"máy đang dùng bảng mã {encoding} nên không đọc được tên thư mục “{shown}”; {way}"
        raise ChukysoError(Code.OPTION_INVALID, str(error), name="--outputdir", reason=reason) from error


def prepare_output(output: Path) -> Path | None:
    """Make ``figures/`` and ``evidence/``, see that they can be written to, and clear an earlier run's evidence away.

    Only files that a run writes are touched. Evidence of a run that may have submitted something is not deleted but
    moved to ``earlier/<start of that run>/``: it may be the only proof there is.

    Returns:
        Where earlier evidence was moved, or None.

    Raises:
        ChukysoError: ``OUTPUT_NOT_WRITABLE``; ``OUTPUT_DISK_FULL`` when there is no room at all.
    """
    with _reporting_unusable(output):
        for name in ("figures", "evidence"):
            (output / name).mkdir(parents=True, exist_ok=True)
        kept = _clear(output)
        probe = output / "evidence" / "probe"
        write_whole(probe, b"writable\n")
        probe.unlink()
    return kept


def where_evidence_is(output: Path, run: str) -> Path:
    """Where a run's evidence is by now: later runs into the same directory moved it.

    Args:
        output: The run's output directory.
        run: The run's id.
    """
    for place in (output, *sorted((output / EARLIER).glob("*"))):
        with suppress(OSError, ValueError, KeyError, TypeError):
            if any(entry.data.get("run") == run for entry in read_entries(place / JOURNAL_FILE)[:1]):
                return place
    return output


@contextmanager
def _reporting_unusable(output: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ChukysoError) as error:
        if isinstance(error, ChukysoError) and error.code is Code.OUTPUT_IN_USE:
            raise
        cause = error if isinstance(error, OSError) else error.__cause__
        full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        code = Code.OUTPUT_DISK_FULL if full else Code.OUTPUT_NOT_WRITABLE
        raise ChukysoError(code, f"{type(cause).__name__}: {cause}", path=output) from error


def _clear(output: Path) -> Path | None:
    files = [path for pattern in _OURS for path in sorted(output.glob(pattern)) if path.is_file()]
    kept = _place_to_keep(output)
    for path in files:
        if kept is None:
            path.unlink()
        else:
            target = kept / path.relative_to(output)
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, target)
    return kept


def _place_to_keep(output: Path) -> Path | None:
    """Where an earlier run's evidence must go, or None when it proves nothing that matters any more."""
    try:
        entries = read_entries(output / JOURNAL_FILE)
    except (ValueError, KeyError, TypeError):  # a journal that cannot be read may tell anything
        return _free_name(output / EARLIER / "unreadable")
    if not any(entry.event == SUBMITTING for entry in entries):
        return None
    return _free_name(output / EARLIER / f"{entries[0].time:%Y%m%dT%H%M%SZ}")


def _free_name(path: Path) -> Path:
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate
