"""Untrusted regular expressions: a linear-time engine, and the memory that a pattern needs there."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema_rs import RegexOptions

MAX_MEMORY = 64 * 1024
"""Bytes that a compiled pattern may take; its states, and so its time for a character, grow with them."""
_LEAST_MEMORY = 512


@lru_cache(maxsize=1024)
def pattern_memory(pattern: str) -> int | None:
    """Return the power of two of bytes in which the pattern fits; `None` for one that the engine does not take."""
    from jsonschema_rs import ValidationError, validator_for

    memory = _LEAST_MEMORY
    while memory <= MAX_MEMORY:
        try:
            validator_for({"pattern": pattern}, offline=True, pattern_options=linear(memory))
            return memory
        except ValidationError:
            memory *= 2
    return None


def linear(memory: int = MAX_MEMORY) -> RegexOptions:
    """Return the options of the linear engine with that bound."""
    from jsonschema_rs import RegexOptions

    return RegexOptions(size_limit=memory, dfa_size_limit=MAX_MEMORY)
