"""What a program file says of itself: for which machine it was built, with what, its version, who signed it."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pefile

from chukyso.client.model import Fault, Program, Trouble
from chukyso.token.machine import NotALibraryError, System, read_build


@dataclass(frozen=True)
class _Toolkit:
    """By what a toolkit is told: patterns of imported libraries, or bytes that only its programs have."""

    name: str
    libraries: tuple[str, ...] = ()
    marks: tuple[bytes, ...] = ()


_DOT_NET: Final = "mscoree.dll"
# Whether windows can be driven by messages depends on these; docs/windows.md says which can.
_TOOLKITS: Final = (
    _Toolkit("Win32 (user32)", ("user32.dll",)),
    _Toolkit("Win32 common controls", ("comctl32.dll",)),
    _Toolkit("MFC", ("mfc*.dll",)),
    _Toolkit("Qt", ("qt5*.dll", "qt6*.dll", "qtgui4.dll")),
    _Toolkit("wxWidgets", ("wxmsw*.dll", "wxbase*.dll")),
    _Toolkit("GTK", ("libgtk*.dll",)),
    _Toolkit("Delphi/C++Builder VCL", marks=("DVCLAL".encode("utf-16-le"),)),
    _Toolkit("UI Automation", ("uiautomationcore.dll",)),
    _Toolkit(".NET", (_DOT_NET,)),
    _Toolkit("Windows certificate picker (cryptui)", ("cryptui.dll",)),
    _Toolkit("Windows certificate store (crypt32)", ("crypt32.dll",)),
    _Toolkit("Windows CNG keys (ncrypt)", ("ncrypt.dll",)),
    _Toolkit("Windows credential window (credui)", ("credui.dll",)),
    _Toolkit("smart cards (winscard)", ("winscard.dll",)),
)
_OF_DOT_NET: Final = (
    _Toolkit(".NET Windows Forms", marks=(b"System.Windows.Forms",)),
    _Toolkit(".NET WPF", marks=(b"PresentationFramework",)),
)
_DIRECTORIES: Final = (
    "IMAGE_DIRECTORY_ENTRY_IMPORT",
    "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT",
    "IMAGE_DIRECTORY_ENTRY_RESOURCE",
)


def read_program(path: Path) -> Program:
    """Read a program's file. It is not started, and nothing of it is loaded."""
    try:
        if not path.is_file():
            return Program(path, troubles=(Trouble(Fault.PROGRAM_MISSING, str(path)),))
        build = read_build(path)
    except (OSError, NotALibraryError) as error:  # a script, or nothing that may be read
        return Program(path, exists=True, publisher=_publisher(path), troubles=(_unreadable(path, error),))
    machine = f"{build.system}, {', '.join(sorted(each.value for each in build.processors))}"
    if build.system is not System.WINDOWS:
        return Program(path, exists=True, machine=machine)
    try:
        return _read_pe(path, machine)
    except (OSError, ValueError, pefile.PEFormatError) as error:
        return Program(path, True, machine, publisher=_publisher(path), troubles=(_unreadable(path, error),))


def _read_pe(path: Path, machine: str) -> Program:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        pe = pefile.PE(data=data, fast_load=True)
        try:
            pe.parse_data_directories([pefile.DIRECTORY_ENTRY[name] for name in _DIRECTORIES])
            imports = tuple(sorted(set(_imports(pe))))
            strings = _strings(pe)
        finally:
            pe.close()
        toolkits = list(_told(_TOOLKITS, imports, data))
        if _DOT_NET in imports:
            toolkits += _told(_OF_DOT_NET, imports, data)
    if any(path.parent.glob("*.runtimeconfig.json")):
        toolkits.append(".NET (runtime beside it)")
    return Program(
        path=path,
        exists=True,
        machine=machine,
        toolkits=tuple(toolkits),
        imports=imports,
        version=strings.get("FileVersion", ""),
        product=strings.get("ProductName", ""),
        company=strings.get("CompanyName", ""),
        publisher=_publisher(path),
    )


def _imports(pe: pefile.PE) -> Iterable[str]:
    for name in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
        for entry in getattr(pe, name, ()):
            if entry.dll:
                yield entry.dll.decode("ascii", "backslashreplace").lower()


def _strings(pe: pefile.PE) -> dict[str, str]:
    """The strings of the version resource, of its first language."""
    tables = (
        table.entries
        for information in getattr(pe, "FileInfo", ())
        for entry in information
        for table in getattr(entry, "StringTable", ())
    )
    entries: dict[bytes, bytes] = next(tables, {})
    return {_decoded(name): _decoded(value) for name, value in entries.items()}


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace").strip("\0 ")


def _told(toolkits: Iterable[_Toolkit], imports: Iterable[str], data: mmap.mmap) -> Iterable[str]:
    for toolkit in toolkits:
        imported = any(fnmatchcase(name, pattern) for name in imports for pattern in toolkit.libraries)
        if imported or any(data.find(mark) >= 0 for mark in toolkit.marks):
            yield toolkit.name


def _publisher(path: Path) -> str | None:
    if sys.platform == "win32":
        from chukyso.desktop.win32.programs import publisher_of  # noqa: PLC0415 - of Windows alone

        return publisher_of(str(path))
    return None


def _unreadable(path: Path, error: Exception) -> Trouble:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return Trouble(Fault.PROGRAM_UNREADABLE, f"{path.name}: {reason or type(error).__name__}")
