"""A SoftHSM2 token behind the module that misbehaves (``token_shim.c``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chukyso.token.client import TokenWorker
from support.token import PIN, Entry, SoftHsm, build_shim, issue, softhsm_token

DATA = b"data"


@dataclass
class Bench:
    """A token behind the shim."""

    hsm: SoftHsm
    shim: Path
    serial: str
    entry: Entry

    @property
    def journal(self) -> list[str]:
        path = self.hsm.directory / "journal"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    @property
    def logins(self) -> int:
        return sum(line.startswith("C_Login") for line in self.journal)

    def environment(self, words: str) -> dict[str, str]:
        return {
            **self.hsm.environment,
            "SHIM_MODULE": str(self.hsm.module),
            "SHIM": words,
            "SHIM_JOURNAL": str(self.hsm.directory / "journal"),
            "SHIM_TRIES": str(self.hsm.directory / "tries"),
            "SHIM_PIN": PIN,
        }

    def worker(self, words: str, timeout: float = 20, **options: Any) -> TokenWorker:
        return TokenWorker(self.shim, self.environment(words), timeout, **options)

    def sign(self, worker: TokenWorker, pin: str = PIN, *, unattended: bool = True) -> bytes:
        return worker.sign(self.serial, self.entry.key_id, DATA, pin, unattended=unattended)


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


def make_bench(shim: Path, directory: Path, **options: bool) -> Bench:
    hsm = softhsm_token(directory)
    entry = issue(**options)
    return Bench(hsm, shim, hsm.add_token(entries=[entry]), entry)
