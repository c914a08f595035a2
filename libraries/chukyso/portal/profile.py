"""Profiles: how to reach one portal. TOML files in ``variables/``, or any file of the same form.

A value of ``"?"`` means that it is unknown. Using it ends the run with ``PROFILE_INCOMPLETE`` instead of a guess.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from chukyso.errors import ChukysoError, Code
from chukyso.signature.trust import RevocationMode

PROFILES = Path(__file__).parents[3] / "variables"
UNKNOWN = "?"
_SECRETS = frozenset({"PORTAL_PASSWORD", "TOKEN_PIN", "SEAL_PIN", "MAIL_PASSWORD"})
# What a profile need not have: those that were written before do not.
_NEWER_TIMEOUTS = {"browser": 20, "pending": 7200, "pending_wait": 60}


class Signer(StrEnum):
    """How the page's signing request is served."""

    AGENT = "agent"
    WINDOW = "window"


class Captcha(StrEnum):
    """Who answers the captcha."""

    OPERATOR = "operator"
    SANDBOX = "sandbox"


@dataclass(frozen=True)
class PortalSettings:
    """Where the portal is and how it is used.

    Attributes:
        url: Address without route; empty for the embedded sandbox, which tells its own.
        home: Route of the home page.
        signer: Who serves the page's signing request.
        captcha: Who answers the captcha unless ``CAPTCHA`` says otherwise.
        captcha_length: Number of characters of the captcha's answer.
        embedded_sandbox: Whether the run starts and stops the sandbox.
        agent_storage_key: localStorage key by which the page is told the agent's address.
        document_type: Name of the root element of the document that the page asks to have signed.
        signature_place: Name of the element that receives the signature.
    """

    url: str
    home: str
    signer: Signer
    captcha: Captcha
    captcha_length: int
    embedded_sandbox: bool
    agent_storage_key: str
    document_type: str
    signature_place: str


@dataclass(frozen=True)
class BrowserSettings:
    """How the browser is opened. Sizes in CSS pixels."""

    headless: bool
    width: int
    height: int
    scale: float


@dataclass(frozen=True)
class Timeouts:
    """Time-outs in seconds.

    Attributes:
        page: For a page to show what it should.
        operator: For a person to answer.
        signing: For the page to ask for a signature.
        submission: For the portal's answer to the signed document.
        browser: For the browser to answer at all, beyond what it was asked to wait; then it counts as gone.
        pending: After a submission whose end is not known, before another one may follow.
        pending_wait: For such an end, in a run that finds the old certificate registered; then it stops.
    """

    page: float
    operator: float
    signing: float
    submission: float
    browser: float
    pending: float
    pending_wait: float


@dataclass(frozen=True)
class TrustSettings:
    """Which certificates may sign.

    Attributes:
        roots: PEM file with the roots that are believed, relative to the profile; empty for none. The embedded sandbox
            brings its own.
        revocation: What an answer of CRL or OCSP is worth.
    """

    roots: str
    revocation: RevocationMode


class MailAuthentication(StrEnum):
    """What the mail server that received the result mail must have found out about its sender."""

    EITHER = "dkim-or-spf"
    DKIM = "dkim"
    SPF = "spf"
    NONE = "none"


@dataclass(frozen=True)
class ResultMailSettings:
    """What the portal's result mail looks like; see docs/result-mail.md.

    The patterns are regular expressions that are searched for in the subject or in the text; case does not count.

    Attributes:
        sender: The address that it comes from, or ``@domain`` for every address of exactly that domain.
        authentication: What the receiving server must say of that domain.
        subject: Pattern of the subject.
        tax_code: Pattern of the place with the MST, which is its first group.
        serial: The same for the certificate's serial; empty when the mail does not tell it.
        transaction: The same for the portal's code of the change; empty when the mail does not tell it.
        accepted: Pattern that says that the change was accepted.
        refused: Pattern that says that it was refused.
    """

    sender: str = UNKNOWN
    authentication: MailAuthentication = MailAuthentication.EITHER
    subject: str = UNKNOWN
    tax_code: str = UNKNOWN
    serial: str = UNKNOWN
    transaction: str = UNKNOWN
    accepted: str = UNKNOWN
    refused: str = UNKNOWN


