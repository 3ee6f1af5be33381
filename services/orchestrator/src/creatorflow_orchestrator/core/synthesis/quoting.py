"""How a suggestion names steps and quotes requirements."""

from __future__ import annotations

from collections.abc import Sequence

from .synthesis_values import Source

QUOTED = 200
"""Characters of a requirement that a suggestion quotes."""


def names(sources: Sequence[Source]) -> str:
    """Name steps with their agents."""
    return ", ".join(f"step {source.step} ({source.agent})" for source in sources)


def quote(text: str) -> str:
    """Return a text in one line, shortened."""
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTED else f"{flat[: QUOTED - 1]}…"
