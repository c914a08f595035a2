"""True result mails as ordinary mail servers and programs hand them on: believed, or not, but never called forged."""

from __future__ import annotations

import base64
import quopri
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.manifest import to_json
from chukyso.evidence.model.portal import MailStatus, ResultMail, SuspiciousMail
from chukyso.mail.authentication import EXCHANGE_ONLINE, leading_results, why_not_authentic
from chukyso.mail.complete import Completeness, complete
from chukyso.mail.message import MAX_TRACE, read_mail
from chukyso.mail.result import Judgement, MailVerdict, Rules, SearchCriteria, judge, rules_of
from chukyso.portal.keys import MailAuthentication
from chukyso.portal.profile import load_profile
from chukyso.report.mail_reasons import tell_reason
from chukyso.report.write import render_report
from chukyso.sandbox.mail import compose
from chukyso.sandbox.mail_kinds import MailKind
from support.archive import forge, make_run
from support.evidence import make_record
from support.mail import AUTHSERV, CRITERIA, LETTER, received, sandbox_rules
from support.paths import FIELD

DOMAIN = "bhxh.sandbox.example"
SENDER = f"thongbao@{DOMAIN}"
RUN = SearchCriteria("0101234565", "5401abcd", "GD-20261129-0001", datetime(2026, 11, 29, tzinfo=UTC))
WHEN = datetime(2026, 11, 30, tzinfo=UTC)
SPF, DKIM, DMARC = (
    f"{AUTHSERV}; spf=pass smtp.mailfrom={SENDER}",
    f"{AUTHSERV}; dkim=pass (2048-bit key) header.d={DOMAIN} header.s=s1",
    f"{AUTHSERV}; dmarc=pass (p=none dis=none) header.from={DOMAIN}",
)
ARC = f"{AUTHSERV}; arc=none smtp.remote-ip=203.0.113.5"
BY_US = f"from mail.{DOMAIN} (mail.{DOMAIN} [203.0.113.5]) by {AUTHSERV} (Postfix) with ESMTPS id 4XyZ; Mon"
BEHIND = f"from {AUTHSERV} (localhost [127.0.0.1]) by imap.cty.example (Dovecot) with LMTP id abc; Mon"
BY_THEM = f"from app.{DOMAIN} (app [10.0.0.1]) by mail.{DOMAIN} with ESMTP id 1; Mon"


def rules(authserv: str = AUTHSERV) -> Rules:
    return rules_of(load_profile("sandbox"), authserv)


def under(head: str, **options: Rules) -> Judgement:
    """The judgement of the sandbox's notice under these lines."""
    lines = f"{head}\n" if head else ""
    notice = compose(LETTER, accepted=True, sender=SENDER).as_bytes()
    return judge(read_mail(lines.encode() + notice), CRITERIA, WHEN, options.get("rules", sandbox_rules()))


def trace(*lines: str) -> str:
    """Header lines: those that begin with "from" are hops, the others results."""
    names = ("Received" if line.startswith("from ") else "Authentication-Results" for line in lines)
    return "\n".join(f"{name}: {line}" for name, line in zip(names, lines, strict=True))


# -- who found out what --------------------------------------------------------------------------------------------


def test_two_filters_of_one_server() -> None:
    mail = read_mail((FIELD / "mail-opendmarc-above-opendkim.eml").read_bytes())
    assert judge(mail, RUN, WHEN, rules()) == Judgement(MailVerdict.ACCEPTED)
    forged = (FIELD / "mail-opendmarc-above-opendkim.eml").read_bytes().replace(b"dkim=pass", b"dkim=fail")
    assert judge(read_mail(forged), RUN, WHEN, rules()).forged


def test_a_server_that_writes_no_name() -> None:
    mail = read_mail((FIELD / "mail-exchange-online.eml").read_bytes())
    assert judge(mail, RUN, WHEN, rules(EXCHANGE_ONLINE)) == Judgement(MailVerdict.ACCEPTED)
    found = judge(mail, RUN, WHEN, rules())
    assert (found.verdict, found.forged) == (MailVerdict.SUSPICIOUS, False)
    assert "authserv=exchange-online" in tell_reason(found.reason)
    with pytest.raises(ChukysoError, match="authserv=exchange-online"):
        rules("")


