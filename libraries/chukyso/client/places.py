"""Where browsers keep what concerns a native messaging host.

Source: developer.chrome.com, "Native messaging" (locations of manifests), "user_data_dir.md" of Chromium; Microsoft's
"Native messaging" of Edge; "Set Chrome policies" for Linux and macOS.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chukyso.client.model import Browser, Level

HOSTS: Final = {
    Browser.CHROME: "SOFTWARE\\Google\\Chrome\\NativeMessagingHosts",
    Browser.CHROMIUM: "SOFTWARE\\Chromium\\NativeMessagingHosts",
    Browser.EDGE: "SOFTWARE\\Microsoft\\Edge\\NativeMessagingHosts",
}
"""Registry keys below which hosts are registered, in both hives."""
POLICIES: Final = {
    Browser.CHROME: "SOFTWARE\\Policies\\Google\\Chrome",
    Browser.CHROMIUM: "SOFTWARE\\Policies\\Chromium",
    Browser.EDGE: "SOFTWARE\\Policies\\Microsoft\\Edge",
}
"""Registry keys of policies, in both hives."""
IN_USER_DATA: Final = "NativeMessagingHosts"


@dataclass(frozen=True)
class Folder:
    """A folder of a browser."""

    browser: Browser
    level: Level
    path: Path


@dataclass(frozen=True)
class Places:
    """Where to look on one system.

    Attributes:
        hosts: Folders of host manifests.
        user_data: Data directories of browsers.
        policies: Folders with policies, ``*.json`` or ``*.plist``.
    """

    hosts: tuple[Folder, ...]
    user_data: tuple[Folder, ...]
    policies: tuple[Folder, ...]


def places(
    system: str = sys.platform,
    home: Path | None = None,
    root: Path = Path("/"),
    variables: Mapping[str, str] = os.environ,
) -> Places:
    """Where browsers keep things.

    Args:
        system: As ``sys.platform`` calls it.
        home: The home folder; this user's when None.
        root: The root of the file system.
        variables: The environment.
    """
    home = home or Path.home()
    if system == "win32":
        local = Path(variables.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return Places(
            (), _user_data(local, ("Google/Chrome/User Data", "Chromium/User Data", "Microsoft/Edge/User Data")), ()
        )
    machine: tuple[Path, ...]
    policies: tuple[Path, ...]
    if system == "darwin":
        support, shared = home / "Library" / "Application Support", root / "Library"
        user_data = _user_data(support, ("Google/Chrome", "Chromium", "Microsoft Edge"))
        machine = tuple(
            shared / name / IN_USER_DATA for name in ("Google/Chrome", "Application Support/Chromium", "Microsoft/Edge")
        )
        policies = (shared / "Managed Preferences",) * len(Browser)
    else:
        config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
        user_data = _user_data(config, ("google-chrome", "chromium", "microsoft-edge"))
        etc = tuple(root / name for name in ("etc/opt/chrome", "etc/chromium", "etc/opt/edge"))
        machine = tuple(folder / "native-messaging-hosts" for folder in etc)
        policies = tuple(folder / "policies" / "managed" for folder in etc)
    hosts = _folders(Level.MACHINE, machine) + in_user_data(user_data)
    return Places(hosts, user_data, _folders(Level.MACHINE, policies))


def in_user_data(user_data: tuple[Folder, ...]) -> tuple[Folder, ...]:
    """The folders of host manifests in data directories; on Windows browsers do not look there."""
    return tuple(Folder(each.browser, each.level, each.path / IN_USER_DATA) for each in user_data)


def _user_data(base: Path, names: tuple[str, ...]) -> tuple[Folder, ...]:
    return _folders(Level.USER, tuple(base / name for name in names))


def _folders(level: Level, paths: tuple[Path, ...]) -> tuple[Folder, ...]:
    """One for each browser, in the order of ``Browser``."""
    return tuple(Folder(browser, level, path) for browser, path in zip(Browser, paths, strict=True))
