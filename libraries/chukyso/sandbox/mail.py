"""The portal's second stage: some time after an accepted change a mail says so.

What the real mail looks like is not known. This one is the sandbox's own; ``[result_mail]`` of its profile says how it
is recognised.
"""

from __future__ import annotations

import logging
import smtplib
import threading
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from html import escape

from chukyso.errors import ChukysoError, Code
from chukyso.moment import VIETNAM, in_vietnam, read_moment
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.options import MAIL_SENDER, MailOptions
from chukyso.sandbox.portal.model import PortalBackdoor

__all__ = ["Letter", "MailKind", "PostOffice", "compose"]

SENDER_NAME = "Cổng dịch vụ công BHXH (diễn tập)"
SUBJECT = "Kết quả xử lý thay đổi thông tin chữ ký số – MST {tax_code}"
_SECONDS = 20
_log = logging.getLogger("chukyso.sandbox.mail")
_OPENING = {
    True: "Yêu cầu thay đổi thông tin chữ ký số của đơn vị đã được chấp nhận.",
    False: "Yêu cầu thay đổi thông tin chữ ký số của đơn vị không được chấp nhận.",
}
_CLOSING = {
    True: "Chứng thư số mới dùng được để kê khai từ thời điểm này.",
    False: "Lý do: hồ sơ chưa khớp với thông tin đang quản lý. Chứng thư số đang đăng ký vẫn như cũ.",
}
_PAGE = """\
<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family: sans-serif; color: #1f2937">
<p>{opening}</p>
<table cellpadding="4">
{rows}
</table>
<p>{closing}</p>
<p style="color: #6b7280">Thư tự động của sandbox để diễn tập, không phải của BHXH Việt Nam.</p>
</body></html>
"""


@dataclass(frozen=True)
class Letter:
    """What a mail is about.

    Attributes:
        to: The account's contact e-mail.
        tax_code: MST.
        serial: The certificate's serial.
        transaction: The portal's code for the change.
        at: When the change was made.
    """

    to: str
    tax_code: str
    serial: str
    transaction: str
    at: datetime


def compose(letter: Letter, *, accepted: bool, sender: str = MAIL_SENDER) -> EmailMessage:
    """The notice: plain text and HTML, UTF-8, subject and names by RFC 2047."""
    facts = {
        "Mã số thuế": letter.tax_code,
        "Số chứng thư số": letter.serial.upper(),
        "Mã giao dịch": letter.transaction,
        "Thời điểm thay đổi": f"{in_vietnam(letter.at)} (giờ Việt Nam)",
    }
    message = EmailMessage()
    message["From"] = formataddr((SENDER_NAME, sender))
    message["To"] = letter.to
    message["Subject"] = SUBJECT.format(tax_code=letter.tax_code)
    message["Date"] = format_datetime(datetime.now(VIETNAM))
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    lines = [f"{name}: {value}" for name, value in facts.items()]
    message.set_content("\n".join([_OPENING[accepted], "", *lines, "", _CLOSING[accepted], ""]))
    rows = "\n".join(f"<tr><td>{escape(name)}: {escape(value)}</td></tr>" for name, value in facts.items())
    message.add_alternative(
        _PAGE.format(
            subject=escape(message["Subject"]), opening=_OPENING[accepted], rows=rows, closing=_CLOSING[accepted]
        ),
        subtype="html",
    )
    return message


class PostOffice:
    """Sends the mails. A mail server that is down does not disturb the portal: the log says so.

    Args:
        options: Where to; None sends nothing.
    """

    def __init__(self, options: MailOptions | None = None) -> None:
        self.options = options
        self._backdoor: PortalBackdoor | None = None

    def use(self, backdoor: PortalBackdoor) -> None:
        """Where accounts are looked up."""
        self._backdoor = backdoor

    def accepted(self, tax_code: str, _email: str, change_id: str) -> None:
        """Send the notice of an accepted change, after the delay, without holding the caller."""
        options = self.options
        if options is None:
            return
        timer = threading.Timer(options.delay, self._send_later, [options, tax_code, change_id])
        timer.daemon = True
        timer.start()

    def send_now(self, tax_code: str, kind: MailKind, times: int = 1) -> None:
        """Send mails about the account's last change.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when there is no mail server, or it does not take them.
            KeyError: there is no such account, or it changed nothing.
        """
        from chukyso.sandbox.mail_hostile import make  # noqa: PLC0415 - only tests and rehearsals of bad days send them

        options = self.options
        if options is None:
            raise ChukysoError(Code.SANDBOX_FAILED, "no mail server", reason="sandbox chưa được cho biết máy chủ thư")
        letter = self._letter(tax_code)
        try:
            with smtplib.SMTP(options.host, options.port, timeout=_SECONDS) as server:
                for number in range(times):
                    envelope_from, data = make(kind, letter, options.sender, number)
                    server.sendmail(envelope_from, [letter.to], data)
        except (OSError, smtplib.SMTPException) as error:
            raise ChukysoError(Code.SANDBOX_FAILED, str(error), reason="máy chủ thư không nhận thư") from error

    def _send_later(self, options: MailOptions, tax_code: str, change_id: str) -> None:
        try:
            message = compose(self._letter(tax_code, change_id), accepted=True, sender=options.sender)
            with smtplib.SMTP(options.host, options.port, timeout=_SECONDS) as server:
                server.send_message(message, from_addr=options.sender)
        except (OSError, smtplib.SMTPException, KeyError):
            _log.exception("the result mail of %s was not sent", change_id)
        else:
            _log.info("result mail of %s sent", change_id)

    def _letter(self, tax_code: str, change_id: str = "") -> Letter:
        assert self._backdoor is not None  # noqa: S101 - set before anything can be asked
        history = self._backdoor.account_state(tax_code)["history"]
        change = next((one for one in reversed(history) if change_id in {"", one["id"]}), None)
        if change is None:
            raise KeyError(f"{tax_code} changed nothing")
        at = read_moment(change["at"])
        return Letter(change["email"], tax_code, change["serial"], change["id"], at)
