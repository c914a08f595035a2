"""Where this user's installation keeps what must outlive a run: logs, keys of its own, what it learned of PINs.

Standard library only: set-up uses it before anything is installed.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from chukyso.errors import ChukysoError, Code

VARIABLE = "CHUKYSO_STATE_DIR"
"""Environment variable with the state directory to use."""


def state_directory() -> Path:
    """Return the state directory; it need not exist. On Windows it is not one that roams to other machines.

    Raises:
        ChukysoError: ``STATE_NOT_WRITABLE`` when nobody says where this user's own directories are: a container often
            runs under a number that no user has.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return expanded(Path(given)).absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else _home() / "AppData" / "Local") / "chukyso"
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "chukyso"
    state = os.environ.get("XDG_STATE_HOME", "")
    # The XDG base directory specification: a relative path is to be ignored.
    return (Path(state) if Path(state).is_absolute() else _home() / ".local" / "state") / "chukyso"


def expanded(path: Path) -> Path:
    """Return the path with ``~`` as the home directory; as it is when nobody knows that directory."""
    with suppress(RuntimeError):
        return path.expanduser()
    return path


def _home() -> Path:
    try:
        home = Path.home()
    except RuntimeError as error:
        raise _nowhere(str(error)) from error
    if not home.is_absolute():
        raise _nowhere(f"home directory {home}")
    return home


def _nowhere(detail: str) -> ChukysoError:
    reason = "không rõ thư mục nhà của người dùng này (HOME)"
    return ChukysoError(Code.STATE_NOT_WRITABLE, detail, path="~", reason=reason)