@pytest.mark.parametrize(
    "lines",
    [
        (DMARC, DKIM),
        (SPF, DMARC, DKIM),
        (ARC, DKIM),
        (ARC, SPF, DMARC, DKIM, BY_US, BY_THEM),
        (BEHIND, DMARC, DKIM, BY_US),  # the server behind it notes that it got the mail
        (BEHIND, BY_US, DMARC, DKIM, BY_THEM),  # filters that write below the server's own line
        (SPF.replace(SENDER, "bounce@x.example"), BY_US, DKIM, BY_THEM),  # and some that write above it
        (f"{AUTHSERV} 1;\n none", DKIM),
        (f"{AUTHSERV};\n\tdmarc=pass\n header.from={DOMAIN};\n\tdkim=pass\n header.d={DOMAIN}",),
        (f"{AUTHSERV}; dkim=fail header.d=list.example; dkim=pass header.d={DOMAIN}",),
    ],
)
def test_all_leading_lines_of_the_trusted_server_count(lines: tuple[str, ...]) -> None:
    assert under(trace(*lines)) == Judgement(MailVerdict.ACCEPTED)


FORGED = f"{AUTHSERV}; dkim=pass header.d={DOMAIN}"
OWN = f"{AUTHSERV}; spf=pass smtp.mailfrom=x@evil.example"


@pytest.mark.parametrize(
    "lines",
    [
        (f"{AUTHSERV}; dkim=none", FORGED),  # what speaks of a method above decides about it
        (f"{AUTHSERV}; dkim=none", DMARC, FORGED),
        (OWN, "mx.other.example; arc=none", FORGED),
        ("mx.other.example; dkim=none", FORGED),  # the topmost is another server's: nobody took the others out
        (OWN, BY_THEM, FORGED),
        (OWN, BY_US, BY_THEM, FORGED),
        (BEHIND, BY_US, BY_THEM, FORGED),
        (OWN, BY_US, f"from x by {AUTHSERV}; Mon", FORGED),  # one hop of ours, not two
        (OWN, f"from by {AUTHSERV}.evil.example by mx; Mon", FORGED),
        (OWN, f"from x (by {AUTHSERV}) by mail.evil.example; Mon", FORGED),
        (OWN, f'from "by {AUTHSERV}" by mail.evil.example; Mon', FORGED),
        (f"spf=pass smtp.mailfrom={SENDER}", FORGED),
        (f"dkim=pass header.d={DOMAIN}",),
        (f"{AUTHSERV}; dkim=policy header.d={DOMAIN}",),
        (f"{AUTHSERV}; dkim=passed header.d={DOMAIN}",),
        (f"{AUTHSERV}; x=pass dkim=pass header.d={DOMAIN}",),
        (DMARC,),  # DMARC passes for a domain below the signer's, too
    ],
)
def test_what_came_with_the_mail_does_not(lines: tuple[str, ...]) -> None:
    found = under(trace(*lines))
    assert (found.verdict, found.forged) == (MailVerdict.SUSPICIOUS, False), found
    assert tell_reason(found.reason) != found.reason


@pytest.mark.parametrize(
    "lines",
    [
        ("spf=pass smtp.mailfrom=x@evil.example; dkim=none; dmarc=none", f"dkim=pass header.d={DOMAIN}"),
        ("spf=pass smtp.mailfrom=x@evil.example", f"dkim=pass header.d={DOMAIN}"),
        (DKIM,),
        (f"exchange-online; dkim=pass header.d={DOMAIN}",),
        (f"; dkim=pass header.d={DOMAIN}",),
        (),
    ],
)
def test_of_exchange_online_the_topmost_line_counts_alone(lines: tuple[str, ...]) -> None:
    found = under(trace(*lines), rules=rules(EXCHANGE_ONLINE))
    assert (found.verdict, found.forged) == (MailVerdict.SUSPICIOUS, False), found
    assert tell_reason(found.reason) != found.reason


