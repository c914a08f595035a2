"""What a run's evidence says of the portal's result mail, the second stage after the notice on the screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from chukyso.evidence.journal import iso


class MailStatus(StrEnum):
    """What is known from the portal's result mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "pending"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class SuspiciousMail:
    """A mail about the run that is not believed: when it was received (UTC), ``From``, subject, and why, English.

    ``forged``: something says that it is not the portal's; else it could only not be verified.
    """

    received: datetime
    sender: str
    subject: str
    reason: str
    forged: bool = False


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


# What ``chukyso.mail`` says, English, of a mail that is not believed, and what that means to an operator.
_TOLD: Final = tuple(
    (re.compile(english), vietnamese)
    for english, vietnamese in (
        (r"its From is not one plain address", "địa chỉ người gửi không rõ ràng"),
        (r"it comes from another address", "không do địa chỉ của cổng gửi"),
        (r"no Authentication-Results of (\S+)", "máy chủ {} không ghi kết quả kiểm tra người gửi trong thư"),
        (
            r"its Authentication-Results name no server, (\S+) is believed",
            "máy chủ nhận thư không ghi tên mình, MAILBOX nêu authserv={}; Exchange Online (Microsoft 365) cần "
            "authserv=exchange-online",
        ),
        (
            r"its topmost Authentication-Results are of (\S+), (\S+) is believed",
            "kết quả kiểm tra người gửi trên cùng là của máy chủ {}, MAILBOX nêu authserv={}",
        ),
        (r"(\S+) found (dkim|dmarc) to fail for (\S+)", "theo máy chủ {}, kiểm tra {} thấy thư không phải của {}"),
        (r"(\S+) did not find (.+) to pass for (\S+)", "máy chủ {} không xác nhận được (bằng {}) là thư của {}"),
        (r"(?:no text could be read|not a message): .*", "không đọc được nội dung thư"),
        (r"its versions, .*", "hai bản của thư, chữ thường và HTML, không nói như nhau"),
        (r"it does not name exactly this MST", "thư không nêu đúng một mã số thuế này"),
        (r"it does not name exactly this change", "thư không nêu đúng một thay đổi này"),
        (r"it names another certificate, or none", "thư nêu chứng thư số khác, hoặc không nêu"),
        (r"it says neither or both of .*", "thư không nói rõ chấp nhận hay không chấp nhận"),
        (r"it is too large to be read: (\d+) bytes", "thư quá lớn ({} byte) nên không được đọc"),
    )
)


def tell_reason(reason: str) -> str:
    """Why a mail is not believed, Vietnamese, part of a sentence; as it is when nobody has words for it."""
    matches = ((pattern.fullmatch(reason), told) for pattern, told in _TOLD)
    return next((told.format(*match.groups()) for match, told in matches if match), reason)


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
            {
                "received": iso(one.received),
                "sender": one.sender,
                "subject": one.subject,
                "reason": one.reason,
                "forged": one.forged,
            }
            for one in mail.suspicious
        ],
    }
