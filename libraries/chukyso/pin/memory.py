"""Which PINs a token refused, so that none of them is ever tried again by itself: in this run, or in a later one.

What is kept of a PIN is scrypt of it, keyed with 32 random bytes of this installation, in a file that only its user can
read. That keeps a PIN out of sight and makes the file worthless without its key; the key is in the same file, because
whoever can read one can read both. It does **not** protect a short PIN against somebody who has the whole file: six
digits are a million tries of a few hundredths of a second. Only PINs that were *wrong* are in it, though often by one
digit.

That a try is made is written down before the token gets the PIN, but not the PIN: one that may be right is never here.
The answer takes it out again. When nobody hears one, because the token hung or was pulled or this process was ended, it
stays, and nobody but a person tries a PIN on that token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chukyso.errors import ChukysoError, Code
from chukyso.moment import in_vietnam, read_moment
from chukyso.state import state_directory
from chukyso.storage.moving import publish_file

FILE = "failed-pins.sqlite"
KEPT = timedelta(days=400)
"""Entries older than this are dropped: a token that is still in use has a new PIN or a new certificate by then."""

_FORM = 1  # of the file, in user_version; 0 is an empty file, which no memory ever is
_COST = {"n": 2**13, "r": 8, "p": 1}  # about 0.03 s and 8 MiB for one check
_LOCK_SECONDS = 10  # seconds for another process that is writing, or is trying a PIN on the same token
_POLL = 0.2
_GRACE = 10  # seconds more than a try may take, in which it is still taken for one that is under way
_SCHEMA = (
    "CREATE TABLE installation (key BLOB NOT NULL)",
    "CREATE TABLE failed (serial TEXT NOT NULL, secret BLOB NOT NULL, moment TEXT NOT NULL, "
    "PRIMARY KEY (serial, secret))",
    f"PRAGMA user_version = {_FORM}",
)
# Tries without an answer yet, and when one is no longer to be expected. A file that was made without the table gets it.
_TRIES = (
    "CREATE TABLE IF NOT EXISTS trying (serial TEXT NOT NULL PRIMARY KEY, moment TEXT NOT NULL, until TEXT NOT NULL)"
)

# Tokens that refused a PIN in this process, with the memory that was told so. All workers of a process share it.
_REFUSED: set[tuple[Path, str]] = set()


@dataclass(frozen=True)
class Failure:
    """One PIN that a token refused, which one is not known; or a try that nobody heard the answer of.

    Attributes:
        serial: The token's serial number.
        moment: When, UTC.
        heard: Whether the token said that it is wrong.
    """

    serial: str
    moment: datetime
    heard: bool


class FailedPins:
    """The memory of one user on one machine. Any number of processes and threads may use it at once.

    Args:
        directory: Where its file is; by default the state directory. Made when it is needed.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory

    @property
    def path(self) -> Path:
        """The file."""
        return (self._directory or state_directory()).absolute() / FILE

    def check(self, serial: str, pin: str, *, unattended: bool = True) -> None:
        """Refuse a PIN that this token refused before.

        It also refuses every PIN when a wrong one could not be remembered: the file cannot be read or written.

        Args:
            serial: The token's serial number.
            pin: The PIN that is about to be tried.
            unattended: Nobody watches: refuse every PIN, when nobody heard what the token said to the last one.

        Raises:
            ChukysoError: ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``, ``PIN_MEMORY_UNREADABLE``.
        """
        with self._opened() as memory:
            _refuse_failed(memory, serial, pin)
            last = _last_try(memory, serial)
            if unattended and last and not last.under_way:
                raise _unheard(serial, last)

    def begin(self, serial: str, pin: str, seconds: float, *, unattended: bool = True) -> None:
        """Write down that a PIN is going to be tried; on disk when it returns, and only if ``check`` takes the PIN.

        While another process tries one on the same token, its answer is waited for: two of them must not spend a try
        each.

        Args:
            serial: The token's serial number.
            pin: The PIN.
            seconds: How long the token's answer may take.
            unattended: As for ``check``.

        Raises:
            ChukysoError: As ``check``; ``PIN_UNHEARD`` also when the other process goes on trying.
        """
        give_up = time.monotonic() + _LOCK_SECONDS
        while not self._begun(serial, pin, seconds, unattended=unattended, wait=time.monotonic() < give_up):
            time.sleep(_POLL)

    def _begun(self, serial: str, pin: str, seconds: float, *, unattended: bool, wait: bool) -> bool:
        now = datetime.now(UTC)
        with self._opened() as memory:
            memory.execute("BEGIN IMMEDIATE")
            _refuse_failed(memory, serial, pin)
            last = _last_try(memory, serial)
            if last and last.under_way and wait:
                return False
            if last and (last.under_way or unattended):
                raise _unheard(serial, last)
            entry = (serial, now.isoformat(), (now + timedelta(seconds=seconds + _GRACE)).isoformat())
            memory.execute("INSERT OR REPLACE INTO trying VALUES (?, ?, ?)", entry)
            memory.execute("COMMIT")
        return True

    def spent(self, serial: str) -> bool:
        """Whether this process has had its one try on a token: it refused a PIN, and has not taken one since."""
        return (self.path, serial) in _REFUSED

    def accepted(self, serial: str) -> None:
        """The token took a PIN: its count of wrong ones begins anew, and so does this process's budget.

        Raises:
            ChukysoError: ``PIN_MEMORY_UNREADABLE``, for this and the following.
        """
        _REFUSED.discard((self.path, serial))
        self.withdraw(serial)

    def withdraw(self, serial: str) -> None:
        """The try that was begun did not reach the token, or it did not look at the PIN."""
        with self._opened() as memory:
            memory.execute("DELETE FROM trying WHERE serial = ?", (serial,))

    def unheard(self, serial: str) -> None:
        """No answer will come any more to the try that was begun."""
        with self._opened() as memory:
            memory.execute("UPDATE trying SET until = ? WHERE serial = ?", (datetime.now(UTC).isoformat(), serial))

    def remember(self, serial: str, pin: str) -> None:
        """The token refused this PIN; on disk when it returns.

        Args:
            serial: The token's serial number.
            pin: The PIN that was tried.
        """
        _REFUSED.add((self.path, serial))
        now = datetime.now(UTC).replace(microsecond=0)
        with self._opened() as memory:
            entry = (serial, _secret(memory, serial, pin), now.isoformat())
            memory.execute("BEGIN IMMEDIATE")
            memory.execute("DELETE FROM failed WHERE moment < ?", ((now - KEPT).isoformat(),))
            memory.execute("DELETE FROM trying WHERE serial = ?", (serial,))
            memory.execute("INSERT OR REPLACE INTO failed VALUES (?, ?, ?)", entry)
            memory.execute("COMMIT")

    def forget(self, serial: str | None = None) -> int:
        """Forget what is known of one token, or of all of them, and return how many PINs that were.

        Raises:
            ChukysoError: ``PIN_MEMORY_UNREADABLE``.
        """
        if not self._exists():
            return 0
        with self._opened() as memory:
            where, values = ("", ()) if serial is None else (" WHERE serial = ?", (serial,))
            deleted = [memory.execute(f"DELETE FROM {table}{where}", values) for table in ("failed", "trying")]  # noqa: S608 - two names of ours
            return sum(each.rowcount for each in deleted)

    def failures(self) -> list[Failure]:
        """What is remembered, oldest first.

        Raises:
            ChukysoError: ``PIN_MEMORY_UNREADABLE``.
        """
        if not self._exists():
            return []
        with self._opened() as memory:
            found = memory.execute(
                "SELECT serial, moment, 1 FROM failed UNION ALL SELECT serial, moment, 0 FROM trying WHERE until <= ? "
                "ORDER BY moment, serial",
                (datetime.now(UTC).isoformat(),),
            ).fetchall()
        return [Failure(serial, read_moment(moment), bool(heard)) for serial, moment, heard in found]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The file, made if there is none, and nothing that is not ours taken for it."""
        try:
            if not self.path.exists():
                self._make()
            # mode=rw: somebody who removes the file in this moment gets an error, not an empty memory.
            address = f"{self.path.as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, _LOCK_SECONDS, uri=True, isolation_level=None)) as memory:
                memory.execute("PRAGMA secure_delete = ON")  # forgotten is forgotten, also in the file's free pages
                (form,) = memory.execute("PRAGMA user_version").fetchone()
                if form != _FORM:
                    raise self._unusable("không phải sổ ghi của chương trình này", f"user_version {form}")
                if not os.access(self.path, os.W_OK):
                    raise self._unusable("không ghi được", "the file is read-only")
                memory.execute(_TRIES)
                yield memory
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            raise self._unusable("không đọc hoặc ghi được", f"{type(error).__name__}: {error}") from error

    def _exists(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:
            raise self._unusable("không đọc hoặc ghi được", f"{type(error).__name__}: {error}") from error

    def _make(self) -> None:
        """Make the file whole under another name: whoever sees it under its own sees all of it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path.with_name(f"{FILE}.{secrets.token_hex(8)}")
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as memory:
                for statement in _SCHEMA:
                    memory.execute(statement)
                memory.execute("INSERT INTO installation VALUES (?)", (secrets.token_bytes(32),))
            with suppress(FileExistsError):  # another process was faster, and its key is the one
                publish_file(part, self.path)
        finally:
            part.unlink(missing_ok=True)

    def _unusable(self, reason: str, detail: str) -> ChukysoError:
        return ChukysoError(Code.PIN_MEMORY_UNREADABLE, detail, path=self.path, reason=reason)


