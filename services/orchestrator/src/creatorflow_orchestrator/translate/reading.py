"""Translates readings to the wire.

On the wire a domain has no score, only its rank. A reading that has more elements than a message can carry loses its
last ones, context first and asks last, and `omitted` counts them; readings of requests of a usual length are never cut.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from creatorflow_contracts.v1 import reading as wire

from creatorflow_orchestrator.core.request import Passage, Reading

MAX_KEYS = 4_000
"""Keys of one reading on the wire: a message has at most 10,000, and a plan or a result travels with it."""
MAX_TEXT = 256 * 1024
"""Characters of all texts of one reading on the wire."""
_SHORT = 4096
_LISTS = ("context", "unread", "facts", "constraints", "exclusions", "attachments", "asks")
_KEYS = {"asks": 6, "exclusions": 6, "facts": 10, "constraints": 4, "attachments": 4, "context": 4, "unread": 3}
"""Keys of one element of each list, at most."""


def to_wire(reading: Reading) -> wire.Reading:
    """Translate a reading to the wire, within the bounds of a message."""
    return wire.Reading.model_validate(_fitted(_values(reading)), strict=False)


def reading_data(reading: Reading) -> dict[str, Any]:
    """Return the reading as JSON values in the form of the wire, without what has its default."""
    return to_wire(reading).model_dump(mode="json", exclude_defaults=True)


def _values(reading: Reading) -> dict[str, Any]:
    """Return the fields of a reading as those of the wire's."""
    values = {field.name: getattr(reading, field.name) for field in fields(reading)}
    lists: dict[str, list[dict[str, Any]]] = {name: [_fields(element) for element in values[name]] for name in _LISTS}
    for ask in lists["asks"]:
        ask["domains"] = tuple(ask["domains"])
        ask["object"] = ask["object"][:_SHORT]
    return values | lists


def _fields(element: Passage) -> dict[str, Any]:
    return {field.name: getattr(element, field.name) for field in fields(element)}


def _fitted(values: dict[str, Any]) -> dict[str, Any]:
    """Drop elements from the ends of the lists, context first and asks last, until the reading fits, and count them.

    Asks lose the positions of attachments that are dropped; no fact is left to point to a dropped ask.
    """
    all_elements = sum(len(values[name]) for name in _LISTS)
    keys = sum(_KEYS[name] * len(values[name]) for name in _LISTS)
    size = sum(len(element["text"]) for name in _LISTS for element in values[name])
    for name in _LISTS:
        elements = values[name]
        while elements and (keys > MAX_KEYS or size > MAX_TEXT):
            size -= len(elements.pop()["text"])
            keys -= _KEYS[name]
    omitted = all_elements - sum(len(values[name]) for name in _LISTS)
    for ask in values["asks"] if omitted else ():
        ask["attachments"] = tuple(at for at in ask["attachments"] if at < len(values["attachments"]))
    return values | {"omitted": omitted}
