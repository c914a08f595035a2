"""What the portal remembers: accounts, sessions, prepared documents, changes. SQLite, WAL mode, one connection.

All calls are short, block, and may come from any thread: the API makes them from worker threads, so the event
loop never waits for the disk. Every method that writes is one transaction.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chukyso.sandbox.portal.model import AccountSpec, UnitSpec
from chukyso.sandbox.portal.passwords import hash_password
from chukyso.sandbox.portal.texts import Problem, Refused

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    tax_code TEXT PRIMARY KEY, name TEXT NOT NULL, password BLOB NOT NULL,
    email TEXT NOT NULL, phone TEXT NOT NULL, certificate BLOB NOT NULL,
    wrong_passwords INTEGER NOT NULL DEFAULT 0, locked INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS unit (
    tax_code TEXT NOT NULL REFERENCES account ON DELETE CASCADE, position INTEGER NOT NULL, id TEXT NOT NULL,
    code TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL,
    agency_code TEXT NOT NULL, agency_name TEXT NOT NULL, PRIMARY KEY (tax_code, id)
) STRICT;
CREATE TABLE IF NOT EXISTS session (
    key BLOB PRIMARY KEY, tax_code TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
    unit_id TEXT, expires REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS prepared (
    sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session BLOB NOT NULL, nonce TEXT NOT NULL UNIQUE,
    tax_code TEXT NOT NULL REFERENCES account ON DELETE CASCADE, unit_code TEXT NOT NULL,
    certificate BLOB NOT NULL, registered BLOB NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,
    document BLOB NOT NULL, expires REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS change (
    sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    tax_code TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
    at TEXT NOT NULL, previous_serial TEXT NOT NULL, serial TEXT NOT NULL,
    email TEXT NOT NULL, phone TEXT NOT NULL, unit TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS submission (
    id TEXT PRIMARY KEY REFERENCES change(id) ON DELETE CASCADE, document BLOB NOT NULL
) STRICT;
"""
_UNIT_COLUMNS = "id, code, name, address, phone, email, agency_code, agency_name"
_PREPARED_COLUMNS = "id, nonce, tax_code, unit_code, certificate, registered, email, phone, document, expires"
_CHANGE_COLUMNS = "id, at, previous_serial, serial, email, phone, unit"


@dataclass(frozen=True)
class Account:
    """One account as it is stored now."""

    tax_code: str
    name: str
    password: bytes
    email: str
    phone: str
    certificate: bytes
    locked: bool
    wrong_passwords: int
    units: tuple[UnitSpec, ...]


@dataclass(frozen=True)
class LoginSession:
    """One login. ``key`` is a hash of the token: whoever reads the store cannot use it."""

    key: bytes
    tax_code: str
    unit_id: str | None
    expires: float


@dataclass(frozen=True)
class Prepared:
    """A document that one session was asked to sign; ``expires`` in seconds since the epoch."""

    id: str
    nonce: str
    tax_code: str
    unit_code: str
    certificate: bytes
    registered: bytes
    email: str
    phone: str
    document: bytes
    expires: float


@dataclass(frozen=True)
class Change:
    """One row of an account's history; ``at`` is ISO 8601, UTC."""

    id: str
    at: str
    previous_serial: str
    serial: str
    email: str
    phone: str
    unit: str


def session_key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8")).digest()


