"""Mails that must not be believed, or not without care: what strangers, broken programs and other accounts send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from email.header import Header
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr

from chukyso.sandbox.mail import SENDER_NAME, Letter, MailKind, compose

STRANGER = "ketqua@bhxh-vn.example"
OTHER_TAX_CODE = "0309876547"  # invented; its check digit is right
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

_Made = tuple[str, bytes]
"""Sender of the envelope, and the message."""


def make(kind: MailKind, letter: Letter, sender: str, number: int = 0) -> _Made:
    """A mail of this kind.

    Args:
        kind: What.
        letter: What it is about.
        sender: The portal's own address.
        number: Which of several it is.
    """
    envelope_from, data = _MAKERS[kind](letter, sender, number)
    return envelope_from, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # as SMTP wants it


def _notice(letter: Letter, sender: str, *, accepted: bool = True) -> _Made:
    return sender, bytes(compose(letter, accepted=accepted, sender=sender))


def _with_from(letter: Letter, sender: str, header: str, *extra: str) -> _Made:
    """The notice, its ``From`` exchanged, from a stranger's server."""
    message = compose(letter, accepted=True, sender=sender)
    del message["From"]
    lines = "".join(f"{line}\r\n" for line in (*extra, f"From: {header}"))
    return STRANGER, lines.encode() + message.as_bytes()


def _html_only(letter: Letter, sender: str, _number: int) -> _Made:
    whole = compose(letter, accepted=True, sender=sender)
    page = whole.get_body(("html",))
    assert page is not None  # noqa: S101 - compose made it
    message = EmailMessage()
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        message[name] = whole[name]
    # What a person does not see must not count: another verdict, another account, and things to be loaded.
    hidden = (
        f'<div style="display:none">không được chấp nhận, Mã số thuế: {OTHER_TAX_CODE}</div>'
        '<img src="http://127.0.0.1:9/seen.png"><script>document.write("không được chấp nhận")</script></body>'
    )
    message.set_content(page.get_content().replace("</body>", hidden), subtype="html")
    return sender, bytes(message)


def _contradictory(letter: Letter, sender: str, _number: int) -> _Made:
    accepted = compose(letter, accepted=True, sender=sender)
    refused = compose(letter, accepted=False, sender=sender)
    one, other = accepted.get_body(("html",)), refused.get_body(("html",))
    assert one is not None and other is not None  # noqa: S101 - compose made them
    one.set_content(other.get_content(), subtype="html")
    return sender, bytes(accepted)


def _unclear(letter: Letter, sender: str, _number: int) -> _Made:
    message = compose(letter, accepted=True, sender=sender)
    text = message.get_body(("plain",))
    assert text is not None  # noqa: S101 - compose made it
    text.set_content(text.get_content().replace("đã được chấp nhận", "đang được xem xét"))
    return sender, bytes(message)


def _huge(letter: Letter, sender: str, _number: int) -> _Made:
    message = compose(letter, accepted=True, sender=sender)
    message.add_attachment(b"\0" * (2 << 20), maintype="application", subtype="zip", filename="ketqua.zip")
    return sender, bytes(message)


def _nested(letter: Letter, sender: str, _number: int) -> _Made:
    notice = compose(letter, accepted=True, sender=sender)
    inner: MIMEMultipart | MIMEText = MIMEText("đã được chấp nhận", "plain", "utf-8")
    for _ in range(150):
        outer = MIMEMultipart("mixed")
        outer.attach(inner)
        inner = outer
    inner["From"] = formataddr((SENDER_NAME, sender))
    inner["Subject"] = Header(str(notice["Subject"]), "utf-8").encode()
    for name in ("To", "Date", "Message-ID"):
        inner[name] = str(notice[name])
    return sender, bytes(inner)


def _broken(letter: Letter, sender: str, _number: int) -> _Made:
    data = bytes(compose(letter, accepted=True, sender=sender))
    data = data.replace(b'charset="utf-8"', b'charset="x-khong-co"').replace(b"base64", b"base65")
    return sender, data.replace(b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: base64")


def _advertisement(letter: Letter, _sender: str, number: int) -> _Made:
    message = EmailMessage()
    message["From"] = f"Khuyến mại <km{number}@quang-cao.example>"
    message["To"] = letter.to
    message["Subject"] = f"Ưu đãi số {number}"
    message.set_content(f"Chữ ký số giá rẻ số {number}.\n")
    return "km@quang-cao.example", bytes(message)


_MAKERS: Mapping[MailKind, Callable[[Letter, str, int], _Made]] = {
    MailKind.ACCEPTED: lambda letter, sender, _: _notice(letter, sender),
    MailKind.REFUSED: lambda letter, sender, _: _notice(letter, sender, accepted=False),
    MailKind.HTML_ONLY: _html_only,
    MailKind.SPOOFED_NAME: lambda letter, sender, _: _with_from(letter, sender, f'"{sender}" <{STRANGER}>'),
    MailKind.SPOOFED_DOMAIN: lambda letter, sender, _: _with_from(
        letter, sender, f"BHXH <{sender.replace('.example', '.vn-example.example')}>"
    ),
    MailKind.SPOOFED_SENDER: lambda letter, sender, _: _with_from(letter, sender, f"BHXH <{sender}>"),
    MailKind.FORGED_RESULTS: lambda letter, sender, _: _with_from(
        letter,
        sender,
        f"BHXH <{sender}>",
        f"Authentication-Results: mx.bhxh.sandbox.example; dkim=pass header.d={sender.rpartition('@')[2]}",
    ),
    MailKind.TWO_FROMS: lambda letter, sender, _: _with_from(letter, sender, f"<{sender}>", f"From: <{STRANGER}>"),
    MailKind.ENCODED_FROM: lambda letter, sender, _: _with_from(
        letter, sender, f"=?utf-8?q?{sender.replace('@', '=40')}=00?= <{STRANGER}>"
    ),
    MailKind.OTHER_ACCOUNT: lambda letter, sender, _: _notice(replace(letter, tax_code=OTHER_TAX_CODE), sender),
    MailKind.OTHER_CHANGE: lambda letter, sender, _: _notice(
        replace(letter, transaction="00000000-0000-4000-8000-000000000000", serial="540111"), sender
    ),
    MailKind.LOOK_ALIKE_DIGITS: lambda letter, sender, _: _notice(
        replace(letter, tax_code=letter.tax_code.translate(_FULL_WIDTH)), sender
    ),
    MailKind.CONTRADICTORY: _contradictory,
    MailKind.UNCLEAR: _unclear,
    MailKind.HUGE: _huge,
    MailKind.NESTED: _nested,
    MailKind.BROKEN: _broken,
    MailKind.ADVERTISEMENT: _advertisement,
}
