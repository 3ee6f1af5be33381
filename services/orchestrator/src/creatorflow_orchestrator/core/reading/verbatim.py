"""Keeps a reading to the text: an element whose text is not verbatim at its place is left out, and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.request import Ask, Passage, Reading

from .coverage import unread


def verbatim(text: str, reading: Reading) -> Reading:
    """Return a reading without the elements that do not stand in the text; `dropped` counts them.

    What bound an ask that is left out binds none of the others; what is no longer covered becomes unread.
    """
    asks = _places(text, reading.asks)
    files = _places(text, reading.attachments)
    facts = [fact for fact in reading.facts if _stands(text, fact) and (not fact.asks or asks.keys() & set(fact.asks))]
    kept = replace(
        reading,
        asks=tuple(_with_files(reading.asks[at], files) for at in asks),
        exclusions=tuple(element for element in reading.exclusions if _stands(text, element)),
        facts=tuple(replace(fact, asks=tuple(asks[at] for at in fact.asks if at in asks)) for fact in facts),
        constraints=tuple(element for element in reading.constraints if element.given or _stands(text, element)),
        attachments=tuple(reading.attachments[at] for at in files),
        context=tuple(element for element in reading.context if _stands(text, element)),
        unread=(),
    )
    gone = sum(1 for _ in reading.elements()) - sum(1 for _ in kept.elements())
    return replace(kept, dropped=reading.dropped + gone, unread=unread(text, kept.elements()))


def _places(text: str, passages: Sequence[Passage]) -> dict[int, int]:
    """Map the position of each passage that stands in the text to its position among those that do."""
    kept = [at for at, passage in enumerate(passages) if _stands(text, passage)]
    return {old: new for new, old in enumerate(kept)}


def _stands(text: str, passage: Passage) -> bool:
    return 0 <= passage.start < passage.end <= len(text) and text[passage.start : passage.end] == passage.text


def _with_files(ask: Ask, files: Mapping[int, int]) -> Ask:
    return replace(ask, attachments=tuple(files[at] for at in ask.attachments if at in files))
