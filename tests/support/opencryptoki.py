"""openCryptoki's software token, the one that really locks, with a daemon and a state of its own.

The daemon ``pkcsslotd`` knows one place for everything, and one copy of it runs per machine. So it is started in a
mount and IPC namespace of its own, over directories of the test, and so is every process that loads the module. Where
namespaces are not permitted the machine's own places are used, unless somebody else does, and left as they were.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from chukyso.token.client import TokenWorker
from support.token import HERE, Entry, _objects

LABEL = "openCryptoki"
SO_PIN = "87654321"  # every new token has this one
TIMEOUT = 20.0  # seconds for the daemon to start or to end

_STATE, _LOCKS = Path("/var/lib/opencryptoki"), Path("/run/lock/opencryptoki")
_SOCKET = Path("/run/pkcsslotd.socket")
_CONFIGURATION = "version opencryptoki-3.1\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n"
_ISOLATE = """
set -e
chgrp -R pkcs11 "$1/state" "$1/run"
chmod -R 770 "$1/state" "$1/run"
mount --bind "$1/state" /var/lib/opencryptoki
mount --bind "$1/etc" /etc/opencryptoki
mount --bind "$1/run" /run
mount -t tmpfs none /dev/shm
exec "$2" -f
"""


@dataclass(frozen=True)
class OpenCryptoki:
    """A token that locks.

    Attributes:
        module: The module's file.
        python: The interpreter for processes that load the module.
        serial: Serial number of the token.
        entry: What is on it.
        directory: Room for files.
    """

    module: Path
    python: str
    serial: str
    entry: Entry
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def worker(self, module: Path | None = None, **environment: str) -> TokenWorker:
        return TokenWorker(module or self.module, environment)

    def unlock(self, pin: str) -> None:
        """What the certificate authority does for a company that locked itself out."""
        _write(self.python, module=self.module, pin=pin, objects=[], initialise=False)


def _module() -> Path:
    found = [
        *Path("/usr/lib").glob("*/pkcs11/libopencryptoki.so"),
        *Path("/usr/lib64").glob("pkcs11/libopencryptoki.so"),
    ]
    if not found:
        pytest.skip("openCryptoki is not installed (Debian: opencryptoki)")
    return found[0]


@contextmanager
def opencryptoki(directory: Path, entry: Entry, pin: str) -> Iterator[OpenCryptoki]:
    """A running daemon with one token; skips the test where that cannot be."""
    if not sys.platform.startswith("linux"):
        pytest.skip("openCryptoki is for Linux")
    module = _module()
    daemon = shutil.which("pkcsslotd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if daemon is None or os.geteuid() != 0:
        pytest.skip("only root can start openCryptoki's daemon pkcsslotd")
    running = _in_namespaces if _may_isolate() else _on_this_machine
    with running(directory, daemon) as python:
        serial = _write(python, module=module, pin=pin, objects=_objects(entry))
        yield OpenCryptoki(module, python, serial, entry, directory)


def _write(python: str, **job: Any) -> str:
    job = {"label": LABEL, "so_pin": SO_PIN, **job, "module": str(job["module"])}
    done = subprocess.run(
        [python, str(HERE / "softhsm_writer.py")], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    serial: str = json.loads(done.stdout)["serial"]
    return serial


def _may_isolate() -> bool:
    """Containers often may not; then mounting fails."""
    tools = [shutil.which(tool) for tool in ("unshare", "nsenter")]
    if not all(tools):
        return False
    command = [str(tools[0]), "--mount", "--ipc", "mount", "-t", "tmpfs", "none", "/dev/shm"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def _in_namespaces(directory: Path, daemon: str) -> Iterator[str]:
    for place in ("etc", "state/swtok/TOK_OBJ", "run/lock/opencryptoki/swtok"):
        (directory / place).mkdir(parents=True)
    (directory / "etc" / "opencryptoki.conf").write_text(_CONFIGURATION)
    command = ["unshare", "--mount", "--ipc", "sh", "-c", _ISOLATE, "sh", str(directory), daemon]
    with _daemon(command, directory / "run" / _SOCKET.name) as process:
        python = directory / "python"
        enter = f"nsenter --target {process.pid} --mount --ipc"
        python.write_text(f'#!/bin/sh\nexec {enter} "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        yield str(python)


@contextmanager
def _on_this_machine(directory: Path, daemon: str) -> Iterator[str]:
    import fcntl

    with (Path(tempfile.gettempdir()) / "chukyso-opencryptoki.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other processes of this test run
        if any(process.name() == "pkcsslotd" for process in psutil.process_iter()):
            pytest.skip("somebody else's pkcsslotd runs on this machine")
        if any(file.is_file() for file in (_STATE / "swtok").rglob("*")):
            pytest.skip("this machine has an openCryptoki token of its own")
        before = _files()
        try:
            for place in (_LOCKS, _LOCKS / "swtok"):
                place.mkdir(exist_ok=True, mode=0o770)
                shutil.chown(place, group="pkcs11")
            with _daemon([daemon, "-f"], _SOCKET):
                yield sys.executable
        finally:
            for path in sorted(_files() - before, reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()


def _files() -> set[Path]:
    """What the daemon and the module can leave behind."""
    places = (_STATE, _LOCKS, Path("/var/log/opencryptoki"), Path("/dev/shm"))
    named = [path for path in (_LOCKS, _SOCKET, _SOCKET.with_suffix(".pid")) if path.exists()]
    return {*named, *(path for place in places for path in place.rglob("*") if "opencryptoki" in str(path))}


@contextmanager
def _daemon(command: list[str], socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            if not _becomes_true(lambda: socket.exists() or process.poll() is not None) or process.poll() is not None:
                output.seek(0)
                pytest.fail(f"pkcsslotd did not start: {output.read().decode()[-2000:]}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _becomes_true(state: Callable[[], bool]) -> bool:
    end = time.monotonic() + TIMEOUT
    while not state():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
