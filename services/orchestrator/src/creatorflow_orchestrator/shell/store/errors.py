"""Errors of the store. What a caller does about one is in its type.

    StoreError
    +-- StoreUnavailable        away, locked, full or restarting: keep what is held, try again later
    +-- StoreRefused            this data cannot be stored: nothing was changed; halve the batch until the one is found
    +-- StoreUnusable           a person must act before the process can serve (exit code 78)
        +-- StoreMisconfigured  the address, the credentials, the rights or the file are wrong
        +-- StoreNewer          the schema was written by a later release
        +-- StoreHeld           another process holds the SQLite file

Messages say what happened and what to do, and never contain stored content.
"""

from __future__ import annotations


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


class StoreHeld(StoreUnusable):
    """Another process holds this SQLite file."""
