"""Reading a mail of a stranger: one sender or none, text and nothing else, an answer whatever comes."""

from __future__ import annotations

import random
import sys

import pytest

from chukyso.mail.authentication import why_not_authentic
from chukyso.mail.message import MAX_PARTS, MAX_TEXT, html_text, one_line, read_mail
from chukyso.portal.keys import MailAuthentication
from chukyso.sandbox.mail import Letter, compose
from support.mail import LETTER

GOOD = "thongbao@bhxh.sandbox.example"
DOMAIN = "bhxh.sandbox.example"


def mail_from(*lines: str) -> str:
    head = "\r\n".join((*lines, "Subject: x", "", ""))
    return read_mail(head.encode("utf-8", "surrogateescape")).sender


@pytest.mark.parametrize(
    "header",
    [
        f"From: {GOOD}",
        f"From: <{GOOD}>",
        f"from:   BHXH Việt Nam <{GOOD.upper()}>",
        f'From: "BHXH, Việt Nam" <{GOOD}>',
        f'From: "thật \\" đúng" <{GOOD}>',
        f"From: =?utf-8?b?QkhYSA==?= <{GOOD}>",
        f"From: BHXH\r\n <{GOOD}>",
    ],
)
def test_a_plain_sender_is_read(header: str) -> None:
    assert mail_from(header) == GOOD


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("From:",),
        (f"From: {GOOD}", "From: x@evil.example"),
        (f"From: {GOOD}", f"From: {GOOD}"),
        (f"From: {GOOD}, x@evil.example",),
        (f"From: <{GOOD}> <x@evil.example>",),
        (f"From: {GOOD} <x@evil.example>",),
        (f"From: Team: {GOOD};",),
        (f"From: ({GOOD}) x@evil.example",),
        (f"From: x@evil.example ({GOOD})",),
        (f"From: <{GOOD}\x00@evil.example>",),
        (f"From: <@evil.example:{GOOD}>",),
        (f"From: =?utf-8?q?{GOOD.replace('@', '=40')}?=",),
        ("From: thongbao@bhxh.sandbox.exаmple",),  # Cyrillic а
        (f"From: {'a' * 70}@{DOMAIN}",),
        (f"From: {'x ' * 600}<{GOOD}>",),
    ],
)
def test_anything_that_two_programs_may_read_differently_has_no_sender(lines: tuple[str, ...]) -> None:
    assert mail_from(*lines) == ""


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        (f'From: "{GOOD}" <x@evil.example>', "x@evil.example"),
        ("From: BHXH <thongbao@bhxh-sandbox.example>", "thongbao@bhxh-sandbox.example"),
        (f"From: =?utf-8?q?{GOOD.replace('@', '=40')}=00?= <x@evil.example>", "x@evil.example"),
    ],
)
def test_a_name_is_not_the_sender(header: str, sender: str) -> None:
    assert mail_from(header) == sender


def test_the_sandboxs_notice_is_what_its_standards_say() -> None:
    message = compose(Letter("ketoan@cty.example", "0101234565", "54ab", "GD-1", LETTER.at), accepted=True)
    data = message.as_bytes()
    assert data.isascii(), "RFC 2047 for the header, base64 or quoted-printable for the text"
    assert b"=?utf-8?" in data.partition(b"\n\n")[0]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    mail = read_mail(data)
    assert mail.sender == GOOD
    assert mail.subject == "Kết quả xử lý thay đổi thông tin chữ ký số – MST 0101234565"
    assert len(mail.texts) == 2
    for text in mail.texts:
        assert "đã được chấp nhận" in text
        assert "Mã số thuế: 0101234565\n" in text
        assert "02/03/2026 08:15:09 (giờ Việt Nam)" in text
    assert not mail.broken


def test_html_is_read_as_a_person_sees_it() -> None:
    text = html_text(
        "<html><head><title>ẩn</title><style>p{}</style></head><body hidden-not>Mã&nbsp;số thuế:"
        " <b>0101</b>234565<br>dòng hai<p style='display: none'>ẩn<b>ẩn</b></p><p hidden>ẩn</p><script>ẩn</script>"
        "<td>a</td><td>b</td><!-- ẩn --><template>ẩn</template>cuối"
    )
    assert "ẩn" not in text
    assert "0101234565\ndòng hai" in text
    assert "a b" in text
    assert text.endswith("cuối")


@pytest.mark.parametrize(
    "html",
    ["<" * 100_000, "<div>" * 50_000 + "x", "<p hidden>" * 50_000, "</p>" * 50_000, "&#x110000;&#0;<![CDATA[", "\0"],
)
def test_html_of_bad_will_has_an_end(html: str) -> None:
    assert len(html_text(html)) <= MAX_TEXT


