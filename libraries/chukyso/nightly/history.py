"""The history of all nights: one SQLite file of our own beside the dashboard's (decision 0013).

A night is entered before it runs and completed afterwards, so one that was killed is known too: it is found
``RUNNING`` by the next, which holds the lock, and marked as interrupted.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from chukyso.errors import ChukysoError, Code
from chukyso.moment import read_moment
from chukyso.nightly.model import Night, NightState, Status, TestResult

FILE: Final = "history.db"
NIGHTS_KEPT: Final = 400  # a little over a year; of 500 tests that is 10 MB
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE night (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, tier TEXT NOT NULL, started TEXT NOT NULL,
    ended TEXT, state TEXT NOT NULL);
CREATE TABLE test (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE result (night INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
    test INTEGER NOT NULL REFERENCES test, position INTEGER NOT NULL, status TEXT NOT NULL, seconds REAL NOT NULL,
    message TEXT NOT NULL, log_id TEXT NOT NULL, PRIMARY KEY (night, test)) WITHOUT ROWID;
"""


class History:
    """The nights in a file; a context manager.

    Args:
        path: The SQLite file; made when it is not there.

    Raises:
        ChukysoError: ``HISTORY_NOT_WRITABLE``, also from every method that writes; ``HISTORY_UNREADABLE``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._reporting():
            self._connection = sqlite3.connect(path, timeout=10, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def begin(self, name: str, tier: str, started: datetime) -> int:
        """Enter a night that begins now and return its number; nights that never ended become interrupted."""
        with self._writing():
            self._connection.execute(
                "UPDATE night SET state = ? WHERE state = ?", (NightState.INTERRUPTED, NightState.RUNNING)
            )
            cursor = self._connection.execute(
                "INSERT INTO night (name, tier, started, state) VALUES (?, ?, ?, ?)",
                (name, tier, started.isoformat(), NightState.RUNNING),
            )
            return int(cursor.lastrowid or 0)

    def end(self, number: int, state: NightState, ended: datetime, results: Sequence[TestResult]) -> None:
        """Complete a night: all or nothing. Forgets the oldest nights beyond ``NIGHTS_KEPT``."""
        with self._writing():
            self._connection.executemany(
                "INSERT OR IGNORE INTO test (name) VALUES (?)", [(result.name,) for result in results]
            )
            self._connection.executemany(
                "INSERT INTO result SELECT ?, number, ?, ?, ?, ?, ? FROM test WHERE name = ?",
                [
                    (number, position, one.status, round(one.seconds, 3), one.message, one.log_id, one.name)
                    for position, one in enumerate(results)
                ],
            )
            self._connection.execute(
                "UPDATE night SET state = ?, ended = ? WHERE number = ?", (state, ended.isoformat(), number)
            )
            self._connection.execute(
                "DELETE FROM night WHERE number <= (SELECT max(number) FROM night) - ?", (NIGHTS_KEPT,)
            )
            self._connection.execute("DELETE FROM test WHERE number NOT IN (SELECT test FROM result)")

    def latest(self) -> Night | None:
        """The night that was entered last, with its results."""
        row = self._one("SELECT * FROM night ORDER BY number DESC LIMIT 1")
        return self._night(row) if row else None

    def before(self, night: Night, most: int = NIGHTS_KEPT) -> list[Night]:
        """Complete nights of the same tier before a night, newest first, with their results."""
        rows = self._all(
            "SELECT * FROM night WHERE number < ? AND tier = ? AND state = ? ORDER BY number DESC LIMIT ?",
            (night.number, night.tier, NightState.COMPLETE, most),
        )
        return [self._night(row) for row in rows]

    def has(self, name: str) -> bool:
        """Whether a night of this name was entered."""
        return self._one("SELECT 1 FROM night WHERE name = ?", (name,)) is not None

    def _night(self, row: tuple[object, ...]) -> Night:
        number, name, tier, started, ended, state = row
        results = self._all(
            "SELECT test.name, status, seconds, message, log_id FROM result JOIN test ON test.number = test"
            " WHERE night = ? ORDER BY position",
            (number,),
        )
        with self._reporting():
            return Night(
                int(str(number)),
                str(name),
                str(tier),
                read_moment(str(started)),
                read_moment(str(ended)) if ended else None,
                NightState(str(state)),
                tuple(
                    TestResult(str(name), Status(str(status)), float(str(seconds)), str(message), str(log_id))
                    for name, status, seconds, message, log_id in results
                ),
            )

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        empty = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if version not in (0, _VERSION) or (version == 0 and not empty):
            raise sqlite3.DatabaseError(f"user_version is {version}, not {_VERSION}")
        # Also shows, before a night of ten minutes, that the file can be written at all.
        with self._transaction():
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _one(self, sql: str, values: Sequence[object] = ()) -> tuple[object, ...] | None:
        return next(iter(self._all(sql, values)), None)

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._reporting():
            return self._connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._reporting(), self._transaction():
            yield

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back already
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        """SQLite's errors as ours: what cannot be written is told from what cannot be read."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ChukysoError(Code.HISTORY_NOT_WRITABLE, f"SQLite: {error}", path=self._path) from error
        except (sqlite3.DatabaseError, ValueError) as error:
            raise ChukysoError(Code.HISTORY_UNREADABLE, f"SQLite: {error}", path=self._path) from error
