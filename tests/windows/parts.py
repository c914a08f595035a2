"""What the parts of the Windows for the tests share: their error, running a command, downloads with hashes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import Final

from packaging.requirements import Requirement

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
SOURCES: Final = HERE / "c"
COMPILER: Final = "x86_64-w64-mingw32-gcc"
_SECONDS: Final = 1200
# How pip evaluates a requirement's marker on Windows.
_WINDOWS: Final = {
    "os_name": "nt",
    "sys_platform": "win32",
    "platform_system": "Windows",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.11",
    "python_full_version": "3.11.9",
    "extra": "",
}


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


def compile_c(source: str, target: Path, *options: str) -> None:
    """Make a Windows program or, with ``-shared``, a DLL of a file in ``c/``."""
    command_output([COMPILER, "-O2", "-o", str(target), str(SOURCES / source), *(options or ("-municode",))])


def download(requirements: Path, target: Path) -> None:
    """Download Windows' wheels of pinned packages, each checked against its hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--requirement"]
    command += [str(requirements), "--dest", str(target), "--no-deps", "--only-binary", ":all:"]
    command += ["--platform", "win_amd64", "--python-version", "3.11", "--implementation", "cp"]
    command_output([*command, "--abi", "cp311", "--abi", "abi3", "--abi", "none"])


def requirements_for_windows(lock: Path) -> str:
    """The lock file with its markers decided as on Windows: pip decides them for the Python that runs it."""
    kept = []
    for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if not lines:
            continue
        requirement = Requirement(lines[0].rstrip("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate(_WINDOWS):
            extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            kept.append("\n".join([f"{requirement.name}{extras}{requirement.specifier} \\", *lines[1:]]))
    return "\n".join(kept) + "\n"


def windows_path(path: Path) -> str:
    """A path of this machine as a program under Wine names it."""
    return str(PureWindowsPath("Z:/", *path.absolute().parts[1:]))
