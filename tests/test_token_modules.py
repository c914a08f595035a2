"""Finding a module and refusing files that cannot be one, before anything is loaded."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.token import modules
from chukyso.token.machine import Build, Processor, System, own_processor, own_system, read_build
from chukyso.token.modules import check_machine_type, find_module, find_softhsm, installed_modules

OTHER_PROCESSOR = {Processor.X86_64: 0xB7, Processor.ARM64: 0x3E}.get(own_processor(), 0x3)


def elf(machine: int, *, kind: int = 3, wide: bool = True, order: str = "<") -> bytes:
    identity = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    return identity + struct.pack(f"{order}HH", kind, machine) + bytes(60)


def pe(machine: int, characteristics: int = 0x2022) -> bytes:
    stub = b"MZ" + bytes(58) + struct.pack("<I", 128)
    return stub.ljust(128, b"\0") + b"PE\0\0" + struct.pack("<HHIIIHH", machine, 6, 0, 0, 0, 240, characteristics)


def mach_o(processor: int, kind: int = 6) -> bytes:
    return struct.pack("<IIII", 0xFEEDFACF, processor, 3, kind) + bytes(32)


def fat(*processors: int) -> bytes:
    header = struct.pack(">II", 0xCAFEBABE, len(processors))
    for number, processor in enumerate(processors):
        header += struct.pack(">5I", processor, 3, 4096 * (number + 1), 48, 12)
    body = b"".join(mach_o(processor).ljust(4096, b"\0") for processor in processors)
    return header.ljust(4096, b"\0") + body


def own_library() -> bytes:
    """Header of a library that this process could load."""
    machine = {Processor.X86: 3, Processor.X86_64: 62, Processor.ARM: 40, Processor.ARM64: 183}.get(
        own_processor(), 243
    )
    codes = {3: 0x14C, 62: 0x8664, 40: 0x1C4, 183: 0xAA64}
    if own_system() is System.WINDOWS:
        return pe(codes[machine])
    if own_system() is System.MACOS:
        return mach_o(0x0100000C if machine == 183 else 0x01000007)
    return elf(machine, wide=sys.maxsize > 2**32)


@pytest.mark.parametrize(
    ("content", "build"),
    [
        (elf(62), Build(System.LINUX, frozenset({Processor.X86_64}), True)),
        (elf(3, wide=False), Build(System.LINUX, frozenset({Processor.X86}), True)),
        (elf(62, wide=False), Build(System.LINUX, frozenset({Processor.OTHER}), True)),
        (elf(183, kind=1), Build(System.LINUX, frozenset({Processor.ARM64}), False)),
        (elf(22, order=">"), Build(System.LINUX, frozenset({Processor.OTHER}), True)),
        (pe(0x8664), Build(System.WINDOWS, frozenset({Processor.X86_64}), True)),
        (pe(0x14C), Build(System.WINDOWS, frozenset({Processor.X86}), True)),
        (pe(0x8664, 0x22), Build(System.WINDOWS, frozenset({Processor.X86_64}), False)),
        (mach_o(0x0100000C), Build(System.MACOS, frozenset({Processor.ARM64}), True)),
        (mach_o(0x01000007, 2), Build(System.MACOS, frozenset({Processor.X86_64}), False)),
        (fat(0x01000007, 0x0100000C), Build(System.MACOS, frozenset({Processor.X86_64, Processor.ARM64}), True)),
    ],
)
def test_reads_the_three_formats(tmp_path: Path, content: bytes, build: Build) -> None:
    path = tmp_path / "module"
    path.write_bytes(content)
    assert read_build(path) == build


def code_for(path: Path) -> Code:
    with pytest.raises(ChukysoError) as raised:
        check_machine_type(path)
    assert "{" not in str(raised.value)
    return raised.value.code


@pytest.mark.skipif(own_system() is not System.LINUX, reason="crafts ELF files")
def test_module_for_another_processor_says_both(tmp_path: Path) -> None:
    path = tmp_path / "driver.so"
    path.write_bytes(elf(3, wide=False) if own_processor() is not Processor.X86 else elf(62))
    with pytest.raises(ChukysoError) as raised:
        find_module(str(path))
    assert raised.value.code is Code.MODULE_WRONG_MACHINE
    assert "32-bit (x86)" in str(raised.value)
    assert own_processor().value in str(raised.value)


def test_module_for_another_system_says_both(tmp_path: Path) -> None:
    path = tmp_path / "driver"
    path.write_bytes(elf(62) if own_system() is System.WINDOWS else pe(0x8664))
    with pytest.raises(ChukysoError) as raised:
        find_module(str(path))
    assert raised.value.code is Code.MODULE_WRONG_MACHINE
    assert "Windows 64-bit (x86-64)" in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"", b"MZ", b"\x7fELF", b"#!/bin/sh\n", b"\xca\xfe\xba\xbe\x00\x00\x00\x41" + bytes(99)]
)
def test_file_that_is_no_library(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "driver.so"
    path.write_bytes(content)
    assert code_for(path) is Code.MODULE_LOAD_FAILED


@pytest.mark.skipif(own_system() is not System.LINUX, reason="crafts ELF files")
def test_object_file_is_no_library(tmp_path: Path) -> None:
    path = tmp_path / "driver.o"
    path.write_bytes(own_library()[:16] + b"\x01\x00" + own_library()[18:])
    assert code_for(path) is Code.MODULE_LOAD_FAILED


def test_missing_file_and_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.so", tmp_path):
        assert code_for(path) is Code.MODULE_NOT_FOUND


def test_own_python_is_built_for_this_machine() -> None:
    assert own_processor() in read_build(Path(sys.executable).resolve()).processors


def name(kind: str) -> str:
    table = modules._table()["driver"]  # the data itself is what is looked at
    return next(driver[own_system().lower()] for driver in table if driver["name"].startswith(kind))[0]


def test_well_known_module_by_the_tables_order(tmp_path: Path) -> None:
    first, last = tmp_path / name("Feitian"), tmp_path / name("OpenSC")
    last.write_bytes(own_library())
    assert find_module(directories=[tmp_path]) == last
    first.write_bytes(own_library())
    assert find_module("", directories=[tmp_path]) == first
    assert installed_modules([tmp_path]) == [first, last]


@pytest.mark.skipif(own_system() is not System.LINUX, reason="crafts ELF files")
def test_well_known_module_for_another_machine_is_passed_over(tmp_path: Path) -> None:
    first, last = tmp_path / name("Feitian"), tmp_path / name("OpenSC")
    first.write_bytes(elf(OTHER_PROCESSOR))
    with pytest.raises(ChukysoError) as raised:
        find_module(directories=[tmp_path])
    assert raised.value.code is Code.MODULE_WRONG_MACHINE
    last.write_bytes(own_library())
    assert find_module(directories=[tmp_path]) == last


def test_same_file_under_two_directories_counts_once(tmp_path: Path) -> None:
    path = tmp_path / name("OpenSC")
    path.write_bytes(own_library())
    assert installed_modules([tmp_path, tmp_path / "."]) == [path]


def test_no_module_installed(tmp_path: Path) -> None:
    with pytest.raises(ChukysoError) as raised:
        find_module(directories=[tmp_path])
    assert raised.value.code is Code.MODULE_NOT_FOUND


def test_softhsm_is_found_or_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ChukysoError) as raised:
        find_softhsm([tmp_path / "libsofthsm2.so"])
    assert raised.value.code is Code.SOFTHSM_MISSING
    path = tmp_path / "libsofthsm2.so"
    path.write_bytes(own_library())
    assert find_softhsm([tmp_path / "missing", path]) == path


def test_every_system_has_its_tables() -> None:
    table = modules._table()
    for system in System:
        assert table["directories"][system.lower()]
        assert table["softhsm"][system.lower()]
        assert any(driver.get(system.lower()) for driver in table["driver"])
    assert all(set(driver) <= {"name", "windows", "linux", "macos"} for driver in table["driver"])


def test_place_whose_variable_is_not_set_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHUKYSO_PLACE", raising=False)
    assert modules._expand(["{CHUKYSO_PLACE}/lib"]) == []
    monkeypatch.setenv("CHUKYSO_PLACE", "/opt/vendor")
    assert modules._expand(["{CHUKYSO_PLACE}/lib"]) == [Path("/opt/vendor/lib")]
