"""Tries the product on a Windows under Wine: ``python3 bootstrap.py test --windows``.

The stages, in their order: every module is imported; the tests that are marked neither ``posix`` nor ``slow`` run, room
by room, from a folder with blanks and Vietnamese letters. What Wine cannot show is in docs/platforms.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent))

from machine import Machine
from parts import ROOT, PartError, windows_path

FOLDER: Final = "Công ty Nắng Mới"
_SETUP_SECONDS, _ROOM_SECONDS = 900, 900
_IMPORT: Final = """
import importlib, pkgutil, sys
failed, count = [], 0
for top in ("chukyso", "ChukysoKeywords", "DoctorLibrary", "EvidenceLibrary", "NightlyListener", "PortalLibrary",
            "ProbeLibrary", "RegressionLibrary", "SandboxLibrary", "TokenLibrary"):
    package = importlib.import_module(top)
    for module in pkgutil.walk_packages(package.__path__, top + "."):
        count += 1
        if module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except BaseException as error:
            failed.append(f"{module.name}: {type(error).__name__}: {error}")
print(sys.platform, sys.version.split()[0], count, "modules")
print(*failed, sep="\\n")
sys.exit(bool(failed))
"""


def main(arguments: Sequence[str]) -> int:
    """Run the stages and return 0 when all of them held."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chukyso-windows"
    parser.add_argument("--cache", type=Path, default=default, help="where the Windows is kept (1.6 GB)")
    parser.add_argument("--keep", action="store_true", help="keep the folder in which the tests ran")
    parser.add_argument("rooms", nargs="*", help="folders of tests/; all by default")
    given = parser.parse_args(arguments)
    machine = Machine(given.cache)
    try:
        machine.prepare()
        with machine.running():
            return prove(machine, given.rooms or _rooms(), keep=given.keep)
    except PartError as error:
        print(error, file=sys.stderr)
        return 2


def prove(machine: Machine, rooms: Sequence[str], *, keep: bool) -> int:
    """Set the product up in a folder of that Windows, and try it there."""
    place = machine.cache / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    _copy_repository(place)
    try:
        python = _set_up(machine, place)
        failed = _stages(machine, place, python, rooms)
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)
    print(f"[windows] {'nothing failed' if not failed else 'failed: ' + ', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _copy_repository(place: Path) -> None:
    """What git knows, as it lies there now."""
    listed = subprocess.run(
        [str(shutil.which("git")), "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


def _set_up(machine: Machine, place: Path) -> Path:
    """What ``bootstrap.py`` does there, without what it wants of the system: no browser and no SoftHSM2 are there."""
    began, python = time.monotonic(), place / ".venv" / "Scripts" / "python.exe"
    install = ["-m", "pip", "install", "--quiet"]
    for program, arguments in (
        (machine.python, ["-m", "venv", ".venv"]),
        (python, [*install, "--require-hashes", "-r", windows_path(machine.cache / "requirements-windows.txt")]),
        (python, [*install, "--no-deps", "--no-build-isolation", "-e", "."]),
    ):
        ended = machine.run(program, *arguments, directory=place, seconds=_SETUP_SECONDS)
        if ended.code:
            raise PartError(f"{arguments}: exit code {ended.code}\n{ended.output[-3000:]}")
    print(f"[windows] set up in {time.monotonic() - began:.0f} s", flush=True)
    return python


def _stages(machine: Machine, place: Path, python: Path, rooms: Sequence[str]) -> list[str]:
    failed = []
    ended = machine.run(python, "-c", _IMPORT, directory=place)
    print(f"[windows] import: {ended.output.strip()}", flush=True)
    failed += ["import"] if ended.code else []
    for room in rooms:
        began = time.monotonic()
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow and not nightly and not posix"]
        options += ["-o", "faulthandler_timeout=120", "--tb=short", f"tests/{room}"]
        ended = machine.run(python, "-m", "pytest", *options, directory=place, seconds=_ROOM_SECONDS, PYTHONUTF8="1")
        last = ended.output.strip().rsplit("\n", 1)[-1]
        print(f"[windows] {room}: {last} ({time.monotonic() - began:.0f} s)", flush=True)
        if ended.code not in (0, 5):  # 5: none of its tests is for Windows
            failed.append(room)
            print(ended.output[-6000:], flush=True)
    return failed


def _rooms() -> list[str]:
    tests = ROOT / "tests"
    return sorted({path.parent.name for path in tests.glob("*/test_*.py")})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
