"""Installed extensions, and the policies that keep them or a host from working."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chukyso.client.model import Browser, Extension, Fault
from chukyso.client.places import POLICIES
from chukyso.client.policies import read_policies
from chukyso.client.registry import Hive
from support.inspected_machine import EXTENSION, OTHER, Computer, Table, write_json


def only(computer: Computer) -> Extension:
    (found,) = computer.look().extensions
    return found


def test_an_extension_is_read_whole(computer: Computer) -> None:
    computer.complete()
    found = only(computer)
    assert (found.name, found.version, found.manifest_version) == ("Ký số mẫu", "1.2", 3)
    assert (found.permissions, found.matches) == (("nativeMessaging",), ("https://portal.example.vn/*",))
    assert (found.profile, found.browser, found.browser_version) == ("Default", Browser.CHROMIUM, "156.0.1")
    assert (found.allowed_by, found.troubles) == (("vn.example.replica",), ())
    assert found.update_url == "https://store.example/update"


def test_of_several_versions_the_newest_counts_and_not_the_last_by_name(computer: Computer) -> None:
    computer.complete()
    computer.extension(version="1.10")
    computer.extension(version="1.9")
    assert only(computer).version == "1.10"


def test_the_version_that_the_profile_names_counts_before_a_newer_one(computer: Computer) -> None:
    computer.complete()
    computer.extension(version="1.10")
    computer.settings(**{EXTENSION: {"path": f"{EXTENSION}\\1.2_0"}})
    assert only(computer).version == "1.2"


def test_an_unpacked_one_is_found_where_it_lies(computer: Computer, tmp_path: Path) -> None:
    computer.host()
    folder = computer.extension(profile=tmp_path / "elsewhere")
    computer.settings(**{EXTENSION: {"path": str(folder), "location": 4}})
    assert only(computer).folder == folder


@pytest.mark.parametrize(
    ("setting", "enabled"),
    [
        ({}, None),
        ({"path": "x"}, True),
        ({"state": 1}, True),
        ({"state": 0}, False),
        ({"disable_reasons": [1]}, False),
        ({"disable_reasons": 1}, False),
        ({"disable_reasons": []}, True),
    ],
)
def test_whether_it_is_switched_on_is_read(computer: Computer, setting: dict[str, Any], enabled: bool | None) -> None:
    computer.complete()
    computer.settings(**{EXTENSION: setting})
    found = only(computer)
    assert (found.enabled, [each.fault for each in found.troubles]) == (
        enabled,
        [Fault.DISABLED] if enabled is False else [],
    )


def test_a_name_of_several_languages_is_looked_up(computer: Computer) -> None:
    computer.complete()
    folder = computer.extension(name="__MSG_appName__", default_locale="vi")
    write_json(folder / "_locales" / "vi" / "messages.json", {"APPNAME": {"message": "Ký số"}})
    assert only(computer).name == "Ký số"


def test_one_that_has_to_do_with_no_host_is_nobodys_business(computer: Computer) -> None:
    computer.complete()
    computer.extension(OTHER, permissions=["storage"])
    assert only(computer).id == EXTENSION


def test_one_that_asks_for_a_host_and_has_none_is_told(computer: Computer) -> None:
    computer.complete()
    computer.extension(OTHER)
    other = computer.look().extensions[1]
    assert (other.id, [each.fault for each in other.troubles]) == (OTHER, [Fault.NO_HOST])


@pytest.mark.parametrize(
    "manifest", [{"content_scripts": 5}, {"content_scripts": [5]}, {"permissions": {}}, {"name": 1}]
)
def test_a_strange_manifest_ends_nothing(computer: Computer, manifest: dict[str, Any]) -> None:
    computer.complete()
    computer.extension(**manifest)
    assert only(computer).id == EXTENSION


def test_broken_preferences_are_told(computer: Computer) -> None:
    computer.complete()
    (computer.user_data / "Default" / "Preferences").write_text("{", encoding="utf-8")
    found = computer.look()
    assert len(found.extensions) == len(found.unreadable) == 1
    assert found.unreadable[0].startswith("Preferences: ")


@pytest.mark.parametrize(
    ("policies", "blocked"),
    [
        ({"NativeMessagingBlocklist": ["*"]}, "host"),
        ({"NativeMessagingBlocklist": ["vn.example.replica"]}, "host"),
        ({"NativeMessagingBlocklist": ["*"], "NativeMessagingAllowlist": ["vn.example.replica"]}, ""),
        ({"NativeMessagingBlocklist": ["vn.example.other"]}, ""),
        ({"NativeMessagingUserLevelHosts": False}, "host"),
        ({"NativeMessagingUserLevelHosts": True}, ""),
        ({"ExtensionInstallBlocklist": ["*"]}, "extension"),
        ({"ExtensionInstallBlocklist": ["*"], "ExtensionInstallForcelist": [f"{EXTENSION};https://store"]}, ""),
        ({"ExtensionInstallBlocklist": ["*"], "ExtensionInstallAllowlist": [EXTENSION]}, ""),
        ({"ShowHomeButton": True}, ""),
    ],
)
def test_policies_of_files_are_judged(computer: Computer, policies: dict[str, Any], blocked: str) -> None:
    computer.complete()
    write_json(computer.policies / "rules.json", policies)
    found = computer.look()
    assert sorted(each.name for each in found.policies) == [
        name for name in sorted(policies) if name != "ShowHomeButton"
    ]
    troubles = {"host": found.hosts[0].troubles, "extension": found.extensions[0].troubles}
    assert [name for name in troubles if Fault.BLOCKED in {each.fault for each in troubles[name]}] == (
        [blocked] if blocked else []
    )


def test_policies_of_the_registry_are_read_in_order() -> None:
    table, key = Table(), POLICIES[Browser.EDGE]
    values: dict[str, Any] = {"2": "b", "10": "c", "1": "a"}
    table.put(Hive.MACHINE, 64, f"{key}\\ExtensionInstallForcelist", **values)
    table.put(Hive.USER, 64, key, NativeMessagingUserLevelHosts=0)
    found, unreadable = read_policies(table, ())
    assert {(each.name, each.values) for each in found} == {
        ("ExtensionInstallForcelist", ("a", "b", "c")),
        ("NativeMessagingUserLevelHosts", ("0",)),
    }
    assert not unreadable


def test_a_broken_file_of_policies_is_told(computer: Computer) -> None:
    computer.policies.mkdir(parents=True)
    (computer.policies / "rules.json").write_text("{", encoding="utf-8")
    assert computer.look().unreadable[0].startswith("rules.json: ")
