"""What the system has to bring (browser, software token …): what is missing, and how it is installed.

Standard library only, so that set-up can use it before anything is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from chukyso.browser import find_browser
from chukyso.errors import ChukysoError, Code
from chukyso.token.modules import find_softhsm

APT_INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")
WINE = Path("/usr/lib/wine/wine64")
COMPILER = "x86_64-w64-mingw32-gcc"  # of the few programs that the Windows under Wine needs
# For native windows on Linux: Debian's package, and a program of it.
_FOR_WINDOWS: dict[str, str | Path] = {
    "wine": WINE,
    "wine64": WINE.with_name("wineserver64"),
    "gcc-mingw-w64-x86-64": COMPILER,
    "xvfb": "Xvfb",
    "openbox": "openbox",
}


@dataclass(frozen=True)
class PartSpec:
    """Something that the system has to bring.

    Attributes:
        what: Its name for people.
        apt: Debian package.
        macos: What a person does on macOS; empty when nothing is needed there.
        windows: The same for Windows.
    """

    what: str
    apt: str
    macos: str
    windows: str


class Part(Enum):
    """Everything that the system has to bring, most basic first."""

    VENV = PartSpec("Python venv", "python3-venv", "brew install python", "winget install Python.Python.3.13")
    BROWSER = PartSpec(
        "Chrome/Edge/Chromium",
        "chromium",
        "brew install --cask google-chrome",
        "winget install Google.Chrome",
    )
    SOFTHSM = PartSpec(
        "SoftHSM2 (sandbox)", "softhsm2", "brew install softhsm", "SoftHSM2-for-Windows (MSI) -> C:\\SoftHSM2"
    )
    XMLSEC = PartSpec("xmlsec1 (test)", "xmlsec1", "brew install libxmlsec1", "")
    POPPLER = PartSpec("poppler, a second PDF reader (test)", "poppler-utils", "brew install poppler", "")
    OPENCRYPTOKI = PartSpec("openCryptoki, a token that locks (test)", "opencryptoki", "", "")
    NSS = PartSpec("NSS software token (test)", "libnss3", "", "")
    PINENTRY = PartSpec("pinentry, a dialog for the PIN (test)", "pinentry-curses", "", "")


@dataclass(frozen=True)
class Machine:
    """Facts about a machine that decide what is to be installed, and how.

    Attributes:
        platform: As ``sys.platform``.
        distribution: ``ID`` of /etc/os-release; empty elsewhere.
        has_apt: Whether packages come from apt.
        is_root: Whether this process may install them.
        default_python: Whether the running Python is the system's own ``python3``.
        python: Its version, major and minor.
    """

    platform: str
    distribution: str
    has_apt: bool
    is_root: bool
    default_python: bool
    python: tuple[int, int]


def this_machine() -> Machine:
    """Look at the machine that this runs on."""
    # The same file when started through a virtual environment: that only links to it.
    default_python = Path("/usr/bin/python3").resolve() == Path(sys.executable).resolve()
    return Machine(
        platform=sys.platform,
        distribution=_distribution(),
        has_apt=bool(shutil.which("apt-get")),
        is_root=sys.platform != "win32" and os.geteuid() == 0,
        default_python=default_python,
        python=sys.version_info[:2],
    )


def needed_parts(platform: str, *, real_portal: bool = False, tests: bool = False) -> list[Part]:
    """Return what a job needs from the system.

    Args:
        platform: As ``sys.platform``.
        real_portal: Whether it works on a real portal with a real token.
        tests: Whether it runs the tests.
    """
    left_out = set()
    if real_portal:
        left_out.add(Part.SOFTHSM)
    if not platform.startswith("linux"):
        # The tests with these run on Linux.
        left_out |= {Part.OPENCRYPTOKI, Part.NSS, Part.PINENTRY}
    if not tests:
        left_out |= {Part.XMLSEC, Part.POPPLER, Part.OPENCRYPTOKI, Part.NSS, Part.PINENTRY}
    if platform == "win32":
        left_out |= {Part.XMLSEC, Part.POPPLER}  # there is no package for Windows
    return [part for part in Part if part not in left_out]


def missing_parts(needed: Iterable[Part]) -> list[Part]:
    """Return those that are not on this machine."""
    return [part for part in needed if not _CHECKS[part]()]


def check_native_windows() -> None:
    """See that the system brings what the sandbox's native windows need; Windows itself lacks nothing.

    Raises:
        ChukysoError: ``WINE_MISSING``.
    """
    if sys.platform == "win32":
        return
    missing = [name for name, program in _FOR_WINDOWS.items() if not shutil.which(program)]
    if missing:
        command = " ".join(("sudo", *APT_INSTALL, *missing))
        raise ChukysoError(Code.WINE_MISSING, missing=", ".join(missing), command=command)


def apt_packages(machine: Machine, parts: Iterable[Part]) -> list[str]:
    """Return the names of the Debian or Ubuntu packages."""
    names = {part: part.value.apt for part in Part}
    if machine.distribution == "ubuntu":
        names[Part.BROWSER] = "chromium-browser"
    if not machine.default_python:
        names[Part.VENV] = "python{}.{}-venv".format(*machine.python)
    return [names[part] for part in parts]


def instructions(machine: Machine, parts: Sequence[Part]) -> str:
    """Say how a person installs what is missing, as exactly as the system allows."""
    missing = ", ".join(part.value.what for part in parts)
    if machine.has_apt:
        how = "Hãy chạy / please run:"
        ways = [f"sudo apt-get update && sudo {shlex.join([*APT_INSTALL, *apt_packages(machine, parts)])}"]
    elif machine.platform in ("darwin", "win32"):
        how = "Hãy cài / please install (commands not tried by the authors):"
        ways = [part.value.macos if machine.platform == "darwin" else part.value.windows for part in parts]
    else:
        how = "Hãy cài bằng trình quản lý gói của hệ thống / please install with your package manager:"
        ways = [f"{part.value.what} (Debian: {part.value.apt})" for part in parts]
    lines = "\n".join(f"  {way}" for way in ways)
    again = "rồi chạy lại lệnh này / then run this command again."
    return f"Máy còn thiếu / this machine lacks: {missing}\n{how}\n{lines}\n{again}"


def _distribution() -> str:
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line[3:].strip("\"'") for line in lines if line.startswith("ID=")), "")


def _has_venv() -> bool:
    # Debian packs ensurepip apart; its venv module alone cannot make an environment with pip.
    importlib.invalidate_caches()  # it may have been installed since this process started
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _has_browser() -> bool:
    try:
        return bool(find_browser())
    except ChukysoError:
        return False


def _has_softhsm() -> bool:
    try:
        return bool(find_softhsm())
    except ChukysoError:
        return False


def _has_xmlsec() -> bool:
    return bool(shutil.which("xmlsec1"))


def _has_poppler() -> bool:
    return bool(shutil.which("pdfsig"))


def _has_pinentry() -> bool:
    return _any_file(("/usr/bin/pinentry-curses",))


def _has_opencryptoki() -> bool:
    return _any_file(("/usr/lib/*/pkcs11/libopencryptoki.so", "/usr/lib64/pkcs11/libopencryptoki.so"))


def _has_nss() -> bool:
    return _any_file(("/usr/lib/*/libsoftokn3.so", "/usr/lib/*/nss/libsoftokn3.so", "/usr/lib64/libsoftokn3.so"))


_CHECKS = {
    Part.VENV: _has_venv,
    Part.BROWSER: _has_browser,
    Part.SOFTHSM: _has_softhsm,
    Part.XMLSEC: _has_xmlsec,
    Part.POPPLER: _has_poppler,
    Part.OPENCRYPTOKI: _has_opencryptoki,
    Part.NSS: _has_nss,
    Part.PINENTRY: _has_pinentry,
}


def _any_file(patterns: Iterable[str]) -> bool:
    """Whether a file matches one of these absolute glob patterns."""
    for pattern in patterns:
        anchor = Path(pattern).anchor
        if any(found.is_file() for found in Path(anchor).glob(pattern.removeprefix(anchor))):
            return True
    return False


def fetch_privately(packages: Sequence[str], directory: Path) -> None:
    """Download Debian packages with what this machine lacks for them, and unpack them into a directory.

    Nothing is installed, no root is needed: for servers that the tests want to run themselves, and whose packages would
    otherwise make and start a service on the developer's machine.

    Args:
        packages: Names of packages; gotten even when they are installed.
        directory: Gets ``usr/`` and whatever else is in them; must not exist.

    Raises:
        OSError: There is no apt, or it could not get them; the text says why.
    """
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "archives" / "partial").mkdir(parents=True)
        (Path(place) / "lists" / "partial").mkdir(parents=True)
        own = ["-o", f"Dir::Cache::archives={place}/archives", "-o", "Debug::NoLocking=1"]
        lists = ["-o", f"Dir::State::lists={place}/lists"]
        wanted = ["install", "--download-only", "--reinstall", "-y", "--no-install-recommends", *packages]
        # The machine's own lists may be missing or old; then with new ones, which do not touch the machine's either.
        if _apt([*own, *wanted]).returncode:
            for command in ([*own, *lists, "update"], [*own, *lists, *wanted]):
                done = _apt(command)
                if done.returncode:
                    raise OSError(f"apt-get {shlex.join(packages)}: {done.stderr.strip()[-500:]}")
        directory.mkdir(parents=True)
        for archive in sorted((Path(place) / "archives").glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(archive), str(directory)], check=True)  # noqa: S607 - where it always is


def _apt(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
