"""Which PKCS#11 modules are installed here: well-known drivers, p11-kit's, SoftHSM2. Nothing is loaded to find out.

Standard library only: set-up uses it before anything is installed.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from chukyso.errors import ChukysoError, Code
from chukyso.state import expanded
from chukyso.token.machine import System, check_machine_type, own_system
from chukyso.token.model import Quirk
from chukyso.token.p11kit import Configuration, configured_modules

__all__ = [
    "InstalledModule",
    "Places",
    "Source",
    "check_machine_type",
    "find_softhsm",
    "installed_modules",
    "named_module",
    "named_variables",
    "quirks_of",
    "variables_of",
]

_SOFTHSM = "SoftHSM2"
_SOFTHSM_FILES = ("libsofthsm2", "softhsm2")


class Source(StrEnum):
    """How a module became known."""

    NAMED = "named"
    REGISTRY = "registry"
    P11_KIT = "p11-kit"
    SOFTHSM = "softhsm"


@dataclass(frozen=True)
class InstalledModule:
    """A module's file on this machine.

    Attributes:
        path: The file.
        name: What people call the driver; the file's name when nobody knows.
        source: How it became known.
    """

    path: Path
    name: str
    source: Source


@dataclass(frozen=True)
class Places:
    """Where modules are looked for.

    Attributes:
        directories: Directories of well-known drivers.
        p11_kit: p11-kit's configuration.
        softhsm: Files that would be SoftHSM2.
    """

    directories: tuple[Path, ...] = ()
    p11_kit: Configuration = field(default_factory=Configuration)
    softhsm: tuple[Path, ...] = ()

    @classmethod
    def of_this_system(cls) -> Places:
        """Where drivers are installed on this system."""
        system = own_system().lower()
        table = _table()
        kit = {name: _expand(_listed(value)) for name, value in table["p11-kit"].get(system, {}).items()}
        return cls(
            directories=tuple(_expand(table["directories"][system])),
            p11_kit=Configuration(
                user=None if _is_root() else next(iter(kit.get("user", [])), None),
                system=tuple(kit.get("system", [])),
                packages=tuple(kit.get("packages", [])),
                modules=tuple(kit.get("modules", [])),
            ),
            softhsm=tuple(_expand(table["softhsm"][system])),
        )


def installed_modules(places: Places | None = None) -> list[InstalledModule]:
    """Modules on this machine, the first choice first; not checked in any way.

    The order: drivers of certificate authorities, makers of chips, OpenSC (all as in ``modules.toml``), what else
    p11-kit is configured with, SoftHSM2. Several paths of one file (links) count once, under the first.

    Args:
        places: Where to look; by default where drivers are installed on this system.
    """
    places = places or Places.of_this_system()
    found: dict[object, InstalledModule] = {}
    for module in (*_well_known(places), *_of_p11_kit(places), *_softhsm(places)):
        found.setdefault(_identity(module.path), module)
    # p11-kit names SoftHSM2, too: it comes last whoever found it.
    return sorted(found.values(), key=lambda module: module.source is Source.SOFTHSM)


def named_module(path: Path) -> InstalledModule:
    """A module that somebody named by its path, with the name of its driver where the registry knows the file."""
    path = expanded(path).absolute()
    known = next((driver["name"] for driver in _table()["driver"] if path.name.lower() in _files(driver)), path.name)
    return InstalledModule(path, known, Source.NAMED)


def quirks_of(path: Path) -> frozenset[Quirk]:
    """What the driver with this file name is known to do wrong."""
    name = path.name.lower()
    return frozenset(
        Quirk(quirk)
        for driver in _table()["driver"]
        if "quirks" in driver and name in _files(driver)
        for quirk in driver["quirks"]
    )


def variables_of(path: Path) -> tuple[str, ...]:
    """Environment variables that the driver with this file name is known to read, besides those that all get."""
    name = path.name.lower()
    return tuple(
        variable
        for beginning, variables in _table()["variables"].items()
        if name.startswith(beginning)
        for variable in variables
    )


def named_variables(names: Sequence[str]) -> dict[str, str]:
    """The values of variables that a profile says the token's module needs.

    Raises:
        ChukysoError: ``MODULE_VARIABLE_MISSING`` when one is not set.
    """
    missing = [name for name in names if name not in os.environ]
    if missing:
        raise ChukysoError(
            Code.MODULE_VARIABLE_MISSING,
            f"token.variables: {missing} not set",
            module="của token",
            names=", ".join(missing),
        )
    return {name: os.environ[name] for name in names}


def find_softhsm(candidates: Sequence[Path] | None = None) -> Path:
    """Return the module of SoftHSM2, the sandbox's token.

    Args:
        candidates: Files to try; by default the usual places of this system.

    Raises:
        ChukysoError: ``SOFTHSM_MISSING``; ``MODULE_WRONG_MACHINE`` when there is one, for another machine.
    """
    refused = None
    for path in Places.of_this_system().softhsm if candidates is None else candidates:
        try:
            check_machine_type(path)
        except ChukysoError as error:
            if error.code is not Code.MODULE_NOT_FOUND:
                refused = refused or error
        else:
            return path
    raise refused or ChukysoError(Code.SOFTHSM_MISSING, "not in any of its usual places")


def _well_known(places: Places) -> Iterator[InstalledModule]:
    for driver in _table()["driver"]:
        for name in driver.get(own_system().lower(), ()):
            for path in (place / name for place in places.directories):
                if path.is_file():
                    yield InstalledModule(path, driver["name"], Source.REGISTRY)


def _of_p11_kit(places: Places) -> Iterator[InstalledModule]:
    for module in configured_modules(places.p11_kit):
        if module.path.name.startswith(_SOFTHSM_FILES):
            yield InstalledModule(module.path, _SOFTHSM, Source.SOFTHSM)
        else:
            yield InstalledModule(module.path, module.name, Source.P11_KIT)


def _softhsm(places: Places) -> Iterator[InstalledModule]:
    for path in places.softhsm:
        if path.is_file():
            yield InstalledModule(path, _SOFTHSM, Source.SOFTHSM)


def _is_root() -> bool:
    """For root p11-kit leaves a user's configuration alone, and so do we."""
    return sys.platform != "win32" and os.geteuid() == 0


def _identity(path: Path) -> object:
    """Equal for paths of one file: links of both kinds, and directories that Windows shows under two names."""
    status = path.stat()
    return (status.st_dev, status.st_ino) if status.st_ino else path.resolve()


def _files(driver: dict[str, Any]) -> set[str]:
    """File names of a driver on all systems, in lower case: Windows does not look at it."""
    return {name.lower() for system in System for name in driver.get(system.lower(), ())}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "modules.toml").read_text(encoding="utf-8"))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _expand(patterns: Sequence[str]) -> list[Path]:
    """Fill variables and the home directory in; a pattern whose variable is not set names no place."""
    values = {**os.environ, "multiarch": sysconfig.get_config_var("MULTIARCH") or ""}
    if os.name == "nt":  # os.environ has its names in capitals there
        names = ("SystemRoot", "SystemDrive", "ProgramFiles")
        values |= {name: os.environ[name] for name in names if name in os.environ}
    places = []
    for pattern in patterns:
        with suppress(KeyError, RuntimeError):  # RuntimeError: a user without home directory
            places.append(Path(pattern.format_map(values)).expanduser())
    return places
