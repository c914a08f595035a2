"""What a sandbox and a scenario are asked to be; as JSON on their way to the sandbox's process."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState
from chukyso.sandbox.portal.model import LoginWay, SigningWay
from chukyso.taxcode import parse_tax_code

MAX_UNITS: Final = 9
MAIL_SENDER: Final = "thongbao@bhxh.sandbox.example"
MAX_MAIL_DELAY: Final = 86_400


class CertificateKind(StrEnum):
    """What is particular about a certificate."""

    REGISTERED = "registered"
    NEW = "new"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    UNKNOWN_CA = "unknown-ca"
    OTHER_ACCOUNT = "other-account"
    WRONG_USAGE = "wrong-usage"
    NO_KNOWN_END = "no-known-end"
    MISSPELT_NAME = "misspelt-name"  # as some authorities write it: ``&`` and Vietnamese in a PrintableString
    MST_IN_ORGANISATION = "mst-in-organisation"  # the tax code stands in O=, and not in UID (facts, section 8)
    NO_KEY = "no-key"  # on the token without its private key


@dataclass(frozen=True)
class ScenarioOptions:
    """One account and its token.

    Attributes:
        certificates: What the token holds.
        registered: Which kind the portal has registered; it is made even when the token does not hold it. With ``new``
            there is nothing left to do.
        units: How many units the account has.
        token: ``False`` for a module that has no token at all.
        second_token: Whether a second token, another account's, is there too.
        pin_state: What the token remembers of earlier tries.
        locked: Whether the account is locked on the portal.
        tax_code: The account's MST; the next invented one by default.
        password: The account's password; random by default.
        pin: The token's PIN; random by default.
    """

    certificates: tuple[CertificateKind, ...] = (CertificateKind.REGISTERED, CertificateKind.NEW)
    registered: CertificateKind = CertificateKind.REGISTERED
    units: int = 1
    token: bool = True
    second_token: bool = False
    pin_state: PinState = PinState.OK
    locked: bool = False
    tax_code: str | None = None
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.units <= MAX_UNITS:
            raise _invalid("units", f"từ 1 đến {MAX_UNITS}")
        if len(set(self.certificates)) != len(self.certificates):
            raise _invalid("certificates", "mỗi loại chỉ một lần")
        if self.pin is not None and not 4 <= len(self.pin.encode()) <= 255:
            raise _invalid("pin", "SoftHSM2 nhận từ 4 đến 255 ký tự")
        if self.password == "":
            raise _invalid("password", "không được rỗng")
        if self.tax_code is not None:
            parse_tax_code(self.tax_code)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ScenarioOptions:
        """Read what ``to_dict`` wrote; a name that is not known is refused.

        Raises:
            ChukysoError: ``OPTION_INVALID``.
        """
        given = dict(_known(cls, values))
        try:
            if "certificates" in given:
                given["certificates"] = tuple(CertificateKind(kind) for kind in given["certificates"])
            if "registered" in given:
                given["registered"] = CertificateKind(given["registered"])
            if "pin_state" in given:
                given["pin_state"] = PinState(given["pin_state"])
            return cls(**given)
        except (TypeError, ValueError) as error:
            raise ChukysoError(
                Code.OPTION_INVALID, str(error), name="scenario", reason="sai kiểu hoặc sai giá trị"
            ) from error


@dataclass(frozen=True)
class MailOptions:
    """Where the portal sends its result mails.

    Attributes:
        host: The SMTP server.
        port: Its port.
        delay: Seconds between an accepted change and its mail.
        sender: Address that the mails come from.
    """

    host: str
    port: int
    delay: float = 0.0
    sender: str = MAIL_SENDER

    def __post_init__(self) -> None:
        if not self.host or not 1 <= self.port <= 65535:
            raise _invalid("mail", "thiếu máy chủ, hoặc cổng không từ 1 đến 65535")
        if not 0 <= self.delay <= MAX_MAIL_DELAY:
            raise _invalid("mail", f"độ trễ phải từ 0 đến {MAX_MAIL_DELAY} giây")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> MailOptions:
        """Read what ``dataclasses.asdict`` wrote.

        Raises:
            ChukysoError: ``OPTION_INVALID``.
        """
        given = _known(cls, values)
        try:
            return cls(
                host=str(given["host"]),
                port=int(given["port"]),
                delay=float(given.get("delay", 0.0)),
                sender=str(given.get("sender") or MAIL_SENDER),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _invalid("mail", "phải có host và port") from error


@dataclass(frozen=True)
class SandboxOptions:
    """One sandbox process.

    Attributes:
        scenario: The account that is there from the start.
        portal_port: Port of the portal; 0 takes a free one.
        session_seconds: How long a session on the portal lasts.
        keep_directory: Whether its files stay when it ends.
        directory: Where its files go; a new temporary directory by default.
        mail: Where result mails go; None sends none.
        signing: How the portal's page signs.
        login: How one logs in to the portal.
    """

    scenario: ScenarioOptions = field(default_factory=ScenarioOptions)
    portal_port: int = 0
    session_seconds: float = 1200
    keep_directory: bool = False
    directory: Path | None = None
    mail: MailOptions | None = None
    signing: SigningWay = SigningWay.AGENT
    login: LoginWay = LoginWay.PASSWORD

    def __post_init__(self) -> None:
        if not 0 <= self.portal_port <= 65535:
            raise _invalid("port", "phải từ 0 đến 65535")

    def to_dict(self) -> dict[str, Any]:
        values = dataclasses.asdict(self)
        return {**values, "directory": str(self.directory) if self.directory else None}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SandboxOptions:
        """Read what ``to_dict`` wrote; a name that is not known is refused.

        Raises:
            ChukysoError: ``OPTION_INVALID``.
        """
        given = dict(_known(cls, values))
        given["scenario"] = ScenarioOptions.from_dict(given.get("scenario") or {})
        given["directory"] = Path(given["directory"]) if given.get("directory") else None
        given["mail"] = MailOptions.from_dict(given["mail"]) if given.get("mail") else None
        try:
            given["signing"] = SigningWay(given.get("signing") or SigningWay.AGENT)
            given["login"] = LoginWay(given.get("login") or LoginWay.PASSWORD)
        except ValueError as error:
            raise _invalid("signing, login", "không có cách này") from error
        return cls(**given)


def _known(cls: type, values: object) -> dict[str, Any]:
    names = {one.name for one in dataclasses.fields(cls)}
    if not isinstance(values, dict) or not names.issuperset(values):
        raise _invalid(cls.__name__, "có tên không được biết" if isinstance(values, dict) else "phải là một đối tượng")
    return values


def _invalid(name: str, reason: str) -> ChukysoError:
    return ChukysoError(Code.OPTION_INVALID, name=name, reason=reason)