def _secret(memory: sqlite3.Connection, serial: str, pin: str) -> bytes:
    (key,) = memory.execute("SELECT key FROM installation").fetchone()
    # The key and a separator that no serial number has: no two pairs of serial and PIN share an input.
    return hashlib.scrypt(pin.encode("utf-8", "surrogatepass"), salt=key + b"\0" + serial.encode(), **_COST)


def _refuse_failed(memory: sqlite3.Connection, serial: str, pin: str) -> None:
    known = memory.execute("SELECT secret, moment FROM failed WHERE serial = ?", (serial,)).fetchall()
    if not known:
        return  # the usual case, without the slow hash
    secret = _secret(memory, serial, pin)
    for found, moment in known:
        if hmac.compare_digest(found, secret):
            detail = f"token {serial} refused this PIN at {moment}; no login was attempted"
            date = in_vietnam(read_moment(moment))
            raise ChukysoError(Code.PIN_FAILED_BEFORE, detail, serial=serial, date=date)


@dataclass(frozen=True)
class _Try:
    moment: datetime
    under_way: bool


def _last_try(memory: sqlite3.Connection, serial: str) -> _Try | None:
    """A try on this token whose answer is not known here."""
    row = memory.execute("SELECT moment, until FROM trying WHERE serial = ?", (serial,)).fetchone()
    if row is None:
        return None
    return _Try(read_moment(row[0]), datetime.now(UTC) < read_moment(row[1]))


def _unheard(serial: str, last: _Try) -> ChukysoError:
    state = "is under way in another process" if last.under_way else "was not heard of again"
    detail = f"token {serial}: a try of a PIN at {last.moment.isoformat()} {state}; no login was attempted"
    return ChukysoError(Code.PIN_UNHEARD, detail, serial=serial, date=in_vietnam(last.moment))
