"""Learned weights of words: how likely an ask is of each domain, by its words and by what the cards' phrases say. Pure.

A card's phrases say what they were written for; most requests say it in other words ("who fiddled with the prices").
The weights are those of a logistic regression for each domain over sentences labelled by hand, made by
`ops.reading.train`; they are data, so that a request is read the same way everywhere and without a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, sqrt

from creatorflow_contracts.stemming import stem

from creatorflow_orchestrator.core.request import Attachment, Fact

from .stemming import BREAK

Features = dict[str, float]

_LENGTH = 2.0  # of the vector of an ask's words, which keeps long asks from weighing more
_STRONG = 8.0  # score of a domain's phrases from which more of them say no more
_FIRST = 0.6
_UNIT = 0.7
_FILES = 1.5  # length of the vector of the words in files
_LOOKED_AT = 2_000  # characters of a file, from its beginning
_NAME = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}")
"""A word in a name of code: "label" and "Timeout" of "labelTimeout", "order" and "id" of "order_id"."""
_CERTAIN = 30.0  # on the logistic scale


@dataclass(frozen=True, slots=True)
class WordWeights:
    """For each domain a bias, and for each feature its weight by domain."""

    bias: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def chances(self, features: Features) -> dict[str, float]:
        """Return the likelihood, from 0 to 1, that an ask with these features is of each domain."""
        sums = dict(self.bias)
        for name, value in features.items():
            for domain, weight in self.weights.get(name, {}).items():
                sums[domain] += weight * value
        return {domain: likelihood(total) for domain, total in sums.items()}


NOBODY = "nobody"
"""The name under which it is learned what no agent does, as if it were a domain."""

NO_WEIGHTS = WordWeights()
"""No learned weights: then the cards' phrases alone decide."""


def likelihood(total: float) -> float:
    """Return the likelihood, from 0 to 1, of a place on the logistic scale."""
    if abs(total) > _CERTAIN:
        return float(total > 0.0)
    return 1.0 / (1.0 + exp(-total))


def likeliest(chances: Mapping[str, float]) -> float:
    """Return the highest chance of any domain."""
    return max((found for domain, found in chances.items() if domain != NOBODY), default=0.0)


def strength(score: float) -> float:
    """Return what a score of phrases says, from 0 to 1."""
    return min(score, _STRONG) / _STRONG


def features_of(
    stems: Sequence[str],
    facts: Iterable[Fact],
    asked: Mapping[str, float],
    named: Mapping[str, float],
    files: Sequence[Attachment] = (),
) -> Features:
    """Return the features of an ask, or of all that a request says.

    `stems` are those of all its words; `facts` its figures and named things; `asked` are the scores of the domains that
    the cards' phrases ask for, `named` of all that they name anywhere in it; `files` the attached code.
    """
    facts = tuple(facts)
    found = {"#" if stem.isdigit() else stem: 1.0 for stem in stems if stem != BREAK}
    first = next(iter(found), None)
    if first is not None:
        found[f"first:{first}"] = _FIRST
    found.update((f"name:{fact.category}", 1.0) for fact in facts if fact.category)
    found.update((f"unit:{part}", _UNIT) for fact in facts for part in fact.unit.split("/") if part)
    found.update((f"file:{file.language}", 1.0) for file in files if file.language)
    size = max(1.0, sqrt(sum(value * value for value in found.values())))
    found = {name: _LENGTH * value / size for name, value in found.items()}
    found.update((f"asked:{domain}", 2.0 * strength(score)) for domain, score in asked.items())
    found.update((f"named:{domain}", 2.0 * strength(score)) for domain, score in named.items())
    in_files = {f"in file:{word}" for file in files for word in _words_of(file)}
    found.update(dict.fromkeys(in_files, _FILES / sqrt(max(1, len(in_files)))))
    most = max(named.values(), default=0.0)
    found.update((f"most:{domain}", 0.5) for domain, score in named.items() if score == most)
    return found


def _words_of(file: Attachment) -> set[str]:
    return {stem(word.lower()) for word in _NAME.findall(file.text[:_LOOKED_AT])}
