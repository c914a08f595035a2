"""What others need to know of the replica portal: settings, accounts, faults, backdoor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class UnitSpec:
    """One unit (đơn vị) of an account, as an entry of the token answer's ``dsDonVi``.

    Attributes:
        id: The unit's identifier on the portal (``Id``), unique within the account.
        code: Its unit code (``Ma``), what operators know it by.
        name: Its name (``Ten``).
        address: Its address (``Diachi``).
        phone: Its telephone (``Sodienthoai``).
        email: Its e-mail address (``Email``).
        agency_code: Code of the social insurance agency in charge (``MaCQ``).
        agency_name: Name of that agency (``TenCQ``).
    """

    id: str
    code: str
    name: str
    address: str
    phone: str
    email: str
    agency_code: str
    agency_name: str


@dataclass(frozen=True)
class AccountSpec:
    """One organisation's account.

    Attributes:
        tax_code: The MST, also the user name.
        name: Name of the organisation.
        password: Its password, in clear; the portal stores a salted hash.
        units: At least one unit.
        email: Registered contact e-mail.
        phone: Registered contact telephone.
        registered_certificate_der: The certificate that is registered now, DER.
        locked: Whether the account starts locked.
    """

    tax_code: str
    name: str
    password: str
    units: tuple[UnitSpec, ...]
    email: str
    phone: str
    registered_certificate_der: bytes
    locked: bool = False

    def __repr__(self) -> str:
        return f"AccountSpec(tax_code={self.tax_code!r})"  # the password must not reach a log


class SigningWay(StrEnum):
    """How the portal's page has a document signed."""

    AGENT = "agent"  # by the signing agent, over a WebSocket
    CLIENT = "client"  # by the browser's extension and its native host


class LoginWay(StrEnum):
    """How one logs in to the portal."""

    PASSWORD = "password"  # noqa: S105 - with a password and a captcha
    PERSON = "person"  # a person confirms elsewhere, as with an electronic identity


@dataclass(frozen=True)
class PortalSettings:
    """How the portal is set up.

    Attributes:
        root_der: The certificate that every accepted chain must end in, DER.
        intermediates_der: Issuing certificates that the portal knows besides those in a signature, DER.
        session_seconds: A session ends this long after the login (facts §1: 20 minutes).
        agent_url: Where the page finds the signing agent when the browser was not told; None for nowhere.
        allowed_pki_hosts: ``host`` or ``host:port`` from which CRL and OCSP answers may be fetched; the
            port is not looked at.
        captcha_seconds: How long a captcha can be answered.
        document_seconds: How long a prepared document can be submitted.
        max_wrong_passwords: The account is locked by this many wrong passwords in a row.
        hang_seconds: How long the fault ``timeout`` keeps a client waiting at most.
        slow_seconds: How much later a call is done that meets the fault ``slow``.
        signing: How the page signs.
        login: How one logs in.
    """

    root_der: bytes
    intermediates_der: tuple[bytes, ...] = ()
    session_seconds: float = 1200
    agent_url: str | None = None
    allowed_pki_hosts: tuple[str, ...] = ()
    captcha_seconds: float = 300
    document_seconds: float = 600
    max_wrong_passwords: int = 5
    hang_seconds: float = 120
    slow_seconds: float = 3
    signing: SigningWay = SigningWay.AGENT
    login: LoginWay = LoginWay.PASSWORD


class FaultWhere(StrEnum):
    """Which call of the page a fault hits."""

    LOGIN = "login"
    FORM = "form"  # GET /api/registration
    PREPARE = "prepare"
    SUBMIT = "submit"


class FaultKind(StrEnum):
    """What happens instead of a normal answer."""

    ERROR_500 = "error-500"  # nothing is stored
    TIMEOUT = "timeout"  # nothing is stored, no answer until the client gives up
    DROP_BEFORE = "drop-before"  # the connection is closed before anything is stored
    DROP_AFTER = "drop-after"  # the connection is closed after everything was stored
    SLOW = "slow"  # everything is done late, whether or not the client waits for the answer
    EXPIRE_SESSION = "expire-session"  # the session ends just before the call
    CAPTCHA_WRONG = "captcha-wrong"  # at the login only: the answer is taken for a wrong one
    DUPLICATE = "duplicate"  # the call arrives twice; the second one is answered


class Layout(StrEnum):
    """How the portal's pages look, for everybody (``layouts``)."""

    USUAL = "usual"
    REWORDED = "reworded"  # a text and a script are others; everything still works
    CHANGED = "changed"  # the login button has another name, the password's field another place and name
    MOVED_FIELD = "moved-field"  # only the field
    NO_CAPTCHA = "no-captcha"  # the captcha's picture never comes


class PortalBackdoor(Protocol):
    """The control interface's way into the portal; the portal's own listener offers nothing of it.

    Every method may be called from any thread and raises ``KeyError`` for an account or captcha that does not
    exist.
    """

    def captcha_answer(self, data_uri: str) -> str:
        """The answer to the captcha that shows this picture."""

    def add_account(self, account: AccountSpec) -> None:
        """Add an account, or replace the one with this tax code together with all it did and its faults."""

    def set_fault(
        self,
        tax_code: str,
        where: FaultWhere | str,
        kind: FaultKind | str,
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        """Let the next ``times`` calls of this account fail; 0 takes the fault back.

        ``seconds``: how much later ``SLOW`` does what is asked for, if not ``slow_seconds``.
        """

    def accept_second(self, tax_code: str, *, accepted: bool = True) -> None:
        """From now on a document is accepted although the registration changed since it was prepared."""

    def expire_sessions(self, tax_code: str) -> int:
        """End every session of the account; returns how many there were."""

    def lock_account(self, tax_code: str, *, locked: bool = True) -> None:
        """Lock or unlock the account."""

    def register(self, tax_code: str, certificate_der: bytes) -> None:
        """Register a certificate for the account without a submission, as if it were done in another session."""

    def account_state(self, tax_code: str) -> Mapping[str, Any]:
        """What the portal has stored: ``taxCode``, ``registeredSerial``, ``email``, ``phone``, ``locked``,
        ``failedLogins`` (wrong passwords since the last login), ``history`` (oldest first), ``submissions`` (how
        many), ``submissionIds`` and ``faults`` (those that its calls have met, as ``where kind``)."""

    def submission(self, tax_code: str, change_id: str) -> bytes:
        """A signed document exactly as it was received."""

    def set_agent_url(self, url: str | None) -> None:
        """Change what ``/api/config`` names as the signing agent's address."""

    def set_ways(self, signing: SigningWay | None = None, login: LoginWay | None = None) -> None:
        """Change how the page signs and how one logs in, from the next page on; None leaves it."""

    def set_layout(self, layout: Layout | str) -> None:
        """Change how the portal's pages look, from the next request on."""

    def close(self) -> None:
        """Close the store. The portal answers no more."""
