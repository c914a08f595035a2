"""What the doctor is asked about, and what a check answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from chukyso.doctor.references import PASSWORD_REFERENCE, PIN_REFERENCE
from chukyso.errors import ChukysoError
from chukyso.portal.profile import Profile


class Level(StrEnum):
    """``OK``: nothing to do. ``WARNING``: a run works, or is not hindered. ``FAILED``: something must be done first."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """The answer of one check. The texts are Vietnamese, ``detail`` is English.

    Attributes:
        level: How grave it is.
        found: What was found.
        action: What to do; "" when there is nothing to do.
        detail: Technical detail; never a secret.
    """

    level: Level
    found: str
    action: str = ""
    detail: str = ""


def ok(found: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, found)


def warning(found: str, action: str, detail: str = "") -> Finding:
    """A run works all the same."""
    return Finding(Level.WARNING, found, action, detail)


def failed(found: str, action: str, detail: str = "") -> Finding:
    """A run would not work."""
    return Finding(Level.FAILED, found, action, detail)


def failed_with(error: ChukysoError) -> Finding:
    """A run would end with this error."""
    return failed(error.happened, error.code.value.action, f"{error.code.name}: {error.detail}")


@dataclass(frozen=True)
class Question:
    """What a run would be given.

    Attributes:
        profile: The portal.
        portal_url: Its address; "" for an embedded sandbox that is not running.
        tax_code: The account; "" when it is not known yet.
        token_module: PKCS#11 module; "" for the installed one that sees the token.
        token_serial: The token; "" when there is only one.
        cert_serial: The new certificate; "" for the rule.
        token_environment: What the module needs, such as ``SOFTHSM2_CONF``.
        portal_password: Reference of the password.
        token_pin: Reference of the PIN.
        output: The output directory; need not exist.
        agent_port: Port of the signing agent; 0 for any free one, as runs have it.
        now: The moment to judge certificates by.
    """

    profile: Profile
    portal_url: str = ""
    tax_code: str = ""
    token_module: str = ""
    token_serial: str = ""
    cert_serial: str = ""
    token_environment: Mapping[str, str] = field(default_factory=dict)
    portal_password: str = PASSWORD_REFERENCE
    token_pin: str = PIN_REFERENCE
    output: Path = Path("results")
    agent_port: int = 0
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def rehearsal(self) -> bool:
        """The sandbox will bring the token: its prerequisites are looked at instead."""
        return self.profile.portal.embedded_sandbox and not self.token_module
