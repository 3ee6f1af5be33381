"""What a stranger writes into a message's properties must not end the connection that it is delivered on.

The broker passes on any bytes: a timestamp of the year 292,278,994, names that are no UTF-8, tables in tables in
tables. The client's decoder raises at these, its connection ends, the message is delivered again on the next one, and
so for ever: one such message and its queue is never read again (seen). Here the few decoders that raise, or take
seconds, are replaced by ones that do neither. What cannot be read is kept as what can be; the door judges it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pamqp import decode

MAX_TABLE = 16 * 1024
"""Bytes of a table that are looked into. Twice what the door lets in; the decoder takes time by the square of it."""
UNREAD = "unread"
"""The one header of a table that was not looked into: its bytes."""
_MILLISECONDS_FROM = 0xFFFFFFFF
_strictly = decode.field_table


def be_tolerant() -> None:
    """Have every connection of this process read whatever the broker delivers. May be called again."""
    decode.METHODS.update(shortstr=_short_text, timestamp=_timestamp, table=_table)
    decode.TABLE_MAPPING.update({b"T": _timestamp, b"F": _table})


def _short_text(value: bytes) -> tuple[int, str]:
    size = value[0] + 1
    return size, value[1:size].decode("utf-8", "replace")


def _timestamp(value: bytes) -> tuple[int, datetime | None]:
    """A time; `None` for one that no calendar has."""
    number = float(int.from_bytes(value[:8], "big"))
    try:
        return 8, datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS_FROM else number, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return 8, None


def _table(value: bytes) -> tuple[int, Any]:
    size = int.from_bytes(value[:4], "big") + 4
    if size <= MAX_TABLE:
        try:
            return _strictly(value)
        except (ValueError, RecursionError):
            pass
    return size, {UNREAD: value[4:size]}
