"""The words of asks and answers as concepts: a stem, or one name for all words that mean the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from creatorflow_contracts.stemming import stem

from .synonyms import GROUPS
from .talk import ASKING, BENEFIT, GRAMMAR, PRAISE

_TOKEN = re.compile(r"[^\W_]{1,60}(?:['’][^\W_]{1,20})?")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ENDINGS = ("ation", "ition", "ion", "ment", "ure", "ance", "ence", "al", "ity", "able")
_SHORTEST_ROOT = 5
_SHORTEST_ADVERB = 6


def words(text: str) -> Iterator[str]:
    """Yield the words of a text in lower case. An identifier gives its parts; figures and single letters none."""
    for token in _TOKEN.findall(text.replace("CreatorFlow", " ")):
        if token[1:].islower():
            yield token.lower()
        else:
            yield from (part.lower() for part in _HUMP.split(token) if len(part) > 1 and not part.isdecimal())


@lru_cache(maxsize=16_384)
def concept(word: str) -> str:
    """Return the concept of a word: "deletion", "erased" and "remove" have the same."""
    stemmed = stem(word)
    return _CONCEPTS.get(stemmed) or _CONCEPTS.get(_root(stemmed)) or _root(stemmed)


def concepts(text: str) -> tuple[str, ...]:
    """Return the concepts of a text's words but those of grammar, each once, in the order of the text."""
    return concepts_of(words(text))


def content(text: str) -> tuple[str, ...]:
    """Return the concepts of the words that say something: not those of grammar, of asking, and of praise."""
    return content_of(words(text))


def concepts_of(used: Iterable[str]) -> tuple[str, ...]:
    """Return the concepts of words, as `concepts` does of a text."""
    return tuple(dict.fromkeys(concept(word) for word in used if word not in _GRAMMAR))


def content_of(used: Iterable[str]) -> tuple[str, ...]:
    """Return the concepts of words, as `content` does of a text."""
    return tuple(dict.fromkeys(concept(word) for word in used if not _is_talk(word)))


def promised(text: str) -> tuple[str, ...]:
    """Return the concepts of the words that say something or what is to be done: not those of grammar and of praise."""
    used = (word for word in words(text) if word not in _GRAMMAR and stem(word) not in _PRAISE)
    return tuple(dict.fromkeys(map(concept, used)))


def covered(terms: Sequence[str], known: Collection[str]) -> frozenset[str]:
    """Return those of an ask's terms that are among the known concepts; "rollback" covers "roll" and "back"."""
    joined = {term for first, second in pairwise(terms) if f"{first}{second}" in known for term in (first, second)}
    return frozenset(term for term in terms if term in known or term in joined)


@lru_cache(maxsize=16_384)
def _is_talk(word: str) -> bool:
    return word in _GRAMMAR or stem(word) in _TALK


def _root(stemmed: str) -> str:
    """Return a stem without the ending by which a noun or an adverb is made of it: "monthly", "migration"."""
    if stemmed.endswith("ly") and len(stemmed) >= _SHORTEST_ADVERB:
        return stemmed[:-2]
    for ending in _ENDINGS:
        if stemmed.endswith(ending) and len(stemmed) - len(ending) >= _SHORTEST_ROOT:
            return stemmed.removesuffix(ending)
    return stemmed


def _grouped() -> dict[str, str]:
    """Map the stems and roots of the synonyms to their group's first word. Raises `ValueError` for a word in two."""
    table: dict[str, str] = {}
    for group in GROUPS:
        first, *_ = members = group.split()
        for word in members:
            for form in (stem(word), _root(stem(word))):
                if table.setdefault(form, first) != first:
                    raise ValueError(f"{word!r} is in two groups of synonyms")
    return table


_GRAMMAR = frozenset(GRAMMAR.split())
_TALK = frozenset(stem(word) for word in f"{ASKING} {PRAISE} {BENEFIT}".split())
_PRAISE = frozenset(stem(word) for word in f"{PRAISE} {BENEFIT}".split())
_CONCEPTS = _grouped()