class Store:
    """The portal's database.

    Args:
        path: The SQLite file; made when missing.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        # autocommit mode: transactions are begun and ended here, in _write, and nowhere by surprise
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    # Accounts

    def add_account(self, spec: AccountSpec) -> None:
        """Add an account; one with the same tax code goes, with its sessions, documents and history."""
        password = hash_password(spec.password)
        with self._write() as db:
            db.execute("DELETE FROM account WHERE tax_code = ?", (spec.tax_code,))
            db.execute(
                "INSERT INTO account (tax_code, name, password, email, phone, certificate, locked)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    spec.tax_code,
                    spec.name,
                    password,
                    spec.email,
                    spec.phone,
                    spec.registered_certificate_der,
                    int(spec.locked),
                ),
            )
            db.executemany(
                f"INSERT INTO unit (tax_code, position, {_UNIT_COLUMNS})"  # noqa: S608 - constants
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        spec.tax_code,
                        position,
                        unit.id,
                        unit.code,
                        unit.name,
                        unit.address,
                        unit.phone,
                        unit.email,
                        unit.agency_code,
                        unit.agency_name,
                    )
                    for position, unit in enumerate(spec.units)
                ],
            )

    def account(self, tax_code: str) -> Account:
        """Raises ``KeyError`` for an account that does not exist."""
        with self._lock:
            row = self._db.execute(
                "SELECT tax_code, name, password, email, phone, certificate, locked, wrong_passwords"
                " FROM account WHERE tax_code = ?",
                (tax_code,),
            ).fetchone()
            units = self._db.execute(
                f"SELECT {_UNIT_COLUMNS} FROM unit"  # noqa: S608 - constants
                " WHERE tax_code = ? ORDER BY position",
                (tax_code,),
            ).fetchall()
        if row is None:
            raise KeyError(tax_code)
        tax_code, name, password, email, phone, certificate, locked, wrong = row
        specs = tuple(UnitSpec(*unit) for unit in units)
        return Account(tax_code, name, password, email, phone, certificate, bool(locked), wrong, specs)

    def set_locked(self, tax_code: str, locked: bool) -> None:
        with self._write() as db:
            changed = db.execute(
                "UPDATE account SET locked = ?, wrong_passwords = 0 WHERE tax_code = ?",
                (int(locked), tax_code),
            )
            if not changed.rowcount:
                raise KeyError(tax_code)

    def set_certificate(self, tax_code: str, certificate: bytes) -> None:
        """Register a certificate without a change in the history."""
        with self._write() as db:
            changed = db.execute("UPDATE account SET certificate = ? WHERE tax_code = ?", (certificate, tax_code))
            if not changed.rowcount:
                raise KeyError(tax_code)

    def count_wrong_password(self, tax_code: str, most: int) -> bool:
        """Count one more; returns whether the account is locked now."""
        with self._write() as db:
            row = db.execute(
                "UPDATE account SET wrong_passwords = wrong_passwords + 1,"
                " locked = locked OR wrong_passwords + 1 >= ? WHERE tax_code = ? RETURNING locked",
                (most, tax_code),
            ).fetchone()
        return bool(row and row[0])

    # Sessions

    def open_session(self, session: LoginSession) -> bool:
        """Store a login and forget the wrong passwords before it; False when the account is locked by now."""
        with self._write() as db:
            db.execute("DELETE FROM session WHERE expires <= ?", (time.time(),))
            reset = db.execute(
                "UPDATE account SET wrong_passwords = 0 WHERE tax_code = ? AND NOT locked",
                (session.tax_code,),
            )
            if not reset.rowcount:
                return False
            db.execute(
                "INSERT INTO session (key, tax_code, unit_id, expires) VALUES (?, ?, ?, ?)",
                (session.key, session.tax_code, session.unit_id, session.expires),
            )
        return True

    def session(self, key: bytes) -> LoginSession | None:
        """The session with this key, unless it has ended."""
        rows = self._rows(
            "SELECT key, tax_code, unit_id, expires FROM session WHERE key = ? AND expires > ?",
            key,
            time.time(),
        )
        return LoginSession(*rows[0]) if rows else None  # type: ignore[arg-type]  # the columns' types are STRICT

    def choose_unit(self, key: bytes, unit_id: str) -> None:
        with self._write() as db:
            db.execute("UPDATE session SET unit_id = ? WHERE key = ?", (unit_id, key))

    def close_session(self, key: bytes) -> None:
        with self._write() as db:
            db.execute("DELETE FROM session WHERE key = ?", (key,))

    def close_sessions(self, tax_code: str) -> int:
        """End every session of the account; returns how many there were."""
        with self._write() as db:
            return db.execute("DELETE FROM session WHERE tax_code = ?", (tax_code,)).rowcount

    # Changes

    def keep_prepared(self, session: bytes, prepared: Prepared) -> None:
        """Store what the session is asked to sign; what it was asked before and did not submit is void."""
        marks = ", ".join("?" * len(vars(prepared)))
        with self._write() as db:
            db.execute("DELETE FROM prepared WHERE session = ? AND NOT used", (session,))
            db.execute(
                f"INSERT INTO prepared (session, {_PREPARED_COLUMNS}) VALUES (?, {marks})",  # noqa: S608 - constants
                (session, *vars(prepared).values()),
            )

    def take_prepared(self, session: bytes) -> Prepared:
        """Hand out the document that the session was asked to sign, once: this burns its nonce.

        Raises:
            Refused: ``NOT_PREPARED``, ``NONCE_USED`` or ``DOCUMENT_EXPIRED``.
        """
        with self._write() as db:
            row = db.execute(
                f"SELECT {_PREPARED_COLUMNS}, used FROM prepared WHERE session = ?"  # noqa: S608 - constants
                " ORDER BY sequence DESC LIMIT 1",
                (session,),
            ).fetchone()
            if row is None:
                raise Refused.because(Problem.NOT_PREPARED)
            *fields, used = row
            prepared = Prepared(*fields)
            if used:
                raise Refused.because(Problem.NONCE_USED)
            db.execute("UPDATE prepared SET used = 1 WHERE id = ?", (prepared.id,))
        if prepared.expires <= time.time():
            raise Refused.because(Problem.DOCUMENT_EXPIRED)
        return prepared

    def commit_change(self, prepared: Prepared, change: Change, document: bytes, *, anyway: bool = False) -> None:
        """Register the prepared certificate and contact, with history row and document: all or nothing.

        ``anyway``: whatever is registered by now.

        Raises:
            Refused: ``CERT_ALREADY_REGISTERED`` or ``REGISTRATION_CHANGED`` when another session was faster.
        """
        with self._write() as db:
            registered = db.execute(
                "SELECT certificate FROM account WHERE tax_code = ?", (prepared.tax_code,)
            ).fetchone()
            if registered is None or (registered[0] != prepared.registered and not anyway):
                same = registered is not None and registered[0] == prepared.certificate
                raise Refused.because(Problem.CERT_ALREADY_REGISTERED if same else Problem.REGISTRATION_CHANGED)
            db.execute(
                "UPDATE account SET certificate = ?, email = ?, phone = ? WHERE tax_code = ?",
                (prepared.certificate, prepared.email, prepared.phone, prepared.tax_code),
            )
            db.execute(
                f"INSERT INTO change (tax_code, {_CHANGE_COLUMNS})"  # noqa: S608 - constants
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (prepared.tax_code, *vars(change).values()),
            )
            db.execute("INSERT INTO submission (id, document) VALUES (?, ?)", (change.id, document))

    def history(self, tax_code: str) -> tuple[Change, ...]:
        """The account's changes, oldest first."""
        rows = self._rows(
            f"SELECT {_CHANGE_COLUMNS} FROM change WHERE tax_code = ? ORDER BY sequence",  # noqa: S608 - constants
            tax_code,
        )
        return tuple(Change(*row) for row in rows)  # type: ignore[arg-type]  # the columns' types are STRICT

    def submission(self, tax_code: str, change_id: str) -> bytes | None:
        """The signed document of one of the account's changes, byte for byte as it came."""
        rows = self._rows(
            "SELECT document FROM submission JOIN change USING (id) WHERE id = ? AND tax_code = ?",
            change_id,
            tax_code,
        )
        return bytes(rows[0][0]) if rows else None  # type: ignore[call-overload]
