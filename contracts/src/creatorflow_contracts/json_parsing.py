"""Parsing of bytes into a JSON object, or a refusal.

Rules for this file: the cheap checks come first and look at bytes; nothing is built from a body that is too large;
no step costs more than the parse itself (a depth scan in Python of 1 MiB would take 0.4 s). pydantic's own parser
accepts NaN, duplicate keys and NUL characters, which a store refuses later, so they are refused here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

from .problem import ProblemCode as Code
from .refusals import MAX_BODY, MAX_INTEGER, MAX_KEYS, MAX_NESTING, Refusal
from .v1.request import MAX_STEPS

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BLANK = b" \t\r\n"
_TEXT = re.compile(rb'"[^"]*"')
_ALIKE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_INTEGER_DIGITS = len(str(MAX_INTEGER))


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises Refusal, and nothing else whatever the bytes."""
    text = _text(body)
    try:
        # Every key needs a colon, so few colons mean few keys; many may be inside strings, so then keys are counted.
        value = _DECODER.decode(text) if body.count(b":") <= MAX_KEYS else _decode_counting(text)
    except json.JSONDecodeError as error:
        raise Refusal(Code.NOT_JSON, f"body, character {error.pos}") from None
    except RecursionError:
        raise Refusal(Code.TOO_DEEP) from None
    if body.count(b"{") + body.count(b"[") > MAX_NESTING and _is_too_deep(body):
        raise Refusal(Code.TOO_DEEP)
    if b"\\u" in body:
        _check_escapes(body, value)
    if not isinstance(value, dict):
        raise Refusal(Code.NOT_OBJECT)
    return value


def _text(body: bytes) -> str:
    if len(body) > MAX_BODY:
        raise Refusal(Code.TOO_LARGE)
    if body.startswith(_BYTE_ORDER_MARKS) or b"\0" in body[:4]:
        raise Refusal(Code.NOT_UTF8, "body, byte 0")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(Code.NOT_UTF8, f"body, byte {error.start}") from None
    if not body.strip(_BLANK):
        raise Refusal(Code.EMPTY_BODY)
    return text


def _check_escapes(body: bytes, value: object) -> None:
    if found := _ESCAPED_NUL.search(body):
        raise Refusal(Code.NUL_CHARACTER, f"body, byte {found.end() - len('u0000') - 1}")
    if _ESCAPED_SURROGATE.search(body):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Refusal(Code.NOT_UTF8, "body", "half of a surrogate pair is not a character") from None


def _is_too_deep(body: bytes) -> bool:
    """True if valid JSON is nested too deep. Keeps only its brackets, and removes the innermost level by level.

    Each step is one pass in C, and shortens the input of the next one.
    """
    without_escapes = body.replace(rb"\\", b"").replace(rb"\"", b"")
    brackets = _TEXT.sub(b"", without_escapes).translate(_ALIKE, _NO_BRACKETS)
    for _ in range(MAX_NESTING):
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Refusal(Code.DUPLICATE_KEY)
    return made


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Refusal(Code.NUMBER_NOT_FINITE)
    return number


def _int(digits: str) -> int:
    if len(digits) < _INTEGER_DIGITS:
        return int(digits)
    if len(digits) > _INTEGER_DIGITS + 1 or not -MAX_INTEGER - 1 <= int(digits) <= MAX_INTEGER:
        raise Refusal(Code.NUMBER_TOO_LARGE)
    return int(digits)


def _not_finite(_: str) -> NoReturn:
    raise Refusal(Code.NUMBER_NOT_FINITE)


def _decode_counting(text: str) -> Any:
    keys = 0

    def counted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal keys
        keys += len(pairs)
        return _object(pairs)

    value = _decoder(counted).decode(text)
    if keys > MAX_KEYS:
        raise Refusal(Code.PLAN_TOO_LARGE, "plan.steps") if has_long_plan(value) else Refusal(Code.TOO_MANY_KEYS)
    return value


def has_long_plan(body: object) -> bool:
    """True if a plan has more steps than allowed, a more useful error than the number of keys."""
    plan = body.get("plan") if isinstance(body, dict) else None
    steps = plan.get("steps") if isinstance(plan, dict) else None
    return isinstance(steps, list) and len(steps) > MAX_STEPS


def _decoder(hook: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=hook, parse_float=_float, parse_int=_int, parse_constant=_not_finite)


_DECODER = _decoder(_object)
