"""Learned judgement of which clauses are asks and which are exclusions, on top of the rules. Pure.

Words, form and what stands beside a clause say together if "a way back for 2 weeks" is wanted, or only mentioned, and
that "the carriers stay with Anna's team" takes something away: more than rules can list. Logistic regressions over all
of that, learned from labelled requests, confirm or overrule the rules; where they would leave no ask at all, the rules
stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import sqrt

from .blocks import BlockKind
from .clause_roles import Role
from .clauses import Clause
from .exclusion_signs import signs
from .gather import Placed
from .grammar import finite_verb, low
from .learned import Learned
from .moods import Mood
from .negation import Negation
from .scoring import Scorer
from .stemming import BREAK
from .word_weights import NOBODY, Features, WordWeights, likeliest, strength

ASKS, EXCLUDES = "asks", "excludes"
"""The names under which it is learned what a clause does."""
OPEN = (Role.ASK, Role.REPORT, Role.STATEMENT, Role.CONSTRAINT, Role.LEAD)
"""The roles of clauses that may be asks, or exclusions that no rule knows."""
_NO_ASKS = (Role.CONSTRAINT, Role.LEAD)
JUDGED = (*OPEN, Role.DONE)
"""The roles of clauses that may be such exclusions."""
_BRIEF = 25  # words up to which a request is hardly anything but asks, which the rules know
_LIKELY = 0.5  # chance from which a clause is an ask that the rules do not know
_NOT_UNLIKELY = 0.2  # the same, if the rules say that it asks: to lose an ask is worse than to have one too many
_SURE = 0.6  # chance from which it is an exclusion, whatever else it may be
_ELSE = 0.4  # chance from which what is no ask is an exclusion
_SHORT = 3  # words
_MANY = 12
_LONGEST = 60  # tokens of a clause that are looked at
_BETWEEN = 200  # characters between two clauses that are looked at for a heading
_HEADING = 8  # words of a heading or a lead-in
_WORD = re.compile(r"[^\W\d_]{2,40}")
_EDGE = 2  # tokens of the clause before, from its beginning and its end


def judged(
    text: str, placed: Sequence[Placed], asking: Sequence[bool], scorer: Scorer, learned: Learned
) -> tuple[list[Placed], list[bool]]:
    """Return the clauses with the role of exclusions where they are such, and for each if it is an ask.

    `asking` is what the rules say.
    """
    words = sum(item.word for current in placed for item in current.clause.items)
    if not learned.clauses.bias or words <= _BRIEF:
        return list(placed), list(asking)
    found, asks, led = list(placed), list(asking), announcements(text, placed)
    for at, current in enumerate(placed):
        if current.clause.role not in JUDGED:
            continue
        features = clause_features(text, placed, asking, at, scorer, learned.words)
        chances = learned.clauses.chances({**features, **led[at]})
        clause = current.clause
        asks[at] = chances[ASKS] >= (_NOT_UNLIKELY if asking[at] else _LIKELY) and clause.role in OPEN
        enough = _SURE if asks[at] or clause.role in _NO_ASKS else _ELSE
        if chances[EXCLUDES] >= enough and _may_exclude(text, current):
            asks[at] = False
            clause = _excluding(clause)
        elif asks[at] and clause.role in _NO_ASKS:
            clause = replace(clause, role=Role.ASK)
        found[at] = replace(current, clause=clause)
    return (found, asks) if any(asks) else (list(placed), list(asking))


def _may_exclude(text: str, current: Placed) -> bool:
    """Return False for a thing that is only named ("Dashboard screens for phones"): nothing in it leaves it out."""
    if current.clause.mood is not Mood.PHRASE:
        return True
    listed = current.form in (BlockKind.ITEM, BlockKind.ROW)
    return not listed and any(True for _ in signs(text, current.clause.items[:_LONGEST]))


def _excluding(clause: Clause) -> Clause:
    """Return a clause as an exclusion in passing, which takes nothing from an ask for the same."""
    whole = len(clause.items)
    return replace(clause, role=Role.EXCLUSION, negation=Negation(0, whole, 0, whole, whole=True), named=clause.items)


def clause_features(
    text: str, placed: Sequence[Placed], asking: Sequence[bool], at: int, scorer: Scorer, words: WordWeights
) -> Features:
    """Return the features of a clause: its words, its form, its neighbours, and what the rules say."""
    current, asks = placed[at], asking[at]
    clause = current.clause
    found = [stem for stem in scorer.stems_between(clause.start, clause.end) if stem != BREAK]
    likely = scorer.chances(clause.start, clause.end, words)
    named = scorer.plain(clause.start, clause.end)
    features = _of_size(_of_stems(["#" if stem.isdigit() else stem for stem in found]), 2.0)
    features |= _of_size(dict.fromkeys(_of_tokens([item.low for item in clause.items[:_LONGEST]]), 1.0), 3.0)
    features |= dict.fromkeys(map("sign {}".format, signs(text, clause.items[:_LONGEST])), 1.0)
    features |= _of_neighbours(text, placed, asking, at)
    features |= {
        "asks": 2.0 * asks,
        f"role {clause.role.value}": 1.0,
        f"mood {clause.mood.value}": 1.0,
        f"form {current.form.value}": 1.0,
        f"section {current.section.value}": 1.0,
        f"asks {asks}, {current.form.value}, {clause.mood.value}": 1.0,
        f"asks {asks}, {current.section.value}, {clause.role.value}": 1.0,
        f"verb {low(clause.items, finite_verb(clause.items))}": 1.0,
        "leads": float(clause.leads),
        "refers": float(clause.anaphoric),
        "question": float(text[clause.end : clause.end + 2].lstrip().startswith("?")),
        "length": min(len(found), 20) / 20,
        "short": float(len(found) <= _SHORT),
        "of a domain": 2.0 * likeliest(likely),
        "nobody's": 2.0 * likely.get(NOBODY, 0.0),
        "named": 2.0 * strength(max(named.values(), default=0.0)),
    }
    return features


def announcements(text: str, placed: Sequence[Placed]) -> list[Features]:
    """Return for each clause features of what announces it: the words of a heading, or of a lead-in ("We leave out:").

    Headings are no clauses; they stand between them.
    """
    found: list[Features] = []
    announced: Features = {}
    end = 0
    for at, current in enumerate(placed):
        start = current.clause.start
        between = _words_of_last_line(text[max(end, start - _BETWEEN) : start])
        before = placed[at - 1].clause if at else None
        if between:
            announced = {f"under {word.lower()}": 1.0 for word in between[:_HEADING]}
        elif before is not None and (before.leads or before.role is Role.LEAD):
            announced = {f"under {item.low}": 1.0 for item in before.items[-_HEADING:] if item.word}
        found.append(announced)
        end = current.clause.end
    return found


def _words_of_last_line(between: str) -> list[str]:
    """Return the words of the last line that has any."""
    found = (_WORD.findall(line) for line in reversed(between.splitlines()))
    return next(filter(None, found), [])


def _of_stems(found: Sequence[str]) -> Features:
    features = {f"word {stem}": 1.0 for stem in found}
    if found:
        features |= {f"first {found[0]}": 1.0, f"last {found[-1]}": 0.5}
    return features


def _of_tokens(found: Sequence[str]) -> Iterator[str]:
    """Yield the words and marks of a clause in their order: one, two and three together."""
    marked = ["<", *("#" if token.isdigit() else token for token in found), ">"]
    yield from marked
    yield from (f"{first} {second}" for first, second in pairwise(marked))
    yield from map(" ".join, zip(marked, marked[1:], marked[2:], strict=False))


def _of_size(features: Features, size: float) -> Features:
    """Return features whose vector has a size, so that long clauses weigh no more than short ones."""
    length = max(1.0, sqrt(sum(value * value for value in features.values())))
    return {name: size * value / length for name, value in features.items()}


def _of_neighbours(text: str, placed: Sequence[Placed], asking: Sequence[bool], at: int) -> Features:
    block = placed[at].block
    features = {
        "alone in its block": float(sum(1 for other in placed[max(0, at - 1) : at + 2] if other.block == block) == 1),
        "something asks": float(any(asking)),
        "first of all": float(at == 0),
    }
    if at:
        before = placed[at - 1]
        features[f"before asks {asking[at - 1]}, {before.clause.role.value}, {before.block == block}"] = 1.0
        features[f"between {text[before.clause.end : placed[at].clause.start].strip()[:3]}"] = 1.0
        edges = (*before.clause.items[:_EDGE], *before.clause.items[-_EDGE:])
        features |= {f"before {item.low}": 0.5 for item in edges}
    if at + 1 < len(placed):
        after = placed[at + 1]
        features[f"after asks {asking[at + 1]}, {after.clause.role.value}, {after.block == block}"] = 1.0
    return features
