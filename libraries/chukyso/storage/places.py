"""Directories that a run writes in: what it remembers, temporary files, output. Tried out as the run will use them."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.scratch import TEMPORARY, short_place
from chukyso.state import state_directory
from chukyso.storage.lock import OutputLock

_REASONS: Final[Mapping[int, str]] = {
    errno.ENOSPC: "ổ đĩa đầy",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.EACCES: "không có quyền ghi",
    errno.EPERM: "không có quyền ghi",
    errno.ENOTDIR: "đó không phải thư mục",
    errno.EEXIST: "đó không phải thư mục",
    errno.ENOENT: "không tạo được thư mục ở đó",
    errno.ENOLCK: "ổ đĩa này không khóa được tệp",
    errno.ENAMETOOLONG: "tên quá dài",
}


def try_place(directory: Path) -> int:
    """Do in a directory what a run does: make, write, rename, lock, remove. Nothing of it stays, nor its time.

    A directory that is not there yet is tried in the nearest one above it.

    Returns:
        Bytes that are free there.

    Raises:
        OSError: One of these cannot be done.
    """
    place = next(each for each in (directory, *directory.parents) if os.path.lexists(each))
    before = place.stat()
    made = Path(tempfile.mkdtemp(prefix=".chukyso-", dir=place))
    again = partial(shutil.rmtree, made, ignore_errors=True)
    atexit.register(again)  # Ctrl-C may break off what removes it here
    try:
        written = made / "written"
        written.write_bytes(b"writable\n")
        written.replace(made / "renamed")
        OutputLock(made).release()
    finally:
        shutil.rmtree(made)
    atexit.unregister(again)
    with suppress(OSError):  # somebody else's directory in which everybody may write
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    return shutil.disk_usage(place).free


def check_state() -> int:
    """See that what must outlive a run can be written down; return the bytes that are free there.

    Raises:
        ChukysoError: ``STATE_NOT_WRITABLE``.
    """
    path = state_directory()
    try:
        return try_place(path)
    except OSError as error:
        raise ChukysoError(Code.STATE_NOT_WRITABLE, _detail(error), path=path, reason=reason_of(error)) from error


def check_temporary() -> int:
    """See that temporary files can be written; return the bytes that are free there.

    Raises:
        ChukysoError: ``TEMP_NOT_WRITABLE``.
    """
    try:
        return try_place(Path(short_place()))
    except OSError as error:
        path = os.environ.get(next(filter(os.environ.get, TEMPORARY), ""), "")
        reason = "không có thư mục nào dùng được" if isinstance(error, FileNotFoundError) else reason_of(error)
        raise ChukysoError(Code.TEMP_NOT_WRITABLE, _detail(error), path=path or "(TMPDIR)", reason=reason) from error


def settle_temporary() -> str:
    """Let programs that are started put their temporary files where Python puts its own.

    Python passes over a directory that ``TMPDIR`` names and that cannot be used; a browser does not start.

    Returns:
        A sentence for the operator when a variable was wrong, else "".
    """
    wrong = wrong_temporary()
    if not wrong:
        return ""
    with suppress(FileNotFoundError):  # no place at all, which ``check_temporary`` tells
        os.environ.update(dict.fromkeys(wrong, tempfile.gettempdir()))
    settings = ", ".join(f"{name}={given}" for name, given in wrong.items())
    return f"{settings}: không dùng được làm thư mục tệp tạm; chương trình dùng nơi khác."


def wrong_temporary() -> dict[str, str]:
    """Return the variables that name a directory for temporary files which cannot be used, with what they name."""
    return {name: given for name in TEMPORARY if (given := os.environ.get(name)) and not _usable(given)}


def reason_of(error: OSError) -> str:
    """Why something could not be written, Vietnamese."""
    return _REASONS.get(error.errno or 0, f"lỗi {type(error).__name__}")


def _usable(directory: str) -> bool:
    try:
        return Path(directory).is_dir() and try_place(Path(directory)) >= 0
    except OSError:
        return False


def _detail(error: OSError) -> str:
    return f"{type(error).__name__}: {error}"
