"""Reading a mailbox of a real server (Dovecot): what is promised to the mailbox, to the password, and to our time."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.mail import imap
from chukyso.mail.imap import MAX_MESSAGE, MailReader
from chukyso.mail.mailbox import Mailbox, parse_mailbox
from chukyso.sandbox.mail_kinds import MailKind
from support.dovecot import FOLDER, FOLDER_ON_DISK, PASSWORD, USER
from support.mail import TRICKLE, Company, cutting, keep_silent, listening, scripted, trickle, until

TODAY = datetime.now(UTC) - timedelta(days=1)


def refusal(mailbox: Mailbox, password: str = PASSWORD, seconds: float = 30.0) -> ChukysoError:
    with pytest.raises(ChukysoError) as caught, MailReader(mailbox, password, seconds) as reader:
        for one in reader.listed(TODAY):
            reader.fetch(one.uid)
    assert password not in f"{caught.value} {caught.value.detail} {caught.value.__cause__!r}"
    return caught.value


def files(company: Company) -> dict[str, bytes]:
    places = (*company.imap.mails.glob("new/*"), *company.imap.mails.glob("cur/*"))
    return {str(path.relative_to(company.imap.mails)): path.read_bytes() for path in places}


def test_a_mail_is_read_and_stays_as_it_was(company: Company) -> None:
    data = company.deliver(MailKind.ACCEPTED).read_bytes()
    before = files(company)
    with MailReader(company.mailbox, PASSWORD) as reader:
        (listed,) = reader.listed(TODAY)
        assert reader.fetch(listed.uid).replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n")
        assert listed.size == len(reader.fetch(listed.uid))
        assert b"Subject:" in listed.header
        assert b"Received" not in listed.header
        assert not reader.listed(TODAY, frozenset({listed.uid}))
    assert files(company) == before, "not marked as seen, not even moved to cur/"


def test_starttls_comes_before_the_password(company: Company) -> None:
    company.deliver(MailKind.ACCEPTED)
    mailbox = replace(company.mailbox, implicit_tls=False, port=company.imap.starttls_port)
    with MailReader(mailbox, PASSWORD) as reader:
        assert len(reader.listed(TODAY)) == 1


def test_a_folder_with_a_vietnamese_name(company: Company) -> None:
    path = company.imap.deliver(b"From: a@b.example\r\n\r\n", FOLDER_ON_DISK)
    with MailReader(replace(company.mailbox, folder=FOLDER), PASSWORD) as reader:
        assert len(reader.listed(TODAY)) == 1
    path.unlink()


def test_a_folder_that_is_not_there(company: Company) -> None:
    error = refusal(replace(company.mailbox, folder='Không "có"'))
    assert error.code is Code.MAIL_FOLDER_MISSING


def test_a_wrong_password_is_tried_once(company: Company) -> None:
    before = company.imap.logins(r"auth failed, 1 attempts")
    error = refusal(company.mailbox, "Sai-Mật-Khẩu-8842")
    assert error.code is Code.MAIL_LOGIN_FAILED
    assert error.__cause__ is None, "what the server said may quote the password"
    until(lambda: company.imap.logins(r"auth failed, 1 attempts") > before)
    assert company.imap.logins(r"auth failed, 1 attempts") == before + 1
    assert not company.imap.logins(r"auth failed, [2-9]")


@pytest.mark.parametrize("implicit", [True, False], ids=["imaps", "starttls"])
@pytest.mark.parametrize(
    "change",
    [{"ca": None}, {"host": "127.0.0.1"}],
    ids=["unknown authority", "another name"],
)
def test_a_server_that_cannot_prove_who_it_is_gets_no_password(company: Company, change: dict, implicit: bool) -> None:
    port = company.imap.port if implicit else company.imap.starttls_port
    before = company.imap.logins(r"Login: user|auth failed")
    error = refusal(replace(company.mailbox, implicit_tls=implicit, port=port, **change))
    assert error.code is Code.MAIL_UNREACHABLE
    assert "chứng thư TLS" in str(error)
    assert company.imap.logins(r"Login: user|auth failed") == before


@pytest.mark.parametrize(
    "greeting", [b"* PREAUTH go on\r\n", b"* OK hello\r\n"], ids=["logged in already", "no STARTTLS"]
)
def test_no_tls_no_password(company: Company, greeting: bytes) -> None:
    heard = bytearray()

    def serve(connection: socket.socket) -> None:
        connection.sendall(greeting)
        for line in connection.makefile("rb"):
            heard.extend(line)
            connection.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + line.split()[0] + b" OK done\r\n")

    with listening(serve) as port:
        error = refusal(replace(company.mailbox, implicit_tls=False, port=port))
    assert error.code is Code.MAIL_UNREACHABLE
    assert b"AUTHENTICATE" not in heard
    assert b"LOGIN" not in heard


def test_a_server_that_is_down(company: Company) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert refusal(replace(company.mailbox, port=port)).code is Code.MAIL_UNREACHABLE


@pytest.mark.parametrize("implicit", [True, False], ids=["imaps", "starttls"])
def test_a_server_that_never_answers(company: Company, implicit: bool) -> None:
    with listening(keep_silent) as port:
        error = refusal(replace(company.mailbox, port=port, implicit_tls=implicit), seconds=0.5)
    assert error.code is Code.MAIL_UNREACHABLE


@pytest.mark.parametrize("when", ["greeting", "search"])
def test_a_server_that_sends_a_byte_now_and_then(company: Company, tmp_path: Path, when: str) -> None:
    """Each byte comes in time for the socket, the answer never."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"* ")
        trickle(connection)

    slow = scripted(company, tmp_path, lambda command: TRICKLE if b"SEARCH" in command else b"")
    with listening(drip if when == "greeting" else slow) as port:
        error = refusal(replace(company.mailbox, port=port, implicit_tls=when == "search"), seconds=2)
    assert error.code is Code.MAIL_UNREACHABLE