def test_what_is_attached_is_not_text() -> None:
    data = (
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nseen\r\n"
        b"--x\r\nContent-Type: text/plain; name=a.txt\r\n\r\nhidden\r\n"
        b"--x\r\nContent-Type: text/html\r\nContent-Disposition: attachment\r\n\r\nhidden\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        b"Subject: y\r\n\r\nhidden\r\n--x--\r\n"
    )
    mail = read_mail(data)
    assert "seen" in mail.texts[0]
    assert len([text for text in mail.texts if "hidden" in text]) <= 1  # a message within is text of the message


@pytest.mark.parametrize("charset", ["x-khong-co", "zip", "utf-7", "\xff", "base64", "rot13", ""])
def test_a_charset_that_is_none_is_no_failure(charset: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    mail = read_mail(head.encode("latin-1") + "Mã số thuế".encode())
    assert mail.texts or mail.broken


def test_parts_within_parts_have_a_bound() -> None:
    deep = b"From: a@b.example\r\n"
    for level in range(3000):
        deep += b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
    assert read_mail(deep + b"\r\n\r\nx").broken
    wide = b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\r\n\r\nx\r\n" * (
        MAX_PARTS + 1
    )
    assert read_mail(wide + b"--x--").broken


def test_whatever_comes_there_is_an_answer() -> None:
    chance = random.Random(20261122)  # noqa: S311 - no secret
    seed = compose(LETTER, accepted=True).as_bytes()
    for _ in range(400):
        data = bytearray(seed)
        for _ in range(chance.randrange(1, 40)):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        mail = read_mail(bytes(data))
        assert mail.shown.isprintable()
        assert mail.subject.isprintable()


def test_a_declaration_that_the_parser_stumbles_over_is_no_text() -> None:
    mail = read_mail(b"Content-Type: text/html\r\n\r\n<p>MST 0101234565</p><![\x11=Q]>")
    assert mail.texts == ()
    assert "ValueError" in mail.broken


def test_a_line_for_people_has_nothing_that_a_terminal_obeys() -> None:
    assert one_line("a\x1b[31m\n\u202eb\u2066") == "a�[31m �b�"
    assert len(one_line("x" * 10_000)) == 300
    assert sys.getrecursionlimit() > 100


def test_findings_of_the_trusted_server_establish_the_domain() -> None:
    for finding in (
        f"mx.cty.example; dkim=pass header.d={DOMAIN}",
        f"mx.cty.example 1; spf=fail smtp.mailfrom=x; dkim=pass (2048-bit key; secure) header.d={DOMAIN} header.s=a",
        f"MX.cty.example; spf=pass smtp.mailfrom=bounce@{DOMAIN}",
        f'mx.cty.example; dkim = pass reason="good; really" header.d = {DOMAIN.upper()}',
        f"mx.cty.example; dkim/1=pass header.i=@{DOMAIN}",
    ):
        assert why_not_authentic([finding], "mx.cty.example", DOMAIN, MailAuthentication.EITHER) == ""


@pytest.mark.parametrize(
    "findings",
    [
        [],
        [f"mx.other.example; dkim=pass header.d={DOMAIN}"],
        [f"dkim=pass header.d={DOMAIN}"],
        ["mx.cty.example; none"],
        [f"mx.cty.example; dkim=fail header.d={DOMAIN}"],
        ["mx.cty.example; dkim=pass header.d=evil.example"],
        [f"mx.cty.example; dkim=pass header.d=evil.example header.from={DOMAIN}"],
        [f"mx.cty.example; dkim=pass header.d=x.{DOMAIN}"],
        [f"mx.cty.example; spf=pass smtp.mailfrom=a@evil.example (sender {DOMAIN}; dkim=pass header.d={DOMAIN})"],
        [f'mx.cty.example; spf=pass reason="; dkim=pass header.d={DOMAIN}" smtp.mailfrom=a@evil.example'],
        [f"mx.cty.example; dkim=pass header.d=evil.example header.d={DOMAIN}"],
        [f"(mx.cty.example) mx.evil.example; dkim=pass header.d={DOMAIN}"],
        # Only the topmost is the server's own; what is below came with the mail.
        ["mx.cty.example; dkim=none", f"mx.cty.example; dkim=pass header.d={DOMAIN}"],
    ],
)
def test_other_findings_do_not(findings: list[str]) -> None:
    assert why_not_authentic(findings, "mx.cty.example", DOMAIN, MailAuthentication.EITHER)


def test_which_findings_count_is_the_profiles_choice() -> None:
    spf = [f"mx.cty.example; spf=pass smtp.mailfrom=a@{DOMAIN}"]
    assert why_not_authentic(spf, "mx.cty.example", DOMAIN, MailAuthentication.DKIM)
    assert not why_not_authentic(spf, "mx.cty.example", DOMAIN, MailAuthentication.SPF)
    assert not why_not_authentic([], "", DOMAIN, MailAuthentication.NONE)
    assert why_not_authentic(spf, "", DOMAIN, MailAuthentication.EITHER)
