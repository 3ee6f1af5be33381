"""Every error that a driver can raise has a class of store errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import asyncpg
import pytest
from creatorflow_orchestrator.shell.store import (
    StoreError,
    StoreMisconfigured,
    StoreRefused,
    StoreUnavailable,
    errors,
)


def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


def test_every_class_of_postgresql_errors_is_translated() -> None:
    states = {state for kind in below(asyncpg.PostgresError) if (state := getattr(kind, "sqlstate", None))}
    assert len(states) > 200
    assert {state[:2] for state in states} - errors.SQLSTATE_CLASSES.keys() == set()


def test_every_sqlite_result_code_is_translated() -> None:
    assert {getattr(sqlite3, name) for name in PRIMARY.split()} == set(errors.SQLITE_CODES)


PRIMARY = """
SQLITE_ABORT SQLITE_AUTH SQLITE_BUSY SQLITE_CANTOPEN SQLITE_CONSTRAINT SQLITE_CORRUPT SQLITE_EMPTY SQLITE_ERROR
SQLITE_FORMAT SQLITE_FULL SQLITE_INTERNAL SQLITE_INTERRUPT SQLITE_IOERR SQLITE_LOCKED SQLITE_MISMATCH SQLITE_MISUSE
SQLITE_NOLFS SQLITE_NOMEM SQLITE_NOTADB SQLITE_NOTFOUND SQLITE_PERM SQLITE_PROTOCOL SQLITE_RANGE SQLITE_READONLY
SQLITE_SCHEMA SQLITE_TOOBIG
"""


def sqlite_error(kind: type[sqlite3.Error], code: int, name: str) -> sqlite3.Error:
    error = kind("private content")
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (asyncpg.DeadlockDetectedError("private content"), StoreUnavailable),
        (asyncpg.AdminShutdownError("private content"), StoreUnavailable),
        (asyncpg.DiskFullError("private content"), StoreUnavailable),
        (asyncpg.IdleInTransactionSessionTimeoutError("private content"), StoreUnavailable),
        (asyncpg.NotNullViolationError("private content"), StoreRefused),
        (asyncpg.UntranslatableCharacterError("private content"), StoreRefused),
        (asyncpg.ProgramLimitExceededError("private content"), StoreRefused),
        (asyncpg.InvalidPasswordError("private content"), StoreMisconfigured),
        (asyncpg.UndefinedTableError("private content"), StoreMisconfigured),
        (asyncpg.InsufficientPrivilegeError("private content"), StoreMisconfigured),
        (
            sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT"),
            StoreUnavailable,
        ),
        (sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"), StoreUnavailable),
        (sqlite_error(sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT"), StoreRefused),
        (sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_CANTOPEN_ISDIR, "SQLITE_CANTOPEN"), StoreMisconfigured),
        (sqlite3.DataError("private content"), StoreRefused),
        (ConnectionRefusedError("private content"), StoreUnavailable),
        (TimeoutError("private content"), StoreUnavailable),
        (UnicodeEncodeError("utf-8", "private content", 0, 1, "private content"), StoreRefused),
        (OverflowError("private content"), StoreRefused),
    ],
)
def test_a_store_error_has_a_class_and_never_contains_stored_data(error: Exception, ours: type[StoreError]) -> None:
    with pytest.raises(StoreError) as caught, errors.translated():
        raise error
    assert type(caught.value) is ours
    assert "private" not in str(caught.value)
    assert (caught.value.__cause__ is None) == (ours is StoreRefused)


def test_other_errors_are_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), errors.translated():
        raise ZeroDivisionError


def test_each_error_class_is_in_the_tree_of_its_modules_docstring() -> None:
    assert errors.__doc__ is not None
    tree = [StoreError.__name__, *(kind.__name__ for kind in below(StoreError))]
    assert all(name in errors.__doc__ for name in tree)
