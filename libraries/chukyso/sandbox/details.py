"""Where a sandbox is and what is in it: everything that a run, a test or a person needs to use it."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.signing_client import EXTENSION, EXTENSION_ID, HOST_NAME
from chukyso.storage.moving import replace_file

_PATHS: Final = (
    *("directory", "root_certificate", "chain", "token_module", "password_file", "pin_file", "seal_pin_file"),
)


@dataclass(frozen=True)
class SandboxDetails:
    """One account of a running sandbox.

    Attributes:
        portal_url: Address of the portal, without a slash at the end.
        control_url: Address of the control interface.
        control_secret: What the control interface asks for in ``X-Sandbox-Secret``.
        pki_url: Address of CRL, OCSP and issuers' certificates.
        directory: The sandbox's directory; gone when the sandbox has ended.
        root_certificate: The root's certificate, PEM.
        chain: The issuing authorities' certificates, PEM.
        token_module: PKCS#11 module of the token.
        token_environment: What the module needs in the environment of the process that loads it.
        token_serial: Serial of the account's token, "" when the scenario has none.
        second_token_serial: Serial of the other token, "" when there is only one.
        tax_code: The account's MST.
        name: Name of the organisation.
        email: Contact e-mail that the portal has registered.
        phone: Contact telephone that the portal has registered.
        unit_code: The unit to be chosen after the login; ``None`` when the account has only one.
        unit_codes: All unit codes of the account.
        password_file: File with the account's password; nobody else can read it.
        pin_file: File with the token's PIN; nobody else can read it.
        registered_serial: Serial of the certificate that the portal has registered at the start.
        new_serial: Serial of the token's first certificate that is not that one, "" when there is none.
        certificates: Serial by kind (``CertificateKind``).
        seal_environment: As ``token_environment``, for the token with the evidence key. The module is the same, the
            token is in a store of its own, so that no run finds two.
        seal_token_serial: Serial of that token.
        seal_pin_file: File with its PIN; nobody else can read it.
        tsa_url: Address of the time stamp authority.
    """

    portal_url: str
    control_url: str
    control_secret: str = field(repr=False)
    pki_url: str
    directory: Path
    root_certificate: Path
    chain: Path
    token_module: Path
    token_environment: dict[str, str]
    token_serial: str
    second_token_serial: str
    tax_code: str
    name: str
    email: str
    phone: str
    unit_code: str | None
    unit_codes: tuple[str, ...]
    password_file: Path
    pin_file: Path
    registered_serial: str
    new_serial: str
    certificates: dict[str, str]
    seal_environment: dict[str, str]
    seal_token_serial: str
    seal_pin_file: Path
    tsa_url: str

    @property
    def client_extension(self) -> Path:
        """Folder of the sandbox's own signing extension, for a browser's ``--load-extension``."""
        return EXTENSION

    @property
    def client_extension_id(self) -> str:
        """Its id."""
        return EXTENSION_ID

    @property
    def client_host(self) -> str:
        """Name of its native messaging host."""
        return HOST_NAME

    @property
    def password_reference(self) -> str:
        """Reference for the variable ``PORTAL_PASSWORD``."""
        return f"file:{self.password_file}"

    @property
    def pin_reference(self) -> str:
        """Reference for the variable ``TOKEN_PIN``."""
        return f"file:{self.pin_file}"

    def to_dict(self) -> dict[str, Any]:
        values = dataclasses.asdict(self)
        return values | {name: str(values[name]) for name in _PATHS}

    def to_json(self) -> str:
        """One line of JSON. It holds the control interface's secret, but neither password nor PIN."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SandboxDetails:
        """Read what ``to_dict`` wrote.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when it is something else.
        """
        try:
            paths = {name: Path(values[name]) for name in _PATHS}
            return cls(**values | paths | {"unit_codes": tuple(values["unit_codes"])})
        except (TypeError, KeyError) as error:
            raise ChukysoError(
                Code.SANDBOX_FAILED, f"not the details of a sandbox: {error}", reason="thông tin sandbox không đọc được"
            ) from error

    @classmethod
    def from_json(cls, text: str) -> SandboxDetails:
        """Read what ``to_json`` wrote.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when it is something else.
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ChukysoError(
                Code.SANDBOX_FAILED, f"not JSON: {error}", reason="thông tin sandbox không đọc được"
            ) from error
        return cls.from_dict(values if isinstance(values, dict) else {})

    def write(self, path: Path) -> None:
        """Write the details to a file that nobody else can read, for ``Sandbox.attach``."""
        write_private(path, self.to_json().encode())

    @classmethod
    def read(cls, path: Path) -> SandboxDetails:
        """Read what ``write`` wrote.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when the file cannot be read or is something else.
        """
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ChukysoError(
                Code.SANDBOX_FAILED, str(error), reason="tệp thông tin sandbox không đọc được"
            ) from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, in one step; one that is there is replaced.

    The mode is given when the file is made, so there is no moment at which others could read it. Windows ignores it;
    there the user's temporary directory and profile are private by inheritance.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    replace_file(draft, path)