@dataclass(frozen=True)
class Profile:
    """One portal.

    Attributes:
        name: Name given by the operator.
        source: The file that it was read from.
        locators: Selectors of the Browser library by ``page.element``.
        messages: Meaning (see ``portal.messages``) by the text with which a toast begins.
        personal: CSS selectors of what is about a person, by name; None when the profile does not say.
        result_mail: What the result mail looks like; unknown in a profile that has no such table.
        token_variables: Environment variables that the token's module needs; never one with a secret.
    """

    name: str
    source: Path
    portal: PortalSettings
    browser: BrowserSettings
    timeouts: Timeouts
    trust: TrustSettings
    locators: Mapping[str, str]
    messages: Mapping[str, str]
    personal: Mapping[str, str] | None = None
    result_mail: ResultMailSettings = ResultMailSettings()
    token_variables: tuple[str, ...] = ()

    def locator(self, key: str) -> str:
        """Return the selector for ``page.element``.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE`` when it is missing or unknown.
        """
        return self.require(f"locators.{key}", self.locators.get(key, UNKNOWN))

    def keep_from_module(self, reference: str, name: str) -> None:
        """Refuse a profile that has the token's module given the environment variable in which a secret is.

        Args:
            reference: Where the secret is, such as ``env:NAME``.
            name: Name of the variable that holds the reference, for the message.

        Raises:
            ChukysoError: ``PROFILE_INVALID``.
        """
        scheme, _, variable = reference.strip().partition(":")
        if scheme == "env" and variable in self.token_variables:
            reason = f"token.variables có “{variable}”, là nơi chứa {name}"
            raise ChukysoError(Code.PROFILE_INVALID, str(self.source), profile=self.name, reason=reason)

    def personal_selectors(self) -> tuple[str, ...]:
        """CSS selectors of what ``PRIVACY:masked`` covers.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE`` when the profile does not say, or one is unknown.
        """
        if self.personal is None:
            self.require("personal", UNKNOWN)
        return tuple(self.require(f"personal.{name}", css) for name, css in (self.personal or {}).items())

    @property
    def roots(self) -> Path | None:
        """File with the roots that are believed, or None."""
        return self.source.parent / self.trust.roots if self.trust.roots else None

    def require(self, key: str, value: str) -> str:
        """Return the value unless it is unknown."""
        if value == UNKNOWN:
            raise ChukysoError(Code.PROFILE_INCOMPLETE, f"{key} in {self.source}", profile=self.name, key=key)
        return value


_Settings = TypeVar("_Settings", PortalSettings, BrowserSettings, Timeouts, TrustSettings, ResultMailSettings)


def load_profile(name: str, directory: Path = PROFILES) -> Profile:
    """Read a profile by its name in ``variables/`` or by path.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN`` when there is none; ``PROFILE_INVALID`` when it cannot be read, or has keys
            that are unknown or of the wrong type.
    """
    source = Path(name) if Path(name).suffix == ".toml" else directory / f"{name}.toml"
    if not source.is_file():
        raise ChukysoError(Code.PROFILE_UNKNOWN, str(source), profile=name)
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8"))
        profile = Profile(
            name=Path(name).stem,
            source=source,
            portal=_section(PortalSettings, data.pop("portal")),
            browser=_section(BrowserSettings, data.pop("browser")),
            timeouts=_section(Timeouts, _NEWER_TIMEOUTS | data.pop("timeouts")),
            trust=_section(TrustSettings, data.pop("trust")),
            locators=_flatten(data.pop("locators")),
            messages={str(text): str(meaning) for text, meaning in data.pop("messages").items()},
            result_mail=_result_mail(data.pop("result_mail", None)),
            personal=_personal(data.pop("personal", None)),
            token_variables=_token_variables(data.pop("token", {"variables": []})),
        )
        _all_read(data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ChukysoError(Code.PROFILE_INVALID, str(source), profile=name, reason=str(error)) from error
    return profile


def _section(kind: type[_Settings], table: dict[str, Any]) -> _Settings:
    """Build a settings dataclass from a table; a missing or unknown key is an error; a whole number may be a float."""
    values = {}
    for name, wanted in get_type_hints(kind).items():
        value = table.pop(name)
        if issubclass(wanted, StrEnum) or (wanted is float and type(value) is int):
            value = wanted(value)
        if type(value) is not wanted:
            raise ValueError(f"{name} must be {wanted.__name__}")
        values[name] = value
    _all_read(table)
    return kind(**values)


def _personal(table: dict[str, Any] | None) -> dict[str, str] | None:
    """Selectors by name; a profile of before there was a policy has none."""
    if table is not None and not all(isinstance(css, str) for css in table.values()):
        raise TypeError("personal: selectors must be texts")
    return table


def _result_mail(table: dict[str, Any] | None) -> ResultMailSettings:
    """The table of the result mail; a profile from before there was one has none, and knows nothing of the mail."""
    if table is None:
        return ResultMailSettings()
    settings = _section(ResultMailSettings, table)
    for name in ("subject", "tax_code", "serial", "transaction", "accepted", "refused"):
        pattern = getattr(settings, name)
        if pattern == UNKNOWN:
            continue
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"result_mail.{name} is no regular expression: {error}") from error
        if pattern and name in {"tax_code", "serial", "transaction"} and not groups:
            raise ValueError(f"result_mail.{name} has no group")
    return settings


def _token_variables(table: dict[str, Any]) -> tuple[str, ...]:
    """Names of variables; those by which a run is given its secrets are not handed to a driver."""
    names = table.pop("variables")
    _all_read(table)
    if not isinstance(names, list) or not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise TypeError("token.variables must be a list of names")
    if secret := sorted(_SECRETS.intersection(names)):
        raise ValueError(f"token.variables must not name a secret: {', '.join(secret)}")
    return tuple(names)


def _all_read(table: dict[str, Any]) -> None:
    if table:
        raise ValueError(f"unknown: {sorted(table)}")


def _flatten(tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {f"{page}.{element}": selector for page, table in tables.items() for element, selector in table.items()}
