"""Learned judgement of which clauses are asks, on top of the rules of `asking`. Pure.

Words, form and what stands beside a clause say together if "a way back for 2 weeks" is wanted, or only told: more than
rules can list. A logistic regression over all of that, learned from labelled requests, confirms or overrules the rules;
where it would leave no ask at all, the rules stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from .clause_roles import Role
from .gather import Placed
from .grammar import finite_verb, low
from .learned import Learned
from .moods import Mood
from .scoring import Scorer
from .stemming import BREAK
from .word_weights import NOBODY, Features, WordWeights, likeliest, likelihood, strength

OPEN = (Role.ASK, Role.REPORT, Role.STATEMENT)
"""The roles of clauses that may be asks."""
_SAID = (Mood.IMPERATIVE, Mood.WISH)
"""Asked in so many words: then the rules need no confirmation."""
_FEW = 4  # asks by the rules up to which these are surer
_LEAST = 0.5  # chance from which a clause is an ask
_PAIRS = 4  # pairs of words at the beginning of a clause
_SHORT = 3  # words
_MANY = 12


def judged(text: str, placed: Sequence[Placed], asking: Sequence[bool], scorer: Scorer, learned: Learned) -> list[bool]:
    """Return for each clause if it is an ask; `asking` is what the rules say."""
    if not learned.asks or sum(asking) <= _FEW or all(asking):
        return list(asking)
    found = list(asking)
    for at, current in enumerate(placed):
        if current.clause.role in OPEN and not (asking[at] and current.clause.mood in _SAID):
            features = ask_features(text, placed, asking, at, scorer, learned.words)
            chance = likelihood(learned.asks.get(name, 0.0) * value for name, value in features.items())
            found[at] = chance >= _LEAST
    return found if any(found) else list(asking)


def ask_features(
    text: str, placed: Sequence[Placed], asking: Sequence[bool], at: int, scorer: Scorer, words: WordWeights
) -> Features:
    """Return the features of a clause: its words, its form, its neighbours, and what the rules say."""
    current, asks = placed[at], asking[at]
    clause = current.clause
    found = [stem for stem in scorer.stems_between(clause.start, clause.end) if stem != BREAK]
    likely = words.chances(scorer.features([(clause.start, clause.end)], {}))
    named = scorer.plain(clause.start, clause.end)
    features = _of_words(["#" if stem.isdigit() else stem for stem in found])
    features |= _of_neighbours(placed, asking, at)
    features |= {
        "always": 1.0,
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


def _of_words(found: Sequence[str]) -> Features:
    features = {f"word {stem}": 1.0 for stem in found}
    features.update((f"pair {before} {after}", 0.7) for before, after in pairwise(found[: _PAIRS + 1]))
    if found:
        features |= {f"first {found[0]}": 1.0, f"last {found[-1]}": 0.5}
    size = max(1.0, sqrt(sum(value * value for value in features.values())))
    return {name: 2.0 * value / size for name, value in features.items()}


def _of_neighbours(placed: Sequence[Placed], asking: Sequence[bool], at: int) -> Features:
    block = placed[at].block
    features = {
        "alone in its block": float(sum(1 for other in placed[max(0, at - 1) : at + 2] if other.block == block) == 1),
        "all that asks": min(sum(asking), _MANY) / (_MANY / 2),
        "something asks": float(any(asking)),
        "first of all": float(at == 0),
    }
    if at:
        before = placed[at - 1]
        features[f"before asks {asking[at - 1]}, {before.clause.role.value}, {before.block == block}"] = 1.0
    if at + 1 < len(placed):
        features[f"after asks {asking[at + 1]}, {placed[at + 1].block == block}"] = 1.0
    return features