@pytest.mark.parametrize("after", [6_000, 12_000])
def test_a_connection_that_breaks_while_a_mail_is_fetched(company: Company, after: int) -> None:
    company.imap.deliver(b"From: a@b.example\r\nSubject: x\r\n\r\n" + b"0123456789abcdef\r\n" * 20_000)
    with listening(cutting(company.imap.port, after)) as port:
        assert refusal(replace(company.mailbox, port=port)).code is Code.MAIL_UNREACHABLE
    assert len(files(company)) == 1


def test_a_server_that_sends_more_than_it_was_asked_for(company: Company, tmp_path: Path) -> None:
    def answer(command: bytes) -> bytes:
        if b"UID SEARCH" in command:
            return b"* SEARCH 1\r\nTAG OK done\r\n"
        if b"UID FETCH" in command:
            return b"* 1 FETCH (UID 1 BODY[] {4000000000}\r\n"  # a promise that imaplib alone would believe
        return b""

    with listening(scripted(company, tmp_path, answer)) as port:
        error = refusal(replace(company.mailbox, port=port))
    assert error.code is Code.MAIL_UNREACHABLE
    assert error.__cause__ is not None
    assert "more than it was asked for" in str(error.__cause__)


@pytest.mark.parametrize(
    "said",
    [
        b"* SEARCH 1 2 x \xff 99999999999999\r\nTAG OK done\r\n",
        b"* SEARCH\r\nTAG NO go away\r\n",
        b"TAG BAD\r\n",
        b"* BYE\r\n",
        b"\xff\xfe\r\n",
    ],
)
def test_a_server_that_talks_nonsense(company: Company, tmp_path: Path, said: bytes) -> None:
    def answer(command: bytes) -> bytes:
        if b"UID SEARCH" in command:
            return said
        return (
            b"* 1 FETCH (UID 7 FLAGS ())\r\n* 2 FETCH nonsense\r\nTAG OK done\r\n" if b"UID FETCH" in command else b""
        )

    with listening(scripted(company, tmp_path, answer)) as port:
        mailbox = replace(company.mailbox, port=port)
        try:
            with MailReader(mailbox, PASSWORD, 5) as reader:
                assert reader.listed(TODAY) == []
        except ChukysoError as error:
            assert error.code is Code.MAIL_UNREACHABLE


def test_thousands_of_mails_are_listed_up_to_a_bound(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "MAX_LISTED", 250)
    for number in range(300):
        company.imap.deliver(f"From: a@b.example\r\nSubject: {number}\r\n\r\n".encode())
    with MailReader(company.mailbox, PASSWORD) as reader:
        uids = [one.uid for one in reader.listed(TODAY)]
        assert len(uids) == 250
        assert uids == sorted(uids, reverse=True)
        assert reader.listed(TODAY + timedelta(days=9)) == []


def test_no_more_of_a_mail_is_read_than_the_bound(company: Company) -> None:
    company.imap.deliver(b"From: a@b.example\r\n\r\n" + b"x" * 998 + b"\r\n" + b"0123456789\r\n" * 100_000)
    with MailReader(company.mailbox, PASSWORD) as reader:
        (listed,) = reader.listed(TODAY)
        assert listed.size > MAX_MESSAGE
        assert len(reader.fetch(listed.uid)) == MAX_MESSAGE


@pytest.mark.parametrize(
    "text",
    [
        "mail.cty.example",
        "pop3://a@mail.cty.example",
        "imaps://mail.cty.example/INBOX",
        "imaps://a:bi-mat@mail.cty.example/INBOX",
        "imaps://a@mail.cty.example:0/INBOX",
        "imaps://a@mail.cty.example:99999/INBOX",
        "imaps://a@mail.cty.example/INBOX%0d%0aA1 DELETE x",
        "imaps://a@mail.cty.example/INBOX?insecure=1",
        "imaps://a@mail.cty.example/INBOX?ca=/khong/co.pem",
        "imaps://a@mail.cty.example/?authserv=a&authserv=b",
        "imaps://[::1",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ChukysoError) as caught:
        parse_mailbox(text)
    assert caught.value.code is Code.OPTION_INVALID
    assert "bi-mat" not in str(caught.value) + caught.value.detail


def test_an_address_is_read(company: Company) -> None:
    assert company.mailbox.user == USER
    box = parse_mailbox("imap://a%40b.example@mail.cty.example/Kết%20quả?authserv=MX.cty.example")
    assert (box.port, box.implicit_tls, box.user, box.folder) == (143, False, "a@b.example", "Kết quả")
    assert box.authserv == "mx.cty.example"
    assert str(parse_mailbox("imaps://a@[::1]:1993")) == "imaps://a@[::1]:1993/INBOX"
