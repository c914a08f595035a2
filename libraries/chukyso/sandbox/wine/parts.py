"""What the parts of a Windows under Wine share: their error, running a command, compiling, downloads with hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from chukyso.prerequisites import COMPILER

HERE: Final = Path(__file__).parent
SOURCES: Final = HERE / "c"
REQUIREMENTS: Final = HERE / "requirements.txt"
_SECONDS: Final = 1200


class PartError(Exception):
    """A part of the Windows cannot be made; the text says why or what to do."""


def command_output(command: Sequence[str], *, directory: Path | None = None) -> str:
    """Run a command of this system and return what it wrote.

    Raises:
        PartError: It failed, or took too long.
    """
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PartError(str(error)) from None
    if done.returncode:
        raise PartError(
            f"{' '.join(command[:3])} …: exit code {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-3000:]}"
        )
    return done.stdout


def compile_c(source: Path, target: Path, *options: str) -> None:
    """Make a Windows program or, with ``-shared``, a DLL of a file in C."""
    command_output([COMPILER, "-O2", "-o", str(target), str(source), *(options or ("-municode",))])


def download(requirements: Path, target: Path) -> None:
    """Download Windows' wheels of pinned packages, each checked against its hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--requirement"]
    command += [str(requirements), "--dest", str(target), "--no-deps", "--only-binary", ":all:"]
    command += ["--platform", "win_amd64", "--python-version", "3.11", "--implementation", "cp"]
    command_output([*command, "--abi", "cp311", "--abi", "abi3", "--abi", "none"])


def digest_of(inputs: Sequence[Path]) -> str:
    """SHA-256 of what files contain, hex."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()


def make_anew(
    cache: Path, name: str, inputs: Sequence[Path], make: Callable[[], None], tell: Callable[[str], None]
) -> None:
    """Make a part when it is not there yet, or what it is made of has changed.

    Args:
        cache: The folder with the parts.
        name: What the part is called.
        inputs: What it is made of.
        make: Makes it.
        tell: Called with a line when it is begun and when it is done.

    Raises:
        PartError: As ``make``.
    """
    digest = digest_of(inputs)
    stamp = cache / f"{name}.stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    stamp.unlink(missing_ok=True)
    began = time.monotonic()
    tell(f"{name} …")
    make()
    stamp.write_text(digest, encoding="utf-8")
    tell(f"{name}: {time.monotonic() - began:.0f} s")
