"""What a run's evidence says of the portal's result mail, the second stage after the notice on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chukyso.evidence.journal import iso


class MailStatus(StrEnum):
    """What is known from the portal's result mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "pending"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class SuspiciousMail:
    """A mail about the run that is not believed: when it was received (UTC), ``From``, subject, and why, English."""

    received: datetime
    sender: str
    subject: str
    reason: str


@dataclass(frozen=True)
class ResultMail:
    """The portal's result mail, the second stage after the notice on the screen.

    Attributes:
        status: What is known.
        received: When the mail server got it, UTC.
        sender: Its address.
        subject: Its subject.
        message_id: As it stands in the mail.
        sha256: Of the mail as it lay in the mailbox.
        file: Where it is kept, relative to the output directory; "" when it is not.
        reason: Code of the error that kept the mailbox from being read, or "".
        suspicious: Mails about the run that are not believed.
    """

    status: MailStatus
    received: datetime | None = None
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    sha256: str = ""
    file: str = ""
    reason: str = ""
    suspicious: tuple[SuspiciousMail, ...] = ()


NOT_ASKED = ResultMail(MailStatus.NOT_ASKED)


def describe_result_mail(mail: ResultMail) -> dict[str, object]:
    """The result mail as the manifest, or a supplement of it, has it."""
    return {
        "status": mail.status.value,
        "received": iso(mail.received) if mail.received else None,
        "sender": mail.sender or None,
        "subject": mail.subject or None,
        "message_id": mail.message_id or None,
        "sha256": mail.sha256 or None,
        "path": mail.file or None,
        "reason": mail.reason or None,
        "suspicious": [
            {"received": iso(one.received), "sender": one.sender, "subject": one.subject, "reason": one.reason}
            for one in mail.suspicious
        ],
    }