@pytest.mark.parametrize(
    "finding",
    [
        f"dkim=fail (body hash did not verify) header.d={DOMAIN}",
        "dkim=fail (bad signature)",
        f"dmarc=fail (p=none) header.from={DOMAIN}; spf=pass smtp.mailfrom=x@evil.example",
        f"dkim=pass header.d={DOMAIN}; dmarc=fail header.from={DOMAIN}",
    ],
)
def test_only_a_failure_is_called_forged(finding: str) -> None:
    found = under(trace(f"{AUTHSERV}; {finding}"))
    assert (found.verdict, found.forged) == (MailVerdict.SUSPICIOUS, True)
    for result in ("none", "neutral", "temperror", "permerror", "policy", "softfail"):
        weaker = under(trace(f"{AUTHSERV}; {finding.replace('=fail', f'={result}').replace('dkim=pass', 'dkim=none')}"))
        assert (weaker.verdict, weaker.forged) == (MailVerdict.SUSPICIOUS, False)


def test_a_failure_for_somebody_else_says_nothing_of_this_sender() -> None:
    assert under(trace(f"{AUTHSERV}; dkim=fail header.d=list.example; spf=pass smtp.mailfrom={SENDER}")).verdict is (
        MailVerdict.ACCEPTED
    )
    assert not under(trace(f"{AUTHSERV}; dkim=fail header.d=list.example")).forged


def test_a_trace_without_end_has_one() -> None:
    mail = read_mail(b"Received: by x\r\n" * 5000 + trace(DKIM).encode() + b"\r\nFrom: a@b.example\r\n\r\nx")
    assert len(mail.trace) == MAX_TRACE
    assert leading_results([], AUTHSERV) == []
    assert why_not_authentic([], AUTHSERV, DOMAIN, MailAuthentication.NONE) == ""


# -- what it says ----------------------------------------------------------------------------------------------------

TEXT = (
    "Yêu cầu thay đổi thông tin chữ ký số của đơn vị đã được chấp nhận.\n\n"
    f"Mã số thuế: {LETTER.tax_code}\nSố chứng thư số: {LETTER.serial.upper()}\nMã giao dịch: {LETTER.transaction}\n"
)


def part(data: bytes, kind: str, encoding: str = "base64") -> bytes:
    """A body: its header lines, and the data in an encoding."""
    packed = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding](data)
    head = f"From: {SENDER}\nMIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n"
    return head.encode() + b"Subject: " + SUBJECT + b"\n\n" + packed


SUBJECT = b"=?utf-8?b?" + base64.b64encode("Kết quả xử lý thay đổi thông tin chữ ký số".encode()) + b"?="


def said(body: bytes) -> Judgement:
    return judge(read_mail(trace(DKIM).encode() + b"\r\n" + body), CRITERIA, WHEN, sandbox_rules())


def wrapped(text: str, at: str) -> str:
    """The text with a break at each blank."""
    return text.replace("\n", "\n\n").replace(" ", at)


