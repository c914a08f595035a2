"""Finding a module and refusing files that cannot be one, before anything is loaded."""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.token import modules
from chukyso.token.discovery import find_module
from chukyso.token.machine import Build, Processor, System, own_processor, own_system, read_build
from chukyso.token.model import Quirk
from chukyso.token.modules import (
    InstalledModule,
    Places,
    Source,
    check_machine_type,
    find_softhsm,
    installed_modules,
    named_module,
    quirks_of,
)
from chukyso.token.p11kit import Configuration

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


def paths(modules: list[InstalledModule]) -> list[Path]:
    return [module.path for module in modules]


def library(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(own_library())
    return path


def test_only_module_that_is_installed_is_taken_without_loading_it(tmp_path: Path) -> None:
    only = library(tmp_path / name("OpenSC"))  # a header and nothing else: loading it would fail
    assert find_module(places=Places((tmp_path,))) == only
    assert find_module(str(only)) == only


def test_order_of_modules(tmp_path: Path) -> None:
    last = library(tmp_path / name("OpenSC"))
    first = library(tmp_path / name("Feitian"))
    assert installed_modules(Places((tmp_path,))) == [
        InstalledModule(first, "Feitian ePass2003", Source.REGISTRY),
        InstalledModule(last, "OpenSC", Source.REGISTRY),
    ]


def test_p11_kits_modules_come_after_the_registrys_and_softhsm_last(tmp_path: Path) -> None:
    known = library(tmp_path / "lib" / name("OpenSC"))
    other = library(tmp_path / "kit" / "other.so")
    softhsm = library(tmp_path / "kit" / "libsofthsm2.so")
    for module in (known, other, softhsm):
        file = tmp_path / "packages" / f"{module.stem}.module"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"module: {module}\n")
    kit = Configuration(packages=(tmp_path / "packages",))
    found = installed_modules(Places((tmp_path / "lib",), kit, (tmp_path / "none.so", softhsm)))
    assert [(module.path, module.source) for module in found] == [
        (known, Source.REGISTRY),
        (other, Source.P11_KIT),
        (softhsm, Source.SOFTHSM),
    ]
    assert found[1].name == "other"
    # Also where only p11-kit knows of it.
    assert installed_modules(Places(p11_kit=kit))[-1] == InstalledModule(softhsm, "SoftHSM2", Source.SOFTHSM)


def test_softhsm_is_never_taken_unasked(tmp_path: Path) -> None:
    softhsm = library(tmp_path / "libsofthsm2.so")
    with pytest.raises(ChukysoError) as raised:
        find_module(places=Places(softhsm=(softhsm,)))
    assert raised.value.code is Code.MODULE_NOT_FOUND


@pytest.mark.skipif(own_system() is not System.LINUX, reason="crafts ELF files")
def test_well_known_module_for_another_machine_is_passed_over(tmp_path: Path) -> None:
    first, last = tmp_path / name("Feitian"), tmp_path / name("OpenSC")
    first.write_bytes(elf(OTHER_PROCESSOR))
    places = Places((tmp_path,))
    with pytest.raises(ChukysoError) as raised:
        find_module(places=places)
    assert raised.value.code is Code.MODULE_WRONG_MACHINE
    assert find_module(places=places, wanted=str(library(last))) == last
    assert find_module(places=places) == last


def test_one_file_under_several_names_counts_once(tmp_path: Path) -> None:
    path = library(tmp_path / "lib" / name("OpenSC"))
    places = [tmp_path / "lib", tmp_path / "lib" / "."]
    if sys.platform != "win32":  # needs a privilege there
        (tmp_path / "lib64").symlink_to(tmp_path / "lib")
        (tmp_path / "lib" / name("Feitian")).symlink_to(path)
        places.append(tmp_path / "lib64")
    (tmp_path / "hard").mkdir()
    (tmp_path / "hard" / name("Watchdata")).hardlink_to(path)
    assert len(installed_modules(Places((*places, tmp_path / "hard")))) == 1


def test_no_module_installed(tmp_path: Path) -> None:
    with pytest.raises(ChukysoError) as raised:
        find_module(places=Places((tmp_path,)))
    assert raised.value.code is Code.MODULE_NOT_FOUND


