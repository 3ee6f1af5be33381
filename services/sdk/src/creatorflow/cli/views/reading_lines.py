"""Formats the reading of a request in lines: what it asks for, states and leaves out, and what nothing covers. Pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from creatorflow_contracts.v1.reading import Ask, Attachment, Exclusion, Fact, Passage, Reading

from creatorflow.cli.text import counted, one_line

from .fitting import joined

LABEL: Final = 13
"""Columns of the label before a line."""
WIDTH: Final = 120
"""Columns of a line with its label."""
SECTION: Final = "Reading"
"""The section that has the whole reading."""
_QUOTED: Final = 80
"""Characters of the request that a line repeats."""
_NOBODY: Final = "no agent can answer this"


def understood(reading: Reading, width: int) -> str:
    """The asks by kind and object, in at most `width` characters: `build: order sync, labels; fix: double labels`."""
    return joined(understood_parts(reading), width, SECTION, separator="")


def understood_parts(reading: Reading) -> list[str]:
    """The asks by kind and object, each with what separates it from the one before; the first of a kind names it."""
    kinds = dict.fromkeys(ask.kind for ask in reading.asks)
    parts: list[str] = []
    for kind in kinds:
        objects = [name for ask in reading.asks if ask.kind == kind and (name := _object(ask))]
        if not objects:
            continue
        first = f"{'; ' if parts else ''}{words(kind)}: {objects[0]}"
        parts += [first, *(f", {object_name}" for object_name in objects[1:])]
    return parts


def short_reading(reading: Reading, notes: Sequence[str] = (), agents: Sequence[str] = ()) -> Iterator[str]:
    """Format in a few lines what was understood, what is left out as asked, and what no agent and no element covers.

    `notes` are what the planner has to say about the plan, `agents` who answers each ask.
    """
    width = WIDTH - LABEL
    answering = agents if len(agents) == len(reading.asks) else ["" if ask.domains else _NOBODY for ask in reading.asks]
    uncovered = [ask for ask, names in zip(reading.asks, answering, strict=True) if names == _NOBODY]
    for label, text in (
        ("understood", understood(reading, width)),
        ("left out", joined([quoted(exclusion) for exclusion in reading.exclusions], width, SECTION)),
        ("no agent for", joined(list(filter(None, map(_object, uncovered))), width, SECTION)),
        ("not read", joined(list(filter(None, map(quoted, reading.unread))), width, SECTION)),
        ("note", joined([one_line(note) for note in notes], width, SECTION)),
    ):
        if text:
            yield f"{label:<{LABEL}}{text}"


def agents_by_ask(analysis: Mapping[str, Any]) -> tuple[str, ...]:
    """Return for each ask of an analysis the agents that answer it, or why none does; nothing of an older one."""
    parts = analysis.get("requirements")
    asks = [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list | tuple) else []
    known = [ask for ask in asks if isinstance(ask.get("agents"), list | tuple)]
    left_out = analysis.get("left_out")
    left_out = left_out if isinstance(left_out, list | tuple) else ()
    return tuple(_agents(ask, ask.get("text") in left_out) for ask in known)


def _agents(ask: Mapping[str, Any], left_out: bool) -> str:
    names = (one_line(str(agent)).removesuffix("-specialist") for agent in ask["agents"])
    return ", ".join(names) or ("left out, as asked" if left_out else _NOBODY)


def reading_lines(reading: Reading, notes: Sequence[str] = (), agents: Sequence[str] = ()) -> Iterator[str]:
    """Format the whole reading, and the planner's notes, in lines with labels; empty parts are left out.

    `agents` says for each ask who answers it; without it, its domains are named.
    """
    yield from _labelled("language", [] if reading.language == "en" else [one_line(reading.language)])
    answering = agents if len(agents) == len(reading.asks) else [_domains(ask) for ask in reading.asks]
    asks = enumerate(zip(reading.asks, answering, strict=True), start=1)
    yield from _labelled("asks", [_ask(number, ask, names) for number, (ask, names) in asks])
    yield from _labelled("facts", _wrapped(_fact(fact, len(reading.asks)) for fact in reading.facts))
    yield from _labelled("constraints", [quoted(constraint) for constraint in reading.constraints])
    yield from _labelled("left out", [left_out(exclusion) for exclusion in reading.exclusions])
    yield from _labelled("attachments", [_attachment(attachment) for attachment in reading.attachments])
    kinds = Counter(context.kind for context in reading.context)
    yield from _labelled("context", _wrapped(f"{number} {words(kind)}" for kind, number in kinds.items()))
    yield from _labelled("not read", [f'"{quoted(passage)}"' for passage in reading.unread])
    if reading.dropped:
        yield f"{'dropped':<{LABEL}}{counted(reading.dropped, 'element')} whose text is not in the request"
    if reading.omitted:
        yield f"{'omitted':<{LABEL}}{counted(reading.omitted, 'element')} of the reading, too many for a message"
    yield from _labelled("note", [one_line(note, 2 * _QUOTED) for note in notes])


def left_out(exclusion: Exclusion) -> str:
    """The words of an exclusion, and what it takes away: `no charts (takes away analytics)`."""
    taken = (*exclusion.domains, *exclusion.agents, *exclusion.kinds, *exclusion.sections)
    away = ", ".join(dict.fromkeys(map(words, taken)))
    return quoted(exclusion) + (f" (takes away {away})" if away else "")


def quoted(passage: Passage) -> str:
    """The beginning of a passage, on one line."""
    return one_line(passage.text, _QUOTED)


def words(name: str) -> str:
    """A name of the wire in words: `speed up` for `speed_up`."""
    return one_line(name).replace("_", " ")


def _object(ask: Ask) -> str:
    return one_line(ask.object, _QUOTED) or one_line(ask.text, _QUOTED)


def _domains(ask: Ask) -> str:
    return ", ".join(ask.domains) or "no agent"


def _ask(number: int, ask: Ask, answering: str) -> str:
    head = f"{number}. {words(ask.kind)}: {_object(ask)}"
    text = one_line(ask.text, _QUOTED)
    return f"{head} [{answering}]" + ("" if text.casefold() in head.casefold() else f': "{text}"')


def _fact(fact: Fact, asks: int) -> str:
    text = quoted(fact)
    meant = _figure(fact) if fact.kind == "quantity" else one_line(fact.category)
    bound = ", ".join(str(position + 1) for position in fact.asks)
    for_asks = f"ask {bound}" if bound and len(fact.asks) < asks else ""
    notes = "; ".join(note for note in (meant, for_asks) if note)
    return f"{text} ({notes})" if notes else text


def _figure(fact: Fact) -> str:
    parts = (
        fact.role,
        fact.subject,
        fact.comparison or "",
        "" if fact.value is None else f"{fact.value:.12g}",
        fact.unit,
    )
    return one_line(" ".join(part for part in parts if part), _QUOTED)


def _attachment(attachment: Attachment) -> str:
    lines = attachment.text.strip().splitlines() or [""]
    return f"{one_line(attachment.language) or 'text'}, {counted(len(lines), 'line')}: {one_line(lines[0], _QUOTED)}"


def _wrapped(parts: Iterable[str]) -> Sequence[str]:
    """Put short parts beside each other, in lines."""
    return textwrap.wrap("; ".join(parts), WIDTH - LABEL, break_long_words=False, break_on_hyphens=False)


def _labelled(label: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{'' if number else label:<{LABEL}}{line}"
