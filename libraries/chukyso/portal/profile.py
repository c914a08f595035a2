"""Profiles: how to reach one portal. TOML files in ``variables/``, or any file of the same form.

A value of ``"?"`` means that it is unknown. Using it ends the run with ``PROFILE_INCOMPLETE`` instead of a guess.
"""

from __future__ import annotations

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
    """Time-outs in seconds."""

    page: float
    operator: float
    signing: float
    submission: float


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


@dataclass(frozen=True)
class Profile:
    """One portal.

    Attributes:
        name: Name given by the operator.
        source: The file that it was read from.
        locators: Selectors of the Browser library by ``page.element``.
        messages: Meaning (see ``portal.messages``) by the text with which a toast begins.
    """

    name: str
    source: Path
    portal: PortalSettings
    browser: BrowserSettings
    timeouts: Timeouts
    trust: TrustSettings
    locators: Mapping[str, str]
    messages: Mapping[str, str]

    def locator(self, key: str) -> str:
        """Return the selector for ``page.element``.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE`` when it is missing or unknown.
        """
        return self.require(f"locators.{key}", self.locators.get(key, UNKNOWN))

    @property
    def roots(self) -> Path | None:
        """File with the roots that are believed, or None."""
        return self.source.parent / self.trust.roots if self.trust.roots else None

    def require(self, key: str, value: str) -> str:
        """Return the value unless it is unknown."""
        if value == UNKNOWN:
            raise ChukysoError(Code.PROFILE_INCOMPLETE, f"{key} in {self.source}", profile=self.name, key=key)
        return value


_Settings = TypeVar("_Settings", PortalSettings, BrowserSettings, Timeouts, TrustSettings)


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
            timeouts=_section(Timeouts, data.pop("timeouts")),
            trust=_section(TrustSettings, data.pop("trust")),
            locators=_flatten(data.pop("locators")),
            messages={str(text): str(meaning) for text, meaning in data.pop("messages").items()},
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


def _all_read(table: dict[str, Any]) -> None:
    if table:
        raise ValueError(f"unknown: {sorted(table)}")


def _flatten(tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {f"{page}.{element}": selector for page, table in tables.items() for element, selector in table.items()}
