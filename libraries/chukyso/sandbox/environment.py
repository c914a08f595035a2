"""What the sandbox's processes get of this process's environment."""

from __future__ import annotations

import os
from typing import Final

# What Python, OpenSSL and SoftHSM2 need. It lists what passes, not what is kept back: an operator's secrets may be in
# variables of any name.
_INHERITED: Final = frozenset(
    {
        *("PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "TEMP", "TMP", "TMPDIR", "TZ", "LANG"),
        *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA"),
        *("PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    }
)


def scrubbed_environment() -> dict[str, str]:
    """The environment for a child process, without anything that it does not need."""
    return {name: value for name, value in os.environ.items() if name.upper() in _INHERITED}
