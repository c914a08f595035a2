"""What is missing on a machine and what the operator is told: pure decisions, on machines that are not this one."""

import itertools
import subprocess
import sys

import pytest

from chukyso.prerequisites import Machine, Part, apt_packages, instructions, missing_parts, needed_parts
from support.paths import ROOT

DEBIAN = Machine("linux", "debian", has_apt=True, is_root=False, default_python=True, python=(3, 11))


def test_debian_gets_the_exact_command() -> None:
    text = instructions(DEBIAN, [Part.VENV, Part.BROWSER, Part.SOFTHSM, Part.XMLSEC])
    assert (
        "\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends"
        " python3-venv chromium softhsm2 xmlsec1\n"
    ) in text
    assert "Máy còn thiếu" in text


def test_only_the_missing_packages_are_named() -> None:
    text = instructions(DEBIAN, [Part.SOFTHSM])
    assert text.count("softhsm2") == 1
    assert "chromium" not in text


def test_ubuntu_calls_its_browser_differently() -> None:
    ubuntu = Machine("linux", "ubuntu", has_apt=True, is_root=True, default_python=True, python=(3, 12))
    assert apt_packages(ubuntu, [Part.BROWSER, Part.SOFTHSM]) == ["chromium-browser", "softhsm2"]


def test_another_python_than_the_systems_own_needs_the_venv_of_its_version() -> None:
    machine = Machine("linux", "debian", has_apt=True, is_root=True, default_python=False, python=(3, 12))
    assert apt_packages(machine, [Part.VENV]) == ["python3.12-venv"]


@pytest.mark.parametrize(
    ("platform", "command"), [("darwin", "brew install softhsm"), ("win32", "SoftHSM2-for-Windows")]
)
def test_macos_and_windows_get_commands_marked_as_not_tried(platform: str, command: str) -> None:
    machine = Machine(platform, "", has_apt=False, is_root=False, default_python=False, python=(3, 13))
    text = instructions(machine, [Part.BROWSER, Part.SOFTHSM])
    assert command in text
    assert "not tried by the authors" in text
    assert "apt-get" not in text


def test_linux_without_apt_names_the_parts() -> None:
    machine = Machine("linux", "fedora", has_apt=False, is_root=True, default_python=True, python=(3, 13))
    text = instructions(machine, [Part.SOFTHSM])
    assert "SoftHSM2" in text
    assert "apt-get" not in text


def test_a_real_portal_needs_no_software_token_and_only_the_tests_need_second_opinions() -> None:
    assert Part.SOFTHSM not in needed_parts("linux", real_portal=True)
    assert Part.SOFTHSM in needed_parts("linux")
    for part in (Part.XMLSEC, Part.OPENCRYPTOKI, Part.NSS, Part.PINENTRY):
        assert part not in needed_parts("linux")
        assert part in needed_parts("linux", tests=True)
    packages = apt_packages(DEBIAN, [Part.OPENCRYPTOKI, Part.NSS])
    assert packages == ["opencryptoki", "libnss3"]


def test_windows_and_macos_are_never_asked_for_what_has_no_instruction_there() -> None:
    for platform, tests in itertools.product(("win32", "darwin"), (True, False)):
        for part in needed_parts(platform, tests=tests):
            assert part.value.windows if platform == "win32" else part.value.macos


def test_this_machine_runs_the_tests_so_it_lacks_nothing() -> None:
    assert missing_parts(needed_parts("linux", tests=True)) == []


def test_a_machine_without_browser_or_xmlsec_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert missing_parts([Part.BROWSER, Part.XMLSEC]) == [Part.BROWSER, Part.XMLSEC]


def test_it_works_before_anything_is_installed() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from chukyso import prerequisites as p; p.missing_parts(p.Part)"
    )
    libraries = ROOT / "libraries"
    # -S and -I: no site-packages, no environment variables
    command = [sys.executable, "-I", "-S", "-c", program, str(libraries)]
    assert subprocess.run(command, check=False).returncode == 0
