"""How long printing and sealing a run's report takes: ``python benchmarks/seal_report.py RESULTS [TIMES]``.

RESULTS is the output directory of a finished run in the sandbox; it is copied. Printed are the median and the range of
the time that passed, and the processor time of this process and of its children (browser, token worker).
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from chukyso.sandbox.client import Sandbox
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.seal.report import seal_report


def main() -> None:
    """Seal several times and print what it took."""
    source, times = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    process, passed, spent = psutil.Process(), [], []
    with tempfile.TemporaryDirectory() as directory, Sandbox() as sandbox:
        run = Path(shutil.copytree(source, Path(directory) / "run"))
        details = sandbox.details
        options = SealOptions(
            module=str(details.token_module),
            token_serial=details.seal_token_serial,
            environment=details.seal_environment,
            tsa_url=details.tsa_url,
            roots=str(details.root_certificate),
            rehearsal=True,
        )
        order = SealOrder(options, lambda: details.seal_pin_file.read_text(encoding="utf-8"))
        for _ in range(times):
            before, start = process.cpu_times(), time.perf_counter()
            seal_report(run, order)
            passed.append(time.perf_counter() - start)
            after = process.cpu_times()
            spent.append(sum(after[:4]) - sum(before[:4]))
    print(f"passed: median {statistics.median(passed):.2f} s, {min(passed):.2f} to {max(passed):.2f} s")
    print(f"processor: median {statistics.median(spent):.2f} s; load {psutil.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
