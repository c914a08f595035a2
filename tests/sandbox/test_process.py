"""The sandbox as a process: it starts, answers, dies with its parent, leaves nothing behind, and keeps its secrets."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import SandboxOptions, ScenarioOptions

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="file modes and signals of POSIX")


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except ConnectionRefusedError:
        return False
    return True


def urls(details: SandboxDetails) -> tuple[str, str, str]:
    return details.portal_url, details.pki_url, details.control_url


def gone(details: SandboxDetails) -> bool:
    return not details.directory.exists() and not any(answers(url) for url in urls(details))


def eventually(condition: Callable[[], bool], seconds: float = 40) -> bool:
    """For what another process does and nobody tells us about."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def spawn(options: dict[str, object] | None = None) -> tuple[subprocess.Popen[str], dict[str, object]]:
    """Run the process without the client; returns it and its one line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chukyso.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(options or {}) + "\n")
    process.stdin.flush()
    return process, json.loads(process.stdout.readline())


def test_several_at_once_and_nothing_is_left() -> None:
    sandboxes = [Sandbox() for _ in range(3)]
    for one in sandboxes:
        one.start()
    details = [one.details for one in sandboxes]
    assert len({url for one in details for url in urls(one)}) == 9
    assert len({one.directory for one in details}) == len({one.token_serial for one in details}) == 3
    assert all(answers(url) for one in details for url in urls(one))
    assert all(urlsplit(url).hostname == "127.0.0.1" for one in details for url in urls(one))
    sandboxes[0].stop()
    assert gone(details[0])
    assert Control(details[1]).account(details[1].tax_code)["registered_serial"] == details[1].registered_serial
    for one in sandboxes:
        one.stop()  # again for the first: nothing happens
        assert not one.running
    assert all(gone(one) for one in details)


def test_start_returns_before_it_is_ready_and_details_wait() -> None:
    with Sandbox() as sandbox:
        assert sandbox.running
        assert not (next(iter(sandbox_directory(sandbox))) / "root.pem").exists()
        assert sandbox.details is sandbox.details
        with pytest.raises(ChukysoError) as caught:
            sandbox.start()
        assert caught.value.code is Code.SANDBOX_FAILED


def sandbox_directory(sandbox: Sandbox) -> list[Path]:
    return [sandbox._directory] if sandbox._directory else []


def test_ends_when_stdin_is_closed() -> None:
    process, line = spawn()
    details = SandboxDetails.from_dict(line)
    assert all(answers(url) for url in urls(details))
    out, err = process.communicate(timeout=40)  # closes stdin
    assert (process.returncode, out, err) == (0, "", "")
    assert gone(details)


def test_stopping_while_a_token_is_written_leaves_neither_writer_nor_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chukyso.sandbox.client._STOP_SECONDS", 0.0)
    sandbox = Sandbox()
    sandbox.start()
    try:
        writer = writer_of(sandbox)
        writer.suspend()
        (directory,) = sandbox_directory(sandbox)
    finally:
        sandbox.stop()
    assert psutil.wait_procs([writer], timeout=5)[0]
    assert not directory.exists()


def writer_of(sandbox: Sandbox) -> psutil.Process:
    """The process that writes the tokens, as soon as it is there."""
    assert sandbox._process
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process(sandbox._process.pid).children():
            with contextlib.suppress(psutil.Error):
                if "chukyso.sandbox.token_writer" in child.cmdline():
                    return child
        time.sleep(0.005)
    raise AssertionError("no token was written")


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_cleanly_when_interrupted(number: signal.Signals) -> None:
    process, line = spawn()
    details = SandboxDetails.from_dict(line)
    process.send_signal(number)
    assert process.wait(40) == 0
    assert process.stderr and process.stderr.read() == ""
    process.communicate()
    assert gone(details)


def test_ends_although_a_client_hangs() -> None:
    process, line = spawn()
    details = SandboxDetails.from_dict(line)
    parts = urlsplit(details.portal_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as client:
        client.sendall(b"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert gone(details)


def test_dies_with_its_parent() -> None:
    program = (
        "from chukyso.sandbox.client import Sandbox\n"
        "sandbox = Sandbox(); sandbox.start(); print(sandbox.details.to_json(), flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert parent.stdout
    details = SandboxDetails.from_json(parent.stdout.readline())
    assert answers(details.control_url)
    parent.kill()
    parent.communicate()
    assert eventually(lambda: gone(details))


def test_parent_that_forgets_to_stop_leaves_nothing() -> None:
    program = (
        "from chukyso.sandbox.client import Sandbox\n"
        "sandbox = Sandbox(); sandbox.start(); print(sandbox.details.to_json())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert gone(SandboxDetails.from_json(done.stdout))


def test_port_and_directory_as_wanted_and_kept(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = tmp_path / "sandbox"
    options = SandboxOptions(portal_port=port, directory=place, keep_directory=True)
    with Sandbox(options) as sandbox:
        details = sandbox.details
        assert details.portal_url == f"http://127.0.0.1:{port}"
        with Sandbox(SandboxOptions(portal_port=port)) as second, pytest.raises(ChukysoError) as caught:
            _ = second.details
        assert caught.value.code is Code.SANDBOX_FAILED and str(port) in str(caught.value)
    assert not answers(details.portal_url)
    assert "ready" in (place / "sandbox.log").read_text(encoding="utf-8")
    with pytest.raises(ChukysoError, match="không rỗng"):
        Sandbox(SandboxOptions(directory=place)).start()
    assert place.exists()


def test_secrets_reach_the_process_but_neither_environment_nor_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    password, pin = "CANARY-password-4711", "CANARY-pin"
    monkeypatch.setenv("PORTAL_PASSWORD", password)
    monkeypatch.setenv("TOKEN_PIN", pin)
    monkeypatch.setenv("ANOTHER_NAME", password)
    options = SandboxOptions(scenario=ScenarioOptions(password=password, pin=pin))
    assert password not in repr(options) and pin not in repr(options)
    with Sandbox(options) as sandbox:
        details = sandbox.details
        assert details.password_file.read_text() == password
        assert details.pin_file.read_text() == pin
        assert details.password_reference == f"file:{details.password_file}"
        assert "CANARY" not in details.to_json() and details.control_secret not in repr(details)
        Control(details).scenario(ScenarioOptions(password=password, pin=pin))
        assert "CANARY" not in (details.directory / "sandbox.log").read_text(encoding="utf-8")
        assert sandbox._process
        process = Path(f"/proc/{sandbox._process.pid}")
        if process.exists():
            assert b"CANARY" not in (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            assert b"PATH=" in (process / "environ").read_bytes()


def test_secrets_are_random_by_default() -> None:
    with Sandbox() as first, Sandbox() as second:
        passwords = [one.details.password_file.read_text() for one in (first, second)]
        pins = [one.details.pin_file.read_text() for one in (first, second)]
    assert len(set(passwords)) == len(set(pins)) == 2
    assert all(len(one) == 16 and one.isalnum() for one in passwords)
    assert all(len(one) == 8 and one.isdigit() for one in pins)


@posix_only
def test_nobody_else_can_read_its_files(sandbox: Sandbox, tmp_path: Path) -> None:
    details = sandbox.details
    state = tmp_path / "state.json"
    state.write_text("old", encoding="ascii")
    state.chmod(0o644)
    details.write(state)
    assert SandboxDetails.read(state) == details

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert [mode(path) for path in (state, details.password_file, details.pin_file)] == [0o600] * 3
    assert mode(details.directory) == mode(details.password_file.parent) == 0o700
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208 - the names are what counts


def test_attached_one_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    sandbox.details.write(state)
    with Sandbox.attach(state) as attached:
        assert attached.details == sandbox.details
        assert attached.control.details() == sandbox.details
    assert all(answers(url) for url in urls(sandbox.details))


def test_attaching_to_nothing_is_an_error(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    for content in (None, "no JSON", "[]", '{"portal_url": "http://127.0.0.1:1"}'):
        if content is not None:
            state.write_text(content, encoding="ascii")
        with pytest.raises(ChukysoError) as caught:
            Sandbox.attach(state)
        assert caught.value.code is Code.SANDBOX_UNREACHABLE
        assert str(state) in str(caught.value)
    with Sandbox() as ended:
        ended.details.write(state)
    with pytest.raises(ChukysoError) as caught:
        Sandbox.attach(state)
    assert caught.value.code is Code.SANDBOX_UNREACHABLE


def test_not_ready_in_time_names_it_and_can_be_stopped() -> None:
    sandbox = Sandbox(start_seconds=0.01)
    sandbox.start()
    with pytest.raises(ChukysoError) as caught:
        _ = sandbox.details
    assert caught.value.code is Code.SANDBOX_FAILED and "0.01" in str(caught.value)
    directory = sandbox_directory(sandbox)[0]
    sandbox.stop()
    assert not directory.exists()
    with pytest.raises(ChukysoError):
        _ = sandbox.details


def test_not_started() -> None:
    sandbox = Sandbox()
    sandbox.stop()
    with pytest.raises(ChukysoError) as caught:
        _ = sandbox.details
    assert caught.value.code is Code.SANDBOX_FAILED


@posix_only
def test_process_that_crashes_is_an_error_with_the_end_of_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'ImportError: no such thing' >&2\nexit 3\n", encoding="ascii")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with Sandbox() as sandbox, pytest.raises(ChukysoError) as caught:
        _ = sandbox.details
    assert caught.value.code is Code.SANDBOX_FAILED
    assert "ImportError: no such thing" in caught.value.detail


def test_unknown_options_are_refused() -> None:
    process, line = spawn({"portal_prot": 80})
    error = line["error"]
    assert isinstance(error, dict) and error["code"] == "OPTION_INVALID"
    process.communicate(timeout=40)
    assert process.returncode == 1


@pytest.mark.parametrize(
    "wrong",
    [{"units": 0}, {"certificates": ("new", "new")}, {"pin": "123"}, {"password": ""}, {"tax_code": "0101234567"}],
)
def test_scenarios_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ChukysoError):
        ScenarioOptions(**wrong)  # type: ignore[arg-type]


def test_portal_serves_its_page(sandbox: Sandbox) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(sandbox.details.portal_url + "/api/config", timeout=10) as answer:
        assert answer.status == 200
