"""How long making and sealing a run's report takes: ``python benchmarks/seal_report.py RESULTS [TIMES]``.

RESULTS is the output directory of a finished run in the sandbox; it is copied. Each time is taken in a process of its
own that has its modules loaded, as a run has at its end: a second report of one process would find pictures and fonts
in Typst's memory. Printed are the median and the range of the time that passed, and the processor time of that process
and its children (token worker).
"""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from chukyso.archive.sealing import seal_report
from chukyso.sandbox.client import Sandbox
from chukyso.seal.options import SealOptions, SealOrder


def measure(run: Path, options: SealOptions, pin_file: Path) -> tuple[float, float]:
    """Seal once; return seconds passed, and seconds of processor time."""
    order = SealOrder(options, lambda: pin_file.read_text(encoding="utf-8"))
    process = psutil.Process()
    before, start = process.cpu_times(), time.perf_counter()
    seal_report(run, order)
    passed = time.perf_counter() - start
    return passed, sum(process.cpu_times()[:4]) - sum(before[:4])


def main() -> None:
    """Seal several times and print what it took."""
    source, times = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as directory, Sandbox() as sandbox:
        run = Path(shutil.copytree(source, Path(directory) / "run"))
        details = sandbox.details
        options = SealOptions(
            module=str(details.token_module),
            token_serial=details.seal_token_serial,
            environment=dict(details.seal_environment),
            tsa_url=details.tsa_url,
            roots=str(details.root_certificate),
            rehearsal=True,
        )
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            found = [pool.apply(measure, (run, options, details.seal_pin_file)) for _ in range(times)]
    passed, spent = zip(*found, strict=True)
    print(f"passed: median {statistics.median(passed):.2f} s, {min(passed):.2f} to {max(passed):.2f} s")
    print(f"processor: median {statistics.median(spent):.2f} s; load {psutil.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
