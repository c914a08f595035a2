"""A sandbox whose page signs by the client, one browser with its extension, and clients of accounts of their own."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import SandboxOptions, ScenarioOptions
from chukyso.sandbox.portal.model import LoginWay, SigningWay
from chukyso.sandbox.signing_client import EXTENSION
from chukyso.sandbox.signing_client.installation import Installation, install
from support import client_windows
from support.chromium import Chromium, Tab, chromium


@dataclass(frozen=True)
class Client:
    """An installed client: its account, and the script of whoever sits at its windows."""

    details: SandboxDetails
    control: Control
    installation: Installation
    script: Path
    heard: Path
    wanted: dict[str, str] = field(default_factory=dict)

    def plays(self, **wanted: str) -> None:
        """Change what the person does: ``row`` a serial, ``pin`` a file; or ``cancelled``, ``closed``."""
        self.wanted.update(wanted)
        self.script.write_text(json.dumps(self.wanted), encoding="utf-8")

    @property
    def windows(self) -> list[dict[str, Any]]:
        """The windows that were asked for."""
        lines = self.heard.read_text(encoding="utf-8").splitlines() if self.heard.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def log(self) -> str:
        return self.installation.log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def client_sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(signing=SigningWay.CLIENT, login=LoginWay.PERSON)) as running:
        yield running


@pytest.fixture(scope="session")
def user_data() -> Path:
    return Path(tempfile.mkdtemp(prefix="chukyso-client-"))


@pytest.fixture(scope="session")
def browser(user_data: Path) -> Iterator[Chromium]:
    """A browser with the extension; it reads the registration of the host anew for each request."""
    load = f"--load-extension={EXTENSION}", f"--disable-extensions-except={EXTENSION}"
    with chromium(*load, directory=user_data) as running:
        yield running


@pytest.fixture
def client(client_sandbox: Sandbox, user_data: Path, tmp_path: Path) -> Callable[..., Client]:
    """Make an account, and install the client for its token."""

    def make(pin_window: str = "accept", **scenario: Any) -> Client:
        details = client_sandbox.control.scenario(ScenarioOptions(**scenario))
        script, heard = tmp_path / "script.json", tmp_path / "heard.jsonl"
        command = [sys.executable, str(Path(client_windows.__file__)), str(script)]
        installation = install(details, user_data, command=command, environment={}, pin_window=pin_window)
        made = Client(details, client_sandbox.control, installation, script, heard)
        made.plays(row=details.new_serial, pin=str(details.pin_file), heard=str(heard))
        return made

    return make


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Tab]:
    tab = browser.first_tab()
    yield tab
    browser.call("Target.closeTarget", targetId=tab.target)
