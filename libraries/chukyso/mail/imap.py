"""An IMAP server as a bounded, read-only source of mails: TLS or nothing, one login, EXAMINE, BODY.PEEK.

Nothing is marked, moved or deleted. The server is not trusted with our time or memory: every operation has an end, and
what it may send in one operation is counted.
"""

from __future__ import annotations

import base64
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.mail.mailbox import Mailbox
from chukyso.moment import to_utc

MAX_MESSAGE: Final = 1 << 20
"""Largest mail that is read, in bytes."""
MAX_LISTED: Final = 5_000
"""Most mails that are looked at: the newest."""
OPERATION_SECONDS: Final = 30.0
"""Longest time for one operation: connecting, logging in, searching, fetching a batch."""
_MAX_OPERATION: Final = 16 << 20  # bytes that the server may send in one operation
_HEADER_BYTES: Final = 8192
_BATCH: Final = 200
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{20,40})"')


@dataclass(frozen=True)
class Listed:
    """A mail in the folder.

    Attributes:
        uid: Its number in the folder.
        size: In bytes.
        received: When the server got it, UTC: not what the mail says of itself.
        header: Its ``From`` and ``Subject`` lines, cut off after a few kilobytes.
    """

    uid: int
    size: int
    received: datetime
    header: bytes


class _Counting:
    """Counts what the server sends, between a mail server of bad will and our memory."""

    allowance = _MAX_OPERATION

    def read(self, size: int) -> bytes:
        self._spend(size)
        data: bytes = super().read(size)  # type: ignore[misc]
        return data

    def readline(self) -> bytes:
        line: bytes = super().readline()  # type: ignore[misc]
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.allowance -= size
        if self.allowance < 0:
            raise imaplib.IMAP4.abort("the server sent more than it was asked for")


class _Imap(_Counting, imaplib.IMAP4):
    pass


class _ImapTls(_Counting, imaplib.IMAP4_SSL):
    pass


