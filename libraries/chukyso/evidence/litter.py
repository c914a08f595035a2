"""Recognises files that operating systems leave in folders, such as ``Thumbs.db``: they are no change of evidence.

Only by their names, and only what a folder that somebody merely opened or copied has in it. What systems write at the
top of a volume (``.Spotlight-V100``, ``$RECYCLE.BIN``, ``lost+found``) has no business in a folder of evidence, and the
lock files of office programs (``~$…``, ``.~lock.…#``) come from somebody who opened a file to work on it.
"""

from __future__ import annotations

from pathlib import PurePosixPath

_WINDOWS = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"})  # in any case
_OTHERS = frozenset({".DS_Store", ".directory"})  # Finder; Dolphin
APPLE_DOUBLE = "._"
"""How a file begins that has what another one has on a Mac, and a share no place for: ``._report.html``."""
SYNOLOGY_INDEX = "@eaDir"
"""Directory in which a Synology NAS keeps its index of the files beside it."""
_SYNOLOGY_FILES = ("@SynoEAStream", "@SynoResource")
_LARGEST = 4 << 20  # bytes; what systems write has some ten thousand


def is_litter(path: str, size: int = 0) -> bool:
    """Whether a regular file is the operating system's litter.

    Args:
        path: Its path with slashes, or its name.
        size: In bytes; a large one is none.
    """
    if size > _LARGEST:
        return False
    *above, name = PurePosixPath(path).parts or ("",)
    if SYNOLOGY_INDEX in above:
        return name.endswith(_SYNOLOGY_FILES) or name.startswith("SYNO")
    # ASCII only: a letter that merely becomes the same one in lower case is not what Windows writes.
    windows = name.isascii() and name.lower() in _WINDOWS
    return windows or name in _OTHERS or (name.startswith(APPLE_DOUBLE) and name != APPLE_DOUBLE)
