"""Which mail is the result of a run: every kind that the sandbox sends, and the rules of the profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.mail.message import read_mail
from chukyso.mail.result import Judgement, MailVerdict, SearchCriteria, judge, may_matter, rules_of
from chukyso.moment import CLOCK_TOLERANCE
from chukyso.portal.keys import MailAuthentication, ResultMailSettings
from chukyso.portal.profile import load_profile
from chukyso.sandbox.mail_kinds import MailKind
from support.mail import AUTHSERV, CRITERIA, LETTER, SUBMITTED, received, sandbox_rules
from support.paths import ROOT

EXPECTED = {
    MailKind.ACCEPTED: (MailVerdict.ACCEPTED, ""),
    MailKind.REFUSED: (MailVerdict.REFUSED, ""),
    MailKind.HTML_ONLY: (MailVerdict.ACCEPTED, ""),
    MailKind.SPOOFED_NAME: (MailVerdict.SUSPICIOUS, "another address"),
    MailKind.SPOOFED_DOMAIN: (MailVerdict.SUSPICIOUS, "another address"),
    MailKind.SPOOFED_SENDER: (MailVerdict.SUSPICIOUS, "did not find dkim or spf to pass"),
    MailKind.FORGED_RESULTS: (MailVerdict.SUSPICIOUS, "did not find dkim or spf to pass"),
    MailKind.TWO_FROMS: (MailVerdict.SUSPICIOUS, "not one plain address"),
    MailKind.ENCODED_FROM: (MailVerdict.SUSPICIOUS, "another address"),
    MailKind.OTHER_ACCOUNT: (MailVerdict.UNRELATED, ""),
    MailKind.OTHER_CHANGE: (MailVerdict.UNRELATED, "exactly this change"),
    MailKind.LOOK_ALIKE_DIGITS: (MailVerdict.UNRELATED, ""),
    MailKind.CONTRADICTORY: (MailVerdict.SUSPICIOUS, "do not say the same"),
    MailKind.UNCLEAR: (MailVerdict.SUSPICIOUS, "do not say the same"),
    MailKind.HUGE: (MailVerdict.ACCEPTED, ""),  # its text; the mailbox does not let it through, see test_mail_complete
    MailKind.NESTED: (MailVerdict.SUSPICIOUS, "more than 60 parts"),
    MailKind.BROKEN: (MailVerdict.SUSPICIOUS, ""),
    MailKind.ADVERTISEMENT: (MailVerdict.UNRELATED, ""),
}
WHEN = SUBMITTED + timedelta(hours=3)


def judged(kind: MailKind, criteria: SearchCriteria = CRITERIA, **settings: object) -> Judgement:
    rules = sandbox_rules()
    rules = replace(rules, settings=replace(rules.settings, **settings))
    return judge(read_mail(received(kind)), criteria, WHEN, rules)


@pytest.mark.parametrize("kind", list(MailKind))
def test_every_kind_is_told_from_the_true_ones(kind: MailKind) -> None:
    verdict, reason = EXPECTED[kind]
    found = judged(kind)
    if kind is MailKind.BROKEN:  # its text may survive in part; it must only never be taken for a clear answer
        assert found.verdict is not MailVerdict.ACCEPTED or read_mail(received(kind)).texts
        return
    assert (found.verdict, reason in found.reason) == (verdict, True), found


def test_a_mail_from_before_the_submission_is_not_its_result() -> None:
    mail = read_mail(received(MailKind.ACCEPTED))
    rules = sandbox_rules()
    last = SUBMITTED - CLOCK_TOLERANCE
    assert judge(mail, CRITERIA, last, rules).verdict is MailVerdict.ACCEPTED
    assert judge(mail, CRITERIA, last - timedelta(seconds=1), rules).verdict is MailVerdict.UNRELATED


@pytest.mark.parametrize(
    "change",
    [
        {"tax_code": "0309876547"},
        {"tax_code": "0101234565-001"},
        {"transaction": "0b8f6c1e-51c9-4f1c-9f5e-7a3f7f1f8a11"},
        {"transaction": "", "serial": "54010abb"},
    ],
)
def test_the_mail_of_another_run_is_not_taken(change: dict[str, str]) -> None:
    assert judged(MailKind.ACCEPTED, replace(CRITERIA, **change)).verdict is MailVerdict.UNRELATED


def test_another_certificate_under_the_same_code_is_suspicious() -> None:
    assert judged(MailKind.ACCEPTED, replace(CRITERIA, serial="54010abb")).verdict is MailVerdict.SUSPICIOUS


def test_a_run_that_saw_no_code_is_known_by_its_certificate() -> None:
    assert judged(MailKind.ACCEPTED, replace(CRITERIA, transaction="")).verdict is MailVerdict.ACCEPTED


def test_a_mail_that_names_two_accounts_is_suspicious() -> None:
    data = received(MailKind.HTML_ONLY).replace(b"display:none", b"color:#fff")  # white on white: a person sees nothing
    mail = read_mail(data)
    assert "0309876547" in mail.texts[0] or b"base64" in data
    found = judge(read_mail(_shown()), CRITERIA, WHEN, sandbox_rules())
    assert found == Judgement(MailVerdict.SUSPICIOUS, "it does not name exactly this MST")


def _shown() -> bytes:
    text = (
        f"Mã số thuế: {LETTER.tax_code}\nSố chứng thư số: {LETTER.serial}\nMã giao dịch: {LETTER.transaction}\n"
        "đã được chấp nhận\nMã số thuế: 0309876547\n"
    )
    head = (
        f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom=a@bhxh.sandbox.example\r\n"
        "From: thongbao@bhxh.sandbox.example\r\nSubject: Kết quả xử lý thay đổi thông tin chữ ký số\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return (head + text).encode()


def test_a_domain_is_that_domain_and_no_other() -> None:
    assert judged(MailKind.ACCEPTED, sender="@bhxh.sandbox.example").verdict is MailVerdict.ACCEPTED
    for other in ("@sandbox.example", "@x.bhxh.sandbox.example", "bhxh.sandbox.example", "@"):
        assert judged(MailKind.ACCEPTED, sender=other).verdict is MailVerdict.SUSPICIOUS


def test_without_findings_the_address_alone_counts() -> None:
    """What the documentation warns of."""
    assert judged(MailKind.SPOOFED_SENDER, authentication=MailAuthentication.NONE).verdict is MailVerdict.ACCEPTED


def test_headers_alone_decide_what_is_worth_reading() -> None:
    rules = sandbox_rules()
    assert not may_matter(read_mail(received(MailKind.ADVERTISEMENT)), rules)
    for kind in set(MailKind) - {MailKind.ADVERTISEMENT}:
        assert may_matter(read_mail(received(kind).partition(b"\r\n\r\n")[0]), rules), kind


def test_the_real_portals_mail_is_not_guessed() -> None:
    with pytest.raises(ChukysoError) as caught:
        rules_of(load_profile("bhxh"), AUTHSERV)
    assert caught.value.code is Code.PROFILE_INCOMPLETE
    assert "result_mail.sender" in str(caught.value)


def test_a_profile_without_the_table_knows_nothing_of_the_mail(tmp_path: Path) -> None:
    text = (ROOT / "variables" / "sandbox.toml").read_text(encoding="utf-8").partition("[result_mail]")[0]
    (tmp_path / "old.toml").write_text(text, encoding="utf-8")
    profile = load_profile(str(tmp_path / "old.toml"))
    assert profile.result_mail == ResultMailSettings()
    with pytest.raises(ChukysoError, match="PROFILE_INCOMPLETE"):
        rules_of(profile, AUTHSERV)


def test_findings_of_nobody_are_not_enough() -> None:
    with pytest.raises(ChukysoError) as caught:
        rules_of(load_profile("sandbox"), "")
    assert caught.value.code is Code.OPTION_INVALID
    assert "authserv" in str(caught.value)


def test_the_mst_alone_does_not_tell_two_changes_apart() -> None:
    profile = load_profile("sandbox")
    settings = replace(profile.result_mail, serial="", transaction="")
    with pytest.raises(ChukysoError, match="PROFILE_INCOMPLETE"):
        rules_of(replace(profile, result_mail=settings), AUTHSERV)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("subject = '", "subject = '("),
        ("([0-9-]+)", "[0-9-]+"),
        ('"dkim-or-spf"', '"perhaps"'),
        ("refused =", "rejected ="),
    ],
)
def test_a_table_that_cannot_work_is_refused(tmp_path: Path, old: str, new: str) -> None:
    head, mark, table = (ROOT / "variables" / "sandbox.toml").read_text(encoding="utf-8").partition("[result_mail]")
    assert old in table
    (tmp_path / "bad.toml").write_text(head + mark + table.replace(old, new), encoding="utf-8")
    with pytest.raises(ChukysoError) as caught:
        load_profile(str(tmp_path / "bad.toml"))
    assert caught.value.code is Code.PROFILE_INVALID
