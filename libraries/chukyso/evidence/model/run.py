"""The run itself: whose it is, with what it was carried out, and the error that ended it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chukyso.errors import Family
from chukyso.evidence.model.kinds import Moment


class Privacy(StrEnum):
    """What of a person the evidence shows, variable ``PRIVACY``: everything, or contact data covered and shortened.

    E-mail, telephone and identity numbers are then covered in pictures and shortened in texts. The signed document is
    as it was sent in either case.
    """

    FULL = "full"
    MASKED = "masked"


@dataclass(frozen=True)
class RunFacts:
    """The run.

    Attributes:
        id: Random UUID of the run.
        started: When the evidence began.
        ended: When the outcome was decided.
        profile: Name of the profile; empty when the run ended before it was known.
        portal: Address of the portal without query; empty as above.
        rehearsal: The portal was a sandbox.
        dry_run: The run was asked to stop before submitting.
    """

    id: Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    started: Moment
    ended: Moment | None
    profile: str
    portal: str
    rehearsal: bool
    dry_run: bool


@dataclass(frozen=True)
class ErrorFacts:
    """The error that ended the run, or that followed a confirmed update.

    Attributes:
        code: Stable code.
        family: business: needs a person, never retried. application: may be retried. unknown: reconcile first.
        happened: What happened, Vietnamese.
        action: What the operator does now, Vietnamese.
        detail: Technical detail, English; may be empty.
    """

    code: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]+$")]
    family: Family
    happened: str
    action: str
    detail: str = ""


@dataclass(frozen=True)
class Account:
    """The account.

    Attributes:
        tax_code: MST.
        unit: The unit, when the account has several.
    """

    tax_code: Annotated[str, Meta(pattern="^([0-9]{12}|[0-9]{10}(-[0-9]{3})?)$")]
    unit: str | None = None


@dataclass(frozen=True)
class Token:
    """The token.

    Attributes:
        serial: Its serial.
        label: Its label; may be empty.
        module: File name of its PKCS#11 module.
    """

    serial: str
    label: str
    module: Annotated[str, Meta(pattern=r"^[^/\\]*$")]


@dataclass(frozen=True)
class Host:
    """What the run was carried out with.

    Attributes:
        product: Name and version.
        robot: Version of Robot Framework.
        python: Version of Python.
        system: Operating system.
        browser: Name and version of the browser, when one was used.
    """

    product: str
    robot: str
    python: str
    system: str
    browser: str | None = None


@dataclass(frozen=True)
class Contact:
    """Contact data in the form, submitted along.

    Attributes:
        email: E-mail.
        phone: Phone.
    """

    email: str
    phone: str
