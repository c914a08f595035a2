"""What the tests share: one sandbox for the whole session, accounts of their own, and real runs of the suite."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import SandboxOptions, ScenarioOptions
from chukyso.state import VARIABLE as STATE_VARIABLE
from support.account import account_variables
from support.paths import ROOT
from support.run import SUITE, Run, RunUpdate


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in the order that this number gives")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the files with whole runs among the others, which keep the cores busy while a run waits.

    By name most of them stand at the end, where six runs at once only wait for each other.
    """
    seed = config.getoption("--shuffle")
    if seed is not None:
        random.Random(seed).shuffle(items)  # noqa: S311 - an order, no secret
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    places: list[tuple[float, list[pytest.Item]]] = []
    for kind in (True, False):
        same = [file for file in files.values() if kind is any(item.get_closest_marker("slow") for item in file)]
        total, before = sum(map(len, same)), 0
        for file in same:
            places.append((before / total, file))
            before += len(file)
    items[:] = [item for _, file in sorted(places, key=lambda place: place[0]) for item in file]


@pytest.fixture(scope="session")
def _states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test sees or changes what this user's installation remembers; processes that tests start inherit it."""
    directory = tmp_path_factory.mktemp("states")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_VARIABLE, str(directory / "shared"))
        yield directory


@pytest.fixture(autouse=True)
def _state(_states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a state directory of its own: what one learnt about a token's PIN is nothing to the next."""
    monkeypatch.setenv(STATE_VARIABLE, str(_states / uuid4().hex))


@pytest.fixture
def hangup() -> Iterator[None]:
    """What a test starts gets SIGHUP as from a terminal, also when ``nohup`` started the tests."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions()) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Callable[..., SandboxDetails]:
    """Make an account with a token of its own in the shared sandbox."""
    return lambda **spec: Control(sandbox.details).scenario(ScenarioOptions(**spec))


@pytest.fixture
def run_update(tmp_path: Path) -> RunUpdate:
    """Run a suite as an operator would: for an account of the tests' sandbox, or None for a sandbox of its own."""

    def run(
        details: SandboxDetails | None,
        *,
        suite: Path = SUITE,
        env: Mapping[str, str] | None = None,
        answers: str = "",
        arguments: tuple[str, ...] = (),
        **variables: object,
    ) -> Run:
        given = (account_variables(details, tmp_path / "sandbox.json") if details else {}) | variables
        directory = tmp_path / "results"
        command = [sys.executable, "-m", "robot", "--outputdir", str(directory)]
        for name, value in given.items():
            command += ["--variable", f"{name}:{value}"]
        done = subprocess.run(
            [*command, *arguments, str(suite)],
            cwd=ROOT,
            env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
            input=answers,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr, directory)

    return run
