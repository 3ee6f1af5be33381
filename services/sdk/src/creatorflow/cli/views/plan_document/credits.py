"""Names the agents and steps from which an item comes, and the requirements that it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from creatorflow_contracts.v1.output import CombinedItem, Source


def credit(entry: CombinedItem, besides: Sequence[Source] = ()) -> str:
    """The agents of an item, except those named above it, and the numbers of the requirements that it answers."""
    agents = agents_of(source for source in entry.sources if source not in besides)
    answers = ", ".join(str(position + 1) for position in entry.answers)
    by = f"also {agents}" if agents and besides else agents
    parts = [part for part in (by, f"answers {answers}" if answers else "") if part]
    return f"_({'; '.join(parts)})_" if parts else ""


def agents_of(sources: Iterable[Source]) -> str:
    """The agents of sources, each once."""
    return ", ".join(dict.fromkeys(source.agent for source in sources))
