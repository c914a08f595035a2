"""The small Windows: made once in a cache folder, copied by links for each session.

A session gets a Windows and a Python of its own, so that no session can disturb another, and whoever has to tell a
window can tell it by the folder of its program. The copy is made of hard links and takes a fraction of a second.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs
from filelock import FileLock

import chukyso
from chukyso.sandbox.wine import cpython
from chukyso.sandbox.wine.parts import HERE, REQUIREMENTS, SOURCES, PartError, compile_c, digest_of, download, make_anew
from chukyso.sandbox.wine.prefix import Prefix

_LIBRARIES: Final = Path(chukyso.__file__).parents[1]
# Of a session alone: Wine writes its registry in place when a file of it has two names.
_WRITTEN: Final = (".reg", ".update-timestamp")
_SERVER: Final = ("wineserver", "wine-*")
_USED_LAST: Final = "used"
_KEPT_SECONDS: Final = 30 * 24 * 3600
# Imported once, so that what was compiled is there for every session.
_USED: Final = """
import ctypes.wintypes, faulthandler, json, psutil, tomllib
from PIL import Image, ImageDraw, ImageFont, ImageGrab
"""


def default_cache() -> Path:
    """Where the small Windows is kept."""
    return platformdirs.user_cache_path("chukyso") / "wine"


class SmallWindows:
    """The small Windows in its cache folder.

    What it is made of names its place there: another version of this program makes another one, and neither takes the
    other's away while that is copied.

    Args:
        cache: The folder.
        tell: Called with a line when a part is begun and when it is done.
    """

    def __init__(self, cache: Path, tell: Callable[[str], None]) -> None:
        made = [HERE / name for name in ("cpython.py", "parts.py", "prefix.py", "small.py")]
        self._sources = [*made, REQUIREMENTS, *sorted(SOURCES.iterdir())]
        self._versions = cache / "versions"
        cache = self.cache = self._versions / digest_of(self._sources)[:16]
        self._tell = tell
        self._wheels = cache / "downloads"
        self._python = cache / "python"
        # Wine's server leaves a folder in TMPDIR.
        self._home = cache / "home"
        self._prefix = Prefix(cache / "prefix", {"HOME": str(self._home), "TMPDIR": str(self._home)})

    def prepare(self) -> None:
        """Make what is not there yet; whoever comes meanwhile waits.

        Raises:
            PartError: A part cannot be made.
        """
        if sys.version_info[:2] != (3, 11):
            raise PartError(f"Python for Windows is 3.11, its library is taken from this one: {sys.version.split()[0]}")
        self.cache.mkdir(parents=True, exist_ok=True)
        with FileLock(self.cache / "making.lock"):
            for name, make in (
                ("downloads", self._download),
                ("python", self._make_python),
                ("prefix", self._make_prefix),
            ):
                make_anew(self.cache, name, self._sources, make, self._tell)
        (self.cache / _USED_LAST).touch()
        self._remove_old_versions()

    def copy_to(self, session: Path) -> tuple[Path, Path]:
        """Make a Windows of its own for a session: the folder for ``Prefix``, and its ``python.exe``."""
        prefix, python = session / "prefix", session / "python"
        unwanted = shutil.ignore_patterns(*_SERVER)
        shutil.copytree(self._prefix.folder, prefix, symlinks=True, copy_function=_link, ignore=unwanted)
        shutil.copytree(self._python, python, copy_function=_link)
        # PYTHONPATH is not for a Python that is started with -I. And what it compiles is not for ours.
        product = f"import sys; sys.dont_write_bytecode = True\nZ:{_LIBRARIES}\n"
        (python / "Lib" / "site-packages" / "chukyso.pth").write_text(product, encoding="utf-8")
        return prefix, python / "python.exe"

    def _remove_old_versions(self) -> None:
        """Those that nothing was copied from for a month."""
        for version in self._versions.iterdir():
            last = version / _USED_LAST
            if last.exists() and time.time() - last.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(version, ignore_errors=True)

    def _download(self) -> None:
        shutil.rmtree(self._wheels, ignore_errors=True)
        download(REQUIREMENTS, self._wheels)

    def _make_python(self) -> None:
        wheels = sorted(self._wheels.glob("*.whl"))
        (cpython_wheel,) = (wheel for wheel in wheels if wheel.name.startswith("panda3d-"))
        cpython.build(self._python, cpython_wheel)
        for wheel in wheels:
            if wheel != cpython_wheel:
                with zipfile.ZipFile(wheel) as packed:
                    packed.extractall(self._python / "Lib" / "site-packages")

    def _make_prefix(self) -> None:
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        self._prefix.make()
        system = self._prefix.drive_c / "windows" / "system32"
        if not system.is_dir():
            raise PartError("Wine could not make its folder")
        compile_c(SOURCES / "bcryptprimitives.c", system / "bcryptprimitives.dll", "-shared", "-ladvapi32")
        with self._prefix.running({}):
            ended = self._prefix.run(self._python / "python.exe", "-I", "-c", _USED)
        if ended:
            raise PartError(f"Windows' Python does not run under Wine:\n{ended}")


def _link(source: str, target: str) -> None:
    """Give a file a second name; copy it where that cannot be, or must not."""
    if not source.endswith(_WRITTEN):
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return
    shutil.copy2(source, target)
