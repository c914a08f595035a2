"""The files of the repository."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

from support.paths import ROOT

_MADE = re.compile(r"\.(?!ci$|github$|gitattributes$|gitignore$).*|results|__pycache__|.*\.egg-info")


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository, new ones too; in a copy without git, every file that is not made."""
    try:
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(listing, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
        found = [ROOT / name for name in done.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not any(map(_MADE.fullmatch, path.relative_to(ROOT).parts))]
    return tuple(path for path in found if path.is_file())
