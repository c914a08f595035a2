"""``chukyso agent`` as a person starts it: a process with a token, a pinentry and Ctrl-C."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from websockets.sync.client import connect

from chukyso.signature.verify import check_signature
from support.agent import ORIGIN, TIMEOUT, Bench, Page, open_bench
from support.pinentry import Desktop, desktop
from support.token import PIN, WRONG_PIN


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with desktop(tmp_path_factory.mktemp("desktop")) as opened:
        yield opened


class Command:
    """The command, and the directory that is its state."""

    def __init__(self, bench: Bench, desk: Desktop, state: Path) -> None:
        self.state = state
        self._module = str(bench.hsm.module)
        self._environment = {
            **os.environ,
            **bench.hsm.environment,
            "CHUKYSO_PINENTRY": str(desk.program),
            "CHUKYSO_STATE_DIR": str(state),
            "COLUMNS": "200",
        }

    def line(self, *options: str) -> list[str]:
        given = ["--origin", ORIGIN, "--module", self._module, *options]
        return [sys.executable, "-c", "from chukyso.cli import main; main()", "agent", *given]

    def start(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.line(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self._environment
        )

    def fails(self, *options: str, **changed: str) -> str:
        done = subprocess.run(
            self.line(*options),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**self._environment, **changed},
        )
        assert done.returncode == 1, done
        assert done.stdout == ""
        return done.stderr

    @contextmanager
    def running(self, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """The process and what it printed when it was ready."""
        process = self.start("--port", "0", *options)
        assert process.stdout
        printed = []
        try:
            for line in process.stdout:
                printed.append(line)
                if "Ctrl-C" in line:
                    break
            assert printed and "Ctrl-C" in printed[-1], (printed, process.communicate())
            yield process, "".join(printed)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    @property
    def log(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in self.state.glob("agent-*.log"))


@pytest.fixture
def command(bench: Bench, desk: Desktop, tmp_path: Path) -> Command:
    return Command(bench, desk, tmp_path)


@contextmanager
def page_of(printed: str) -> Iterator[Page]:
    address = re.search(r"ws://127\.0\.0\.1:\d+/v1", printed)
    assert address
    with connect(address.group(), origin=ORIGIN, proxy=None, compression=None) as socket:  # type: ignore[arg-type]
        yield Page(socket)


def test_a_person_signs_and_stops_it(bench: Bench, desk: Desktop, command: Command) -> None:
    with command.running() as (process, printed):
        for fact in (ORIGIN, bench.serial, str(desk.program), "agent-0.log"):
            assert fact in printed
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        with page_of(printed) as asking:
            asking.send("get-certificate")
            desk.dialog().accept()
            assert asking.answer()["type"] == "certificate"
            asking.ask_signature(bench.certificate)
            desk.dialog().accept()
            desk.dialog().accept(PIN)
            check_signature(base64.b64decode(asking.answer()["document"]), expected=bench.certificate)
        process.send_signal(signal.SIGTERM)
        rest, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, complaints
        assert "đã ký Tờ khai" in rest
        assert rest.rstrip().endswith("Bộ ký số đã dừng.")
        assert complaints == ""
        assert not [child for child in children if child.is_running()]
    assert PIN not in printed + rest + command.log


def test_ctrl_c_ends_what_is_under_way(desk: Desktop, command: Command) -> None:
    with command.running() as (process, printed), page_of(printed) as asking:
        asking.send("get-certificate")
        dialog = desk.dialog()
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=TIMEOUT)
        dialog.wait_until_gone()
        assert process.returncode == 130, complaints
        assert complaints == ""
        assert not [child for child in children if child.is_running()]


def test_it_says_short_what_it_refused_and_logs_it_in_full(command: Command, bench: Bench, desk: Desktop) -> None:
    with command.running() as (process, printed), page_of(printed) as asking:
        asking.ask_signature(bench.certificate)
        assert asking.error() == "refused"
        port = int(printed.split("ws://127.0.0.1:")[1].split("/")[0])
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(b"GET /v1 HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                assert b" 403 " in stranger.recv(100)
        asking.send("get-certificate")
        desk.dialog().accept()
        assert asking.answer()["type"] == "certificate"
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=TIMEOUT)
    assert "[REQUEST_NOT_OURS]" in rest
    assert rest.count("Đã từ chối một kết nối lạ") == 1  # not once for each
    assert "asked for a signature before a certificate was shared" in command.log
    assert command.log.count("evil.example") == 3


@pytest.mark.parametrize(
    ("options", "changed", "code"),
    [
        (("--origin", "portal.example"), {}, "[OPTION_INVALID]"),
        (("--token-serial", "nobody"), {}, "[TOKEN_NOT_FOUND]"),
        (("--evidence", "kept"), {}, "[OPTION_INVALID]"),
        (("--module", "/nowhere/module.so"), {}, "[MODULE_NOT_FOUND]"),
        ((), {"CHUKYSO_PINENTRY": "/nowhere/pinentry"}, "[PINENTRY_MISSING]"),
        ((), {"CHUKYSO_STATE_DIR": "/proc/nowhere"}, "[OUTPUT_NOT_WRITABLE]"),
    ],
)
def test_what_is_wrong_is_said(command: Command, options: tuple[str, ...], changed: dict[str, str], code: str) -> None:
    assert code in command.fails("--port", "0", *options, **changed)


def test_a_port_that_is_taken_is_said_with_what_to_do(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        complaint = command.fails("--port", port)
    assert "[AGENT_PORT_TAKEN]" in complaint
    assert port in complaint
    assert "--port" in complaint


def test_a_wrong_pin_is_remembered_for_the_next_start(desk: Desktop, tmp_path: Path) -> None:
    with open_bench(tmp_path / "token") as bench:
        command = Command(bench, desk, tmp_path / "state")
        for code in ("PIN_INCORRECT", "PIN_FAILED_BEFORE"):
            with command.running() as (_, printed), page_of(printed) as asking:
                asking.send("get-certificate")
                desk.dialog().accept()
                assert asking.answer()["type"] == "certificate"
                asking.ask_signature(bench.certificate)
                desk.dialog().accept()
                desk.dialog().accept(WRONG_PIN)
                assert asking.error() == "failed"
                assert code in command.log
                desk.dialog().accept()  # which says so
