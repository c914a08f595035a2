"""Measures the suite beside a plain Playwright script and a SeleniumLibrary suite; README.md says how and what.

Usage: python benchmarks/run.py [--rounds N] [--warm-up N] [--table shared|own|both] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from measure import Process, run_process
from phases import OURS, PHASES, SELENIUM, phases_of_script, phases_of_suite

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.options import ScenarioOptions

HERE = Path(__file__).parent
ROOT = HERE.parent
TITLES = {
    "shared": "One sandbox runs already; each run gets an account and a token of its own in it",
    "own": "Each run starts and stops its own sandbox",
}
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Contender:
    """One of the three.

    Attributes:
        name: As the tables call it.
        command: Builds the command from output directory and state file of a running sandbox, "" for none.
        phases: Reads the phases of a run from the process and its output directory.
    """

    name: str
    command: Callable[[Path, str], list[str]]
    phases: Callable[[Process, Path], dict[str, float]]


@dataclass
class Measured:
    """All runs of one contender in one table. Times are in seconds."""

    whole: list[float] = field(default_factory=list)
    phases: dict[str, list[float]] = field(default_factory=lambda: {phase: [] for phase in PHASES})
    peak_bytes: int = 0

    def add(self, process: Process, phases: dict[str, float]) -> None:
        self.whole.append(process.ended - process.started)
        for phase, seconds in phases.items():
            self.phases[phase].append(seconds)


def suite_command(suite: Path, output: Path, state: str) -> list[str]:
    options = ["--outputdir", str(output), "--variable", f"SANDBOX:{state}"]
    return [sys.executable, "-m", "robot", *options, str(suite)]


def script_command(output: Path, state: str) -> list[str]:
    return [sys.executable, str(HERE / "playwright_update.py"), str(output), *([state] if state else [])]


CONTENDERS = (
    Contender(
        "ours",
        lambda output, state: suite_command(ROOT / "suites" / "update.robot", output, state),
        lambda process, output: phases_of_suite(process, output / "output.xml", OURS),
    ),
    Contender("playwright", script_command, lambda process, _: phases_of_script(process)),
    Contender(
        "selenium",
        lambda output, state: suite_command(HERE / "selenium_update.robot", output, state),
        lambda process, output: phases_of_suite(process, output / "output.xml", SELENIUM),
    ),
)


def measure(table: str, rounds: int, warm_up: int, directory: Path) -> dict[str, Measured]:
    """Run the contenders in turn, round after round; the warm-up rounds are for the caches and for memory."""
    measured = {contender.name: Measured() for contender in CONTENDERS}
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox()) if table == "shared" else None
        for number in range(-warm_up, rounds):
            for contender in CONTENDERS:
                run(contender, measured[contender.name], sandbox, directory / f"{table}-{number}", number < 0)
            load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
            print(f"# {table}: {'warm-up' if number < 0 else f'round {number + 1} of {rounds}'}{load}", flush=True)
    return measured


def run(contender: Contender, measured: Measured, sandbox: Sandbox | None, directory: Path, warm_up: bool) -> None:
    """One run of one contender, with an account of its own."""
    output = directory / contender.name
    output.mkdir(parents=True)
    state = ""
    if sandbox:
        details = sandbox.control.scenario(ScenarioOptions())  # before the clock starts
        state = str(directory / f"{contender.name}.json")
        details.write(Path(state))
    command = contender.command(output, state)
    process = run_process(command, cwd=ROOT, console=output / "console.txt", memory=warm_up)
    if sandbox:
        registered = sandbox.control.account(details.tax_code)["registered_serial"]
        assert registered == details.new_serial, f"{contender.name} ended well, but registered {registered}"
    if warm_up:
        measured.peak_bytes = max(measured.peak_bytes, process.peak_bytes)
    else:
        measured.add(process, contender.phases(process, output))


def print_table(table: str, measured: dict[str, Measured]) -> None:
    """Medians, and how ours compares."""
    names = [contender.name for contender in CONTENDERS]
    print(f"\n{TITLES[table]} (seconds, median of {len(measured['ours'].whole)})\n")
    print("".join([f"{'':<12}", *(f"{name:>12}" for name in names), *(f"{'ours/' + name:>17}" for name in names[1:])]))
    rows = {"whole": {name: measured[name].whole for name in names}}
    rows |= {phase: {name: measured[name].phases[phase] for name in names} for phase in PHASES}
    for row, values in rows.items():
        print_row(row, [statistics.median(values[name]) for name in names], "{:.2f}")
    print_row("memory, MB", [measured[name].peak_bytes / MEGABYTE for name in names], "{:.0f}")
    print()
    for name in names:
        whole = measured[name].whole
        print(f"{name}: whole from {min(whole):.2f} to {max(whole):.2f}")
    for name in names[1:]:
        pairs = [ours / other for ours, other in zip(measured["ours"].whole, measured[name].whole, strict=True)]
        print(f"ours/{name} within one round: from {min(pairs):.2f} to {max(pairs):.2f}")


def print_row(title: str, values: list[float], form: str) -> None:
    ours, *others = values
    ratios = [f"{ours / other:>17.2f}" if other else f"{'–':>17}" for other in others]
    print("".join([f"{title:<12}", *(f"{form.format(value):>12}" for value in values), *ratios]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the suite beside Playwright and SeleniumLibrary.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default 5)")
    parser.add_argument("--warm-up", type=int, default=1, help="rounds before them (default 1); they measure memory")
    parser.add_argument("--table", choices=["shared", "own", "both"], default="both", help="which sandbox (see README)")
    parser.add_argument("--json", type=Path, help="file for all single values")
    options = parser.parse_args()
    if options.rounds < 1 or options.warm_up < 0:
        parser.error("at least one round, and no less than no warm-up")
    tables = list(TITLES) if options.table == "both" else [options.table]
    print(f"# {datetime.now():%F %R}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}")
    results = {}
    with tempfile.TemporaryDirectory(prefix="chukyso-benchmark-") as directory:
        for table in tables:
            results[table] = measure(table, options.rounds, options.warm_up, Path(directory))
    for table in tables:
        print_table(table, results[table])
    if options.json:
        values = {table: {name: vars(one) for name, one in found.items()} for table, found in results.items()}
        options.json.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
