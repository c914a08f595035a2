"""The policies of browsers that can block a host or an extension, or install one.

Source: chromeenterprise.google/policies, and Microsoft's reference for Edge, which has the same names.
"""

from __future__ import annotations

import json
import plistlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from chukyso.client.files import UnreadableError, children, read_table
from chukyso.client.model import Browser, Host, Level, Policy
from chukyso.client.places import POLICIES, Folder
from chukyso.client.registry import VIEWS, Hive, Registry

_LISTS: Final = (
    "ExtensionInstallForcelist",
    "ExtensionInstallAllowlist",
    "ExtensionInstallBlocklist",
    "NativeMessagingAllowlist",
    "NativeMessagingBlocklist",
)
_SINGLE: Final = ("ExtensionSettings", "NativeMessagingUserLevelHosts")
_PLISTS: Final = {
    "com.google.Chrome": Browser.CHROME,
    "org.chromium.Chromium": Browser.CHROMIUM,
    "com.microsoft.Edge": Browser.EDGE,
}
_ALL: Final = "*"
_NO: Final = frozenset({"0", "false"})


def read_policies(registry: Registry | None, folders: Iterable[Folder]) -> tuple[list[Policy], list[str]]:
    """The policies that matter, and which files could not be read and why."""
    found = [] if registry is None else [each for browser in Browser for each in _in_registry(registry, browser)]
    unreadable = []
    for folder in folders:
        for file in children(folder.path):
            try:
                found += _in_file(file, folder)
            except UnreadableError as error:
                unreadable.append(str(error))
    return found, unreadable


def blocks_host(policies: Iterable[Policy], browser: Browser, host: Host) -> str:
    """Name of the policy that keeps a browser from starting a host; "" when none does."""
    set_ = _of(policies, browser)
    allowed = host.name in set_.get("NativeMessagingAllowlist", ())
    if not allowed and {host.name, _ALL} & set(set_.get("NativeMessagingBlocklist", ())):
        return "NativeMessagingBlocklist"
    levels = {each.level for each in host.registrations if each.browser is browser}
    user_level = set_.get("NativeMessagingUserLevelHosts", ())
    if levels == {Level.USER} and user_level and user_level[0].lower() in _NO:
        return "NativeMessagingUserLevelHosts"
    return ""


def blocks_extension(policies: Iterable[Policy], browser: Browser, extension: str) -> str:
    """Name of the policy that keeps a browser from running an extension; "" when none does."""
    set_ = _of(policies, browser)
    forced = any(value.partition(";")[0] == extension for value in set_.get("ExtensionInstallForcelist", ()))
    let = forced or extension in set_.get("ExtensionInstallAllowlist", ())
    blocked = not let and {extension, _ALL} & set(set_.get("ExtensionInstallBlocklist", ()))
    return "ExtensionInstallBlocklist" if blocked else ""


def _of(policies: Iterable[Policy], browser: Browser) -> dict[str, tuple[str, ...]]:
    """The policies of one browser by name; that of the machine counts where both are set."""
    of_browser = [each for each in policies if each.browser is browser]
    ordered = sorted(of_browser, key=lambda each: each.level is Level.MACHINE)
    return {each.name: each.values for each in ordered}


def _in_registry(registry: Registry, browser: Browser) -> Iterable[Policy]:
    """Policies have one place for both views; Wine has two, so both are read and what is the same counts once."""
    for hive, level in ((Hive.MACHINE, Level.MACHINE), (Hive.USER, Level.USER)):
        base = POLICIES[browser]
        found: dict[str, tuple[str, ...]] = {}
        for view in VIEWS:
            single = registry.values(hive, base, view)
            found |= {name: (str(single[name]),) for name in _SINGLE if name in single}
            for name in _LISTS:
                listed = registry.values(hive, f"{base}\\{name}", view)
                if listed:
                    found[name] = tuple(str(listed[key]) for key in sorted(listed, key=_number))
        for name, values in found.items():
            yield Policy(browser, level, name, values, f"{hive}\\{base}")


def _number(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() else 0, name)


def _in_file(file: Path, folder: Folder) -> list[Policy]:
    if file.suffix == ".json":
        return _policies(read_table(file), folder, file)
    if file.suffix == ".plist" and _PLISTS.get(file.stem) is folder.browser:
        try:
            data = plistlib.loads(file.read_bytes())
        except (OSError, ValueError, plistlib.InvalidFileException) as error:
            raise UnreadableError(f"{file.name}: {error}") from error
        return _policies(data, folder, file)
    return []


def _policies(data: Mapping[str, Any], folder: Folder, file: Path) -> list[Policy]:
    wanted = [name for name in (*_LISTS, *_SINGLE) if name in data]
    return [Policy(folder.browser, folder.level, name, _values(data[name]), str(file)) for name in wanted]


def _values(value: object) -> tuple[str, ...]:
    """As the registry has them: a table as JSON."""
    each = value if isinstance(value, list) else [value]
    return tuple(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in each)
