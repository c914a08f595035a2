"""Windows' registry, as far as it is read here; a test has one of its own."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Final, Protocol

VIEWS: Final = (32, 64)
"""Views of the registry. Browsers look into that of 32 bits first, where installers of 32 bits write."""


class Hive(StrEnum):
    """Parts of the registry."""

    MACHINE = "HKLM"
    USER = "HKCU"


class Registry(Protocol):
    """Reads keys. What is not there, or may not be read, is empty."""

    def keys(self, hive: Hive, path: str, view: int) -> list[str]:
        """Names of the keys below a key."""

    def values(self, hive: Hive, path: str, view: int) -> dict[str, str | int]:
        """Texts and numbers of a key by name; its default value has the name ""."""


if sys.platform == "win32":
    import winreg

    _ROOTS: Final = {Hive.MACHINE: winreg.HKEY_LOCAL_MACHINE, Hive.USER: winreg.HKEY_CURRENT_USER}
    _VIEW: Final = {32: winreg.KEY_WOW64_32KEY, 64: winreg.KEY_WOW64_64KEY}

    class WindowsRegistry:
        """The registry of this Windows."""

        def keys(self, hive: Hive, path: str, view: int) -> list[str]:
            """As ``Registry`` says."""
            try:
                with winreg.OpenKey(_ROOTS[hive], path, 0, winreg.KEY_READ | _VIEW[view]) as key:
                    return [winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0])]
            except OSError:
                return []

        def values(self, hive: Hive, path: str, view: int) -> dict[str, str | int]:
            """As ``Registry`` says."""
            try:
                with winreg.OpenKey(_ROOTS[hive], path, 0, winreg.KEY_READ | _VIEW[view]) as key:
                    read = [winreg.EnumValue(key, index) for index in range(winreg.QueryInfoKey(key)[1])]
            except OSError:
                return {}
            return {name: value for name, value, _ in read if isinstance(value, str | int)}


def this_registry() -> Registry | None:
    """The registry of this machine; None where there is none."""
    if sys.platform == "win32":
        return WindowsRegistry()
    return None
