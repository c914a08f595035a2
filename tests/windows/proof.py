"""Tries the product on a Windows under Wine: ``python3 bootstrap.py test --windows``.

It is set up and used there as an operator does, in a folder with blanks and Vietnamese letters; then the tests run that
need nothing that Wine lacks. docs/platforms.md says what that proves, and what Wine cannot show.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import browser
from machine import Ended, Machine
from parts import HERE, ROOT
from terminal import CTRL_C, programs, run_on_terminal

from chukyso.children import windows_path
from chukyso.prerequisites import COMPILER, WINE
from chukyso.sandbox.wine.parts import PartError, command_output
from chukyso.sandbox.wine.screen import DisplayError, display
from support.desktop import PIN

FOLDER: Final = "Công ty Nắng Mới"
ALL: Final = "all"
_ALL_SAME: Final = "6/6 hình giống hình mẫu"
_COUNTED: Final = re.compile(r"\d+ (passed|skipped|failed|deselected).* in \d")
_USUAL: Final = ("windows", "token", "pin", "portal", "client")  # rooms of every time; with all others it takes an hour
_MOMENT: Final = "Hình 2"  # of the two runs that are broken off: logged in, nothing submitted
_GONE_SECONDS: Final = 30  # for the programs of a run that was broken off
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


class Proof:
    """The product in a folder of that Windows.

    Args:
        machine: The Windows, running.
        place: The folder; the product is copied there.
        screen: ``DISPLAY`` of what shows windows.
    """

    def __init__(self, machine: Machine, place: Path, screen: str) -> None:
        self.machine = machine
        self.place = place
        self.screen = screen
        self.python = place / ".venv" / "Scripts" / "python.exe"

    def set_up(self) -> str:
        """``bootstrap.py setup``, with Windows' pip, from the lock file."""
        ended = self._run(self.machine.python, "bootstrap.py", "setup", seconds=1200)
        packaged = self.place / ".venv" / "Lib" / "site-packages" / "BrowserBatteries" / "bin" / "node.exe"
        packaged.unlink()
        shutil.copyfile(self.machine.node, packaged)
        return ended.output.strip().rpartition("\n")[2]

    def imports(self) -> str:
        """Every module can be imported."""
        return self._run(self.python, "-c", _IMPORT).output.strip()

    def update(self) -> str:
        """``bootstrap.py update`` ends ``updated`` with all figures; its evidence verifies."""
        ended = self._run(self.machine.python, "bootstrap.py", "update", seconds=600)
        if _ALL_SAME not in ended.output:
            raise PartError(f"not all figures are as their references\n{ended.output[-3000:]}")
        manifest = self._manifest("results")
        if manifest["outcome"] != "updated" or len(manifest["figures"]) != 6:
            raise PartError(f"{manifest['outcome']}, {len(manifest['figures'])} figures")
        return self._chukyso("evidence", "verify", "results").output.partition("\n")[0]

    def doctor(self) -> str:
        """``chukyso doctor`` finds nothing that would keep a rehearsal from running."""
        return self._chukyso("doctor").output.strip().rpartition("\n")[2]

    def interrupted(self) -> str:
        """Ctrl-C in a console: the run ends in order, with its evidence, and leaves nothing."""
        ended = self._broken_off("ctrl-c", lambda terminal: os.write(terminal, CTRL_C))
        manifest = self._manifest("ctrl-c")
        if ended.code != 130 or manifest["error"]["code"] != "INTERRUPTED":
            raise PartError(f"exit code {ended.code}, {manifest['error']}\n{ended.output[-2000:]}")
        if "ERROR" in ended.output or "Traceback" in ended.output:
            raise PartError(ended.output[-3000:])
        return f"exit code {ended.code}, {manifest['outcome']}"

    def killed(self) -> str:
        """Robot's process is killed: its programs end, its folders go, and the next run says so."""
        self._broken_off("killed", lambda _: [one.kill() for one in programs(self.machine, "-m robot")])
        journal = self.place / "killed" / "evidence" / "journal.jsonl"
        return f"{len(journal.read_text(encoding='utf-8').splitlines())} lines of journal"

    def desktop(self) -> str:
        """Native windows are driven right or refused right; the PIN that is typed is in no file afterwards."""
        began, program = time.time() - 1, self.machine.cache / "window.exe"
        libraries = ("-mwindows", "-lcomctl32", "-lcrypt32")
        command_output([COMPILER, "-O2", "-o", str(program), str(HERE / "desktop" / "window.c"), *libraries])
        given = {"PYTHONUTF8": "1", "DISPLAY": self.screen, "CHUKYSO_WINDOW_PROGRAM": windows_path(program)}
        options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "faulthandler_timeout=200", "--tb=short"]
        ended = self._run(self.python, "-m", "pytest", *options, "tests/windows/desktop", seconds=900, **given)
        if left := [str(path) for path in self.machine.drive_c.parent.rglob("*") if _holds(path, began, PIN)]:
            raise PartError(f"a PIN is in {left}")
        return _summary(ended)

    def room(self, name: str) -> str:
        """The tests of one room that are marked neither ``slow`` nor ``nightly``."""
        options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow and not nightly"]
        options += ["-o", "faulthandler_timeout=120", "--tb=short", f"tests/{name}"]
        ended = self.machine.run(
            self.python, "-m", "pytest", *options, directory=self.place, seconds=900, PYTHONUTF8="1"
        )
        if ended.code not in (0, 5):  # 5: none of its tests is for Windows
            raise PartError(ended.output[-6000:])
        return _summary(ended)

    def _broken_off(self, name: str, act: Callable[[int], object]) -> Ended:
        command = [str(self.machine.python), "bootstrap.py", "update", "--outputdir", name]
        ended = run_on_terminal(self.machine, command, self.place, _MOMENT, act)
        end = time.monotonic() + _GONE_SECONDS
        while (left := programs(self.machine)) and time.monotonic() < end:
            time.sleep(0.5)
        if left:
            raise PartError(f"left running: {[one.cmdline() for one in left]}\n{ended.output[-2000:]}")
        # Not those of a browser: ours is outside of this Windows, and ends after the one that was ended inside.
        if folders := [str(path) for path in (self.machine.drive_c / "users").rglob("chukyso-sandbox-*")]:
            raise PartError(f"left behind: {folders}")
        return ended

    def _chukyso(self, *arguments: str) -> Ended:
        return self._run(self.place / ".venv" / "Scripts" / "chukyso.exe", *arguments, PYTHONUTF8="1")

    def _run(self, program: Path, *arguments: str, seconds: float = 300, **environment: str) -> Ended:
        ended = self.machine.run(program, *arguments, directory=self.place, seconds=seconds, **environment)
        if ended.code:
            asked = " ".join((program.name, *arguments))[:80]
            raise PartError(f"{asked}: exit code {ended.code}\n{ended.output[-12000:]}")
        return ended

    def _manifest(self, output: str) -> Any:
        return json.loads((self.place / output / "evidence" / "manifest.json").read_text(encoding="utf-8"))


