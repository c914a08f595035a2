"""Every secret that this process knows, so that none of them gets into a file."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from robot.api.types import Secret
from robot.libraries.BuiltIn import BuiltIn

_VARIABLES: Final = ("PORTAL_PASSWORD", "TOKEN_PIN")
_FILES: Final = ("password", "pin")
_LARGEST: Final = 4096


def known_secrets() -> set[str]:
    """Values of all of Robot's ``Secret`` objects, of the environment, and of the sandbox's secret files.

    A ``Secret`` may be in any variable of any scope, or in a library only: all that live in the process count.
    """
    found = {thing.value for thing in gc.get_objects() if type(thing) is Secret and isinstance(thing.value, str)}
    found |= {os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    found |= set(_of_sandbox())
    return {secret.strip() for secret in found}


def _of_sandbox() -> Iterator[str]:
    """Passwords and PINs of every account of a running sandbox, and what its control interface asks for."""
    with contextlib.suppress(Exception):  # no sandbox library, or none runs: nothing to cover
        sandbox: Any = BuiltIn().get_library_instance("SandboxLibrary")
        details = sandbox.get_sandbox_details()
        yield details.control_secret
        for path in Path(details.directory).rglob("*"):
            if path.name in _FILES and path.is_file() and path.stat().st_size < _LARGEST:
                yield path.read_text(encoding="utf-8", errors="replace")
