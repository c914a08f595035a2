"""A whole run with a mailbox: the sandbox sends by SMTP, the run reads by IMAP, the evidence has the mail."""

from __future__ import annotations

import json

import jsonschema
import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import sha256
from chukyso.mail.keep import RESULT_MAIL_FILE
from chukyso.mail.message import read_mail
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.options import MAIL_SENDER
from support.canary import Watch, leaks
from support.dovecot import PASSWORD
from support.mail import AUTHSERV, Company
from support.paths import ROOT

pytestmark = pytest.mark.slow


def test_a_run_waits_for_its_result_mail(account, run_update, sandbox, company: Company) -> None:
    details = account()
    control = Control(sandbox.details)
    with pytest.raises(ChukysoError) as caught:
        control.mail(details.tax_code)
    assert caught.value.code is Code.SANDBOX_FAILED
    control.mail_server(company.options)
    watch = Watch(PASSWORD)
    watch.start()
    try:
        run = run_update(
            details,
            env={"MAIL_PASSWORD": PASSWORD},
            arguments=("--loglevel", "TRACE"),
            MAILBOX=company.imap.url(),
            MAIL_WAIT="60 s",
        )
        control.mail(details.tax_code, MailKind.REFUSED, times=2)
    finally:
        control.mail_server(None)
        watch.stopped.set()
        watch.join()
    run.ended("updated")
    told = run.manifest["result_mail"]
    schema = json.loads((ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, {**schema["properties"]["result_mail"], "$defs": schema["$defs"]})
    assert (told["status"], told["sender"], told["path"]) == ("accepted", MAIL_SENDER, RESULT_MAIL_FILE)
    kept = run.directory / RESULT_MAIL_FILE
    assert told["sha256"] == sha256(kept)
    assert RESULT_MAIL_FILE in [file["path"] for file in run.manifest["files"]]
    mail = read_mail(kept.read_bytes())
    receipt = run.manifest["receipt"]
    for text in mail.texts:
        assert f"Mã số thuế: {details.tax_code}\n" in text
        assert f"Số chứng thư số: {details.new_serial.upper()}\n" in text
        assert f"Mã giao dịch: {receipt['transaction']}\n" in text
    assert mail.authentication[0].startswith(AUTHSERV)
    events = run.journal
    assert (
        events.index("confirmed") < events.index("mail-awaited") < events.index("mail-received") < events.index("ended")
    )
    assert "BHXH chấp nhận thay đổi" in (run.directory / "evidence/report.html").read_text(encoding="utf-8")
    assert "Thư kết quả: BHXH chấp nhận thay đổi" in run.console
    refused = [path for path in company.imap.mails.glob("new/*") if "không được chấp nhận" in _text(path.read_bytes())]
    assert len(refused) == 2, "sent by the control interface, to the account's contact address"
    assert not watch.leaks
    assert not leaks(run.directory, PASSWORD)
    assert PASSWORD not in run.console


@pytest.mark.nightly
def test_a_refused_login_is_a_warning_and_happens_once(account, run_update, company: Company) -> None:
    """The change is made by then: the mailbox's password says nothing about it."""
    wrong = "wrong " + PASSWORD
    before = company.imap.logins(r"auth failed")
    run = run_update(account(), env={"MAIL_PASSWORD": wrong}, MAILBOX=company.imap.url(), MAIL_WAIT="20 s")
    run.ended("updated")
    assert company.imap.logins(r"auth failed, 1 attempts") == company.imap.logins(r"auth failed") == before + 1
    told = run.manifest["result_mail"]
    assert (told["status"], told["reason"], told.get("path")) == ("pending", "MAIL_LOGIN_FAILED", None)
    assert "[MAIL_LOGIN_FAILED]" in run.console
    assert "MAIL_LOGIN_FAILED" in (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    assert not leaks(run.directory, wrong)


@pytest.mark.nightly
def test_a_mailbox_that_cannot_work_stops_the_run_before_anything(account, run_update, company: Company) -> None:
    run = run_update(account(), MAILBOX=company.imap.url(authserv=""))
    run.ended("stopped", "OPTION_INVALID")
    assert "authserv" in run.test.message


def _text(data: bytes) -> str:
    return "".join(read_mail(data).texts)