class MailReader:
    """A folder that was opened for reading. Use as a context manager.

    Args:
        mailbox: Which.
        password: Sent once, over TLS, after the server's certificate was verified.
        seconds: Longest time for one operation.

    Raises:
        ChukysoError: ``MAIL_UNREACHABLE`` (network, TLS, protocol, time), ``MAIL_LOGIN_FAILED``,
            ``MAIL_FOLDER_MISSING``.
    """

    def __init__(self, mailbox: Mailbox, password: str, seconds: float = OPERATION_SECONDS) -> None:
        self._mailbox = mailbox
        self._seconds = seconds
        self._server: imaplib.IMAP4 | None = None
        try:
            self._connect()
            self._log_in(password)
            self._examine()
        except BaseException:
            self.close()
            raise

    def listed(self, since: datetime, known: frozenset[int] = frozenset()) -> list[Listed]:
        """The mails that the server got on or after a day, newest first, without those that are known."""
        # The server compares days in a time zone that it does not tell.
        day = f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year:04}"
        with self._operation() as server:
            server.noop()  # lets it notice what is new
            _, data = self._ask(server.uid("SEARCH", "SINCE", day), "SEARCH")
        uids = [int(uid) for part in data if part for uid in part.split() if uid.isdigit()]
        wanted = sorted(set(uids) - known, reverse=True)[:MAX_LISTED]
        found: list[Listed] = []
        for start in range(0, len(wanted), _BATCH):
            found += self._list(wanted[start : start + _BATCH])
        return sorted(found, key=lambda one: -one.uid)  # a server answers in an order of its own

    def fetch(self, uid: int) -> bytes:
        """A mail as it lies there, at most ``MAX_MESSAGE`` bytes of it."""
        with self._operation() as server:
            _, data = self._ask(server.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MAX_MESSAGE}>)"), "FETCH")
        for lead, literal, tail in _literals(data):
            number = _UID.search(lead) or _UID.search(tail)
            if number and int(number[1]) == uid:
                return literal
        raise self._unreachable("máy chủ không gửi nội dung thư", f"no message in the answer to FETCH {uid}")

    def close(self) -> None:
        """Log out if the server still answers; may be called again."""
        server, self._server = self._server, None
        if server is None:
            return
        watchdog = threading.Timer(5, _cut, [server])
        watchdog.daemon = True
        watchdog.start()
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()
        watchdog.cancel()
        with suppress(OSError):
            server.shutdown()

    def __enter__(self) -> MailReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self) -> None:
        box = self._mailbox
        try:
            # The file is the operator's own: what is wrong with it is told like what is wrong with the server.
            context = ssl.create_default_context(cafile=str(box.ca) if box.ca else None)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            with self._guard():
                if box.implicit_tls:
                    self._server = _within(
                        self._seconds,
                        lambda: _ImapTls(box.host, box.port, ssl_context=context, timeout=self._seconds),
                    )
                    return
                self._server = _within(self._seconds, lambda: _Imap(box.host, box.port, timeout=self._seconds))
            with self._operation() as server:
                if server.state != "NONAUTH":
                    raise imaplib.IMAP4.abort("logged in before TLS")  # an invitation to go on without it
                server.starttls(context)
        except ssl.SSLCertVerificationError as error:
            reason = "chứng thư TLS của máy chủ không được tin cậy hoặc không đúng tên máy chủ"
            raise self._unreachable(reason, f"{error.verify_message} ({box.host})") from error
        except ssl.SSLError as error:
            raise self._unreachable("không thiết lập được kết nối TLS", str(error)) from error

    def _log_in(self, password: str) -> None:
        box = self._mailbox
        answer = f"\0{box.user}\0{password}".encode()
        with self._operation() as server:
            try:
                if "AUTH=PLAIN" in server.capabilities:
                    server.authenticate("PLAIN", lambda _challenge: answer)
                else:
                    server.login(box.user, password)
            except imaplib.IMAP4.abort:
                raise
            except (imaplib.IMAP4.error, UnicodeError):
                # Not what the server said: some quote what they were sent.
                raise ChukysoError(
                    Code.MAIL_LOGIN_FAILED, "the server refused the login", user=box.user, server=box.host
                ) from None

    def _examine(self) -> None:
        folder = _quoted(self._mailbox.folder)
        with self._operation() as server:
            status, _ = server.select(folder, readonly=True)
        if status != "OK":
            raise ChukysoError(Code.MAIL_FOLDER_MISSING, f"EXAMINE {folder}: {status}", folder=self._mailbox.folder)

    def _list(self, uids: Sequence[int]) -> list[Listed]:
        items = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]<0.{_HEADER_BYTES}>)"
        with self._operation() as server:
            _, data = self._ask(server.uid("FETCH", ",".join(map(str, uids)), items), "FETCH")
        found = []
        for lead, literal, tail in _literals(data):
            answer = lead + b" " + tail
            uid, size, date = _UID.search(answer), _SIZE.search(answer), _DATE.search(answer)
            received = _moment(date[1]) if date else None
            if uid and size and received and int(uid[1]) in uids:
                found.append(Listed(int(uid[1]), int(size[1]), received, literal))
        return found

    def _ask(self, answer: tuple[str, list[Any]], what: str) -> tuple[str, list[Any]]:
        if answer[0] != "OK":
            raise self._unreachable("máy chủ từ chối yêu cầu", f"{what}: {answer[0]}")
        return answer

    @contextmanager
    def _operation(self) -> Iterator[imaplib.IMAP4]:
        server = self._server
        if server is None:
            raise self._unreachable("kết nối đã đóng", "closed")
        server.allowance = _MAX_OPERATION  # type: ignore[attr-defined]
        # A server that sends a byte now and then satisfies every time-out of a socket.
        watchdog = threading.Timer(self._seconds, _cut, [server])
        watchdog.daemon = True
        watchdog.start()
        try:
            with self._guard():
                yield server
        finally:
            watchdog.cancel()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLError:
            raise
        except TimeoutError as error:
            raise self._unreachable("máy chủ không trả lời", f"no answer within {self._seconds:.0f} s") from error
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            text = str(error)[:200] if isinstance(error, OSError) else type(error).__name__
            raise self._unreachable("không kết nối được hoặc kết nối bị ngắt", text) from error

    def _unreachable(self, reason: str, detail: str) -> ChukysoError:
        box = self._mailbox
        return ChukysoError(Code.MAIL_UNREACHABLE, detail, server=f"{box.host}:{box.port}", reason=reason)


def _within(seconds: float, connect: Callable[[], imaplib.IMAP4]) -> imaplib.IMAP4:
    """Connect, but do not wait for longer: looking up a name has no time-out, and there is no socket to cut yet."""
    made: list[imaplib.IMAP4] = []
    failed: list[Exception] = []
    given_up = threading.Event()

    def work() -> None:
        try:
            made.append(connect())
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            failed.append(error)
        if made and given_up.is_set():
            _cut(made[0])

    thread = threading.Thread(target=work, name="mail-connect", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not made:
        given_up.set()
        raise TimeoutError
    return made[0]


def _cut(server: imaplib.IMAP4) -> None:
    with suppress(OSError):
        server.socket().shutdown(socket.SHUT_RDWR)


def _literals(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """What stands before a literal, the literal, and what follows it, of an answer to FETCH."""
    for index, part in enumerate(data):
        if isinstance(part, tuple):
            after = data[index + 1] if index + 1 < len(data) else b""
            yield part[0], part[1], after if isinstance(after, bytes) else b""


def _moment(text: bytes) -> datetime | None:
    try:
        return to_utc(parsedate_to_datetime(text.decode("ascii").strip()))
    except (ValueError, TypeError, OverflowError):
        return None


def _quoted(folder: str) -> str:
    """A folder's name in IMAP's own UTF-7 (RFC 3501, 5.1.3), quoted."""
    return '"' + _utf7(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _utf7(text: str) -> str:
    def shifted(match: re.Match[str]) -> str:
        code = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{code}-"

    return re.sub(r"[^\x20-\x7e]+", shifted, text.replace("&", "&-"))
