"""Registers the native messaging host with a browser, and sets its faults.

Chromium reads the registration anew for each connection, so a fault of it counts at once. On Linux it is looked for in
the user data directory; on Windows the registry names the file, for this user and every browser of the kind.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.details import SandboxDetails, write_private
from chukyso.sandbox.signing_client import EXTENSION_ID, HOST_NAME
from chukyso.sandbox.signing_client.faults import REGISTRATION, ClientFault, FaultOrder
from chukyso.sandbox.signing_client.settings import LOG_NAME, SETTINGS_NAME, HostSettings

_REGISTRY: Final = (r"Software\Google\Chrome", r"Software\Chromium", r"Software\Microsoft\Edge")
_OTHER_EXTENSION: Final = "a" * 32


@dataclass(frozen=True)
class Installation:
    """A registered client.

    Attributes:
        manifest: The registration's file.
        settings: The host's settings.
        log: The host's log; no secret is in it.
    """

    manifest: Path
    settings: Path
    log: Path

    def set_fault(self, order: FaultOrder) -> None:
        """Let the client go wrong from its next request on; ``ClientFault.NONE`` takes the fault back."""
        settings = HostSettings.read(self.settings)
        replace(settings, fault=order).write(self.settings)
        _register(settings.manifest, settings.program, order.kind)

    def remove(self) -> None:
        """Take the registration back; what the browser does then is as if the client had never been installed."""
        self.manifest.unlink(missing_ok=True)
        if sys.platform == "win32":
            _forget_in_registry()


def install(
    details: SandboxDetails,
    user_data: Path,
    *,
    command: Sequence[str],
    environment: Mapping[str, str],
    pin_window: str = "accept",
) -> Installation:
    """Register the host with the browser of a user data directory, for the token of one account.

    Args:
        details: The account and its token.
        user_data: The browser's user data directory; made when missing.
        command: The program that shows the windows, and its arguments.
        environment: What it needs in its environment. Never a secret.
        pin_window: Which kind of PIN window it shows.
    """
    home = client_home(details.directory, details.tax_code)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    hosts = home if sys.platform == "win32" else user_data / "NativeMessagingHosts"
    hosts.mkdir(parents=True, exist_ok=True)
    settings = HostSettings(
        module=details.token_module,
        module_environment=dict(details.token_environment),
        windows_command=tuple(command),
        windows_environment=dict(environment),
        pin_window=pin_window,
        manifest=hosts / f"{HOST_NAME}.json",
        program=_write_program(home),
    )
    settings.write(home / SETTINGS_NAME)
    _register(settings.manifest, settings.program, ClientFault.NONE)
    if sys.platform == "win32":
        _write_registry(settings.manifest)
    return Installation(settings.manifest, home / SETTINGS_NAME, home / LOG_NAME)


def installed(directory: Path, tax_code: str) -> Installation:
    """The client that was installed last for an account.

    Args:
        directory: The sandbox's directory.
        tax_code: The account.

    Raises:
        KeyError: None was.
    """
    home = client_home(directory, tax_code)
    if not (home / SETTINGS_NAME).is_file():
        raise KeyError(f"signing client of {tax_code}")
    manifest = HostSettings.read(home / SETTINGS_NAME).manifest
    return Installation(manifest, home / SETTINGS_NAME, home / LOG_NAME)


def client_home(directory: Path, tax_code: str) -> Path:
    """Where settings, program and log of an account's client lie in the sandbox's directory."""
    return directory / f"signing-client-{tax_code}"


def _register(manifest: Path, program: Path, fault: ClientFault) -> None:
    if fault is ClientFault.NOT_REGISTERED:
        manifest.unlink(missing_ok=True)
        return
    path = program.with_name(f"missing-{program.name}") if fault is ClientFault.WRONG_PATH else program
    extension = _OTHER_EXTENSION if fault is ClientFault.WRONG_EXTENSION else EXTENSION_ID
    assert fault in REGISTRATION or path == program  # noqa: S101 - faults of the program leave the registration alone
    content = {
        "name": HOST_NAME,
        "description": "Signing client of the sandbox",
        "path": str(path),
        "type": "stdio",
        "allowed_origins": [f"chrome-extension://{extension}/"],
    }
    write_private(manifest, json.dumps(content, ensure_ascii=False).encode())


def _write_program(home: Path) -> Path:
    """A script that starts the host with this Python; a registration can name a program only, no arguments."""
    module = "chukyso.sandbox.signing_client.host"
    if sys.platform == "win32":
        program = home / "client.bat"
        text = f'@echo off\r\n"{sys.executable}" -I -m {module} "%~dp0{SETTINGS_NAME}" %*\r\n'
    else:
        program = home / "client.sh"
        text = f'#!/bin/sh\nexec {_quoted(sys.executable)} -I -m {module} {_quoted(str(home / SETTINGS_NAME))} "$@"\n'
    write_private(program, text.encode())
    program.chmod(0o700)
    return program


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


if sys.platform == "win32":
    import winreg

    def _write_registry(manifest: Path) -> None:
        try:
            for root in _REGISTRY:
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _key(root)) as key:
                    winreg.SetValueEx(key, "", 0, winreg.REG_SZ, str(manifest))
        except OSError as error:
            reason = "không ghi được đăng ký của chương trình ký số mô phỏng vào registry"
            raise ChukysoError(Code.SANDBOX_FAILED, str(error), reason=reason) from error

    def _forget_in_registry() -> None:
        for root in _REGISTRY:
            try:
                winreg.DeleteKey(winreg.HKEY_CURRENT_USER, _key(root))
            except FileNotFoundError:  # taken back already
                continue

    def _key(root: str) -> str:
        return rf"{root}\NativeMessagingHosts\{HOST_NAME}"