BODIES: dict[str, Callable[[], bytes]] = {
    "UTF-8 labelled us-ascii": lambda: part(TEXT.encode(), "text/plain; charset=us-ascii"),
    "UTF-8 labelled iso-8859-1": lambda: part(TEXT.encode(), "text/plain; charset=iso-8859-1", "quoted-printable"),
    "UTF-8 labelled windows-1258": lambda: part(TEXT.encode(), "text/plain; charset=windows-1258", "8bit"),
    "UTF-8 without a label": lambda: part(TEXT.encode(), "text/plain"),
    "UTF-8 under an unknown label": lambda: part(TEXT.encode(), "text/plain; charset=x-unicode-3"),
    "windows-1258 labelled us-ascii": lambda: part(_vietnamese(TEXT), "text/plain; charset=us-ascii"),
    "windows-1258 labelled so": lambda: part(_vietnamese(TEXT), "text/plain; charset=windows-1258"),
    "UTF-16 labelled so": lambda: part(TEXT.encode("utf-16"), "text/plain; charset=utf-16"),
    "a break in every blank": lambda: part(wrapped(TEXT, "\n").encode(), "text/plain; charset=utf-8"),
    "a break and an indent": lambda: part(wrapped(TEXT, "\r\n\t").encode(), "text/plain; charset=utf-8"),
    "soft breaks": lambda: part(
        quopri.encodestring(TEXT.encode()).replace(b"=E1", b"=\r\n=E1"), "text/plain; charset=utf-8", "8bit"
    ).replace(b"Encoding: 8bit", b"Encoding: quoted-printable"),
    "flowed": lambda: part(wrapped(TEXT, " \r\n").encode(), "text/plain; charset=utf-8; format=flowed"),
    "flowed with put-in spaces": lambda: part(
        TEXT.replace("chấp", "chấ \r\np").encode(), "text/plain; charset=utf-8; format=flowed; delsp=yes"
    ),
    "no-break spaces": lambda: part(TEXT.replace(" ", "\u00a0").encode(), "text/plain; charset=utf-8"),
    "zero-width characters and soft hyphens": lambda: part(
        TEXT.replace("chấp", "ch\u00adấp\u200b").replace("0101", "01\u200b01").encode(), "text/plain; charset=utf-8"
    ),
    "decomposed": lambda: part(_decomposed(TEXT).encode(), "text/plain; charset=utf-8"),
    "HTML with entities and breaks": lambda: part(
        TEXT.replace(" ", "&nbsp;").replace("\n", "<br>").replace("đã&nbsp;được", "đã <br>\n được").encode(),
        "text/html; charset=utf-8",
    ),
    "HTML whose source is wrapped, labelled in it alone": lambda: part(
        b"<meta charset=utf-8>" + wrapped(TEXT, "\n").replace("\n\n", "<p>").encode(), "text/html"
    ),
}


def _vietnamese(text: str) -> bytes:
    """Windows-1258 has no letter with a tone mark: they are made of two."""
    pieces: list[bytes] = []
    for char in text:
        try:
            pieces.append(char.encode("cp1258"))
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", char)[:-1], unicodedata.normalize("NFD", char)[-1]
            if tone not in "\u0300\u0301\u0303\u0309\u0323":  # the dot below stands before the hat in NFD
                base, tone = base.replace("\u0323", "") + tone, "\u0323"
            pieces.append((unicodedata.normalize("NFC", base) + tone).encode("cp1258"))
    return b"".join(pieces)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("what", BODIES)
def test_a_true_text_is_read_however_it_was_sent(what: str) -> None:
    assert said(BODIES[what]()) == Judgement(MailVerdict.ACCEPTED), read_mail(BODIES[what]()).texts


