"""Fuzz the verifier for longer than a test run has time: ``python tests/fuzz_verify.py --seconds 600``.

Each case is verified by a child process, which has five seconds and 300 MiB for it. Whatever it is that goes wrong
(another error than ours, too long, too much) is written to a file with all that is needed to see it again:
``python tests/fuzz_verify.py --again FILE``. The exit code is then 1. ``--heavy`` measures what is known to cost much.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from support.examiner import Examiner, Measured, examiner
from support.fuzz_verify import Fuzz
from support.heavy import heavy_cases
from support.stranger import Case, Office

SECONDS, MEMORY = 5, 300  # of computing; MiB
GUARD = 60  # seconds; for a machine on which others compute as well
ROUND = 400  # cases in one process
# Refused in order, but for an error that nobody thought of by name: worth a look.
_BUILT_IN = re.compile(
    r"^\w+: (?:Attribute|Unbound\w+|Type|Index|Key|Recursion|Memory|NotImplemented|Overflow)Error.{0,60}"
)


def wrong(measured: Measured) -> str:
    """What is wrong with it, in one line, or ""."""
    if measured.error:
        return measured.error.strip().splitlines()[-1]
    if measured.seconds > SECONDS:
        return f"{measured.seconds:.1f} s"
    return f"{measured.memory:.0f} MiB" if measured.memory > MEMORY else ""


def fuzz(child: Examiner, seconds: float, seed: int, directory: Path) -> int:
    """Return how many kinds of faults were found."""
    random, makes = Random(seed), Fuzz()  # noqa: S311 - no secret is drawn from it
    end = time.monotonic() + seconds
    said: Counter[str] = Counter()
    unexpected: Counter[str] = Counter()
    faults: dict[str, Path] = {}
    slowest, most, count = 0.0, 0.0, 0
    while time.monotonic() < end:
        case = makes.case(random)
        measured = child.examine(case)
        said[measured.said] += 1
        if built_in := _BUILT_IN.search(measured.why):
            unexpected[built_in.group()] += 1
        slowest, most, count = max(slowest, measured.seconds), max(most, measured.memory), count + 1
        why = wrong(measured)
        if why and why not in faults:
            faults[why] = directory / f"{case.name.replace(' ', '-')}-{len(faults) + 1}.pickle"
            faults[why].write_bytes(pickle.dumps(case))
            print(f"{case.name}: {why}\n  {faults[why]}\n{measured.error}", flush=True)
        if count % ROUND == 0 or measured.memory > MEMORY:
            child.renew()
        if count % ROUND == 0:
            print(f"{count} cases, slowest {slowest:.2f} s, most {most:.0f} MiB, {len(faults)} faults", flush=True)
    print(f"seed {seed}: {count} cases, slowest {slowest:.2f} s, most {most:.0f} MiB, {len(faults)} faults")
    for verdict, number in said.most_common():
        print(f"{number:8} {verdict or '(nothing)'}")
    print("reasons that name an error of Python's:")
    for why, number in unexpected.most_common():
        print(f"{number:8} {why}")
    return len(faults)


def weigh(child: Examiner) -> int:
    """Go through what is known to cost much; return how much of it is over a bound."""
    over = 0
    for case in heavy_cases(Office()):
        child.renew()
        measured = child.examine(case)
        why = wrong(measured)
        over += bool(why)
        print(f"{measured.seconds:6.2f} s {measured.memory:5.0f} MiB  {case.name}: {why or measured.said}", flush=True)
    return over


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--directory", type=Path, help="where cases that go wrong are written")
    parser.add_argument("--heavy", action="store_true", help="go through what is known to cost much, nothing else")
    parser.add_argument("--again", type=Path, metavar="FILE", help="verify one case that was written, nothing else")
    wanted = parser.parse_args()
    if wanted.again:
        case: Case = pickle.loads(wanted.again.read_bytes())  # noqa: S301 - written by this very program
        print(case.verdict())
        return 0
    directory = wanted.directory or Path(tempfile.mkdtemp(prefix="fuzz-verify-"))
    directory.mkdir(parents=True, exist_ok=True)
    with examiner(GUARD) as child:
        faults = weigh(child) if wanted.heavy else fuzz(child, wanted.seconds, wanted.seed, directory)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
