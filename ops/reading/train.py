"""Learns the weights by which the reader finds the domains of a request, and writes them into the orchestrator.

    pip install 'scikit-learn>=1.9,<2'
    python -m ops.reading.train

Logistic regressions: for each domain one over the words of sentences and requests; two over the clauses of requests,
for what is an ask and what an exclusion; and one over all that speaks for a domain, for what a request is about. The
last learns from requests that the words were not learned from (cross-validation), else it would trust them too much. To
be run again after the examples, the cards' phrases or the cutting into clauses have changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from creatorflow_orchestrator.core.reading.evidence import EVIDENCE, chance
from creatorflow_orchestrator.core.reading.judged_clauses import ASKS, EXCLUDES
from creatorflow_orchestrator.core.reading.learned import Learned
from creatorflow_orchestrator.core.reading.request_domains import likely_domains
from creatorflow_orchestrator.core.reading.word_weights import NOBODY, Features, WordWeights
from creatorflow_orchestrator.translate.knowledge import LEARNED
from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-not-found,unused-ignore]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found,unused-ignore]

from .examples import FOLDS, ClauseExample, Example, clauses, digest, domains, requests, sentences

OUT = Path(__file__).resolve().parents[2] / "services/orchestrator/src/creatorflow_orchestrator" / LEARNED
FEWEST = 2  # examples that have a feature
SMALLEST = 0.1  # weight that is kept
THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55)

Evidence = dict[str, tuple[float, ...]]


def main() -> None:
    """Train, print how well that does on requests it has not seen, and write the weights."""
    unread = [*sentences(), *requests()]
    cut = _clause_weights(list(clauses(_words(unread))))
    unseen: list[Example] = []
    evidence: list[Evidence] = []
    for fold in range(FOLDS):
        words = _words([example for example in unread if example.fold != fold])
        read = [example for example in requests(Learned(words, cut)) if example.fold == fold]
        unseen += read
        evidence += [example.material.evidence(words, example.material.ask_chances(words)) for example in read]
    best = _best(unseen, evidence)
    words = _words(unread)
    data = {
        "learned_from": digest(),
        "least": best.least,
        "floor": best.floor,
        "broad": best.broad,
        "evidence": best.evidence,
        "words": {"bias": words.bias, "weights": words.weights},
        "clauses": {"bias": cut.bias, "weights": cut.weights},
    }
    OUT.write_text(json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
    print(
        f"{len(unread)} examples; domains of unseen requests: F1 {_f1(unseen, evidence, best):.3f}, "
        f"of labelled ones {_f1(unseen, evidence, best, labelled=True):.3f}"
    )


def _best(unseen: Sequence[Example], evidence: Sequence[Evidence]) -> Learned:
    """Fit the weights of the evidence, and find the chances from which it is enough."""
    weights = _evidence_weights(unseen, evidence)
    trials = (
        Learned(evidence=weights, least=least, floor=floor, broad=broad)
        for least in THRESHOLDS
        for floor in THRESHOLDS
        for broad in THRESHOLDS
        if floor <= least and broad <= least
    )
    return max(trials, key=lambda trial: _f1(unseen, evidence, trial, labelled=True) + _f1(unseen, evidence, trial) / 4)


def _words(examples: Sequence[Example]) -> WordWeights:
    """Fit the weight of each feature for each domain."""
    rows, names = _rows([example.features for example in examples])
    of_domains = {}
    for domain in (*domains(), NOBODY):
        clear = [at for at, example in enumerate(examples) if domain not in example.may]
        of_domains[domain] = rows[clear], [domain in (examples[at].domains or {NOBODY}) for at in clear]
    return _fitted(names, of_domains, C=3.0, class_weight={False: 1.0, True: 1.5})


def _rows(features: Sequence[Features]) -> tuple[Any, Sequence[str]]:
    """Return a matrix of features, those aside that hardly any example has, and the names of its columns."""
    counts = Counter(name for found in features for name in found)
    vectorizer = DictVectorizer()
    rows = vectorizer.fit_transform(
        [{name: value for name, value in found.items() if counts[name] >= FEWEST} for found in features]
    )
    return rows, [str(name) for name in vectorizer.get_feature_names_out()]


def _fitted(
    names: Sequence[str], examples: Mapping[str, tuple[Any, list[bool]]], smallest: float = SMALLEST, **settings: Any
) -> WordWeights:
    """Fit a regression for each of some things that examples may be, and keep the weights that matter."""
    bias: dict[str, float] = {}
    weights: dict[str, dict[str, float]] = {}
    for thing, (rows, labels) in examples.items():
        model = LogisticRegression(max_iter=2000, **settings).fit(rows, labels)
        bias[thing] = round(float(model.intercept_[0]), 3)
        for name, weight in zip(names, model.coef_[0], strict=True):
            if abs(weight) >= smallest:
                weights.setdefault(name, {})[thing] = round(float(weight), 2)
    return WordWeights(bias, weights)


def _clause_weights(examples: Sequence[ClauseExample]) -> WordWeights:
    """Fit the weight of each feature of a clause for being an ask, and for being an exclusion."""
    labels = {name: [example.does == name for example in examples] for name in (ASKS, EXCLUDES)}
    rows, names = _rows([example.features for example in examples])
    return _fitted(names, {name: (rows, of) for name, of in labels.items()}, C=0.3, smallest=SMALLEST / 2)


def _evidence_weights(whole: Sequence[Example], evidence: Sequence[Evidence]) -> dict[str, float]:
    """Fit the weight of each kind of evidence, the same for all domains."""
    pairs = [
        (found[domain], domain in example.domains)
        for example, found in zip(whole, evidence, strict=True)
        for domain in domains()
        if domain not in example.may
    ]
    model = LogisticRegression(C=0.3, max_iter=3000, fit_intercept=False)
    model.fit([values for values, _ in pairs], [label for _, label in pairs])
    return {name: round(float(weight), 3) for name, weight in zip(EVIDENCE, model.coef_[0], strict=True)}


def _f1(whole: Sequence[Example], evidence: Sequence[Evidence], learned: Learned, labelled: bool = False) -> float:
    right = wrong = missed = 0
    for example, found in zip(whole, evidence, strict=True):
        if labelled and not example.labelled:
            continue
        about = set(likely_domains({domain: chance(values, learned) for domain, values in found.items()}, learned))
        about -= example.material.excluded
        right += len(about & example.domains)
        wrong += len(about - example.domains - example.may)
        missed += len(example.domains - about)
    return 2 * right / (2 * right + wrong + missed)


if __name__ == "__main__":
    main()
