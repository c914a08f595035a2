"""The sandbox that a person uses by hand: what it tells them, and that Ctrl-C leaves nothing."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from rich.console import Console

from chukyso.errors import ChukysoError
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.rehearsal import rehearse

_PROGRAM = """
import sys
from pathlib import Path
from chukyso.sandbox import rehearse
rehearse(0, False, state=Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent as a signal")
def test_tells_everything_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(state)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout and process.stderr
    told = ""
    for line in process.stdout:
        told += line
        if "Ctrl-C" in line:
            break
    details = SandboxDetails.read(state)
    for value in (details.portal_url, details.tax_code, details.new_serial.upper(), "Tổ chức", "Chấp nhận"):
        assert value in told
    assert details.password_file.read_text() in told and details.pin_file.read_text() in told
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{details.portal_url}/api/config", timeout=10) as answer:
        assert "ws://127.0.0.1:" in json.dumps(json.load(answer))
    process.send_signal(signal.SIGINT)
    said, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, "")
    assert "Đã dừng sandbox" in said
    assert not state.exists() and not details.directory.exists()


def test_port_that_is_taken_is_an_error_and_not_an_end(sandbox) -> None:
    port = int(sandbox.details.portal_url.rpartition(":")[2])
    out = Console(file=io.StringIO())
    with pytest.raises(ChukysoError, match="SANDBOX_FAILED"):
        rehearse(port, open_browser=False, console=out, ended=threading.Event())
