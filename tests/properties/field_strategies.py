"""Strategies derived from the fields of dataclasses and models, so that an added field is drawn at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel

Strategy = st.SearchStrategy[Any]
WORDS = st.text("abcdefghij", min_size=1, max_size=6)
"""Valid wherever the contracts accept a text or a name, and without a number that planning would read."""
JSON: Strategy = st.recursive(
    st.none() | st.booleans() | st.integers(0, 99) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=5,
)
_LEAVES: dict[object, Strategy] = {
    str: WORDS,
    bool: st.booleans(),
    int: st.integers(1, 5),
    float: st.floats(0.5, 9.5),
    UUID: st.uuids(),
    datetime: st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    Any: JSON,
    type(None): st.none(),
}


def whole(kind: type, /, **given: Strategy) -> Strategy:
    """Return values of a dataclass or model with every field drawn; `given` replaces a field's own strategy."""
    return st.builds(kind, **(_fields(kind, levels=1) | given))


def optional_fields(kind: type) -> list[str]:
    """Return the names of the fields that have a default."""
    if issubclass(kind, BaseModel):
        return [name for name, field in kind.model_fields.items() if not field.is_required()]
    missing = dataclasses.MISSING
    fields = _dataclass_fields(kind)
    return [field.name for field in fields if field.default is not missing or field.default_factory is not missing]


def default_of(kind: type, name: str) -> Any:
    """Return the default of a field that has one."""
    if issubclass(kind, BaseModel):
        return kind.model_fields[name].get_default(call_default_factory=True)
    (field,) = (candidate for candidate in _dataclass_fields(kind) if candidate.name == name)
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _dataclass_fields(kind: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


def _fields(kind: type, levels: int) -> dict[str, Strategy]:
    names = kind.model_fields if issubclass(kind, BaseModel) else [field.name for field in _dataclass_fields(kind)]
    hints = get_type_hints(kind)
    return {
        name: _values(hints[name], levels)
        for name in names
        if get_origin(hints[name]) is not Literal or len(get_args(hints[name])) > 1
    }


def _values(hint: Any, levels: int) -> Strategy:
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _LEAVES:
        return _LEAVES[hint]
    if origin is Annotated:
        return _values(parts[0], levels)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of(*(_values(part, levels) for part in parts))
    if origin is tuple:
        return st.lists(_values(parts[0], levels), max_size=2, unique_by=repr).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(WORDS, _values(parts[1], levels), max_size=2)
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if hint.__name__ == "Plan":  # a step holds a plan
        return st.deferred(lambda: st.builds(hint, **_fields(hint, levels - 1))) if levels else st.nothing()
    return st.builds(hint, **_fields(hint, levels))
