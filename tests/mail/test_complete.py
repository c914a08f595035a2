"""``chukyso evidence complete``: mails that came by SMTP are found by IMAP, hours later, and added to the evidence."""

from __future__ import annotations

import json
import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result as Done
from typer.testing import CliRunner

from chukyso.archive.chain import write_chained_manifest
from chukyso.archive.findings import Level
from chukyso.archive.verify import verify_directory
from chukyso.cli import app
from chukyso.errors import Outcome
from chukyso.evidence.manifest import make_manifest, to_json
from chukyso.evidence.model.portal import MailStatus, ResultMail, SuspiciousMail
from chukyso.mail.complete import Completeness, complete
from chukyso.mail.imap import MailReader
from chukyso.mail.keep import RESULT_MAIL_FILE, keep_answer
from chukyso.mail.message import read_mail
from chukyso.mail.result import MailVerdict
from chukyso.mail.search import Answer, Result, search_mailbox
from chukyso.report.write import render_report, write_report
from chukyso.sandbox.mail import Letter
from chukyso.sandbox.mail_hostile import make
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.options import MAIL_SENDER
from support.dovecot import PASSWORD
from support.evidence import MST, make_record, signing_key
from support.mail import AUTHSERV, CRITERIA, Company, received, sandbox_rules, until
from support.paths import ROOT

NOW = datetime.now(UTC)


def evidence(directory: Path, outcome: Outcome = Outcome.UPDATED, transaction: str = "", **changes: Any) -> Letter:
    """The evidence of a run, and what a mail about it says."""
    record = make_record(directory, outcome)
    if record.receipt and transaction:
        record = replace(record, receipt=replace(record.receipt, transaction=transaction))
    record = replace(record, **changes)
    write_report(directory, record)
    write_chained_manifest(directory, record)
    serial = signing_key()[1].serial
    return Letter("ketoan@cty.example", MST, serial, record.receipt.transaction if record.receipt else "GD-X", NOW)


def call(company: Company, directory: Path, *options: str, secret: str = PASSWORD) -> Done:
    """The command, as an operator calls it."""
    arguments = ["evidence", "complete", str(directory), "--mailbox", company.imap.url(), *options]
    return CliRunner().invoke(app, arguments, env={"MAIL_PASSWORD": secret}, catch_exceptions=False)