def test_module_that_is_named_is_called_what_the_registry_calls_it(tmp_path: Path) -> None:
    assert named_module(tmp_path / "VNPTCA_P11_V8.DLL").name == "VNPT-CA"
    assert named_module(tmp_path / "libcastle.so").name == "Feitian ePass2003"
    assert named_module(tmp_path / "own.so") == InstalledModule(tmp_path / "own.so", "own.so", Source.NAMED)


def test_quirks_belong_to_file_names() -> None:
    for known in ("vnptca_p11_v8.dll", "VNPT-CA_CSP11.DLL", "ncca_csp11_v1.dll"):
        assert quirks_of(Path("C:/Windows/System32") / known) == {Quirk.ONE_STEP_ATTRIBUTES}
    assert quirks_of(Path("eps2003csp11.dll")) == frozenset()


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
    assert all(set(driver) <= {"name", "windows", "linux", "macos", "quirks"} for driver in table["driver"])
    quirks = {quirk for driver in table["driver"] for quirk in driver.get("quirks", ())}
    assert quirks == set(Quirk)


def spelled(pattern: str) -> list[str]:
    """``a_v{2..4}.dll`` as three names."""
    match = re.search(r"\{(\d+)\.\.(\d+)\}", pattern)
    if not match:
        return [pattern]
    return [pattern.replace(match.group(), str(n)) for n in range(int(match.group(1)), int(match.group(2)) + 1)]


KNOWN = {
    "windows": """
        vnptca_p11_v{6..10}.dll vnpt-ca_csp11.dll vnpt-ca_v34.dll vnpt-ca_v4.dll vnpt-ca_cl_v1.dll
        viettel-ca.dll viettel-ca_v{1..6}.dll
        fpt-ca.dll fpt-ca_v{4..5}.dll fptca_v{3..6}.dll fpt-ca-stx.dll
        BkavCA.dll BkavCAv2S.dll bkavcaetoken.dll st3csp11.dll
        newca_v4.dll nca_v{4..9}.dll CA2_csp11.dll CA2_v34.dll CA2CSP11_v2.dll ncca_csp11_v1.dll efy-ca_v1.dll
        vina-ca_v1.dll vina-ca_v3.dll vina-ca_v5.dll Vina-CAv{3..10}.dll
        safe-ca.dll safe-ca_v{1..2}.dll misaca_csp11_v2.dll fca_v1.dll
        eps2003csp11.dll eps2003csp11v2.dll ngp11v211.dll eTPKCS11.dll IDPrimePKCS1164.dll WDPKCS.dll
        lm_cryptoide_pkcs11.dll bit4xpki.dll bit4ipki.dll aetpkss1.dll opensc-pkcs11.dll
    """,
    "linux": """
        fptca_v4.so libcastle.so libcastle.so.1.0.0 libcastle_v2.so.1.0.0 libeToken.so libeTPkcs11.so libwdpkcs.so
        liblm_cryptoide_pkcs11.so libbit4xpki.so libaetpkss.so opensc-pkcs11.so
    """,
    "macos": """
        viettel-ca_v{4..6}.dylib libcastle.dylib libeTPkcs11.dylib libwdpkcs.dylib liblm_cryptoide_pkcs11.dylib
        libbit4xpki.dylib libaetpkss.dylib opensc-pkcs11.so
    """,
}


@pytest.mark.parametrize("system", KNOWN)
def test_registry_holds_every_publicly_known_module(system: str) -> None:
    registry = [file for driver in modules._table()["driver"] for file in driver.get(system, ())]
    assert len(registry) == len(set(registry))
    assert set(registry) == {name for pattern in KNOWN[system].split() for name in spelled(pattern)}
    directories = modules._table()["directories"]
    assert {"{SystemRoot}/System32", "{SystemRoot}/SysWOW64"} <= set(directories["windows"])


def test_place_whose_variable_is_not_set_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHUKYSO_PLACE", raising=False)
    assert modules._expand(["{CHUKYSO_PLACE}/lib"]) == []
    monkeypatch.setenv("CHUKYSO_PLACE", "/opt/vendor")
    assert modules._expand(["{CHUKYSO_PLACE}/lib"]) == [Path("/opt/vendor/lib")]
