"""Tiers: argument files that say which tests are run and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code

ROOT: Final = Path(__file__).parents[3]
TIERS: Final = ROOT / "suites" / "tiers"
DEFAULT_SOURCE: Final = "suites/regression"
_PABOT: Final = {
    "--processes": 1,
    "--ordering": 1,
    "--testlevelsplit": 0,
    "--chunk": 0,
    "--pabotlib": 0,
    "--no-pabotlib": 0,
    "--pabotlibhost": 1,
    "--pabotlibport": 1,
    "--resourcefile": 1,
    "--processtimeout": 1,
    "--artifacts": 1,
    "--artifactsinsubfolders": 0,
    "--suitesfrom": 1,
    "--pabotconsole": 1,
    "--verbose": 0,
}


@dataclass(frozen=True)
class Tier:
    """An argument file, read.

    Attributes:
        name: The file's name without its suffix; nights of one tier are compared with each other.
        directory: Where the run is started: relative paths in the file are relative to it.
        pabot: Options of pabot, such as ``--processes 2``.
        robot: Options of Robot Framework.
        sources: Suites to run.
    """

    name: str
    directory: Path
    pabot: tuple[str, ...]
    robot: tuple[str, ...]
    sources: tuple[str, ...]


def read_tier(wanted: str) -> Tier:
    """Read a tier by its name, or any argument file by its path.

    Robot's form: one option a line, its value after a space or ``=``; lines that begin with ``#`` are comments; what
    begins with no ``-`` is a suite. pabot refuses suites in argument files, so the file is taken apart here.

    Args:
        wanted: ``nightly``, or the path of an argument file; its relative paths are relative to the project's
            directory, or for other files to the current one.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    named = TIERS / f"{wanted}.args"
    path = named if named.is_file() and Path(wanted).name == wanted else Path(wanted)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(file.stem for file in TIERS.glob("*.args"))) or "chưa có tầng nào"
        raise ChukysoError(
            Code.OPTION_INVALID,
            str(error),
            name="tầng kiểm thử",
            reason=f"không đọc được “{wanted}” ({known})",
        ) from error
    pabot: list[str] = []
    robot: list[str] = []
    sources: list[str] = []
    for line in map(str.strip, lines):
        if not line or line.startswith("#"):
            continue
        if not line.startswith("-"):
            sources.append(line)
            continue
        option, *value = _split(line)
        if option in _PABOT:
            pabot += [option, *value[: _PABOT[option]]]
        else:
            robot += [option, *value]
    directory = ROOT if path is named else Path.cwd()
    return Tier(path.stem, directory, tuple(pabot), tuple(robot), tuple(sources or [DEFAULT_SOURCE]))


def _split(line: str) -> list[str]:
    """An option and its value, which may hold spaces: split at the first space or ``=`` as Robot does."""
    space, equals = (line.find(mark) if mark in line else len(line) for mark in (" ", "="))
    if equals < space and line.startswith("--"):
        return [line[:equals], line[equals + 1 :]]
    option, _, value = line.partition(" ")
    return [option, value.strip()] if value.strip() else [option]