@pytest.mark.parametrize("what", BODIES)
def test_and_what_it_does_not_say_is_not_read_into_it(what: str) -> None:
    for old, new in (
        (LETTER.tax_code[:4], "0309"),
        ("được chấp", "không được chấp"),
        (LETTER.transaction[:8], "ffffffff"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"{__name__}.TEXT", TEXT.replace(old, new))
            body = BODIES[what]()
        assert said(body).verdict is not MailVerdict.ACCEPTED


def test_a_second_account_behind_a_break_is_seen() -> None:
    found = said(part((TEXT + "Mã số\nthuế: 0309876547\n").encode(), "text/plain; charset=utf-8"))
    assert found == Judgement(MailVerdict.SUSPICIOUS, "it does not name exactly this MST")


def test_digits_that_are_turned_around_for_people_are_not_put_right() -> None:
    turned = TEXT.replace(LETTER.tax_code, f"\u202e{LETTER.tax_code}\u202c")
    assert said(part(turned.encode(), "text/plain; charset=utf-8")).verdict is not MailVerdict.ACCEPTED


@pytest.mark.parametrize(
    "subject",
    [
        SUBJECT,
        SUBJECT.replace(b"utf-8", b"us-ascii"),
        "Kết quả xử lý thay đổi thông tin chữ ký số".encode(),  # as it is, without RFC 2047
        b"[EXTERNAL] " + SUBJECT,
        # broken between the bytes of one letter
        b"=?utf-8?q?K=E1?=\r\n =?utf-8?q?=BA=BFt_qu=E1=BA=A3_x=E1=BB=AD_l=C3=BD_thay_=C4?=\r\n "
        b"=?utf-8?q?=91=E1=BB=95i_th=C3=B4ng_tin_ch=E1=BB=AF_k=C3=BD_s=E1=BB=91?=",
    ],
)
def test_a_subject_however_it_was_sent(subject: bytes) -> None:
    body = part(TEXT.encode(), "text/plain; charset=utf-8").replace(SUBJECT, subject)
    assert said(body) == Judgement(MailVerdict.ACCEPTED), read_mail(body).subject


def test_a_pattern_with_classes_escapes_and_counts_means_what_it_says() -> None:
    rules = sandbox_rules()
    settings = replace(
        rules.settings,
        tax_code=r"Mã số[ ]thuế\ *: ?([0-9-]{10,14})",
        accepted=r"(?:đã được|được) {1,3}chấp nhận(?! một phần)",
        serial="",
    )
    own = Rules(settings, AUTHSERV)
    for text, verdict in (
        (TEXT, MailVerdict.ACCEPTED),
        (TEXT.replace("được chấp", "được\n chấp"), MailVerdict.ACCEPTED),
        (TEXT.replace("nhận.", "nhận\nmột\nphần."), MailVerdict.SUSPICIOUS),
    ):
        mail = read_mail(trace(DKIM).encode() + b"\r\n" + part(text.encode(), "text/plain; charset=utf-8"))
        assert judge(mail, CRITERIA, WHEN, own).verdict is verdict, text


# -- what is told ------------------------------------------------------------------------------------------------------


def _reasons() -> Iterator[str]:
    for kind in MailKind:
        yield judge(read_mail(received(kind)), CRITERIA, WHEN, sandbox_rules()).reason
    yield "it is too large to be read: 2000000 bytes"
    yield said(part(TEXT.replace("đã", "").encode(), "text/plain")).reason
    yield said(part(TEXT.replace(LETTER.serial.upper(), "5401").encode(), "text/plain")).reason
    yield "not a message: ValueError"


def test_every_reason_has_vietnamese_words() -> None:
    reasons = {reason for reason in _reasons() if reason and reason != "another subject"}
    assert len(reasons) > 8
    assert not [reason for reason in reasons if tell_reason(reason) == reason]
    assert tell_reason("something new") == "something new"


def test_forged_and_unverified_are_two_things_in_report_and_manifest(tmp_path: Path) -> None:
    mails = (
        SuspiciousMail(WHEN, "a@b.example", "x", f"{AUTHSERV} found dkim to fail for {DOMAIN}", forged=True),
        SuspiciousMail(WHEN, SENDER, "y", f"no Authentication-Results of {AUTHSERV}"),
    )
    mail = ResultMail(MailStatus.PENDING, suspicious=mails)
    assert [one["forged"] for one in to_json(mail)["suspicious"]] == [True, False]
    page = render_report(tmp_path, replace(make_record(tmp_path, Outcome.UPDATED), result_mail=mail))
    assert page.count("Thư giả mạo hoặc đáng ngờ") == page.count("Thư chưa xác minh được") == 1
    assert "không ghi kết quả kiểm tra người gửi" in page
    for code, word in ((Code.MAIL_SPOOFED, "không tin được"), (Code.MAIL_UNVERIFIED, "chưa xác minh được")):
        assert word in str(ChukysoError(code, reason="x"))


def test_a_run_of_no_time_keeps_no_other_waiting(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    forge(run, journal={"submitting": "0001-01-01T00:00:00.000Z"})
    (found,) = complete([run], None, lambda: "")  # type: ignore[arg-type] - there is nothing to look for
    assert found.completeness is Completeness.UNREADABLE
