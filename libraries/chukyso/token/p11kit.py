"""Which PKCS#11 modules p11-kit is configured with: its files are read, p11-kit itself is not needed.

The rules are those of pkcs11.conf(5): one file ``NAME.module`` per module in the directories of packages, of the
administrator and of the user; of a value that several of them set, the user's counts, then the administrator's.
Standard library only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_LOG = logging.getLogger(__name__)

PROGRAM = "chukyso"
"""What ``enable-in`` and ``disable-in`` have to call us."""

# p11-kit's own: a window on all the others, and stores of certificates without keys.
_NO_TOKENS = ("p11-kit-proxy", "p11-kit-trust", "p11-kit-client")
_SUFFIX = ".module"
_FILE_NAME = re.compile(r"(?a:[A-Za-z0-9][\w.\-]*)\.module")
_LIMIT = 64 * 1024  # bytes; such files have a few lines


@dataclass(frozen=True)
class Configuration:
    """Where p11-kit's configuration lies.

    Attributes:
        user: The user's directory, with ``pkcs11.conf`` and ``modules/``; None for none.
        system: The administrator's, the same.
        packages: Directories in which packages leave their ``*.module`` files.
        modules: Directories in which a module that is named without a directory is looked for.
    """

    user: Path | None = None
    system: tuple[Path, ...] = ()
    packages: tuple[Path, ...] = ()
    modules: tuple[Path, ...] = ()


@dataclass(frozen=True)
class ConfiguredModule:
    """A module that p11-kit would load for us.

    Attributes:
        name: What its file is called, without ``.module``.
        path: The module.
    """

    name: str
    path: Path


class _User(StrEnum):
    """``user-config``: what the user's files are for."""

    NONE = "none"
    MERGE = "merge"
    ONLY = "only"


def configured_modules(configuration: Configuration) -> list[ConfiguredModule]:
    """Modules that are enabled for us, the highest priority first, then by name; files that are not there are left out.

    A file that cannot be read or understood is skipped with a line in the log.

    Args:
        configuration: Where to look.
    """
    found = []
    for name, values in _module_values(configuration).items():
        path = _module_path(values.get("module", ""), configuration.modules)
        if path is None or not _enabled(name, values):
            continue
        if Path(path.name).stem in _NO_TOKENS:
            continue
        found.append((-_priority(name, values), name, path))
    return [ConfiguredModule(name, path) for _priority_down, name, path in sorted(found)]


def _module_values(configuration: Configuration) -> dict[str, dict[str, str]]:
    """What the files say of each module, merged."""
    mode = _user_mode(configuration)
    places = []
    if mode is not _User.NONE and configuration.user:
        places.append(configuration.user / "modules")
    if mode is not _User.ONLY:
        places += [*(place / "modules" for place in configuration.system), *configuration.packages]
    merged: dict[str, dict[str, str]] = {}
    for file in (file for place in places for file in _files(place)):
        values = _read(file)
        if values is not None:
            known = merged.setdefault(file.name.removesuffix(_SUFFIX), {})
            merged[file.name.removesuffix(_SUFFIX)] = values | known
    return merged


def _user_mode(configuration: Configuration) -> _User:
    """What the administrator says, unless that lets the user decide."""
    mode = _User.MERGE
    for place in (*configuration.system[:1], configuration.user):
        file = place / "pkcs11.conf" if place else None
        if file is None or mode is _User.NONE or not file.is_file():
            continue
        wanted = (_read(file) or {}).get("user-config", mode)
        wanted = {"override": "only"}.get(wanted, wanted)
        if wanted in set(_User):
            mode = _User(wanted)
        else:
            _LOG.warning("%s: user-config %r is not known", file, wanted)
    return mode


def _files(place: Path) -> list[Path]:
    try:
        return sorted(file for file in place.iterdir() if _FILE_NAME.fullmatch(file.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        _LOG.warning("%s: %s", place, error)
        return []


def _read(file: Path) -> dict[str, str] | None:
    """The fields of a file, or None when it is none of this kind."""
    try:
        with file.open("rb") as stream:
            return dict(_fields(stream.read(_LIMIT + 1)))
    except (OSError, ValueError) as error:
        _LOG.warning("skipping %s: %s", file, error)
        return None


def _fields(data: bytes) -> Iterable[tuple[str, str]]:
    if len(data) > _LIMIT:
        raise ValueError(f"longer than {_LIMIT} bytes")
    for number, line in enumerate(map(str.strip, data.decode("utf-8-sig").splitlines()), 1):
        if not line or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"(?a:[\w.\-]+)", name.rstrip()):
            raise ValueError(f"line {number} is not “name: value”")
        if "\0" in value:
            raise ValueError(f"line {number} holds a zero byte")
        yield name.rstrip(), value.strip()


def _enabled(name: str, values: Mapping[str, str]) -> bool:
    programs = {key: re.split(r"[\s,]+", values[key]) for key in ("enable-in", "disable-in") if key in values}
    if len(programs) == 2:
        _LOG.warning("%s%s has both enable-in and disable-in; enable-in counts", name, _SUFFIX)
    if "enable-in" in programs:
        return PROGRAM in programs["enable-in"]
    return PROGRAM not in programs.get("disable-in", [])


def _module_path(module: str, places: Iterable[Path]) -> Path | None:
    if not module:  # the user's way to switch one off, or a “remote:” one
        return None
    path = Path(module)
    if path.is_absolute():
        return path if path.is_file() else None
    return next((place / path for place in places if (place / path).is_file()), None)


def _priority(name: str, values: Mapping[str, str]) -> int:
    value = values.get("priority", "0")
    if re.fullmatch(r"(?a:[+-]?\d{1,9})", value):
        return int(value)
    _LOG.warning("%s%s: priority %r is no number", name, _SUFFIX, value)
    return 0
