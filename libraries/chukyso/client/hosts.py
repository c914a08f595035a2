"""The native messaging hosts that are registered, and what their manifests say.

Source: developer.chrome.com, "Native messaging".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Final

from chukyso.client.files import UnreadableError, children, read_table, text, texts
from chukyso.client.model import Browser, Fault, Host, Level, Registration, Trouble
from chukyso.client.places import HOSTS, Folder
from chukyso.client.program import read_program
from chukyso.client.registry import VIEWS, Hive, Registry

_NAME: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_ORIGIN: Final = re.compile(r"chrome-extension://([a-p]{32})/")
_LEVELS: Final = {Hive.MACHINE: Level.MACHINE, Hive.USER: Level.USER}


def registered(registry: Registry | None, folders: Iterable[Folder]) -> list[Registration]:
    """Where hosts are registered: in the registry, in both hives and views, or as manifests in folders."""
    found = [] if registry is None else [each for browser in Browser for each in _in_registry(registry, browser)]
    for folder in folders:
        for manifest in children(folder.path, "*.json"):
            place = str(folder.path)
            found.append(Registration(folder.browser, folder.level, manifest.stem, place, manifest))
    return found


def read_hosts(registrations: Iterable[Registration]) -> list[Host]:
    """The hosts behind registrations; one that is registered for several browsers is one."""
    grouped: dict[tuple[str, Path], list[Registration]] = {}
    for each in registrations:
        grouped.setdefault((each.name, each.manifest), []).append(each)
    return [_read(name, manifest, tuple(where)) for (name, manifest), where in grouped.items()]


def _in_registry(registry: Registry, browser: Browser) -> list[Registration]:
    """Of a key that both views show once; HKCU has one place for both."""
    views: dict[tuple[Hive, str, str], list[int]] = {}
    for hive in Hive:
        for view in VIEWS:
            for name in registry.keys(hive, HOSTS[browser], view):
                manifest = registry.values(hive, f"{HOSTS[browser]}\\{name}", view).get("", "")
                views.setdefault((hive, name, str(manifest)), []).append(view)
    return [
        Registration(browser, _LEVELS[hive], name, f"{hive}\\{HOSTS[browser]}\\{name}", Path(manifest), tuple(seen))
        for (hive, name, manifest), seen in views.items()
    ]


def _read(name: str, manifest: Path, where: tuple[Registration, ...]) -> Host:
    troubles = [] if _NAME.fullmatch(name) else [Trouble(Fault.NAME_INVALID, name)]
    if not manifest.is_file():
        return Host(name, manifest, where, troubles=(*troubles, Trouble(Fault.MANIFEST_MISSING, str(manifest))))
    try:
        data = read_table(manifest)
    except UnreadableError as error:
        return Host(name, manifest, where, troubles=(*troubles, Trouble(Fault.MANIFEST_UNREADABLE, str(error))))
    if data.get("name") != name:
        troubles.append(Trouble(Fault.NAME_DIFFERS, text(data.get("name"))))
    if data.get("type") != "stdio":
        troubles.append(Trouble(Fault.TYPE_WRONG, text(data.get("type"))))
    origins = texts(data.get("allowed_origins"))
    matched = [_ORIGIN.fullmatch(origin) for origin in origins]
    troubles += [Trouble(Fault.ORIGIN_INVALID, o) for o, ok in zip(origins, matched, strict=True) if not ok]
    if not any(matched):
        troubles.append(Trouble(Fault.NOBODY_ALLOWED))
    path = text(data.get("path"))
    if not path:
        troubles.append(Trouble(Fault.PATH_MISSING))
    elif sys.platform != "win32" and not PurePath(path).is_absolute():
        troubles.append(Trouble(Fault.PATH_RELATIVE, path))
    return Host(
        name=name,
        manifest=manifest,
        registrations=where,
        type=text(data.get("type")),
        origins=origins,
        extensions=tuple(dict.fromkeys(found[1] for found in matched if found)),
        program=read_program(manifest.parent / path) if path else None,  # relative to the manifest, where that may be
        troubles=tuple(troubles),
    )
