"""Files of the evidence: written whole or not at all, and on disk before the call returns."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from chukyso.errors import ChukysoError, Code
from chukyso.storage.moving import replace_file


@contextlib.contextmanager
def reporting_write_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a failed write into ``OUTPUT_DISK_FULL``."""
    try:
        yield
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_DISK_FULL, f"{type(error).__name__}: {error}", path=path) from error


def write_whole(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file so that a reader finds either all of it or what was there before.

    Args:
        path: The file.
        data: Its content.
        mode: Who may do what with it where the system knows such modes, as far as the umask lets them.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``; nothing half-written is left.
    """
    part = path.with_name(f"{path.name}.part")
    with reporting_write_errors(path):
        try:
            part.unlink(missing_ok=True)  # one that was left behind has another mode
            with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            replace_file(part, path)
        except OSError:
            with contextlib.suppress(OSError):  # the first error is the one to report
                part.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Bring new and renamed entries of a directory to disk; Windows offers no such call and needs none for NTFS."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Bring a file that another process wrote to disk."""
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def sha256(path: Path) -> str:
    """SHA-256 of a file in lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
