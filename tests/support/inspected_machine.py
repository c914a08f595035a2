"""A machine with browsers and signing clients, made of folders; and a registry that is a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chukyso.client.inspect import Where, inspect
from chukyso.client.model import Inspection
from chukyso.client.places import places
from chukyso.client.registry import Hive
from support.pe import write_pe

HOST = "vn.example.replica"
EXTENSION = "a" * 31 + "b"
OTHER = "c" * 32
SITE = "portal.example.vn"
VERSION = {"FileVersion": "2.0.7.19", "ProductName": "Ký số mẫu", "CompanyName": "Hãng mẫu"}


@dataclass
class Table:
    """A registry: keys by hive, view and path."""

    held: dict[tuple[Hive, int, str], dict[str, str | int]] = field(default_factory=dict)

    def put(self, hive: Hive, view: int, path: str, **values: str | int) -> None:
        """Write a key; ``default`` is its default value."""
        self.held[hive, view, path] = {"" if name == "default" else name: value for name, value in values.items()}

    def keys(self, hive: Hive, path: str, view: int) -> list[str]:
        """As ``Registry`` says."""
        below = [key for (where, which, key) in self.held if (where, which) == (hive, view)]
        return [key.rpartition("\\")[2] for key in below if key.rpartition("\\")[0] == path]

    def values(self, hive: Hive, path: str, view: int) -> dict[str, str | int]:
        """As ``Registry`` says."""
        return self.held.get((hive, view, path), {})


class Computer:
    """The folders of a Linux machine below one folder, with nothing in them."""

    def __init__(self, folder: Path) -> None:
        self.root, self.home = folder / "root", folder / "home" / "nguyenvanan"
        self.program = folder / "opt" / "replica" / "host.exe"
        self.user_data = self.home / ".config" / "chromium"
        self.policies = self.root / "etc" / "chromium" / "policies" / "managed"
        self.registry: Table | None = None

    def look(self, *user_data: Path, site: str = SITE) -> Inspection:
        """Inspect it."""
        where = places("linux", self.home, self.root, {})
        return inspect(site, Where(where, self.registry, user_data))

    def host(self, name: str = HOST, folder: Path | None = None, **manifest: Any) -> Path:
        """Register a host for Chromium; what is None is left out of its manifest."""
        full = {
            "name": name,
            "description": "mẫu",
            "path": str(self.program),
            "type": "stdio",
            "allowed_origins": [f"chrome-extension://{EXTENSION}/"],
            **manifest,
        }
        path = (folder or self.user_data / "NativeMessagingHosts") / f"{name}.json"
        return write_json(path, {key: value for key, value in full.items() if value is not None})

    def extension(
        self,
        id_: str = EXTENSION,
        version: str = "1.2",
        profile: Path | None = None,
        **manifest: Any,
    ) -> Path:
        """Install an extension for Chromium, as from the store."""
        full = {
            "manifest_version": 3,
            "name": "Ký số mẫu",
            "version": version,
            "permissions": ["nativeMessaging"],
            "content_scripts": [{"matches": [f"https://{SITE}/*"], "js": ["content.js"]}],
            "update_url": "https://store.example/update",
            **manifest,
        }
        folder = (profile or self.user_data / "Default") / "Extensions" / id_ / f"{version}_0"
        write_json(folder / "manifest.json", full)
        return folder

    def settings(self, profile: Path | None = None, **settings: Any) -> None:
        """Write what a profile says of its extensions."""
        path = (profile or self.user_data / "Default") / "Secure Preferences"
        write_json(path, {"extensions": {"settings": settings}})

    def complete(self) -> None:
        """Install a client with everything that it needs."""
        write_pe(self.program, ("KERNEL32.dll", "USER32.dll", "CRYPTUI.dll"), VERSION)
        self.host()
        self.extension()
        (self.user_data / "Last Version").write_text("156.0.1", encoding="utf-8")


def write_json(path: Path, data: object) -> Path:
    """Write a JSON file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path
