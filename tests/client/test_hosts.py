"""Native messaging hosts: where they are registered, and what is wrong with one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from chukyso.client.hosts import read_hosts, registered
from chukyso.client.model import Browser, Fault, Host, Level
from chukyso.client.places import HOSTS, places
from chukyso.client.registry import Hive
from support.inspected_machine import EXTENSION, HOST, Computer, Table, write_json
from support.pe import write_pe

FOLDERS = [
    (Browser.CHROME, Level.MACHINE, "root/etc/opt/chrome/native-messaging-hosts"),
    (Browser.CHROMIUM, Level.MACHINE, "root/etc/chromium/native-messaging-hosts"),
    (Browser.EDGE, Level.MACHINE, "root/etc/opt/edge/native-messaging-hosts"),
    (Browser.CHROME, Level.USER, "home/nguyenvanan/.config/google-chrome/NativeMessagingHosts"),
    (Browser.CHROMIUM, Level.USER, "home/nguyenvanan/.config/chromium/NativeMessagingHosts"),
    (Browser.EDGE, Level.USER, "home/nguyenvanan/.config/microsoft-edge/NativeMessagingHosts"),
]


@pytest.mark.parametrize(("browser", "level", "folder"), FOLDERS)
def test_every_browser_is_looked_at(
    computer: Computer, tmp_path: Path, browser: Browser, level: Level, folder: str
) -> None:
    computer.host(folder=tmp_path / folder)
    (host,) = computer.look().hosts
    assert [(each.browser, each.level, each.views) for each in host.registrations] == [(browser, level, ())]


def test_browsers_of_macos_have_their_own_folders(tmp_path: Path) -> None:
    mac = places("darwin", tmp_path / "home", tmp_path, {})
    names = [str(each.path.relative_to(tmp_path).as_posix()) for each in mac.hosts]
    assert names == [
        "Library/Google/Chrome/NativeMessagingHosts",
        "Library/Application Support/Chromium/NativeMessagingHosts",
        "Library/Microsoft/Edge/NativeMessagingHosts",
        "home/Library/Application Support/Google/Chrome/NativeMessagingHosts",
        "home/Library/Application Support/Chromium/NativeMessagingHosts",
        "home/Library/Application Support/Microsoft Edge/NativeMessagingHosts",
    ]


def test_a_data_directory_of_a_run_is_looked_at_when_it_is_given(computer: Computer, tmp_path: Path) -> None:
    own = tmp_path / "user data"
    computer.host(folder=own / "NativeMessagingHosts")
    computer.extension(profile=own / "Default")
    assert not computer.look().hosts
    found = computer.look(own)
    assert ([each.name for each in found.hosts], [each.id for each in found.extensions]) == ([HOST], [EXTENSION])


def test_a_whole_one_has_nothing_wrong(computer: Computer) -> None:
    computer.complete()
    (host,) = computer.look().hosts
    assert host.program is not None
    assert (host.type, host.extensions, host.program.path) == ("stdio", (EXTENSION,), computer.program)
    assert (host.troubles, host.program.troubles) == ((), ())


def faults(host: Host) -> set[Fault]:
    program = host.program.troubles if host.program else ()
    return {each.fault for each in (*host.troubles, *program)}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": "vn.example.other"}, Fault.NAME_DIFFERS),
        ({"name": None}, Fault.NAME_DIFFERS),
        ({"type": "pipe"}, Fault.TYPE_WRONG),
        ({"type": ["stdio"]}, Fault.TYPE_WRONG),
        ({"path": None}, Fault.PATH_MISSING),
        ({"path": 5}, Fault.PATH_MISSING),
        ({"path": "/nowhere/host.exe"}, Fault.PROGRAM_MISSING),
        ({"allowed_origins": ["chrome-extension://*/", f"chrome-extension://{EXTENSION}/"]}, Fault.ORIGIN_INVALID),
        ({"allowed_origins": [f"chrome-extension://{EXTENSION}"]}, Fault.ORIGIN_INVALID),
        ({"allowed_origins": []}, Fault.NOBODY_ALLOWED),
        ({"allowed_origins": EXTENSION}, Fault.NOBODY_ALLOWED),
        ({"allowed_origins": [f"chrome-extension://{'d' * 32}/"]}, Fault.NOT_INSTALLED),
    ],
)
def test_what_is_wrong_in_a_manifest_is_told(computer: Computer, changed: dict[str, Any], fault: Fault) -> None:
    computer.complete()
    computer.host(**changed) if "name" not in changed else write_json(
        computer.user_data / "NativeMessagingHosts" / f"{HOST}.json",
        {
            "path": str(computer.program),
            "type": "stdio",
            "allowed_origins": [f"chrome-extension://{EXTENSION}/"],
            **changed,
        },
    )
    assert fault in faults(computer.look().hosts[0])


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe{}", b'"a"', b"[" * 100_000])
def test_a_manifest_that_cannot_be_read_does_not_hide_the_others(computer: Computer, data: bytes) -> None:
    computer.complete()
    (computer.user_data / "NativeMessagingHosts" / "vn.example.broken.json").write_bytes(data)
    broken, whole = computer.look().hosts
    assert (faults(broken), faults(whole)) == ({Fault.MANIFEST_UNREADABLE}, set())


def test_a_name_that_no_browser_takes_is_told(computer: Computer) -> None:
    computer.host("Vn-Example")
    assert Fault.NAME_INVALID in faults(computer.look().hosts[0])


@pytest.mark.skipif(sys.platform == "win32", reason="a path may be relative there")
def test_a_relative_path_is_told(computer: Computer) -> None:
    write_pe(computer.user_data / "NativeMessagingHosts" / "host.exe")
    computer.host(path="host.exe")
    assert faults(computer.look().hosts[0]) == {Fault.PATH_RELATIVE, Fault.NOT_INSTALLED}


def test_hives_and_views_of_the_registry_are_all_read(computer: Computer) -> None:
    computer.complete()
    manifest = str(computer.host(folder=computer.home / "app"))
    table = Table()
    key = f"{HOSTS[Browser.CHROME]}\\{HOST}"
    table.put(Hive.MACHINE, 32, key, default=manifest)
    table.put(Hive.USER, 32, key, default=manifest)
    table.put(Hive.USER, 64, key, default=manifest)
    table.put(Hive.MACHINE, 64, f"{HOSTS[Browser.EDGE]}\\{HOST}", default=manifest)
    (host,) = read_hosts(registered(table, ()))
    assert {(each.browser, each.level, each.views) for each in host.registrations} == {
        (Browser.CHROME, Level.MACHINE, (32,)),
        (Browser.CHROME, Level.USER, (32, 64)),
        (Browser.EDGE, Level.MACHINE, (64,)),
    }
    assert {each.place.partition("\\")[0] for each in host.registrations} == {"HKLM", "HKCU"}


def test_views_that_name_different_manifests_are_two_hosts(computer: Computer) -> None:
    table, key = Table(), f"{HOSTS[Browser.CHROME]}\\{HOST}"
    table.put(Hive.MACHINE, 32, key, default="C:\\old\\host.json")
    table.put(Hive.MACHINE, 64, key, default="C:\\new\\host.json")
    hosts = read_hosts(registered(table, ()))
    assert [each.registrations[0].views for each in hosts] == [(32,), (64,)]
    assert all(faults(each) == {Fault.MANIFEST_MISSING} for each in hosts)


def test_a_key_without_a_manifest_is_told(computer: Computer) -> None:
    table = Table()
    table.put(Hive.USER, 64, f"{HOSTS[Browser.CHROME]}\\{HOST}", other="x")
    (host,) = read_hosts(registered(table, ()))
    assert faults(host) == {Fault.MANIFEST_MISSING}
