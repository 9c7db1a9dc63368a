"""The one file behind a simulation: every command is one immediate transaction, and nothing is cached between two.

Knows tables, not arrays: what a row means is the business of the modules that ask for it.  A rollback journal is used
rather than a write-ahead log, so that one file holds all there is between two commands and a copy of it is complete;
the journal is emptied and not removed, which halves the price of a write.  With ``synchronous`` off a transaction costs
some 25 microseconds.  That survives a killed process; a power cut it need not.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LAYOUT = 1
BUSY_S = 60.0
FOREIGN = "was not made by this version of the simulator: name another file or remove it."

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE arrays (name TEXT PRIMARY KEY, family TEXT NOT NULL, number INTEGER NOT NULL,
    UNIQUE (family, number)) WITHOUT ROWID;
CREATE TABLE objects (array TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, grp TEXT NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (array, kind, key)) WITHOUT ROWID;
CREATE INDEX objects_by_group ON objects (array, kind, grp, key);
CREATE TABLE numbers (array TEXT NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (array, name)) WITHOUT ROWID;
CREATE TABLE switches (array TEXT NOT NULL, name TEXT NOT NULL, is_on INTEGER NOT NULL,
    PRIMARY KEY (array, name)) WITHOUT ROWID;
CREATE TABLE states (array TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (array, endpoint)) WITHOUT ROWID;
CREATE TABLE faults (id INTEGER PRIMARY KEY, array TEXT NOT NULL, seen INTEGER NOT NULL, fault TEXT NOT NULL);
CREATE TABLE commands (array TEXT NOT NULL, command TEXT NOT NULL, asked INTEGER NOT NULL,
    PRIMARY KEY (array, command)) WITHOUT ROWID;
CREATE TABLE totals (array TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (array, name)) WITHOUT ROWID;
"""


class Stopped(RuntimeError):  # noqa: N818 - what happened to the simulation
    """The simulation has been stopped, and its file closed."""


class Transaction:
    """One immediate transaction; invalid once its ``with`` block ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run one statement; raises RuntimeError after the end of the transaction."""
        if self._connection is None:
            raise RuntimeError("This transaction has ended; ask for what is needed within it.")
        return self._connection.execute(statement, values)

    def fact(self, name: str) -> Any:
        """Return what is remembered under a name, None when nothing is."""
        found = self.execute("SELECT value FROM facts WHERE name = ?", name).fetchone()
        return None if found is None else json.loads(found[0])

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        self.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, json.dumps(value))

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Undo what the block did when it raises, and keep the rest of the transaction."""
        self.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO attempt")
            self.execute("RELEASE attempt")
            raise
        self.execute("RELEASE attempt")

    def _end(self) -> None:
        self._connection = None


class Store:
    """The file of a simulation, shared by the threads of a process and by several processes.

    Raises ValueError for a file of somebody else's, OSError where none can be made.
    """

    _opening = threading.Lock()

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            with Store._opening:
                _make_private(path)
                self._connection = _connect(path)
            with self.transaction() as transaction:
                _lay_out(transaction, path)
            _keep_journal(self._connection)
        except (OSError, sqlite3.OperationalError) as error:
            self.close()
            raise OSError(f"{path} cannot be used: {error}.") from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise ValueError(f"{path} {FOREIGN}") from error
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Yield a transaction that is committed at the end, or rolled back when the block raises."""
        with self._turn:
            connection = self._connection
            if connection is None:
                raise Stopped(f"The simulation in {self.path} has been stopped.")
            connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(connection)
            try:
                yield transaction
                connection.execute("COMMIT")
            finally:
                transaction._end()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; closing it again does nothing."""
        with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(sqlite3.Error):  # another process uses the file, or it is gone
                    _remove_journal(connection)
                connection.close()


def _make_private(path: Path) -> None:
    """Make file and folder when they are missing, for their owner only.

    A file that exists is left alone: opening and closing it here would drop the locks SQLite holds on it elsewhere in
    this process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _keep_journal(connection: sqlite3.Connection) -> None:
    """Have the journal emptied after each transaction, not removed; the file is known to be ours."""
    connection.execute("PRAGMA journal_mode = TRUNCATE")


def _remove_journal(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",):
        connection.execute("PRAGMA journal_mode = DELETE")


def _lay_out(transaction: Transaction, path: Path) -> None:
    layout = transaction.execute("PRAGMA user_version").fetchone()[0]
    if layout == LAYOUT:
        return
    if layout != 0 or transaction.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise ValueError(f"{path} {FOREIGN}")
    for statement in TABLES.split(";"):
        if statement.strip():
            transaction.execute(statement)
    transaction.execute(f"PRAGMA user_version = {LAYOUT}")
