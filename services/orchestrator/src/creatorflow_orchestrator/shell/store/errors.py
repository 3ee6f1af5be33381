"""Errors of the store. The type of an error decides what a caller does about it.

    StoreError
    +-- StoreUnavailable        unreachable, locked, full or restarting: keep the batch, try again later
    +-- StoreRefused            this data cannot be stored: nothing was changed; halve the batch to find the culprit
    +-- StoreUnusable           a person must act before the process can serve (exit code 78)
        +-- StoreMisconfigured  the address, the credentials, the rights or the file are wrong
        +-- StoreNewer          the schema was written by a later release
        +-- StoreLocked         another process uses the SQLite file

Messages name the failure and the next step, and never contain stored content.
"""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class StoreError(Exception):
    """Root of the store's errors."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or written just now. Nothing is lost: try again later."""


class StoreRefused(StoreError):
    """The store will never take this data. The transaction left nothing behind."""


class StoreUnusable(StoreError):
    """The store cannot be used until a person has acted."""


class StoreMisconfigured(StoreUnusable):
    """The address, the credentials, the rights or the file itself are wrong."""


class StoreNewer(StoreUnusable):
    """The store was written by a later release, whose schema this one does not know."""


class StoreLocked(StoreUnusable):
    """Another process uses this SQLite file."""


_UNAVAILABLE = "the database cannot be used now ({}); the batch is kept and tried again"
_REFUSED = "the database refuses this data ({}); nothing of its batch was stored"
_WRONG = "the database cannot be used as configured ({}); check address, credentials, rights and schema"

SQLSTATE_CLASSES: dict[str, type[StoreError]] = {
    "00": StoreUnavailable,  # no error, raised as one
    "01": StoreUnavailable,  # a warning, raised as one
    "02": StoreUnavailable,  # no data
    "03": StoreUnavailable,  # statement not yet complete
    "08": StoreUnavailable,  # connection
    "09": StoreRefused,  # triggered action
    "0A": StoreMisconfigured,  # feature not supported
    "0B": StoreUnavailable,  # transaction initiation
    "0F": StoreRefused,  # locator
    "0L": StoreMisconfigured,  # grantor
    "0P": StoreMisconfigured,  # role
    "0Z": StoreUnavailable,  # diagnostics
    "10": StoreRefused,  # XQuery
    "20": StoreRefused,  # case not found
    "21": StoreRefused,  # cardinality
    "22": StoreRefused,  # data
    "23": StoreRefused,  # integrity constraint
    "24": StoreUnavailable,  # cursor state
    "25": StoreUnavailable,  # transaction state: ended by idle_in_transaction_session_timeout, or a read-only standby
    "26": StoreUnavailable,  # prepared statement that the server has forgotten
    "27": StoreRefused,  # triggered data change
    "28": StoreMisconfigured,  # authorization
    "2B": StoreMisconfigured,  # dependent privileges
    "2D": StoreUnavailable,  # transaction termination
    "2F": StoreRefused,  # SQL routine
    "34": StoreUnavailable,  # cursor name
    "38": StoreRefused,  # external routine
    "39": StoreRefused,  # external routine invocation
    "3B": StoreUnavailable,  # savepoint
    "3D": StoreMisconfigured,  # no such database
    "3F": StoreMisconfigured,  # no such schema
    "40": StoreUnavailable,  # rolled back: deadlock, serialization
    "42": StoreMisconfigured,  # access rule: a missing right, table or column
    "44": StoreRefused,  # check option
    "53": StoreUnavailable,  # resources: disk full, out of memory, too many connections
    "54": StoreRefused,  # program limits: too large
    "55": StoreUnavailable,  # not in the needed state: lock not available
    "57": StoreUnavailable,  # operator intervention: shutdown, terminated, cancelled
    "58": StoreUnavailable,  # system: I/O
    "72": StoreUnavailable,  # snapshot too old
    "F0": StoreMisconfigured,  # configuration file
    "HV": StoreMisconfigured,  # foreign data
    "P0": StoreRefused,  # raised by a trigger
    "XX": StoreUnavailable,  # internal
}

