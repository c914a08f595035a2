"""A Windows under Wine comes and goes, and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from chukyso.errors import Code
from chukyso.sandbox.wine import small
from chukyso.sandbox.wine.session import WindowsSession
from support.token import failure

KILLED = """
import sys, time
from chukyso.sandbox.wine.session import WindowsSession
session = WindowsSession(); session.start()
print(session.environment["HOME"], flush=True)
time.sleep(300)
"""


def processes(folder: Path) -> list[str]:
    """What runs with a session's mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(folder):
                found.append(process.name())
        except (psutil.Error, OSError):  # gone, or another user's
            continue
    return found


def folder_of(session: WindowsSession) -> Path:
    return Path(session.environment["HOME"])


def run(session: WindowsSession, module: str) -> bytes:
    """What a module writes there."""
    streams = {"stdin": subprocess.DEVNULL, "capture_output": True}
    done = subprocess.run(session.command(module), env=session.environment, check=True, **streams)  # type: ignore[call-overload]
    return bytes(done.stdout)


@pytest.mark.slow
def test_two_sessions_do_not_disturb_each_other(start_session: Callable[[], WindowsSession]) -> None:
    """When one stops, nothing of it is left, and the other goes on."""
    one, other = start_session(), start_session()
    folder = folder_of(one)
    assert {"Xvfb", "openbox", "python.exe"} & {*processes(folder)} == {"Xvfb", "openbox"}
    assert one.program_folder != other.program_folder
    one.stop()
    assert not folder.exists()
    assert processes(folder) == []
    assert run(other, "platform").startswith(b"Windows")
    one.stop()  # a second time it does nothing


@pytest.mark.nightly
@pytest.mark.parametrize("end", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_it_ends_with_the_process_that_started_it(end: str, _wine: None) -> None:
    started = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert started.stdout
    folder = Path(started.stdout.readline().decode().strip())
    assert processes(folder)
    started.send_signal(getattr(signal, end))  # Windows has not all of them
    started.communicate(timeout=60)
    until = time.monotonic() + 60
    while (folder.exists() or processes(folder)) and time.monotonic() < until:
        time.sleep(0.2)
    assert processes(folder) == []
    assert not folder.exists()


@pytest.mark.nightly
@pytest.mark.usefixtures("session")  # what all share is made
def test_a_session_writes_nothing_into_what_all_share(start_session: Callable[[], WindowsSession]) -> None:
    """Its files have two names, and Wine writes its registry in place."""
    made = small.SmallWindows(small.default_cache(), print)
    shared = [made.cache / "prefix" / f"{name}.reg" for name in ("system", "user")]
    before = [path.read_bytes() for path in shared]
    session = start_session()
    program = "import winreg; winreg.SetValue(winreg.HKEY_CURRENT_USER, 'Software', winreg.REG_SZ, 'changed by a test')"
    (folder_of(session) / "python" / "Lib" / "site-packages" / "writes.py").write_text(program, encoding="utf-8")
    run(session, "writes")
    session.stop()
    assert [path.read_bytes() for path in shared] == before


def test_another_version_makes_a_windows_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two installations of one user would else make the shared one anew in turn, while the other copies it."""
    ours = small.SmallWindows(tmp_path, print).cache
    assert small.SmallWindows(tmp_path, print).cache == ours
    other = tmp_path / "other.txt"
    other.write_text("another==1\n", encoding="utf-8")
    monkeypatch.setattr(small, "REQUIREMENTS", other)
    assert small.SmallWindows(tmp_path, print).cache != ours


def test_a_version_that_nobody_used_for_a_month_is_removed(tmp_path: Path) -> None:
    windows = small.SmallWindows(tmp_path, print)
    old, young, making = (tmp_path / "versions" / name for name in ("old", "young", "making"))
    for place, days in ((old, 31), (young, 29)):
        place.mkdir(parents=True)
        (place / "used").touch()
        os.utime(place / "used", (time.time() - days * 86400,) * 2)
    making.mkdir()  # for the first time, by somebody else
    windows._remove_old_versions()
    assert (old.exists(), young.exists(), making.exists()) == (False, True, True)


def test_what_a_killed_session_left_is_removed_by_the_next(tmp_path: Path) -> None:
    from chukyso.sandbox.wine.session import _session_folder

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, alive = tmp_path / f"{ended.pid}-abc", tmp_path / f"{os.getpid()}-abc"
    for folder in (left, alive):
        (folder / "prefix").mkdir(parents=True)
    assert _session_folder(tmp_path).is_dir()
    assert (left.exists(), alive.exists()) == (False, True)


@pytest.mark.skipif(sys.platform == "win32", reason="there it needs nothing")
def test_what_is_missing_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is begun then."""
    monkeypatch.setenv("PATH", str(tmp_path))
    error = failure(WindowsSession(tmp_path / "cache").start)
    assert error.code is Code.WINE_MISSING
    assert "apt-get install -y --no-install-recommends" in str(error)
    assert {"gcc-mingw-w64-x86-64", "xvfb", "openbox"} <= set(str(error.context["missing"]).split(", "))
    assert not (tmp_path / "cache").exists()
