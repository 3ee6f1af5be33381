"""Finds named things (vendors, carriers, frameworks, regions, ...) in a text by a vocabulary that arrives as a value.

Most names are found in any case. A name that is also a word ("Visa") is found as it is written only, and one that is
often a word ("Go", "Wish") besides only near a word of its context or in a list with another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .stated.fact_tokens import Kind, Tokens
from .stated.nouns import is_plural
from .stated.unit_words import UNITS
from .word_sets import word_set

_OF_THEIR_OWN = frozenset(("role", "status", "region", "occasion", "paper size"))
_BESIDE = 7  # tokens before and after a name that are searched for a word of its context
_LISTED = 3  # tokens between names of one list: "Python, Go and Rust"
_BEFORE_OBJECTS = word_set("""
    the a an our my your their its his her this that these those it them us me all each every any some more no only
    everything back up down out off over
    """)
_LIST_WORDS = word_set(", and or / & + plus then nor rather in versus vs instead of than")
_AFTER_STATE = frozenset((",", ".", ";", ")", "and", "or", ""))
_VERSION = re.compile(r"\d{1,2}(?:\.\d{1,3}){0,2}|20[12]\d")
_NAME_AND_VERSION = re.compile(r"([^\W\d_]{2,20})(\d{1,2})")


@dataclass(frozen=True, slots=True)
class NamedThing:
    """One entry of the vocabulary: the counterpart of the contract's `NamedThing`.

    `as_written`: found in no other case, and at the beginning of a sentence only near a word of `context`.
    `in_context`: found only near a word of `context` or beside a name of its category. `versions`: a number after the
    name is its version.
    """

    name: str
    category: str
    forms: tuple[str, ...] = ()
    versions: bool = False
    as_written: bool = False
    in_context: bool = False
    context: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A name at tokens `start` to `end`, and characters to `stop`; `version` is as written, empty without one."""

    start: int
    end: int
    stop: int
    name: str
    category: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    lows: tuple[str, ...]
    raw: str
    thing: NamedThing


