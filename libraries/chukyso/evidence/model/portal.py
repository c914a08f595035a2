"""What the portal said, and what became of an earlier submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from chukyso.evidence.model.kinds import ADDED, Moment, Sha256


class Registered(StrEnum):
    """What logging in again showed as registered."""

    NEW = "new"
    BEFORE = "before"
    OTHER = "other"


@dataclass(frozen=True)
class Receipt:
    """What the portal's notice of success said; null when the run saw none.

    Attributes:
        serial: Serial that it named as registered.
        transaction: The portal's code for the change (mã giao dịch).
        recorded: When the portal recorded the change: ISO 8601 in UTC, or the portal's own text when it is no full
            date.
    """

    serial: str
    transaction: str | None
    recorded: str | None


@dataclass(frozen=True)
class Reconciliation:
    """What logging in again showed.

    Attributes:
        checked: When.
        registered_serial: Serial that was registered then.
        registered: Whose it is.
    """

    checked: Moment
    registered_serial: str
    registered: Registered


class EarlierStatus(StrEnum):
    """What is known of an earlier submission at the end of this run.

    open: nothing, look on the portal first. registered: this run read that the portal has that certificate. lapsed:
    another one was allowed because it was so long ago. looked: an operator had looked.
    """

    OPEN = "open"
    REGISTERED = "registered"
    LAPSED = "lapsed"
    LOOKED = "looked"


@dataclass(frozen=True)
class EarlierSubmission:
    """A submission of an earlier run for this account, whose end nobody knew when this run began.

    Attributes:
        run: Id of that run.
        submitted: When it was about to submit.
        directory: Where its evidence is, on the machine of this run.
        certificate_serial: The new certificate that it submitted.
        standing: What is known of it now.
        reason: What the operator said who had looked.
    """

    run: str
    submitted: Moment
    directory: str
    certificate_serial: str
    standing: EarlierStatus = EarlierStatus.OPEN
    reason: str | None = None


class MailStatus(StrEnum):
    """What was known from the portal's result mail when the run ended; what came later is in a supplement."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "pending"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class SuspiciousMail:
    """A mail about the run that is not believed.

    Attributes:
        received: When the mail server got it.
        sender: Its address.
        subject: Its subject.
        reason: Why, English.
        forged: Whether something says that it is not the portal's; else it could only not be verified.
    """

    received: Moment
    sender: str
    subject: str
    reason: str
    forged: bool = field(default=False, metadata=ADDED)


@dataclass(frozen=True)
class ResultMail:
    """The portal's result mail, the second stage after the notice on the screen; see result-mail.md.

    Attributes:
        status: What is known.
        received: When the mail server got it.
        sender: Its address.
        subject: Its subject.
        message_id: As it stands in the mail.
        sha256: Of the mail as it lay in the mailbox.
        path: Null when it is not kept (privacy).
        reason: Code of the error that kept the mailbox from being read.
        suspicious: Mails about the run that are not believed.
    """

    status: MailStatus
    received: Moment | None = None
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None
    sha256: Sha256 | None = None
    path: Literal["evidence/result-mail.eml"] | None = None
    reason: str | None = None
    suspicious: tuple[SuspiciousMail, ...] = ()


NOT_ASKED = ResultMail(MailStatus.NOT_ASKED)
