"""The examples that the reader learns from.

`sentences.jsonl`: one ask a line with its `domains`, and those that `may` besides. `requests.jsonl`: whole requests
with the agents that they `must` and `may` have. The labelled requests of `tests/golden/reading/requests.jsonl` are
learned from too; those of `held_out.jsonl` beside them never are.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.planning.agents import home_domain
from creatorflow_orchestrator.core.reading.ask_chances import OPEN, ask_features
from creatorflow_orchestrator.core.reading.clauses import Clause
from creatorflow_orchestrator.core.reading.evidence import Material
from creatorflow_orchestrator.core.reading.knowledge import Knowledge
from creatorflow_orchestrator.core.reading.learned import NOTHING_LEARNED, Learned
from creatorflow_orchestrator.core.reading.reader import Parsed, parse
from creatorflow_orchestrator.core.reading.word_weights import Features, WordWeights
from creatorflow_orchestrator.translate.names import name_index
from creatorflow_orchestrator.translate.tasks import to_card

_ROOT = Path(__file__).resolve().parents[2]
SENTENCES = _ROOT / "ops/reading/sentences.jsonl"
LABELLED = _ROOT / "tests/golden/reading/requests.jsonl"
REQUESTS = _ROOT / "ops/reading/requests.jsonl"
FOLDS = 4
_CARDS = tuple(map(to_card, load_cards()))


class Source(StrEnum):
    """The kind of an example."""

    SENTENCE = "sentence"
    """One ask, as it stands alone."""
    REQUEST = "request"
    LABELLED = "labelled"
    """A request that is labelled in full, like those that users send: it decides how likely a domain has to be."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence or a request, parsed, with the domains that it is about or may be about.

    `fold` is the part of a cross-validation that it belongs to.
    """

    source: Source
    material: Material
    domains: frozenset[str]
    may: frozenset[str]
    features: Features
    fold: int


@dataclass(frozen=True, slots=True)
class ClauseExample:
    """The features of a clause of a request, and if it is an ask."""

    features: Features
    asks: bool


def domains() -> tuple[str, ...]:
    """Return the domains of all cards, in order."""
    return tuple(sorted({domain for card in _CARDS for domain in card.domains}))


def sentences() -> Iterator[Example]:
    """Yield the sentences."""
    for line in _lines(SENTENCES):
        may = frozenset(line.get("may", ()))
        yield from _example(Source.SENTENCE, line, frozenset(line["domains"]), may, NOTHING_LEARNED)


def requests(learned: Learned = NOTHING_LEARNED) -> Iterator[Example]:
    """Yield the requests, read with what is learned so far, but those in a language that is not read."""
    for path, source in ((REQUESTS, Source.REQUEST), (LABELLED, Source.LABELLED)):
        for line in _lines(path):
            must = _domains_of(line["must"])
            any_of = _domains_of(agent for group in line.get("any_of", ()) for agent in group)
            yield from _example(source, line, must, (_domains_of(line["may"]) | any_of) - must, learned)


def _example(
    source: Source, line: Mapping[str, Any], must: frozenset[str], may: frozenset[str], learned: Learned
) -> Iterator[Example]:
    parsed = _parsed(line["text"], learned)
    if parsed is not None and line.get("refused") != "LANGUAGE_NOT_READ":
        fold = zlib.crc32(line["text"].encode()) % FOLDS
        yield Example(source, parsed.material, must, may, parsed.material.features(), fold)


def clauses(words: WordWeights) -> Iterator[ClauseExample]:
    """Yield the clauses of the labelled requests that are plainly asks, or plainly none."""
    for label in _lines(LABELLED):
        wanted = _places(label["text"], (ask["text"] for ask in label["asks"]))
        also = [passage for ask in label["asks"] for passage in ask.get("also", ())]
        fair = _places(label["text"], (*also, *label.get("may_asks", ())))
        for clause, features in _clauses_of(label, words):
            asks = _meets(clause, wanted)
            if asks or not _meets(clause, fair):
                yield ClauseExample(features, asks)


def _clauses_of(line: Mapping[str, Any], words: WordWeights) -> Iterator[tuple[Clause, Features]]:
    """Yield the clauses of a request that may be asks, with their features."""
    parsed = _parsed(line["text"], NOTHING_LEARNED)
    if parsed is None or line.get("refused") == "LANGUAGE_NOT_READ":
        return
    placed, scorer = parsed.material.gathered.placed, parsed.material.scorer
    starts = {ask.start for ask in parsed.material.asks}
    asking = [current.clause.start in starts for current in placed]
    for at, current in enumerate(placed):
        if current.clause.role in OPEN:
            yield current.clause, ask_features(line["text"], placed, asking, at, scorer, words)


def digest() -> str:
    """Return a digest of the files of the examples, by which learned weights are known to be theirs."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in (SENTENCES, REQUESTS, LABELLED))).hexdigest()


def _places(text: str, passages: Iterable[str]) -> list[tuple[int, int]]:
    return [found.span() for passage in passages for found in re.finditer(re.escape(passage), text)]


def _meets(clause: Clause, places: Iterable[tuple[int, int]]) -> bool:
    """True if a clause and a place share half of the shorter."""
    return any(
        2 * (min(clause.end, end) - max(clause.start, start)) >= min(clause.end - clause.start, end - start)
        for start, end in places
    )


def _parsed(text: str, learned: Learned) -> Parsed | None:
    try:
        return parse(text, _CARDS, Knowledge(name_index(), learned))
    except Refusal:
        return None


def _domains_of(agents: Iterable[str]) -> frozenset[str]:
    homes = {card.name.removesuffix("-specialist"): home_domain(card) for card in _CARDS}
    return frozenset(homes[agent] for agent in agents)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
