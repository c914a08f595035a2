"""Where this user's installation keeps what must outlive a run: logs, keys of its own, what it learned of PINs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "CHUKYSO_STATE_DIR"
"""Environment variable with the state directory to use."""


def state_directory() -> Path:
    """Return the state directory; it need not exist. On Windows it is not one that roams to other machines."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "chukyso"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "chukyso"
    state = os.environ.get("XDG_STATE_HOME", "")
    # The XDG base directory specification: a relative path is to be ignored.
    return (Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state") / "chukyso"
