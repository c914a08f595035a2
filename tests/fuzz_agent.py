"""Fuzz the agent for longer than a test run has time: ``CHUKYSO_FUZZ_SECONDS=600 python tests/fuzz_agent.py``.

Prints the seed of each round. A failure is shrunk and printed by hypothesis; the exit code is then 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import psutil
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from support.fuzz import Target, attack, target

ROUND = 400  # attacks against one pair of agents
_MIB = 1 << 20


def fuzz(live: Target, number: int) -> None:
    """One round."""

    @seed(number)
    @given(data=st.data())
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
    )
    def once(data: st.DataObject) -> None:
        live.check(attack(live, data))

    once()


def main() -> int:
    seconds = float(os.environ.get("CHUKYSO_FUZZ_SECONDS", "600"))
    end = time.monotonic() + seconds
    process = psutil.Process()
    number, baseline = int(time.time()), 0
    rounds = 0
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as directory, target(Path(directory)) as live:
            fuzz(live, number + rounds)
        rounds += 1
        memory = process.memory_info()
        baseline = baseline or memory.rss
        handles = process.num_handles() if sys.platform == "win32" else process.num_fds()
        print(
            f"round {rounds}, seed {number + rounds - 1}: {rounds * ROUND} attacks, "
            f"{memory.rss / _MIB:.0f} MiB ({(memory.rss - baseline) / _MIB:+.0f}), "
            f"{process.num_threads()} threads, {handles} handles",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
