"""The installed extensions that may talk to a host.

Source: developer.chrome.com, "Manifest file format" and "Match patterns"; the layout of a profile as Chromium 156
writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chukyso.client.files import UnreadableError, children, read_table, table, text, texts
from chukyso.client.model import Extension, Fault, Trouble
from chukyso.client.places import Folder

_ID: Final = re.compile("[a-p]{32}")
_MESSAGE: Final = re.compile(r"__MSG_(\w+)__", re.ASCII)
_NATIVE: Final = "nativeMessaging"
# The second one is protected against changes by others; where both name an extension it counts.
_PREFERENCES: Final = ("Preferences", "Secure Preferences")
_VERSION_FILE: Final = "Last Version"


@dataclass(frozen=True)
class _Profile:
    """A profile in a browser's data directory, and what it says of each extension by id."""

    folder: Folder
    path: Path
    settings: Mapping[str, Any]


def read_extensions(
    folders: Iterable[Folder], allowed: Mapping[str, tuple[str, ...]]
) -> tuple[list[Extension], list[str]]:
    """The extensions that a host allows or that ask for one.

    Args:
        folders: Data directories of browsers.
        allowed: Names of hosts by the ids of extensions that they allow.

    Returns:
        The extensions, and which files could not be read and why.
    """
    found: list[Extension] = []
    unreadable: list[str] = []
    for folder in folders:
        for path in children(folder.path):
            if (path / "Extensions").is_dir() or any((path / name).is_file() for name in _PREFERENCES):
                profile = _Profile(folder, path, _settings(path, unreadable))
                found += _read_profile(profile, allowed, unreadable)
    return found, unreadable


def _read_profile(
    profile: _Profile, allowed: Mapping[str, tuple[str, ...]], unreadable: list[str]
) -> Iterable[Extension]:
    for id_, place in _installed(profile):
        try:
            manifest = read_table(place / "manifest.json")
        except UnreadableError as error:
            if id_ in allowed:
                unreadable.append(f"{id_}: {error}")
            continue
        asks = {*texts(manifest.get("permissions")), *texts(manifest.get("optional_permissions"))}
        if id_ in allowed or _NATIVE in asks:
            yield _extension(id_, place, manifest, profile, allowed.get(id_, ()))


def _settings(profile: Path, unreadable: list[str]) -> dict[str, Any]:
    """What the profile says of each extension, by id."""
    settings: dict[str, Any] = {}
    for name in _PREFERENCES:
        if (profile / name).is_file():
            try:
                settings |= table(table(read_table(profile / name).get("extensions")).get("settings"))
            except UnreadableError as error:
                unreadable.append(str(error))
    return settings


def _installed(profile: _Profile) -> Iterable[tuple[str, Path]]:
    """Id and folder of each extension: from the store in its newest version, unpacked where it lies."""
    for extension in children(profile.path / "Extensions"):
        versions = [each for each in children(extension) if (each / "manifest.json").is_file()]
        if _ID.fullmatch(extension.name) and versions:
            named = text(table(profile.settings.get(extension.name)).get("path")).replace("\\", "/")
            current = [each for each in versions if named and each == profile.path / "Extensions" / named]
            yield extension.name, (current or sorted(versions, key=_order))[-1]
    for id_, setting in profile.settings.items():
        path = Path(text(table(setting).get("path")))
        if _ID.fullmatch(id_) and path.is_absolute():
            yield id_, path


def _order(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]


def _enabled(setting: Mapping[str, Any]) -> bool | None:
    """Whether it is switched on. Browsers wrote ``state`` once, and list reasons against it now."""
    if not setting:
        return None
    return not setting.get("disable_reasons") and setting.get("state", 1) == 1


def _extension(
    id_: str, place: Path, manifest: Mapping[str, Any], profile: _Profile, allowed_by: tuple[str, ...]
) -> Extension:
    enabled = _enabled(table(profile.settings.get(id_)))
    scripts = manifest.get("content_scripts")
    matches = [
        each
        for script in (scripts if isinstance(scripts, list) else ())
        for each in texts(table(script).get("matches"))
    ]
    version = manifest.get("manifest_version")
    troubles = [Trouble(Fault.DISABLED)] if enabled is False else []
    troubles += [] if allowed_by else [Trouble(Fault.NO_HOST)]
    return Extension(
        id=id_,
        browser=profile.folder.browser,
        browser_version=_browser_version(profile.folder.path),
        profile=profile.path.name,
        folder=place,
        name=_name(place, manifest),
        version=text(manifest.get("version")),
        manifest_version=version if isinstance(version, int) else 0,
        permissions=texts(manifest.get("permissions")),
        host_permissions=texts(manifest.get("host_permissions")),
        matches=tuple(dict.fromkeys(matches)),
        connectable=texts(table(manifest.get("externally_connectable")).get("matches")),
        update_url=text(manifest.get("update_url")),
        enabled=enabled,
        allowed_by=allowed_by,
        troubles=tuple(troubles),
    )


def _browser_version(user_data: Path) -> str:
    try:
        return (user_data / _VERSION_FILE).read_text(encoding="utf-8").strip()[:40]
    except (OSError, ValueError):
        return ""


def _name(place: Path, manifest: Mapping[str, Any]) -> str:
    """Its name; a placeholder is looked up in its default language."""
    name = text(manifest.get("name"))
    found = _MESSAGE.fullmatch(name)
    language = text(manifest.get("default_locale"))
    if not found or not language:
        return name
    try:
        messages = read_table(place / "_locales" / language / "messages.json")
    except UnreadableError:
        return name
    wanted = found[1].casefold()  # names of messages have no case
    return next((text(table(each).get("message")) for key, each in messages.items() if key.casefold() == wanted), name)
