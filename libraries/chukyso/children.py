"""Python programs of ours as child processes: what they get of this process's environment, and how they are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import IO, Any, Final

# All that a module or a browser may need of our environment. Passwords and PINs that an operator keeps in variables are
# left out.
_ALLOWED: Final = frozenset(
    (
        *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "USER", "LOGNAME"),
        *("LANG", "LC_ALL", "LC_CTYPE", "TZ"),
        *("TMPDIR", "TEMP", "TMP", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "COMPUTERNAME", "PROGRAMDATA"),
        *("PROGRAMFILES", "PROGRAMFILES(X86)", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)"),
        *("USERPROFILE", "USERNAME", "USERDOMAIN", "APPDATA", "LOCALAPPDATA"),
        *("SOFTHSM2_CONF", "OPENSC_CONF", "PCSCLITE_CSOCK_NAME"),
    )
)


@dataclass(frozen=True)
class OtherPython:
    """A Python that is not this one: Windows' own, under Wine. It has this machine's files below ``Z:``.

    Attributes:
        command: What starts it.
        environment: All of its environment.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]


def windows_path(path: Path) -> str:
    """A path of this machine as a program under Wine names it."""
    return str(PureWindowsPath("Z:/", *path.absolute().parts[1:]))


def child_environment(extra: Mapping[str, str], names: Collection[str] = ()) -> dict[str, str]:
    """Environment of the child: a fixed list of names from ours, and what the caller adds.

    Args:
        extra: Names and values to add or replace, such as ``SOFTHSM2_CONF``. Never a secret.
        names: Further names from ours. Never of a secret.
    """
    # Windows knows names without regard to case.
    allowed = _ALLOWED | {name.upper() for name in names}
    kept = {name: value for name, value in os.environ.items() if name.upper() in allowed}
    return kept | dict(extra)


def start_python(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdout: int | IO[Any],
    stderr: int | IO[Any],
    python: OtherPython | None = None,
) -> subprocess.Popen[bytes]:
    """Start this Python with other arguments; its stdin is a pipe, by whose end it notices the end of this process.

    Ctrl-C in the terminal is not for it: it is the parent's to handle, who ends the child when it needs it no longer.

    Args:
        arguments: What follows the interpreter, such as ``["-I", "-m", "chukyso.token.worker"]``.
        environment: All of the child's environment.
        stdout: As for ``subprocess.Popen``.
        stderr: As for ``subprocess.Popen``.
        python: Another one than this.

    Raises:
        OSError: No process can be started.
    """
    program, launcher = interpreter()
    return subprocess.Popen(
        [*(python.command if python else (program,)), *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        env={**environment, **({} if python else launcher)},
        start_new_session=sys.platform != "win32",
        # Without a console, and not with a hidden one: whatever serves that could inherit the log as well.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "DETACHED_PROCESS", 0),
    )


def interpreter() -> tuple[str, dict[str, str]]:
    """This Python's executable, and the variables that it must be told.

    On Windows that of a virtual environment is a launcher, which starts the real one and waits: it would hold a log
    that the child is to remove, and the process known here would not be the one that works. So the real one is started
    and told whose environment it is in, as ``multiprocessing`` does.
    """
    base = getattr(sys, "_base_executable", sys.executable)
    if sys.platform != "win32" or base == sys.executable:
        return sys.executable, {}
    return base, {"__PYVENV_LAUNCHER__": sys.executable}
