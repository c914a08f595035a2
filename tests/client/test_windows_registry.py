"""A replica that is registered in the registry of a Windows is found there, with its program's publisher asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "win32":
    pytest.skip("there is no registry", allow_module_level=True)

import winreg

from chukyso.client.inspect import Where, document, inspect
from chukyso.client.model import Browser, Host
from chukyso.client.places import HOSTS, POLICIES, Places
from support.inspected_machine import EXTENSION, HOST, SITE, Computer

VIEWS = {32: winreg.KEY_WOW64_32KEY, 64: winreg.KEY_WOW64_64KEY}
ROOTS = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
LIST = "NativeMessagingBlocklist"


@pytest.fixture(params=[(hive, view) for hive in ROOTS for view in VIEWS], ids=lambda each: f"{each[0]}-{each[1]}")
def place(request: pytest.FixtureRequest) -> tuple[str, int]:
    chosen: tuple[str, int] = request.param
    return chosen


@pytest.fixture
def written(place: tuple[str, int]) -> Iterator[list[str]]:
    """Keys that were written there, removed in the end."""
    keys: list[str] = []
    yield keys
    hive, view = place
    for key in reversed(keys):
        winreg.DeleteKeyEx(ROOTS[hive], key, VIEWS[view])


def write(place: tuple[str, int], written: list[str], key: str, name: str, value: str) -> None:
    hive, view = place
    try:
        with winreg.CreateKeyEx(ROOTS[hive], key, 0, winreg.KEY_WRITE | VIEWS[view]) as handle:
            winreg.SetValueEx(handle, name, 0, winreg.REG_SZ, value)
    except PermissionError:
        pytest.skip(f"{hive} may be written by administrators alone")
    written.append(key)


def found_of(hosts: tuple[Host, ...]) -> Host:
    (host,) = (each for each in hosts if each.name == HOST)
    return host


@pytest.mark.parametrize("browser", list(Browser))
def test_a_registered_host_is_found_in_its_hive_and_view(
    place: tuple[str, int], written: list[str], computer: Computer, browser: Browser
) -> None:
    computer.complete()
    manifest = computer.host(folder=computer.home / "app", path="..\\..\\..\\opt\\replica\\host.exe")
    write(place, written, f"{HOSTS[browser]}\\{HOST}", "", str(manifest))
    found = inspect(SITE, Where(user_data=(computer.user_data,)))
    host = found_of(found.hosts)
    (where,) = host.registrations
    assert (where.browser, where.place.partition("\\")[0]) == (browser, place[0])
    assert place[1] in where.views
    assert host.program is not None
    assert (host.program.exists, host.program.version, host.program.publisher) == (True, "2.0.7.19", "")
    assert (host.troubles, host.extensions) == ((), (EXTENSION,))
    proposed = document(found)
    assert (proposed["candidates"], found.windows_trouble) == ([{"host": HOST, "fit": "named", "complete": True}], "")


def test_the_views_of_the_machine_differ(written: list[str], computer: Computer) -> None:
    """What installers of 32 bits register is not seen in the other view."""
    place = ("HKLM", 32)
    key = f"{HOSTS[Browser.CHROME]}\\{HOST}"
    write(place, [], key, "", str(computer.host()))
    try:
        assert found_of(inspect(SITE).hosts).registrations[0].views == (32,)
    finally:
        winreg.DeleteKeyEx(ROOTS["HKLM"], key, VIEWS[32])


def test_a_policy_that_blocks_it_is_found(place: tuple[str, int], written: list[str], computer: Computer) -> None:
    write(place, written, f"{HOSTS[Browser.CHROME]}\\{HOST}", "", str(computer.host()))
    write(place, written, f"{POLICIES[Browser.CHROME]}\\{LIST}", "1", HOST)
    host = found_of(inspect(SITE, Where(Places((), (), ()))).hosts)
    assert f"{LIST} (chrome)" in {each.detail for each in host.troubles}


def test_no_user_is_named(place: tuple[str, int], written: list[str], computer: Computer) -> None:
    manifest = computer.host(folder=Path.home() / "AppData" / "Local" / "replica")
    try:
        write(place, written, f"{HOSTS[Browser.EDGE]}\\{HOST}", "", str(manifest))
        found = document(inspect(SITE))
        (host,) = (each for each in found["hosts"] if each["name"] == HOST)
        assert host["manifest"] == f"%USERPROFILE%\\AppData\\Local\\replica\\{HOST}.json"
    finally:
        manifest.unlink()
