"""Local Network Access: does the browser let the portal's page reach the signing agent on this machine?

Sources: https://wicg.github.io/local-network-access/, and the enterprise policies of Chrome and Edge. That a page needs
the permission, and one served from this machine does not, is tried in ``tests/agent/test_attack_local_network.py``.
"""

from __future__ import annotations

import json
import plistlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ASKS_SINCE: Final = 147
"""First major version of Chromium that asks for WebSockets, too."""
ALLOW: Final = "LoopbackNetworkAllowedForUrls"
# In the order of precedence: the first that names the page decides.
_POLICIES: Final = (
    ("LoopbackNetworkBlockedForUrls", False),
    (ALLOW, True),
    ("LocalNetworkAccessBlockedForUrls", False),
    ("LocalNetworkAccessAllowedForUrls", True),
)
_MAKERS: Final = (
    # part of the executable's name or path, Linux, Windows registry, macOS domain
    ("edge", "/etc/opt/edge/policies/managed", r"SOFTWARE\Policies\Microsoft\Edge", "com.microsoft.Edge"),
    ("chromium", "/etc/chromium/policies/managed", r"SOFTWARE\Policies\Chromium", "org.chromium.Chromium"),
    ("chrome", "/etc/opt/chrome/policies/managed", r"SOFTWARE\Policies\Google\Chrome", "com.google.Chrome"),
)


def decided(url: str, policies: Mapping[str, Any]) -> bool | None:
    """What the administrator decided for a page: allowed, blocked, or None for nothing.

    Args:
        url: Address of the page.
        policies: Policies of the browser by name.
    """
    for name, allowed in _POLICIES:
        listed = policies.get(name, [])
        if isinstance(listed, list) and any(_matches(url, str(pattern)) for pattern in listed):
            return allowed
    return None


def policies_of(executable: Path, directory: Path | None = None) -> dict[str, Any]:
    """The mandatory policies of a browser.

    Args:
        executable: The browser.
        directory: Where its policies are on Linux; by default where its maker says.
    """
    path = str(executable.resolve()).lower()
    maker = next((each for each in _MAKERS if each[0] in path), _MAKERS[-1])
    if sys.platform == "win32":
        return _from_registry(maker[2])  # not run
    if sys.platform == "darwin":
        return _from_property_list(Path("/Library/Managed Preferences") / f"{maker[3]}.plist")  # not run
    return _from_files(directory or Path(maker[1]))


def _from_files(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted(directory.glob("*.json")):
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # the browser ignores it, too
        found |= data if isinstance(data, dict) else {}
    return found


def _from_property_list(file: Path) -> dict[str, Any]:
    try:
        return dict(plistlib.loads(file.read_bytes()))
    except (OSError, ValueError, plistlib.InvalidFileException):
        return {}


def _from_registry(key: str) -> dict[str, Any]:
    if sys.platform != "win32":
        return {}
    import winreg  # noqa: PLC0415 - only there

    found: dict[str, Any] = {}
    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):  # the machine's policies win
        for name, _ in _POLICIES:
            try:
                with winreg.OpenKey(root, f"{key}\\{name}") as opened:
                    count = winreg.QueryInfoKey(opened)[1]
                    found[name] = [winreg.EnumValue(opened, index)[1] for index in range(count)]
            except OSError:
                continue
    return found


def _matches(url: str, pattern: str) -> bool:
    """Whether a pattern names a page: ``*``, ``host``, ``[*.]host``, the latter two with scheme and port or without."""
    if pattern == "*":
        return True
    page = urlsplit(url)
    scheme, _, rest = pattern.rpartition("://")
    host, _, port = rest.partition("/")[0].partition(":")
    if scheme and scheme != page.scheme:
        return False
    if port and port != "*" and port != str(page.port or {"https": 443, "http": 80}.get(page.scheme)):
        return False
    name = page.hostname or ""
    if host.startswith("[*.]"):
        return name == host[4:] or name.endswith(f".{host[4:]}")
    return host in ("*", name)