def main(arguments: Sequence[str]) -> int:
    """Run the stages and return 0 when all of them held."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chukyso-windows"
    parser.add_argument("--cache", type=Path, default=default, help="where the Windows is kept (2 GB)")
    parser.add_argument(
        "--keep", action="store_true", help="keep the folder in which the product was tried, and use it again"
    )
    parser.add_argument("stages", nargs="*", help=f"stages, or folders of tests/; {ALL}: every one of both")
    given = parser.parse_args(arguments)
    machine = Machine(given.cache)
    try:
        machine.prepare()
        with display() as screen, machine.running(DISPLAY=screen), browser.serving(machine.drive_c):
            _start_desktop(machine, screen)
            return prove(machine, screen, given.stages, keep=given.keep)
    except (PartError, DisplayError) as error:
        print(error, file=sys.stderr)
        return 2


def _start_desktop(machine: Machine, screen: str) -> None:
    """Have Wine start its desktop now: the first program that needs one would leave it its pipes."""
    subprocess.run(
        [str(WINE), str(machine.python), "-c", "import ctypes; ctypes.windll.user32.GetDesktopWindow()"],
        env=machine.environment({"DISPLAY": screen}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )


def prove(machine: Machine, screen: str, wanted: Sequence[str], *, keep: bool) -> int:
    """Try the product in a folder of that Windows, stage by stage; go on after one that failed, but for the first."""
    place = machine.cache / FOLDER
    if not keep:
        shutil.rmtree(place, ignore_errors=True)
    _copy_repository(place)
    proof = Proof(machine, place, screen)
    stages: dict[str, Callable[[], str]] = {
        "set-up": proof.set_up,
        "import": proof.imports,
        "update": proof.update,
        "chukyso doctor": proof.doctor,
        "ctrl-c": proof.interrupted,
        "killed": proof.killed,
        "desktop": proof.desktop,
        **{f"tests/{name}": lambda name=name: proof.room(name) for name in _rooms()},
    }
    usual = {*(name for name in stages if not name.startswith("tests/")), *(f"tests/{name}" for name in _USUAL)}
    asked = {*wanted, *(f"tests/{name}" for name in wanted)} if wanted else usual
    chosen = [name for name in stages if name in asked or ALL in wanted]
    failed = []
    try:
        for name in chosen:
            began = time.monotonic()
            try:
                said = stages[name]()
            except (PartError, OSError, KeyError, ValueError) as error:
                failed.append(name)
                said = f"FAILED\n{type(error).__name__}: {error}"
            print(f"[windows] {name}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
            if failed == ["set-up"]:
                break
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)
    if failed:
        print(f"[windows] failed: {', '.join(failed)}")
    print(f"windows: {len(chosen) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def _summary(ended: Ended) -> str:
    """What pytest says last; libraries may write after it."""
    lines = [line for line in ended.output.splitlines() if _COUNTED.search(line)]
    return lines[-1].strip("= ") if lines else "no test"


def _copy_repository(place: Path) -> None:
    """What git knows, as it lies there now."""
    listed = subprocess.run(
        [str(shutil.which("git")), "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


def _holds(path: Path, since: float, text: str) -> bool:
    """Whether a file that was written since then has a text in it."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_mtime < since:
            return False
        data = path.read_bytes()
    except FileNotFoundError:  # Wine writes its registry anew now and then
        return False
    return any(text.encode(encoding) in data for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _rooms() -> list[str]:
    return sorted({path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
