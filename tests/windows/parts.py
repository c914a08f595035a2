"""What the parts of the Windows for the tests share, beside what the product has of it for its sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
SOURCES: Final = HERE / "c"
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