def supplements(directory: Path) -> list[dict[str, Any]]:
    found = sorted(directory.glob("evidence/supplements/*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


def test_a_mail_that_comes_later_completes_the_evidence_once(company: Company, tmp_path: Path) -> None:
    letter = evidence(tmp_path)
    manifest = (tmp_path / "evidence/manifest.json").read_bytes()
    assert (done := call(company, tmp_path)).exit_code == 3, done.output
    assert "[MAIL_NOT_ARRIVED]" in done.output
    assert not supplements(tmp_path)
    envelope_from, data = make(MailKind.ACCEPTED, letter, MAIL_SENDER)
    with smtplib.SMTP("127.0.0.1", company.smtp_port) as server:
        server.sendmail(envelope_from, [letter.to], data)
    until(lambda: any(company.imap.mails.glob("new/*")))
    done = call(company, tmp_path, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["runs"]
    assert [(one["run"], one["status"], one["added"]) for one in told] == [(".", "accepted", True)]
    kept = (tmp_path / RESULT_MAIL_FILE).read_bytes()
    assert kept.startswith(f"Authentication-Results: {AUTHSERV};".encode())
    assert read_mail(kept).subject.startswith("Kết quả xử lý")
    (supplement,) = supplements(tmp_path)
    assert supplement["kind"] == "result-mail"
    assert [file["path"] for file in supplement["files"]] == [RESULT_MAIL_FILE]
    assert supplement["facts"]["status"] == "accepted"
    assert supplement["facts"]["sender"] == MAIL_SENDER
    assert (tmp_path / "evidence/manifest.json").read_bytes() == manifest
    before = company.imap.logins("Login: user")
    assert call(company, tmp_path, secret="").exit_code == 0, "nothing to look for: no password, no server"
    assert company.imap.logins("Login: user") == before
    assert len(supplements(tmp_path)) == 1
    assert verify_directory(tmp_path, jobs=1).level < Level.UNREADABLE
    (tmp_path / RESULT_MAIL_FILE).write_bytes(kept.replace("chấp".encode(), b"x") + b"\r\n")
    assert verify_directory(tmp_path, jobs=1).level is Level.CHANGED


def test_a_mail_that_nobody_vouches_for_is_not_called_forged(company: Company, tmp_path: Path) -> None:
    company.imap.deliver(make(MailKind.ACCEPTED, evidence(tmp_path), MAIL_SENDER)[1])
    done = call(company, tmp_path)
    assert done.exit_code == 1, done.output
    assert "[MAIL_UNVERIFIED]" in done.output
    assert "[MAIL_SPOOFED]" not in done.output
    assert "không ghi kết quả kiểm tra người gửi" in done.output
    assert not supplements(tmp_path)


def test_an_archive_is_completed_with_one_connection(company: Company, tmp_path: Path) -> None:
    letters = [evidence(tmp_path / name, transaction=f"GD-{name}") for name in ("a", "b", "c", "d")]
    evidence(tmp_path / "e", Outcome.DRY_RUN)
    evidence(tmp_path / "f", Outcome.REJECTED)
    company.deliver(MailKind.ACCEPTED, letters[0])
    company.deliver(MailKind.REFUSED, letters[1])
    company.deliver(MailKind.SPOOFED_DOMAIN, letters[2])
    before = company.imap.logins("Login: user")
    done = call(company, tmp_path, "--json")
    assert done.exit_code == 1, "one was refused"
    states = {one["run"]: one["status"] for one in json.loads(done.stdout)["runs"]}
    # c's spoofed mail is about the account, and so about d, too: nobody but a person can say what it was meant for.
    assert states == {
        "a": "accepted",
        "b": "refused",
        "c": "suspicious",
        "d": "suspicious",
        "e": "nothing-submitted",
        "f": "nothing-submitted",
    }
    until(lambda: company.imap.logins("Login: user") > before)
    assert company.imap.logins("Login: user") == before + 1
    assert not (tmp_path / "c" / RESULT_MAIL_FILE).exists()
    text = call(company, tmp_path).output
    assert "[MAIL_REFUSED]" in text
    assert "[MAIL_SPOOFED]" in text


def test_a_true_mail_counts_among_false_ones(company: Company, tmp_path: Path) -> None:
    letter = evidence(tmp_path)
    for kind in MailKind:
        if kind not in {MailKind.REFUSED, MailKind.HTML_ONLY, MailKind.ACCEPTED}:
            company.deliver(kind, letter)
    (before,) = complete([tmp_path], company.mailbox, lambda: PASSWORD)
    assert before.completeness is Completeness.SUSPICIOUS
    assert before.facts is not None
    assert len(before.facts["suspicious"]) == 5, "the first few are enough"
    company.deliver(MailKind.ACCEPTED, letter)
    (after,) = complete([tmp_path], company.mailbox, lambda: PASSWORD)
    assert after.completeness is Completeness.ACCEPTED


def test_a_huge_mail_is_told_of_but_not_read(company: Company, tmp_path: Path) -> None:
    letter = evidence(tmp_path)
    company.deliver(MailKind.HUGE, letter)
    (found,) = complete([tmp_path], company.mailbox, lambda: PASSWORD)
    assert found.completeness is Completeness.SUSPICIOUS
    assert found.facts is not None
    assert "too large" in found.facts["suspicious"][0]["reason"]


@pytest.mark.parametrize("first", [MailKind.ACCEPTED, MailKind.REFUSED], ids=["newest first", "newest last"])
def test_the_newest_result_counts_and_an_old_one_does_not(company: Company, first: MailKind) -> None:
    rules = sandbox_rules()
    criteria = replace(CRITERIA, submitted=NOW)
    company.deliver(MailKind.ACCEPTED, at=NOW - timedelta(days=2))
    company.deliver(MailKind.ACCEPTED, at=NOW - timedelta(minutes=6))
    assert search_mailbox(company.mailbox, PASSWORD, {1: (criteria, rules)})[1] == Answer()
    hours = {MailKind.ACCEPTED: 2, MailKind.REFUSED: 1}
    for kind in sorted(hours, key=lambda kind: kind is not first):
        company.deliver(kind, at=NOW + timedelta(hours=hours[kind]))
        with MailReader(company.mailbox, PASSWORD):
            pass  # the server numbers mails as it first sees them
    answer = search_mailbox(company.mailbox, PASSWORD, {1: (criteria, rules)})[1]
    assert answer.result is not None
    assert answer.result.verdict is MailVerdict.ACCEPTED


def test_what_cannot_be_looked_at_is_another_thing_than_a_mail_that_is_not_there(
    company: Company, tmp_path: Path
) -> None:
    evidence(tmp_path / "run")
    assert (done := call(company, tmp_path, secret="sai-mat-khau-7719")).exit_code == 2
    assert "[MAIL_LOGIN_FAILED]" in done.output
    assert "sai-mat-khau-7719" not in done.output
    assert call(company, tmp_path / "nowhere").exit_code == 2


def test_a_damaged_run_does_not_keep_the_others_waiting(company: Company, tmp_path: Path) -> None:
    letter = evidence(tmp_path / "good")
    for name, text in (("cut", '{"outcome": "upd'), ("empty", '{"outcome": "updated"}'), ("foreign", "[1]")):
        evidence(tmp_path / name)
        (tmp_path / name / "evidence/manifest.json").write_text(text, encoding="utf-8")
    company.deliver(MailKind.ACCEPTED, letter)
    done = call(company, tmp_path, "--json")
    assert done.exit_code == 2
    states = {one["run"]: one["status"] for one in json.loads(done.stdout)["runs"]}
    assert states == {"good": "accepted", "cut": "unreadable", "empty": "unreadable", "foreign": "unreadable"}
    assert "không đọc được" in call(company, tmp_path).output


def test_a_password_instead_of_a_reference_is_not_repeated(company: Company, tmp_path: Path) -> None:
    evidence(tmp_path)
    done = call(company, tmp_path, "--mail-password", "bi-mat-4417")
    assert done.exit_code == 2
    assert "[SECRET_REFERENCE_INVALID]" in done.output
    assert "bi-mat-4417" not in done.output


def test_a_run_that_still_goes_on_is_left_alone(company: Company, tmp_path: Path) -> None:
    from chukyso.evidence.directory import lock_output

    company.deliver(MailKind.ACCEPTED, evidence(tmp_path))
    lock = lock_output(tmp_path)
    try:
        done = call(company, tmp_path)
    finally:
        lock.release()
    assert done.exit_code == 2
    assert "[OUTPUT_IN_USE]" in done.output
    assert not supplements(tmp_path)


def test_a_masked_run_keeps_the_hash_of_the_mail_only(company: Company, tmp_path: Path) -> None:
    company.deliver(MailKind.ACCEPTED, evidence(tmp_path, privacy="masked"))
    assert call(company, tmp_path).exit_code == 0
    assert not (tmp_path / RESULT_MAIL_FILE).exists()
    (supplement,) = supplements(tmp_path)
    assert supplement["files"] == []
    assert len(supplement["facts"]["sha256"]) == 64
    assert "ketoan@cty.example" not in json.dumps(supplement)
    assert verify_directory(tmp_path, jobs=1).level < Level.UNREADABLE


@pytest.mark.parametrize("status", list(MailStatus))
def test_manifest_and_report_say_what_is_known(tmp_path: Path, status: MailStatus) -> None:
    suspicious = (SuspiciousMail(NOW, "<b>kẻ lạ</b>", "x", "it comes from another address"),)
    mail = ResultMail(status, reason="MAIL_UNREACHABLE") if status is MailStatus.PENDING else ResultMail(status)
    if status in {MailStatus.ACCEPTED, MailStatus.REFUSED}:
        data = received(MailKind(status.value))
        result = Result(MailVerdict(status.value), data, read_mail(data), NOW)
        make_record(tmp_path, Outcome.UPDATED)
        mail = replace(keep_answer(tmp_path, Answer(result)), suspicious=suspicious)
        assert (tmp_path / RESULT_MAIL_FILE).read_bytes() == data
    record = replace(make_record(tmp_path, Outcome.UPDATED), result_mail=mail)
    content = to_json(make_manifest(tmp_path, record))
    schema = json.loads((ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(content["result_mail"], {**schema["properties"]["result_mail"], "$defs": schema["$defs"]})
    report = render_report(tmp_path, record)
    assert ("Kết quả qua thư điện tử" in report) == (status is not MailStatus.NOT_ASKED)
    words = {"accepted": "BHXH chấp nhận thay đổi", "refused": "BHXH KHÔNG chấp nhận", "pending": "MAIL_UNREACHABLE"}
    assert words.get(status.value, "") in report
    assert "<b>kẻ lạ</b>" not in report
