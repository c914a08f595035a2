"""A directory for the temporary files of the browser and its driver, which they leave behind when they are killed.

It is removed when this process ends. A process that is killed itself leaves its note behind: the next run into the same
output directory removes what the note names. (``chukyso.orphans`` removes the directory of a browser before that.)
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_PREFIX = "chukyso-browser-"
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
"""Environment variables by which programs are told where their temporary files go."""
_LONG = 40  # characters; the name of the socket that Chromium makes below may have 103 on macOS, 107 on Linux


def make_scratch() -> Path:
    """Make the directory."""
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=short_place()))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def note_scratch(directory: Path, note: Path) -> None:
    """Note the directory's name; first remove the one that a run which was killed noted there.

    To be called by whoever has the directory of the note to itself.
    """
    with contextlib.suppress(OSError, UnicodeDecodeError):  # no note, or none of ours: nothing to remove
        noted = Path(note.read_text(encoding="utf-8"))
        if noted.name.startswith(_PREFIX) and noted.parent == Path(short_place()) and noted != directory:
            shutil.rmtree(noted, ignore_errors=True)
    note.write_text(str(directory), encoding="utf-8")
    atexit.register(note.unlink, missing_ok=True)


def noted_scratch(note: Path) -> Path | None:
    """The directory that ``make_scratch`` noted there, if it exists."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        directory = Path(note.read_text(encoding="utf-8"))
        if directory.name.startswith(_PREFIX) and directory.is_dir():
            return directory
    return None


def environment_in_short_place() -> dict[str, str]:
    """This process's environment for a browser that is to start whatever ``TMPDIR`` names.

    That need not exist or can be too long: Python looks elsewhere then, a browser ends at once.
    """
    return {**os.environ, **dict.fromkeys(TEMPORARY, short_place())}


@contextlib.contextmanager
def temporary_files_in(directory: Path, more: Mapping[str, str | None] | None = None) -> Iterator[None]:
    """Let the programs that are started meanwhile put their temporary files there.

    Args:
        directory: Where.
        more: Other environment variables for them; None for what they must not have.
    """
    wanted: dict[str, str | None] = {**dict.fromkeys(TEMPORARY, str(directory)), **(more or {})}
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def short_place() -> str:
    """The system's directory for temporary files, or ``/tmp`` where that one's name is too long for a socket."""
    usual = tempfile.gettempdir()
    return "/tmp" if os.name == "posix" and len(usual) > _LONG else usual  # noqa: S108 - mkdtemp makes it private
