"""An earlier run's submission for the same account, whose end nobody knew when this run began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chukyso.evidence.journal import iso


class Standing(StrEnum):
    """What this run found out about that submission.

    ``REGISTERED``: the portal has its certificate. ``LAPSED``: it was so long ago that another one may follow.
    ``LOOKED``: an operator had looked on the portal. ``OPEN``: nothing.
    """

    OPEN = "open"
    REGISTERED = "registered"
    LAPSED = "lapsed"
    LOOKED = "looked"


@dataclass(frozen=True)
class EarlierSubmission:
    """The submission.

    Attributes:
        run: Id of the run that made it.
        submitted: When, UTC.
        directory: Where that run's evidence is.
        serial: Serial of the certificate that it submitted.
        standing: What is known of it now.
        reason: What the operator said who had looked, or "".
    """

    run: str
    submitted: datetime
    directory: str
    serial: str
    standing: Standing = Standing.OPEN
    reason: str = ""


def describe_earlier(earlier: EarlierSubmission | None) -> dict[str, object] | None:
    """What the manifest says of it."""
    if earlier is None:
        return None
    return {
        "run": earlier.run,
        "submitted": iso(earlier.submitted),
        "directory": earlier.directory,
        "certificate_serial": earlier.serial,
        "standing": earlier.standing.value,
        "reason": earlier.reason or None,
    }
