"""Measures the suite beside a plain Playwright script and a SeleniumLibrary suite; README.md says how and what.

Usage: python benchmarks/run.py [--rounds N] [--warm-up N] [--table shared|own|both] [--write] [--json FILE]
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

from document import write_document
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


def measure(table: str, rounds: int, warm_up: int, directory: Path, loads: list[float]) -> dict[str, Measured]:
    """Run the contenders in turn, round after round; the warm-up rounds are for the caches and for memory."""
    measured = {contender.name: Measured() for contender in CONTENDERS}
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox()) if table == "shared" else None
        for number in range(-warm_up, rounds):
            for contender in CONTENDERS:
                run(contender, measured[contender.name], sandbox, directory / f"{table}-{number}", number < 0)
            load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
            loads += [load] * (number >= 0)
            place = "warm-up" if number < 0 else f"round {number + 1} of {rounds}"
            print(f"# {table}: {place}, load average {load:.1f}", flush=True)
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


def make_table(measured: dict[str, Measured]) -> str:
    """Medians, and how ours compares, as a Markdown table."""
    names = [contender.name for contender in CONTENDERS]
    titles = ["median", *names, *(f"ours / {name}" for name in names[1:])]
    rows = [titles, ["---"] * len(titles)]
    seconds = {"whole, s": {name: measured[name].whole for name in names}}
    seconds |= {f"{phase}, s": {name: measured[name].phases[phase] for name in names} for phase in PHASES}
    for title, values in seconds.items():
        rows.append(make_row(title, [statistics.median(values[name]) for name in names], "{:.2f}"))
    rows.append(make_row("memory, MiB", [measured[name].peak_bytes / MEGABYTE for name in names], "{:.0f}"))
    ranges = [f"{min(measured[name].whole):.2f} to {max(measured[name].whole):.2f}" for name in names]
    for name in names[1:]:
        pairs = [ours / other for ours, other in zip(measured["ours"].whole, measured[name].whole, strict=True)]
        ranges.append(f"{min(pairs):.2f} to {max(pairs):.2f}")
    rows.append([f"whole, {len(measured['ours'].whole)} rounds", *ranges])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def make_row(title: str, values: list[float], form: str) -> list[str]:
    ours, *others = values
    return [title, *map(form.format, values), *(f"{ours / other:.2f}" if other else "–" for other in others)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the suite beside Playwright and SeleniumLibrary.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default 5)")
    parser.add_argument("--warm-up", type=int, default=1, help="rounds before them (default 1); they measure memory")
    parser.add_argument("--table", choices=["shared", "own", "both"], default="both", help="which sandbox (see README)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--json", type=Path, help="file for all single values")
    options = parser.parse_args()
    if options.rounds < 1 or options.warm_up < 0:
        parser.error("at least one round, and no less than no warm-up")
    tables = list(TITLES) if options.table == "both" else [options.table]
    print(f"# {datetime.now():%F %R}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}")
    results: dict[str, dict[str, Measured]] = {}
    loads: list[float] = []
    with tempfile.TemporaryDirectory(prefix="chukyso-benchmark-") as directory:
        for table in tables:
            results[table] = measure(table, options.rounds, options.warm_up, Path(directory), loads)
    written = {TITLES[table]: make_table(results[table]) for table in tables}
    for title, text in written.items():
        print(f"\n{title}\n\n{text}")
    if options.write:
        write_document(written, loads)
    if options.json:
        values = {table: {name: vars(one) for name, one in found.items()} for table, found in results.items()}
        options.json.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
