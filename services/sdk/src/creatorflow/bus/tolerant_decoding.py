"""Rewrites what a stranger put into a message's properties and the client's decoder cannot read.

Rules for this file: no I/O, and nothing of pamqp is changed; its decoders are only asked.

The broker passes on any bytes: a timestamp of the year 292,278,994, names that are no UTF-8, tables in tables in
tables. The client's decoder raises at these, its connection ends, the message is delivered again on the next one, and
so for ever: one such message and its queue is never read again (seen; the same is known of pika as issue 1698 and of
aiormq as issue 186). So the frames of a connection are made readable before the client decodes them (transport.py).
What cannot be read is kept as what can be; the door judges it.
"""

from __future__ import annotations

import struct
from typing import Final

from pamqp import decode

METHOD: Final = 1
HEADER: Final = 2
"""The two types of frame that carry text or tables."""

MAX_TABLE = 16 * 1024
"""Bytes of a table that are looked into. Twice what the door lets in; the decoder takes time by the square of it."""
MAX_NESTED = 100
"""Tables and arrays within a table. The decoder calls itself for each level, and Python's stack has an end."""
UNREAD = "unread"
"""The header that holds, as bytes, what was not looked into."""

_TEXT, _TABLE, _TIME = 0, -1, -2
"""Fields of a frame, beside a number of bytes that is passed on."""
_METHODS = {
    (10, 50): (2, _TEXT),  # Connection.Close: the reason may quote a name, cut off within a character
    (20, 40): (2, _TEXT),  # Channel.Close
    (60, 50): (2, _TEXT, _TEXT, _TEXT),  # Basic.Return: reason, exchange, routing key
    (60, 60): (_TEXT, 9, _TEXT, _TEXT),  # Basic.Deliver: consumer, delivery tag and flag, exchange, routing key
}
PROPERTIES = (_TEXT, _TEXT, _TABLE, 1, 1, _TEXT, _TEXT, _TEXT, _TEXT, _TIME, _TEXT, _TEXT, _TEXT, _TEXT)
"""From content type to cluster id; the highest bit of the flags is the first."""
_FLAGS_AT = 12
_MAX_TEXT = 255
_SIZES = dict(zip(b"tbBsuIilLfdDTV\0", (1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 5, 8, 0, 0), strict=True))
_SIZED = frozenset(b"SAFx")
"""Types of a table's values: of a fixed number of bytes, or of as many as the first four say."""
_NO_TYPE = b"\xff"
"""After a table, to find a last value without a type: the client would read what stands behind the table as one."""
_UNREADABLE = (ValueError, ArithmeticError, OSError, RecursionError)


def readable(kind: int, payload: bytes) -> bytes:
    """The payload of a frame as the decoder can read it; the same bytes where it could all along.

    One that ends before its fields do is passed on: the broker sends none, and a connection is to end on it.
    """
    try:
        if kind == HEADER:
            return _header(payload)
        fields = _METHODS.get(struct.unpack_from(">HH", payload)) if kind == METHOD else None
        return payload if fields is None else _method(payload, fields)
    except (struct.error, IndexError):
        return payload


def _method(payload: bytes, fields: tuple[int, ...]) -> bytes:
    out, at = [payload[:4]], 4
    for field in fields:
        size = field or 1 + payload[at]
        value = payload[at : at + size]
        out.append(value if field else _short(value[1:]))
        at += size
    return b"".join((*out, payload[at:]))


def _header(payload: bytes) -> bytes:
    (flags,) = struct.unpack_from(">H", payload, _FLAGS_AT)
    out, at = [payload[:_FLAGS_AT], b""], _FLAGS_AT + 2
    for number, field in enumerate(PROPERTIES):
        if not flags & 0x8000 >> number:
            continue
        size = _size_of(field, payload, at)
        value = payload[at : at + size]
        at += size
        if field == _TEXT:
            value = _short(value[1:])
        elif field == _TABLE:
            value = _table(value)
        elif field == _TIME and not _is_time(value):
            flags, value = flags & ~(0x8000 >> number), b""
        out.append(value)
    out[1] = struct.pack(">H", flags)
    return b"".join((*out, payload[at:]))


def _size_of(field: int, payload: bytes, at: int) -> int:
    if field == _TEXT:
        return 1 + payload[at]
    if field == _TABLE:
        return 4 + int(struct.unpack_from(">I", payload, at)[0])
    return 8 if field == _TIME else field


def _short(raw: bytes) -> bytes:
    """A short string of `raw`, with the mark U+FFFD in it where it was no text."""
    if not raw.isascii():
        raw = _text(raw)
    return bytes((len(raw),)) + raw


def _text(raw: bytes) -> bytes:
    text = raw.decode("utf-8", "replace")
    if len(marked := text.encode()) > _MAX_TEXT:  # the mark has three bytes: one for all of them
        marked = ("\ufffd" + text.replace("\ufffd", "?")).encode()[:_MAX_TEXT]
    return marked.decode("utf-8", "ignore").encode()


def _is_time(raw: bytes) -> bool:
    try:
        decode.timestamp(raw)
    except _UNREADABLE:
        return False
    return True


def _table(raw: bytes) -> bytes:
    """A field table of what can be read of `raw`, which is one with its size."""
    if len(raw) - 4 > MAX_TABLE:
        return _sized(_unread(raw[4:]))
    return raw if _decodes(b"F" + raw + _NO_TYPE) else _sized(_entries(raw[4:]))


def _entries(body: bytes) -> bytes:
    """The entries of a table: a value that cannot be read becomes its bytes."""
    out: list[bytes] = []
    at = 0
    while at < len(body):
        value_at = at + 1 + body[at]
        end = value_at + 1 + _value_size(body, value_at)
        if not at < value_at < end <= len(body):
            return b"".join((*out, _unread(body[at:])))
        value = body[value_at:end]
        out += [_short(body[at + 1 : value_at]), value if _decodes(value) else b"S" + _sized(value[1:])]
        at = end
    return b"".join(out)


def _value_size(body: bytes, at: int) -> int:
    """Bytes of the value whose type stands at `at`; more than there are for a type that nobody knows."""
    kind = body[at] if at < len(body) else -1
    if kind in _SIZED:
        return 4 + int.from_bytes(body[at + 1 : at + 5])
    return _SIZES.get(kind, len(body))


def _decodes(value: bytes) -> bool:
    """True if the client reads this value of a table, its type before it."""
    if value.count(b"F\0\0") + value.count(b"A\0\0") > MAX_NESTED:
        return False
    try:
        decode.embedded_value(value)
    except _UNREADABLE:
        return False
    return True


def _unread(raw: bytes) -> bytes:
    return _short(UNREAD.encode()) + b"S" + _sized(raw)


def _sized(raw: bytes) -> bytes:
    return len(raw).to_bytes(4) + raw
