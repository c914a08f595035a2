"""Signing through the token worker beside a bare PyKCS11 loop on the same SoftHSM2 token, in turn; run by hand.

``python benchmarks/signing.py [--rounds N] [--count N]``. Prints medians and their ratios, and what opening agent,
worker and token costs. It starts a sandbox for its token and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import SandboxOptions
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate
from TokenLibrary.session import Session
from TokenLibrary.signer import SignerKeywords
from TokenLibrary.token import TokenKeywords

BARE = Path(__file__).with_name("signing_bare.py")
DATA_BYTES = 1400  # a SignedInfo with two References


class Bench:
    """One account's token in a sandbox."""

    def __init__(self, details: SandboxDetails) -> None:
        self._details = details
        self._pin = details.pin_file.read_text(encoding="utf-8")
        with self.worker() as worker:
            found = {one.certificate.serial: one for one in worker.certificates(details.token_serial)}
        self._entry: TokenCertificate = found[details.new_serial]

    def worker(self) -> TokenWorker:
        return TokenWorker(self._details.token_module, self._details.token_environment)

    def bare(self, count: int) -> dict[str, float]:
        """The bare loop, in a fresh process: seconds for the loop and for the whole process."""
        job = {
            "module": str(self._details.token_module),
            "serial": self._details.token_serial,
            "pin": self._pin,
            "key": self._entry.key_id.hex(),
            "count": count,
            "size": DATA_BYTES,
        }
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(BARE)],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **self._details.token_environment},
        )
        return {"loop": float(done.stdout), "whole": time.perf_counter() - started}

    def ours(self, count: int) -> dict[str, float]:
        """``sign_many`` (or ``sign`` for one) through a fresh worker: from the call to verified signatures; and all."""
        started = time.perf_counter()
        with self.worker() as worker:
            worker.certificates(self._details.token_serial)  # loaded and read, as in a run
            signing = time.perf_counter()
            data = [bytes(DATA_BYTES - 4) + number.to_bytes(4) for number in range(count)]
            worker.sign_many(
                self._details.token_serial,
                self._entry.key_id,
                data,
                self._pin,
                certificate=self._entry.certificate,
            )
            loop = time.perf_counter() - signing
        return {"loop": loop, "whole": time.perf_counter() - started}

    def opening(self) -> dict[str, float]:
        """What a run does before the page can ask: worker, token, certificates, agent."""
        session = Session()
        started = time.perf_counter()
        TokenKeywords(session).open_token(
            self._details.token_module,
            serial=self._details.token_serial,
            environment=dict(self._details.token_environment),
        )
        TokenKeywords(session).list_certificates()
        token = time.perf_counter() - started
        SignerKeywords(session).start_signing_agent(self._details.portal_url)
        opened = time.perf_counter() - started
        session.close()
        return {"token": token, "opened": opened, "closed": time.perf_counter() - started - opened}


def compare(rounds: int, first: Callable[[], dict[str, float]], second: Callable[[], dict[str, float]]) -> None:
    """Run both in turn and print, for each thing that both tell, medians, their ratio, and the rounds' ratios."""
    pairs = [(first(), second()) for _ in range(rounds + 1)][1:]  # the first fills the file cache
    for name in pairs[0][0]:
        ours, bare = ([one[name] for one in column] for column in zip(*pairs, strict=True))
        ratios = [theirs / mine for mine, theirs in zip(ours, bare, strict=True)]
        middle = [statistics.median(column) for column in (ours, bare)]
        print(f"  {name:<6} worker {middle[0] * 1000:8.1f} ms   bare {middle[1] * 1000:8.1f} ms", end="   ")
        print(f"throughput ratio {middle[1] / middle[0]:.2f} (in single rounds {min(ratios):.2f} to {max(ratios):.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=200)
    arguments = parser.parse_args()
    with Sandbox(SandboxOptions()) as sandbox:
        bench = Bench(sandbox.details)
        for count in (arguments.count, 1):
            print(f"{count} signature(s), RSA-2048; load average {os.getloadavg()[0]:.1f}")
            compare(arguments.rounds, lambda n=count: bench.ours(n), lambda n=count: bench.bare(n))
        print(f"Opening; load average {os.getloadavg()[0]:.1f}")
        opened = [bench.opening() for _ in range(arguments.rounds + 1)][1:]
        for name in opened[0]:
            values = [one[name] * 1000 for one in opened]
            print(f"  {name:<6} {statistics.median(values):8.1f} ms ({min(values):.1f} to {max(values):.1f})")


if __name__ == "__main__":
    main()
