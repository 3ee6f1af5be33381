"""Rewriting of message properties that the client's decoder cannot read.

Rules for this file: no I/O, and nothing of pamqp is changed; its decoders are only called.

The broker forwards any bytes: a timestamp of the year 292,278,994, names that are not UTF-8, deeply nested tables. The
client's decoder raises at these, its connection ends, the message is delivered again on the next one, and this repeats
without end: one such message blocks its queue (observed; the same is known of pika as issue 1698 and of aiormq as issue
186). So the frames of a connection are made readable before the client decodes them (transport.py). Unreadable values
are replaced by readable ones; the ingress decides about them.
"""

from __future__ import annotations

import struct
from typing import Final

from pamqp import decode

METHOD: Final = 1
HEADER: Final = 2
"""The two types of frame that contain text or tables."""

MAX_TABLE = 16 * 1024
"""Largest table in bytes that is examined, twice the ingress's limit; the decoder's time grows with its square."""
MAX_NESTED = 100
"""Nesting of tables and arrays. The decoder is recursive, and Python's stack is limited."""
UNREAD = "unread"
"""The header that contains, as bytes, a table that was not examined."""

_TEXT, _TABLE, _TIME = 0, -1, -2
"""Fields of a frame, and numbers of bytes that are copied."""
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
"""Types of a table's values: of a fixed size, or of a size in their first four bytes."""
_NO_TYPE = b"\xff"
"""Appended to a table to detect a last value without a type: the client would read the bytes after the table as one."""
_UNREADABLE = (ValueError, ArithmeticError, OSError, RecursionError)


def readable(kind: int, payload: bytes) -> bytes:
    """Return the payload of a frame in a form that the decoder can read; readable payloads are unchanged.

    A payload that ends before its fields do is unchanged too: the broker sends none, and it should end the connection.
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
    """Encode `raw` as a short string, with U+FFFD where it was not text."""
    if not raw.isascii():
        raw = _text(raw)
    return bytes((len(raw),)) + raw


def _text(raw: bytes) -> bytes:
    text = raw.decode("utf-8", "replace")
    if len(marked := text.encode()) > _MAX_TEXT:  # U+FFFD has three bytes: one for all of them
        marked = ("\ufffd" + text.replace("\ufffd", "?")).encode()[:_MAX_TEXT]
    return marked.decode("utf-8", "ignore").encode()


def _is_time(raw: bytes) -> bool:
    try:
        decode.timestamp(raw)
    except _UNREADABLE:
        return False
    return True


def _table(raw: bytes) -> bytes:
    """Return the readable entries of `raw`, a field table with its size, as a field table."""
    if len(raw) - 4 > MAX_TABLE:
        return _sized(_unread(raw[4:]))
    return raw if _decodes(b"F" + raw + _NO_TYPE) else _sized(_entries(raw[4:]))


def _entries(body: bytes) -> bytes:
    """Return the entries of a table; an unreadable value is replaced by its bytes."""
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
    """Return the size of the value whose type is at `at`; more than the table has for an unknown type."""
    kind = body[at] if at < len(body) else -1
    if kind in _SIZED:
        return 4 + int.from_bytes(body[at + 1 : at + 5])
    return _SIZES.get(kind, len(body))


def _decodes(value: bytes) -> bool:
    """Return True if the client can read this value of a table, including its type."""
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
