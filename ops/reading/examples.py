"""The examples that the reader learns from.

`sentences.jsonl`: one ask a line with its `domains`, and those that `may` besides. `requests.jsonl`: whole requests
with the agents that they `must` and `may` have. The labelled requests of `tests/golden/reading/requests.jsonl` are
learned from too; those of `held_out.jsonl` beside them never are.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.planning.agents import home_domain
from creatorflow_orchestrator.core.reading.clauses import Clause
from creatorflow_orchestrator.core.reading.evidence import Material
from creatorflow_orchestrator.core.reading.judged_clauses import (
    ASKS,
    EXCLUDES,
    JUDGED,
    announcements,
    clause_features,
)
from creatorflow_orchestrator.core.reading.knowledge import Knowledge
from creatorflow_orchestrator.core.reading.learned import NOTHING_LEARNED, Learned
from creatorflow_orchestrator.core.reading.reader import Parsed, parse
from creatorflow_orchestrator.core.reading.word_weights import Features, WordWeights
from creatorflow_orchestrator.translate.knowledge import name_index
from creatorflow_orchestrator.translate.tasks import to_card

from .passages import Place, meets, places_of

_ROOT = Path(__file__).resolve().parents[2]
SENTENCES = _ROOT / "ops/reading/sentences.jsonl"
LABELLED = _ROOT / "tests/golden/reading/requests.jsonl"
REQUESTS = _ROOT / "ops/reading/requests.jsonl"
FOLDS = 4
_CARDS = tuple(map(to_card, load_cards()))


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence or a request, parsed, with the domains that it is about or may be about.

    `fold` is the part of a cross-validation that it belongs to. Requests that are `labelled` in full are like those
    that users send: they decide how likely a domain has to be.
    """

    material: Material
    domains: frozenset[str]
    may: frozenset[str]
    features: Features
    fold: int
    labelled: bool = False


@dataclass(frozen=True, slots=True)
class ClauseExample:
    """The features of a clause of a request, and which of `ASKS` and `EXCLUDES` it is; none: neither."""

    features: Features
    does: str | None


def domains() -> tuple[str, ...]:
    """Return the domains of all cards, in order."""
    return tuple(sorted({domain for card in _CARDS for domain in card.domains}))


def sentences() -> Iterator[Example]:
    """Yield the sentences."""
    for line in _lines(SENTENCES):
        may = frozenset(line.get("may", ()))
        yield from _example(line, frozenset(line["domains"]), may, NOTHING_LEARNED)


def requests(learned: Learned = NOTHING_LEARNED) -> Iterator[Example]:
    """Yield the requests, read with what is learned so far, but those in a language that is not read."""
    for path in (REQUESTS, LABELLED):
        for line in _lines(path):
            must = _domains_of(line["must"])
            any_of = _domains_of(agent for group in line.get("any_of", ()) for agent in group)
            may = (_domains_of(line["may"]) | any_of) - must
            yield from _example(line, must, may, learned, labelled=path == LABELLED)


def _example(
    line: Mapping[str, Any], must: frozenset[str], may: frozenset[str], learned: Learned, *, labelled: bool = False
) -> Iterator[Example]:
    parsed = _parsed(line["text"], learned)
    if parsed is not None and line.get("refused") != "LANGUAGE_NOT_READ":
        fold = zlib.crc32(line["text"].encode()) % FOLDS
        yield Example(parsed.material, must, may, parsed.material.features(), fold, labelled)


def clauses(words: WordWeights) -> Iterator[ClauseExample]:
    """Yield the clauses of requests whose asks are labelled that are plainly asks, exclusions, or neither."""
    for path in (LABELLED, REQUESTS):
        for line in _lines(path):
            if "asks" in line:
                yield from _judged_clauses(line, words)


def _judged_clauses(line: Mapping[str, Any], words: WordWeights) -> Iterator[ClauseExample]:
    text = line["text"]
    also = (passage for ask in line["asks"] for passage in ask.get("also", ()))
    optional = (out["text"] for out in line["exclusions"] if out.get("optional"))
    wanted = _places(text, (ask["text"] for ask in line["asks"]))
    left_out = _places(text, (out["text"] for out in line["exclusions"] if not out.get("optional")))
    doubtful = _places(text, (*also, *optional, *line.get("may_asks", ())))
    for clause, features in _clauses_of(line, words):
        if any(meets(clause, place) for place in left_out):
            yield ClauseExample(features, EXCLUDES)
        elif any(meets(clause, place) for place in wanted):
            yield ClauseExample(features, ASKS)
        elif not any(meets(clause, place) for place in doubtful):
            yield ClauseExample(features, None)


def _places(text: str, passages: Iterable[str]) -> list[Place]:
    return [place for passage in passages for place in places_of(text, passage)]


def _clauses_of(line: Mapping[str, Any], words: WordWeights) -> Iterator[tuple[Clause, Features]]:
    """Yield the clauses of a request that may be asks, with their features."""
    parsed = _parsed(line["text"], NOTHING_LEARNED)
    if parsed is None or line.get("refused") == "LANGUAGE_NOT_READ":
        return
    placed, scorer = parsed.material.gathered.placed, parsed.material.scorer
    starts = {ask.start for ask in parsed.material.asks}
    asking = [current.clause.start in starts for current in placed]
    led = announcements(line["text"], placed)
    for at, current in enumerate(placed):
        if current.clause.role in JUDGED:
            features = clause_features(line["text"], placed, asking, at, scorer, words)
            yield current.clause, {**features, **led[at]}


def digest() -> str:
    """Return a digest of the files of the examples, by which learned weights are known to be theirs."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in (SENTENCES, REQUESTS, LABELLED))).hexdigest()


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