@dataclass(frozen=True, slots=True)
class NameIndex:
    """The vocabulary by the first word of each form, longest first."""

    forms: dict[str, tuple[_Form, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, things: Iterable[NamedThing]) -> NameIndex:
        """Make the index of a vocabulary."""
        by_first: dict[str, list[_Form]] = {}
        written = [(raw, thing) for thing in things for raw in dict.fromkeys((thing.name, *thing.forms))]
        for (raw, thing), lows in zip(written, _tokens_of([raw for raw, _ in written]), strict=True):
            by_first.setdefault(lows[0], []).append(_Form(lows, raw, thing))
        return cls({first: tuple(sorted(forms, key=_length, reverse=True)) for first, forms in by_first.items()})

    def find(self, tokens: Tokens) -> list[NameMatch]:
        """Return the names in the text, in its order, none inside another."""
        plain: list[NameMatch] = []
        doubtful: list[NameMatch] = []
        reached, forms, words = 0, self.forms, tokens.lows
        for at in range(len(tokens)):
            low = words[at]
            if (low not in forms and not low.endswith("'s") and not low[-1:].isdigit()) or at < reached:
                continue
            form = self._form_at(tokens, at)
            if form is None:
                continue
            match = _match(tokens, at, form)
            if not form.thing.as_written or _is_clear(tokens, match, form.thing):
                plain.append(match)
            else:
                doubtful.append(match)
            reached = match.end
        return sorted((*plain, *_in_lists(tokens, plain, doubtful)), key=lambda match: match.start)

    def _form_at(self, tokens: Tokens, at: int) -> _Form | None:
        low = tokens.lows[at]
        first = low[:-2] if low.endswith("'s") else low
        for form in self.forms.get(first, ()):
            if _is_form(tokens, at, form):
                return form
        written = _NAME_AND_VERSION.fullmatch(first) if tokens.kinds[at] == Kind.WORD and first[-1:].isdigit() else None
        if written:  # "python3", "vue3"
            return next(
                (form for form in self.forms.get(written[1], ()) if form.thing.versions and len(form.lows) == 1), None
            )
        return None


NO_NAMES = NameIndex()
"""A vocabulary without names."""


def _tokens_of(forms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the tokens of each form, in lower case: as the text is, all are split in one pass."""
    spans: list[tuple[int, int]] = []
    for form in forms:
        start = spans[-1][1] + 1 if spans else 0
        spans.append((start, start + len(form)))
    tokens = Tokens("\n".join(forms), spans)
    at = 0
    for _ in forms:
        end = tokens.kinds.index(Kind.BREAK, at)
        yield tuple(tokens.lows[at:end])
        at = end + 1


def _length(form: _Form) -> tuple[int, int]:
    return len(form.lows), not form.thing.as_written


def _is_form(tokens: Tokens, at: int, form: _Form) -> bool:
    size = len(form.lows)
    lows = tokens.lows[at : at + size]
    lows[-1] = lows[-1].removesuffix("'s")
    if tuple(lows) != form.lows:
        return False
    written = tokens.text[tokens.starts[at] : tokens.ends[at + size - 1]]
    return not form.thing.as_written or written in (form.raw, f"{form.raw}'s", f"{form.raw}’s")


def _match(tokens: Tokens, at: int, form: _Form) -> NameMatch:
    end = at + len(form.lows)
    last = tokens.lows[end - 1]
    stop = tokens.ends[end - 1] - 2 if last.endswith("'s") else tokens.ends[end - 1]
    version = ""
    if form.thing.versions and not last.endswith("'s"):
        written = _NAME_AND_VERSION.fullmatch(last)
        if written and last != form.lows[-1]:
            version = written[2]
        else:
            number = end + 1 if tokens.lows[end] in ("version", "v", "-") else end
            if _is_version(tokens, number):
                version, stop, end = tokens.raw(number), tokens.ends[number], number + 1
    parts = tokens.lows[end] == "." and tokens.glued(end) and tokens.glued(end + 1)
    if version and parts and tokens.kinds[end + 1] == Kind.FIGURE:  # "TLS1.3" is three tokens
        version, stop, end = f"{version}.{tokens.raw(end + 1)}", tokens.ends[end + 1], end + 2
    return NameMatch(at, end, stop, form.thing.name, form.thing.category, version)


def _is_version(tokens: Tokens, at: int) -> bool:
    after = tokens.lows[at + 1]
    return (
        tokens.kinds[at] == Kind.FIGURE
        and _VERSION.fullmatch(tokens.raw(at)) is not None
        and not (after in UNITS or after in ("k", "million", "thousand", "times", "x"))
        and not (after in ("m", "k") and tokens.glued(at + 1))
    )


def _is_clear(tokens: Tokens, match: NameMatch, thing: NamedThing) -> bool:
    """Return True if the words around a name that is also a word show that it is one."""
    if match.version:
        return True
    if thing.category == "status" and tokens.kinds[match.end] == Kind.FIGURE:
        return False  # "draft 3"
    if (
        thing.category == "status"
        and tokens.kinds[match.start - 1] == Kind.FIGURE
        and tokens.lows[match.end] in _AFTER_STATE
    ):
        return True  # "10 paid, 5 returned"
    if thing.category == "role" and tokens.lows[match.end] == "|" and tokens.begins_line(match.start):
        return True
    if not thing.in_context and (tokens.raw(match.start).isupper() or not tokens.begins_sentence(match.start)):
        return True
    if thing.category not in _OF_THEIR_OWN and tokens.begins_sentence(match.start) and _is_object(tokens, match.end):
        return False  # "Bring the parcels in"
    first, last = max(0, match.start - _BESIDE), match.end + _BESIDE
    if thing.context.isdisjoint(tokens.lows[first : match.start] + tokens.lows[match.end : last]):
        return False
    return not thing.context.isdisjoint(_sentence_around(tokens, match))


def _is_object(tokens: Tokens, at: int) -> bool:
    """Return True for what a verb has behind it: "the parcels", "it", "labels"."""
    return tokens.lows[at] in _BEFORE_OBJECTS or (is_plural(tokens.lows[at]) and not tokens.capital(at))


def _sentence_around(tokens: Tokens, match: NameMatch) -> Sequence[str]:
    first, last = match.start, match.end
    while first > 0 and match.start - first < _BESIDE and not _ends(tokens, first - 1):
        first -= 1
    while last - match.end < _BESIDE and not _ends(tokens, last):
        last += 1
    return (*tokens.lows[first : match.start], *tokens.lows[match.end : last])


def _ends(tokens: Tokens, at: int) -> bool:
    return tokens.kinds[at] == Kind.BREAK or tokens.lows[at] in (".", "?", "!", ";")


def _in_lists(tokens: Tokens, plain: Sequence[NameMatch], doubtful: Sequence[NameMatch]) -> list[NameMatch]:
    """Return the doubtful names that stand in a list with another of their category."""
    found = _roles_alone(tokens, doubtful)
    plain = [*plain, *found]
    groups = {_group(match.category) for match in plain}
    doubtful = [match for match in doubtful if _group(match.category) in groups]
    sure = {(_group(match.category), match.end) for match in plain}
    begun = {(_group(match.category), match.start) for match in plain}
    for order in (doubtful, tuple(reversed(doubtful))):
        for match in order:
            if match in found:
                continue
            behind = (
                at for at in range(match.start - _LISTED, match.start + 1) if (_group(match.category), at) in sure
            )
            ahead = (at for at in range(match.end, match.end + _LISTED + 1) if (_group(match.category), at) in begun)
            between = [(at, match.start) for at in behind] + [(match.end, at) for at in ahead]
            if any(all(_joins(tokens, at) for at in range(first, last)) for first, last in between):
                found.append(match)
                sure.add((_group(match.category), match.end))
                begun.add((_group(match.category), match.start))
    return found


def _roles_alone(tokens: Tokens, doubtful: Sequence[NameMatch]) -> list[NameMatch]:
    """Return the roles of a list of three or more: "owner / packer / accountant"."""
    runs: list[list[NameMatch]] = []
    for match in doubtful:
        if match.category != "role":
            continue
        last = runs[-1][-1] if runs else None
        if (
            last
            and last.end < match.start <= last.end + 2
            and all(_joins(tokens, at) for at in range(last.end, match.start))
        ):
            runs[-1].append(match)
        else:
            runs.append([match])
    return [match for run in runs if len({match.name for match in run}) > 2 for match in run]


def _group(category: str) -> str:
    """Return what names of a category are listed with: roles and states among themselves, others with any."""
    return category if category in _OF_THEIR_OWN else "product"


def _joins(tokens: Tokens, at: int) -> bool:
    return tokens.lows[at] in _LIST_WORDS
