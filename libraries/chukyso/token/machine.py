"""For which machine a library file was built, read from its header, without loading it.

A 32-bit driver with a 64-bit Python (or the other way round) is common, and the loader's own message does not say so.
Sources: ELF gABI chapter 4; Microsoft PE/COFF specification; Apple ``mach-o/loader.h`` and ``fat.h``.
"""

from __future__ import annotations

import platform
import struct
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import BinaryIO

from chukyso.errors import ChukysoError, Code


class System(StrEnum):
    """Operating systems by the format of their libraries; the value is what an operator reads."""

    LINUX = "Linux"
    WINDOWS = "Windows"
    MACOS = "macOS"


class Processor(Enum):
    """Kinds of machine code; the value is what an operator reads."""

    X86 = "32-bit (x86)"
    X86_64 = "64-bit (x86-64)"
    ARM = "32-bit (ARM)"
    ARM64 = "64-bit (ARM64)"
    OTHER = "loại máy khác"


@dataclass(frozen=True)
class Build:
    """What a library file was built for.

    Attributes:
        system: Operating system.
        processors: Kinds of machine code in it; several in a macOS universal file.
        library: It is a library and not a program or an object file.
    """

    system: System
    processors: frozenset[Processor]
    library: bool


class NotALibraryError(ValueError):
    """The file has no header of a known format."""


_ELF = {3: Processor.X86, 40: Processor.ARM, 62: Processor.X86_64, 183: Processor.ARM64}
_PE = {0x14C: Processor.X86, 0x1C4: Processor.ARM, 0x8664: Processor.X86_64, 0xAA64: Processor.ARM64}
_MACH_O = {
    7: Processor.X86,
    12: Processor.ARM,
    0x01000007: Processor.X86_64,
    0x0100000C: Processor.ARM64,
}
# 32 and 64 bit, little-endian as every Mac since 2006
_MACH_O_MAGIC = {b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"}
_ELF_SHARED = 3
_PE_DLL = 0x2000
_MACH_O_DYLIB, _MACH_O_BUNDLE = 6, 8
_FAT_LIMIT = 16  # a Java class file begins like a fat file, with a "count" far above this


def own_processor() -> Processor:
    """The kind of machine code that this Python runs."""
    if sys.platform == "win32":
        # How Python was built: a 32-bit Python on a 64-bit Windows must not be told by the machine.
        builds = {"win32": Processor.X86, "win-amd64": Processor.X86_64, "win-arm64": Processor.ARM64}
        return builds.get(sysconfig.get_platform(), Processor.OTHER)
    wide = sys.maxsize > 2**32
    machine = platform.machine().lower()
    if machine in {"x86_64", "amd64", "i386", "i486", "i586", "i686"}:
        return Processor.X86_64 if wide else Processor.X86
    if machine.startswith(("arm", "aarch64")):
        return Processor.ARM64 if wide else Processor.ARM
    return Processor.OTHER


def own_system() -> System:
    """The operating system, as far as the format of libraries goes."""
    return {"win32": System.WINDOWS, "darwin": System.MACOS}.get(sys.platform, System.LINUX)


def check_machine_type(path: Path) -> None:
    """Refuse a module that this process cannot load because of what it was built for.

    Args:
        path: The module's file.

    Raises:
        ChukysoError: ``MODULE_NOT_FOUND``; ``MODULE_WRONG_MACHINE``; ``MODULE_LOAD_FAILED`` when the file cannot be
            read or is not a library.
    """
    if not path.is_file():
        raise ChukysoError(Code.MODULE_NOT_FOUND, "no such file", module=path)
    try:
        build = read_build(path)
    except (OSError, NotALibraryError) as error:
        raise ChukysoError(Code.MODULE_LOAD_FAILED, str(error), module=path) from error
    system, processor = own_system(), own_processor()
    if build.system is not system:
        raise ChukysoError(
            Code.MODULE_WRONG_MACHINE,
            f"{build} on {system}",
            module=path,
            found=f"{build.system} {_names(build.processors)}",
            expected=f"{system} {processor.value}",
        )
    # What neither side of the comparison knows is left to the loader.
    if processor is not Processor.OTHER and processor not in build.processors:
        raise ChukysoError(
            Code.MODULE_WRONG_MACHINE, str(build), module=path, found=_names(build.processors), expected=processor.value
        )
    if not build.library:
        raise ChukysoError(Code.MODULE_LOAD_FAILED, "a program or object file, not a library", module=path)


def read_build(path: Path) -> Build:
    """Read a file's header.

    Raises:
        NotALibraryError: It has none of the three formats.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        try:
            if magic == b"\x7fELF":
                return _read_elf(file)
            if magic[:2] == b"MZ":
                return _read_pe(file)
            return _read_mach_o(file, magic)
        except struct.error as error:
            raise NotALibraryError(f"header cut short after {magic!r}") from error


def _read_elf(file: BinaryIO) -> Build:
    identity = file.read(16)
    wide, order = identity[4:5] == b"\x02", ">" if identity[5:6] == b"\x02" else "<"
    kind, machine = struct.unpack(f"{order}HH", file.read(4))
    processor = _ELF.get(machine, Processor.OTHER)
    if processor is Processor.X86_64 and not wide:
        processor = Processor.OTHER  # the x32 ABI: 64-bit code, 32-bit addresses
    return Build(System.LINUX, frozenset({processor}), kind == _ELF_SHARED)


def _read_pe(file: BinaryIO) -> Build:
    header = file.read(64)
    (offset,) = struct.unpack_from("<I", header, 60)
    file.seek(offset)
    signature, machine = struct.unpack("<4sH", file.read(6))
    if signature != b"PE\0\0":
        raise NotALibraryError("an MZ file without PE header")
    file.seek(offset + 22)
    (characteristics,) = struct.unpack("<H", file.read(2))
    processor = _PE.get(machine, Processor.OTHER)
    return Build(System.WINDOWS, frozenset({processor}), bool(characteristics & _PE_DLL))


def _read_mach_o(file: BinaryIO, magic: bytes) -> Build:
    fat = {b"\xca\xfe\xba\xbe": ">5I", b"\xca\xfe\xba\xbf": ">2I2Q2I"}.get(magic)
    if fat:
        count = struct.unpack(">4xI", file.read(8))[0]
        if not 0 < count <= _FAT_LIMIT:
            raise NotALibraryError("not a universal file")
        entries = [struct.unpack(fat, file.read(struct.calcsize(fat))) for _ in range(count)]
        file.seek(entries[0][2])
        processors = frozenset(_MACH_O.get(entry[0], Processor.OTHER) for entry in entries)
        return Build(System.MACOS, processors, _read_thin(file).library)
    return _read_thin(file)


def _read_thin(file: BinaryIO) -> Build:
    magic = file.read(4)
    if magic not in _MACH_O_MAGIC:
        raise NotALibraryError(f"unknown header {magic!r}")
    processor, _subtype, kind = struct.unpack("<III", file.read(12))
    return Build(
        System.MACOS,
        frozenset({_MACH_O.get(processor, Processor.OTHER)}),
        kind in {_MACH_O_DYLIB, _MACH_O_BUNDLE},
    )


def _names(processors: Iterable[Processor]) -> str:
    return ", ".join(sorted(processor.value for processor in processors))
