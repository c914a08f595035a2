"""Which PKCS#11 module to use: the one that was asked for, or a well-known one that is installed."""

from __future__ import annotations

import os
import sysconfig
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from chukyso.errors import ChukysoError, Code
from chukyso.token.machine import check_machine_type, own_system

__all__ = ["check_machine_type", "find_module", "find_softhsm", "installed_modules"]


def find_module(wanted: str | None = None, *, directories: Sequence[Path] | None = None) -> Path:
    """Return the PKCS#11 module to load.

    Without a wish the rule is: of the well-known drivers in ``modules.toml`` that are installed and built for this kind
    of machine, the first in the table's order (drivers of certificate authorities, then makers of chips, OpenSC last).
    Nothing is loaded to find out whether that driver knows the token: an operator with several drivers names one.

    Args:
        wanted: Path of a module; None or "" for the rule above.
        directories: Where to look for well-known drivers; by default where they are installed on this system.

    Raises:
        ChukysoError: ``MODULE_NOT_FOUND``; ``MODULE_WRONG_MACHINE`` also when every driver found is for another
            machine; ``MODULE_LOAD_FAILED`` when the file is no library.
    """
    if wanted:
        path = Path(wanted).expanduser().absolute()
        check_machine_type(path)
        return path
    refused = None
    for path in installed_modules(directories):
        try:
            check_machine_type(path)
        except ChukysoError as error:
            refused = refused or error
        else:
            return path
    if refused:
        raise refused
    raise ChukysoError(Code.MODULE_NOT_FOUND, "no well-known module is installed", module="tự động tìm")


def installed_modules(directories: Sequence[Path] | None = None) -> list[Path]:
    """Files of well-known drivers on this machine, in the order of ``modules.toml``; not checked in any way.

    Args:
        directories: Where to look; by default where drivers are installed on this system.
    """
    table, system = _table(), own_system().lower()
    places = _expand(table["directories"][system]) if directories is None else directories
    names = [name for driver in table["driver"] for name in driver.get(system, ())]
    found: dict[Path, Path] = {}
    for path in (place / name for name in names for place in places):
        if path.is_file():
            found.setdefault(path.resolve(), path)  # /usr/lib64 can be a link to /usr/lib
    return list(found.values())


def find_softhsm(candidates: Sequence[Path] | None = None) -> Path:
    """Return the module of SoftHSM2, the sandbox's token.

    Args:
        candidates: Files to try; by default the usual places of this system.

    Raises:
        ChukysoError: ``SOFTHSM_MISSING``; ``MODULE_WRONG_MACHINE`` when there is one, for another machine.
    """
    refused = None
    for path in _expand(_table()["softhsm"][own_system().lower()]) if candidates is None else candidates:
        try:
            check_machine_type(path)
        except ChukysoError as error:
            if error.code is not Code.MODULE_NOT_FOUND:
                refused = refused or error
        else:
            return path
    raise refused or ChukysoError(Code.SOFTHSM_MISSING, "not in any of its usual places")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "modules.toml").read_text(encoding="utf-8"))


def _expand(patterns: Sequence[str]) -> list[Path]:
    """Fill variables in; a pattern whose variable is not set names no place."""
    values = {**os.environ, "multiarch": sysconfig.get_config_var("MULTIARCH") or ""}
    if os.name == "nt":  # os.environ has its names in capitals there
        names = ("SystemRoot", "SystemDrive", "ProgramFiles")
        values |= {name: os.environ[name] for name in names if name in os.environ}
    places = []
    for pattern in patterns:
        with suppress(KeyError):
            places.append(Path(pattern.format_map(values)))
    return places
