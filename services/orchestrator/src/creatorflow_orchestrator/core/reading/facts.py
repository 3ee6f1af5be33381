"""Finds the facts that a text states: figures with subject, unit, bound and role, named things, dates, times of day.

One pass over the tokens of the readable spans, with a bounded look around each, so the time is linear in the text's
length. At most `MOST_FACTS` are returned, the first of the text.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from creatorflow_orchestrator.core.request import Fact, FactKind

from .names import NO_NAMES, NameIndex
from .stated.binding import bind
from .stated.clock import CLOCK_WORDS, read_clock
from .stated.clock_pairs import read_first_hour, read_second_hour
from .stated.comparisons import comparison_before
from .stated.dates import DATE_WORDS, read_date
from .stated.fact_tokens import Kind, Tokens
from .stated.figures_in_words import PHRASE_WORDS, read_phrase
from .stated.identifiers import identifier
from .stated.labels import inside
from .stated.money import main_currency
from .stated.nouns import preceding
from .stated.numbered_figures import read_figures
from .stated.numbers import NUMBER_WORDS, Number, read_number
from .stated.plan_names import plan_facts
from .stated.proper_names import proper_name
from .stated.records import is_absence, is_timestamp
from .stated.sizes import read_size
from .stated.values import Figure, Sort

MOST_FACTS = 1000
"""The most facts of one text, as on the wire."""

_WITHIN_TIME = frozenset(("the", "end", "of", "beginning", "start", "middle", "early", "mid", "late"))
_WORD = int(Kind.WORD)
_NAMED_KINDS = frozenset((int(Kind.CODE), int(Kind.SIZE), _WORD))
_FIGURE_KINDS = frozenset((int(Kind.FIGURE), int(Kind.DATE), int(Kind.CLOCK)))
_LONGEST_SENTENCE = 80  # characters between two times of one sentence
_LONGEST_JOINT = 8  # characters between the two times of "from 8:00 to 16:30"
_STARTERS = NUMBER_WORDS | DATE_WORDS | CLOCK_WORDS | PHRASE_WORDS | frozenset("½¼¾⅓⅔")


def find_facts(
    text: str, spans: Sequence[tuple[int, int]] | None = None, names: NameIndex = NO_NAMES
) -> tuple[Fact, ...]:
    """Return the facts of `text` in the order of their places; only those within `spans`, if these are given.

    A name may stand inside a figure ("3 Shopify shops"); no other facts share characters. The words that bind a fact
    are in its text ("at least 3 shops", "by 1 May"), and dates and times have their bound in `comparison` too. Roles
    are `usual`, `peak`, `current`, `target`, `included`, `interval` ("every 15 minutes"), `p50` to `p99.9`; of a named
    thing, `role` is its version as written ("8" of "MySQL 8"). Units are as in `units`.
    """
    tokens = Tokens(text, spans)
    named, taken = _names(tokens, names)
    figures, times = _scan(tokens, taken)
    figures, plans = plan_facts(tokens, bind(tokens, figures), taken)
    begun = {fact.start for fact in plans}
    facts = [*_apart([_stated(tokens, figure) for figure in figures]), *times, *plans]
    prices = [fact for fact in facts if fact.value is not None]
    facts += [fact for fact in named if fact.start not in begun and not _is_of_price(fact, prices)]
    return tuple(sorted(facts, key=lambda fact: (fact.start, fact.end)))[:MOST_FACTS]


def _apart(figures: Sequence[Fact]) -> Iterator[Fact]:
    """Yield figures in the order of their places; a sign between two numbers ("5 $ 10") belongs to the first."""
    reached = 0
    for figure in sorted(figures, key=lambda figure: (figure.start, figure.end)):
        if figure.start >= reached:
            yield figure
            reached = figure.end


def _is_of_price(name: Fact, figures: Sequence[Fact]) -> bool:
    """Return True for a currency that is the unit of a figure: "EUR" of "30,000 EUR"; the figures are in order."""
    if name.category != "currency":
        return False
    at = bisect(figures, name.start, key=lambda figure: figure.start)
    return at > 0 and name.start < figures[at - 1].end


def _names(tokens: Tokens, index: NameIndex) -> tuple[list[Fact], set[int]]:
    """Return the named things, and the tokens in them that are no figures ("SOC 2", "4x6")."""
    known = index.find(tokens)
    facts = [
        Fact(tokens.starts[name.start], name.stop, tokens.text[tokens.starts[name.start] : name.stop], FactKind.NAME,
             name=name.name, category=name.category, role=name.version)
        for name in known
    ]  # fmt: skip
    taken = {at for name in known for at in range(name.start, name.end)}
    unknown, reached = set[int](), 0
    text, starts = tokens.text, tokens.starts
    for at, kind in enumerate(tokens.kinds):
        if kind not in _NAMED_KINDS or at < reached or at in taken:
            continue
        if kind == _WORD and not text[starts[at]].isupper():
            continue
        found = _name_at(tokens, at)
        if found is not None:
            fact, reached = found
            facts.append(fact)
            unknown.update(range(at, reached))
    return facts, taken | unknown


def _name_at(tokens: Tokens, at: int) -> tuple[Fact, int] | None:
    """Return a name that no vocabulary has and that begins at a token, and the token after it."""
    kind = tokens.kinds[at]
    if kind == Kind.CODE:
        named = identifier(tokens, at)
        return (_name(tokens, at, tokens.ends[at], *named), at + 1) if named else None
    if kind == Kind.SIZE:
        name, end = read_size(tokens, at)
        return _name(tokens, at, tokens.ends[end - 1], name, "size"), end
    proper = proper_name(tokens, at)
    return (_name(tokens, at, proper[2], proper[0], ""), proper[1]) if proper else None


def _name(tokens: Tokens, at: int, stop: int, name: str, category: str) -> Fact:
    start = tokens.starts[at]
    return Fact(start, stop, tokens.text[start:stop], FactKind.NAME, name=name, category=category)


def _scan(tokens: Tokens, taken: Set[int]) -> tuple[list[Figure], list[Fact]]:
    """Return the figures, and the dates and times of day, that begin at tokens which are no part of a name."""
    figures: list[Figure] = []
    times: list[Fact] = []
    main, reached, at = main_currency(tokens), 0, 0
    kinds, lows, size = tokens.kinds, tokens.lows, len(tokens)
    while at < size and len(figures) + len(times) < MOST_FACTS:
        if (kinds[at] not in _FIGURE_KINDS and lows[at] not in _STARTERS) or at in taken or inside(tokens, at):
            at += 1
            continue
        number = read_number(tokens, at)
        moment = _moment(tokens, at, number, reached, times)
        found = [] if moment else _figures_at(tokens, at, number, main, reached)
        if moment:
            fact, reached = moment
            times.append(_second(tokens, times, fact))
        elif found:
            figures += found
            reached = found[-1].end
        at = max(reached, at + 1)
    return figures, times


def _moment(
    tokens: Tokens, at: int, number: Number | None, floor: int, times: Sequence[Fact]
) -> tuple[Fact, int] | None:
    """Return the date or the time of day that begins at a token, with the words that bind it ("by", "until")."""
    found, kind = read_date(tokens, at), FactKind.DATE
    if found is None and not is_timestamp(tokens, at):
        found, kind = read_clock(tokens, at, number), FactKind.TIME
    if found is None and number is not None:
        told = bool(times) and times[-1].kind is kind and tokens.starts[at] - times[-1].end < _LONGEST_SENTENCE
        begun = times[-1].name if times and times[-1].kind is kind and times[-1].end == tokens.ends[floor - 1] else ""
        found = read_second_hour(tokens, number, begun, floor) if begun else None
        found = found or read_first_hour(tokens, number, told)
    if found is None or is_absence(tokens, at):
        return None
    iso, end = found
    near = at
    while near > floor and near > at - 4 and tokens.lows[near - 1] in _WITHIN_TIME:
        near -= 1  # "by the end of May"
    bound = comparison_before(tokens, near, dated=True)
    first = bound[1] if bound and bound[1] >= floor else at
    start, stop = tokens.starts[first], tokens.ends[end - 1]
    sign = bound[0] if bound and first != at else None
    subject = preceding(tokens, first, floor)
    return Fact(start, stop, tokens.text[start:stop], kind, subject=subject, comparison=sign, name=iso), end


def _second(tokens: Tokens, earlier: Sequence[Fact], fact: Fact) -> Fact:
    """Return a date or time with its bound, if it is the end of "from 8:00 to 16:30" or "between May and June"."""
    if not earlier or earlier[-1].kind is not fact.kind or fact.start - earlier[-1].end > _LONGEST_JOINT:
        return fact
    joint = tokens.text[earlier[-1].end : fact.start].strip().lower()
    return replace(fact, comparison="<=") if joint in ("to", "-", "–", "and") and earlier[-1].comparison else fact


def _figures_at(tokens: Tokens, at: int, number: Number | None, main: str, floor: int) -> list[Figure]:
    if tokens.kinds[at] != Kind.FIGURE and tokens.lows[at] in PHRASE_WORDS:
        phrase = read_phrase(tokens, at)
        if phrase is not None:
            sort = Sort.FACTOR if phrase.unit == "x" else Sort.MEASURE
            subject = phrase.subject or preceding(tokens, phrase.start, floor)
            sign, start = phrase.comparison, max(phrase.start, floor)
            bound = comparison_before(tokens, start) if sort is Sort.MEASURE else None
            if bound and bound[1] >= floor:
                sign, start = bound  # "at least once a day"
            return [Figure(start, phrase.end, sort, sign, phrase.value, phrase.unit, subject, phrase.role)]
    return read_figures(tokens, at, number, main, floor)


def _stated(tokens: Tokens, figure: Figure) -> Fact:
    start, stop = tokens.starts[figure.start], tokens.ends[figure.end - 1]
    return Fact(
        start, stop, tokens.text[start:stop], FactKind.QUANTITY, subject=figure.subject, comparison=figure.comparison,
        value=round(figure.value, 9), unit=figure.unit, role=figure.role,
    )  # fmt: skip
