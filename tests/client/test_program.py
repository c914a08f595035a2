"""What a program file says of itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chukyso.client.model import Fault
from chukyso.client.program import read_program
from support.inspected_machine import VERSION
from support.pe import write_pe

COMPILER = shutil.which("x86_64-w64-mingw32-gcc")
RESOURCES = shutil.which("x86_64-w64-mingw32-windres")


def test_machine_imports_and_version_are_read(tmp_path: Path) -> None:
    program = read_program(write_pe(tmp_path / "Hồ sơ" / "a.exe", ("KERNEL32.dll", "CRYPTUI.dll"), VERSION))
    assert (program.machine, program.imports) == ("Windows, 32-bit (x86)", ("cryptui.dll", "kernel32.dll"))
    assert (program.version, program.product, program.company) == ("2.0.7.19", "Ký số mẫu", "Hãng mẫu")
    assert (program.toolkits, program.troubles) == (("Windows certificate picker (cryptui)",), ())


@pytest.mark.parametrize(
    ("imports", "more", "toolkit"),
    [
        (("USER32.dll",), b"", "Win32 (user32)"),
        (("mfc140u.dll",), b"", "MFC"),
        (("Qt6Widgets.dll",), b"", "Qt"),
        (("wxmsw32u_core_vc14x.dll",), b"", "wxWidgets"),
        (("UIAutomationCore.dll",), b"", "UI Automation"),
        (("mscoree.dll",), b"", ".NET"),
        (("mscoree.dll",), b"System.Windows.Forms", ".NET Windows Forms"),
        (("mscoree.dll",), b"PresentationFramework", ".NET WPF"),
        (("KERNEL32.dll",), "DVCLAL".encode("utf-16-le"), "Delphi/C++Builder VCL"),
    ],
)
def test_the_toolkit_is_told(tmp_path: Path, imports: tuple[str, ...], more: bytes, toolkit: str) -> None:
    assert toolkit in read_program(write_pe(tmp_path / "a.exe", imports, more=more)).toolkits
    assert toolkit not in read_program(write_pe(tmp_path / "b.exe", ("KERNEL32.dll",))).toolkits


def test_names_of_dot_net_in_another_program_say_nothing(tmp_path: Path) -> None:
    assert read_program(write_pe(tmp_path / "a.exe", ("KERNEL32.dll",), more=b"PresentationFramework")).toolkits == ()


@pytest.mark.parametrize("size", [2, 63, 64, 70, 100, 0x180, 0x200, 0x210])
def test_a_program_that_is_cut_short_ends_nothing(tmp_path: Path, size: int) -> None:
    path = write_pe(tmp_path / "a.exe", strings=VERSION)
    path.write_bytes(path.read_bytes()[:size])
    program = read_program(path)
    assert (program.exists, program.version) == (True, "")


def test_a_script_is_no_program(tmp_path: Path) -> None:
    path = tmp_path / "host.bat"
    path.write_text("@echo off", encoding="utf-8")
    assert [each.fault for each in read_program(path).troubles] == [Fault.PROGRAM_UNREADABLE]


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    program = read_program(tmp_path / "none.exe")
    assert (program.exists, [each.fault for each in program.troubles]) == (False, [Fault.PROGRAM_MISSING])


def test_this_python_is_read(tmp_path: Path) -> None:
    program = read_program(Path(sys.executable))
    assert program.exists
    assert not program.troubles
    system = {"win32": "Windows", "darwin": "macOS"}.get(sys.platform, "Linux")
    assert program.machine.startswith(system)
    assert (program.publisher is None) == (sys.platform != "win32")


@pytest.mark.skipif(not (COMPILER and RESOURCES), reason="no cross compiler for Windows")
def test_a_program_of_a_compiler_is_read(tmp_path: Path) -> None:
    source, script = tmp_path / "a.c", tmp_path / "a.rc"
    source.write_text('#include <windows.h>\nint main(void){return MessageBoxW(0,L"a",L"b",0);}', encoding="utf-8")
    script.write_text(
        '1 VERSIONINFO FILEVERSION 1,2,3,4\n{BLOCK "StringFileInfo"{BLOCK "042A04B0"'
        '{VALUE "FileVersion","1.2.3.4" VALUE "CompanyName","H\\x00e3ng"}}}\n',
        encoding="utf-8",
    )
    subprocess.run([str(RESOURCES), "-c", "65001", str(script), str(tmp_path / "a.o")], check=True)
    made = tmp_path / "a.exe"
    command = [str(COMPILER), str(source), str(tmp_path / "a.o"), "-o", str(made), "-luser32", "-mwindows"]
    subprocess.run(command, check=True)
    program = read_program(made)
    assert (program.machine, program.version) == ("Windows, 64-bit (x86-64)", "1.2.3.4")
    assert "user32.dll" in program.imports