SQLITE_CODES: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_ERROR: StoreMisconfigured,  # no such table or column
    sqlite3.SQLITE_INTERNAL: StoreUnavailable,
    sqlite3.SQLITE_PERM: StoreMisconfigured,
    sqlite3.SQLITE_ABORT: StoreUnavailable,
    sqlite3.SQLITE_BUSY: StoreUnavailable,
    sqlite3.SQLITE_LOCKED: StoreUnavailable,
    sqlite3.SQLITE_NOMEM: StoreUnavailable,
    sqlite3.SQLITE_READONLY: StoreMisconfigured,
    sqlite3.SQLITE_INTERRUPT: StoreUnavailable,
    sqlite3.SQLITE_IOERR: StoreUnavailable,
    sqlite3.SQLITE_CORRUPT: StoreMisconfigured,
    sqlite3.SQLITE_NOTFOUND: StoreUnavailable,
    sqlite3.SQLITE_FULL: StoreUnavailable,
    sqlite3.SQLITE_CANTOPEN: StoreMisconfigured,
    sqlite3.SQLITE_PROTOCOL: StoreUnavailable,
    sqlite3.SQLITE_EMPTY: StoreUnavailable,
    sqlite3.SQLITE_SCHEMA: StoreUnavailable,
    sqlite3.SQLITE_TOOBIG: StoreRefused,
    sqlite3.SQLITE_CONSTRAINT: StoreRefused,
    sqlite3.SQLITE_MISMATCH: StoreRefused,
    sqlite3.SQLITE_MISUSE: StoreUnavailable,
    sqlite3.SQLITE_NOLFS: StoreMisconfigured,
    sqlite3.SQLITE_AUTH: StoreMisconfigured,
    sqlite3.SQLITE_FORMAT: StoreMisconfigured,
    sqlite3.SQLITE_RANGE: StoreRefused,
    sqlite3.SQLITE_NOTADB: StoreMisconfigured,
}


_BROKEN_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError)

# SQLAlchemy wraps what comes from a statement; while connecting and disconnecting the drivers' own errors come through.
_FOREIGN = (SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, EOFError)


@contextmanager
def translated() -> Iterator[None]:
    """Raises a `StoreError` for every error that a driver may raise inside it."""
    try:
        yield
    except StoreError:
        raise
    except _FOREIGN as error:
        translation = of(error)
        raise translation from None if isinstance(translation, StoreRefused) else error
    except (ValueError, TypeError, OverflowError) as error:
        # A value that the driver cannot even send: a lone surrogate, a number of 65 bits, a time without zone.
        raise StoreRefused(_REFUSED.format(type(error).__name__)) from None


def of(error: BaseException) -> StoreError:
    """Translates a driver's error."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(original, "sqlstate", None)
    code = getattr(original, "sqlite_errorcode", None)
    if state is not None:
        kind, name = SQLSTATE_CLASSES.get(state[:2], StoreUnavailable), f"{_name(original)}, SQLSTATE {state}"
    elif code is not None and isinstance(original, sqlite3.Error):
        kind, name = SQLITE_CODES.get(code & 0xFF, StoreUnavailable), original.sqlite_errorname
    else:
        kind, name = _by_type(original), _name(original)
    text = _REFUSED if kind is StoreRefused else _WRONG if kind is StoreMisconfigured else _UNAVAILABLE
    return kind(text.format(name))


def _by_type(original: BaseException) -> type[StoreError]:
    """Classifies an error without a code: a driver refused the data itself, before the database saw it."""
    driver = original.__cause__ or original
    if any(isinstance(cause, ssl.SSLError) and not isinstance(cause, _BROKEN_OFF) for cause in (original, driver)):
        return StoreMisconfigured  # not trusted, or no certificate that can be read: waiting helps with neither
    if isinstance(driver, asyncpg.exceptions.ClientConfigurationError):
        return StoreMisconfigured
    if isinstance(driver, ValueError | TypeError | OverflowError):
        return StoreRefused
    return StoreRefused if isinstance(driver, sqlite3.DataError) else StoreUnavailable


def _name(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__
