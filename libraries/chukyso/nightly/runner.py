"""Runs a tier as children of this process, and ends them all when it is interrupted."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.moment import ENVIRONMENT
from chukyso.nightly import probe
from chukyso.nightly.progress import Tell, telling
from chukyso.nightly.tier import Tier, read_tier
from chukyso.orphans import end_marked

CONSOLE: Final = "console.log"
OUTPUT: Final = "output.xml"
LOG: Final = "log.html"
RERUN: Final = "rerun"
MERGED: Final = "merged.xml"
ONCE: Final = "once"
"""Tag of tests that a night runs once, whatever comes of it, as those that visit somebody else's portal."""
RERUN_LIMIT: Final = 20
"""With more failures than this the night itself is broken: running all of them again would tell nothing."""
LISTENER: Final = "NightlyListener"
_MARK: Final = "CHUKYSO_NIGHT"
_SUITE_NAMES: Final = ".pabotsuitenames"  # pabot leaves it in the current directory
_ROOT_OF_SEVERAL: Final = "Suites"
_EXIT_SECONDS: Final = 30  # seconds that pabot gets to end its children: it gives each of them ten
_PACKAGES: Final = {"pabot": "robotframework-pabot", "robotframework_dashboard": "robotframework-dashboard"}
_BOUNDS: Final = ("--removekeywords", "PASSED", "--maxerrorlines", "40")


def check_tools() -> None:
    """Fail early when a package that a night needs is not installed.

    Raises:
        ChukysoError: ``NIGHT_TOOL_MISSING``.
    """
    for module, package in _PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            raise ChukysoError(Code.NIGHT_TOOL_MISSING, f"no module {module}", package=package)


class Runner:
    """The children of one night.

    Args:
        tier: What to run.
        night: The night's directory.
        scratch: Where the children put their temporary files.
        tell: Told of each test that ends.
    """

    def __init__(self, tier: Tier, night: Path, scratch: Path, tell: Tell) -> None:
        self._tier = tier
        self._night = night
        self._tell = tell
        self._mark = uuid.uuid4().hex
        scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self._environment = {
            **os.environ,
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
            "PATH": scripts,  # pabot starts ``robot`` and ``rebot`` by their names
            "PYTHONUTF8": "1",
            **ENVIRONMENT,
            _MARK: self._mark,
        }

    def run(self) -> int:
        """Run the tier with pabot and return its exit code."""
        names = self._tier.directory / _SUITE_NAMES
        known = names.exists()
        options = list(self._tier.pabot)
        if not {"--pabotlib", "--no-pabotlib", "--pabotlibport", "--pabotlibhost"} & set(options):
            options.append("--no-pabotlib")  # its fixed port would keep two checkouts from running at once
        try:
            with telling(self._night, self._tell):
                return self._child(
                    [
                        *(sys.executable, "-m", "pabot.pabot", *options, "--pabotconsole", "verbose"),
                        *self._options(self._night),
                        *("--listener", f"{LISTENER};{self._night}"),
                        *self._tier.sources,
                    ]
                )
        finally:
            if not known:
                names.unlink(missing_ok=True)

    def run_again(self) -> int:
        """Run the tests that failed once more, one after the other, but for those tagged ``once``.

        Their output is in ``rerun/``; there is none when nothing was run.
        """
        # pabot calls the root so when there are several; a test is found again by its full name.
        name = ("--name", _ROOT_OF_SEVERAL) if len(self._tier.sources) > 1 else ()
        return self._child(
            [
                *(sys.executable, "-m", "robot", "--rerunfailed", str(self._night / OUTPUT), *name),
                *("--exclude", ONCE),
                *self._options(self._night / RERUN),
                *self._tier.sources,
            ]
        )

    def probe(self, profile: str) -> int:
        """Look at the public pages of a profile's portal, anonymously (docs/probe.md)."""
        tier = read_tier(probe.TIER)
        directory = self._night / probe.DIRECTORY
        directory.mkdir(exist_ok=True)
        options = (*tier.robot, "--variable", f"PROFILE:{profile}", "--outputdir", str(directory))
        return self._child([sys.executable, "-m", "robot", *options, *tier.sources], tier.directory)

    def merge(self) -> Path:
        """Merge both tries for the dashboard and return the merged output."""
        merged = self._night / RERUN / MERGED
        none = ("--log", "NONE", "--report", "NONE", "--output", str(merged))
        outputs = (str(self._night / OUTPUT), str(self._night / RERUN / OUTPUT))
        self._child([sys.executable, "-m", "robot.rebot", "--merge", "--nostatusrc", *none, *outputs])
        return merged

    def _options(self, directory: Path) -> list[str]:
        # The tier's own options come later, so they win where Robot takes one value only.
        return [*_BOUNDS, *self._tier.robot, "--outputdir", str(directory)]

    def _child(self, command: Sequence[str], directory: Path | None = None) -> int:
        with (self._night / CONSOLE).open("a", encoding="utf-8") as console:
            child = subprocess.Popen(
                command,
                cwd=directory or self._tier.directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                # On POSIX Ctrl-C is ours to hand on, once; on Windows the console sends it to all of them.
                start_new_session=os.name == "posix",
            )
            try:
                for line in child.stdout or ():
                    console.write(line)
                return child.wait()
            except BaseException:
                _see_out(child)
                raise
            finally:
                if child.stdout:
                    child.stdout.close()
                end_marked(_MARK, self._mark)


def _see_out(child: subprocess.Popen[str]) -> None:
    """Let an interrupted child put its things away; a further Ctrl-C does not cut that short."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if os.name == "posix":
            child.send_signal(signal.SIGINT)
        for act, seconds in ((child.terminate, _EXIT_SECONDS), (child.kill, 5)):
            try:
                child.communicate(timeout=seconds)  # not wait(): a full pipe would keep it from ending
            except subprocess.TimeoutExpired:
                act()
            else:
                return
        child.wait(5)
    finally:
        signal.signal(signal.SIGINT, before)
