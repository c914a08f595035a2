"""Run the regression suites with their faults left out and with their expectations broken: every case must fail.

``python tests/robot/regression/prove.py [--output DIRECTORY]`` takes twice as long as the nightly tier; ``--suite
Regression.Form`` only does what is below it. Exit code 0 when every case failed as it should, 1 when one did not, 2
when the suites could not be run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from breaking import EXPECTATIONS, FAULTS, NO_FAULT, ROOT, expectations
from robot.api import ExecutionResult, TestSuite

SUITES = ROOT / "suites" / "regression"
PARTS = ("Outcome:", "Code:", "Words:")


def run(what: str, output: Path, chosen: str) -> dict[str, tuple[str, str]]:
    """Run everything broken in one way; returns status and message by the case's full name."""
    modifier = f"{Path(__file__).with_name('breaking.py')}:{what}"
    command = [
        *(sys.executable, "-m", "pabot.pabot", "--no-pabotlib", "--chunk", "--testlevelsplit", "--processes", "2"),
        *("--pabotconsole", "none", "--nostatusrc", "--maxerrorlines", "NONE", "--prerunmodifier", modifier),
        *("--outputdir", str(output), "--suite", chosen, str(SUITES)),
    ]
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PYTHONUTF8": "1", "PATH": scripts}
    with tempfile.TemporaryDirectory() as place:  # pabot leaves a file in the current directory
        subprocess.run(command, cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL)
    result = ExecutionResult(output / "output.xml")
    return {test.full_name: (test.status, test.message) for test in result.suite.all_tests}


def survived(suite: TestSuite, found: dict[str, tuple[str, str]], what: str) -> list[str]:
    """Cases that did not fail, or not for everything that was broken in them."""
    wrong = []
    for test in suite.all_tests:
        if what == FAULTS and NO_FAULT in test.tags:
            continue
        status, message = found.get(test.full_name, ("NOT RUN", ""))
        if status != "FAIL" or "suite setup failed" in message:
            wrong.append(f"{test.full_name}: {status} {message[:200]}")
        elif what == EXPECTATIONS and heard_of(message) < expectations(test):
            wrong.append(f"{test.full_name}: not every one of {expectations(test)} was noticed\n{message}")
        elif what == EXPECTATIONS and not all(part in message for part in PARTS):
            wrong.append(f"{test.full_name}: not every part of the ending was noticed\n{message}")
    return wrong


def heard_of(message: str) -> int:
    """How many failures a message is about."""
    if not message.startswith("Several failures occurred:"):
        return 1
    return sum(line.partition(") ")[0].isdigit() for line in message.splitlines())


def main() -> int:
    """Run both and say what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="where the logs go; nowhere by default")
    parser.add_argument("what", nargs="*", choices=[FAULTS, EXPECTATIONS, []], help="one of the two only")
    parser.add_argument("--suite", default=SUITES.name, help="as Robot's own option; everything by default")
    given = parser.parse_args()
    suite = TestSuite.from_file_system(SUITES)
    suite.filter(included_suites=given.suite)
    code = 0
    with tempfile.TemporaryDirectory() as scratch:
        for what in given.what or (FAULTS, EXPECTATIONS):
            found = run(what, (given.output or Path(scratch)) / what, given.suite)
            wrong = survived(suite, found, what)
            print(f"{what}: {len(found)} cases were run, {len(found) - len(wrong)} failed as they should")
            print("".join(f"  {line}\n" for line in wrong), end="")
            code = code or int(bool(wrong))
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
