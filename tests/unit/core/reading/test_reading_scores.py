"""The scorer of readings says what is right, wrong and missed; a scorer that is too kind would hide every defect."""

from __future__ import annotations

from typing import Any

import pytest
from creatorflow_orchestrator.core.request import Ask, AskKind, Exclusion, Fact, FactKind, Passage, Reading

from tests.reading_scores import (
    Score,
    score_agents,
    score_asks,
    score_exclusions,
    score_facts,
    score_kinds,
    score_refusal,
    total,
)

TEXT = "Print labels under 350 ms. No charts. CF-88, and knit a scarf by 1 May."
LABEL: dict[str, Any] = {
    "text": TEXT,
    "must": ["shipping-automation"],
    "any_of": [["database", "performance-engineering"]],
    "may": ["order-workflow"],
    "must_not": ["ecommerce-analytics"],
    "exclusions": [{"text": "No charts", "takes": ["ecommerce-analytics"]}],
    "facts": [
        {"text": "under 350 ms", "value": 350, "unit": "ms", "comparison": "<"},
        {"text": "1 May", "date": "--05-01"},
    ],
    "no_facts": ["CF-88"],
    "asks": [
        {"text": "Print labels", "kind": ["build", "change"]},
        {"text": "knit a scarf", "kind": "build", "nobody": True},
    ],
    "refused": None,
}
FOUND = {"shipping-automation", "database"}


def _at(part: str) -> dict[str, Any]:
    start = TEXT.index(part)
    return {"start": start, "end": start + len(part), "text": part}


def _ask(part: str, kind: AskKind = AskKind.BUILD, **domains: float) -> Ask:
    return Ask(**_at(part), kind=kind, object=part, domains=domains)


def _figure(part: str, value: float, unit: str, **more: Any) -> Fact:
    return Fact(**_at(part), kind=FactKind.QUANTITY, value=value, unit=unit, **more)


def _counts(score: Score) -> tuple[int, int, int]:
    return score.right, score.wrong, score.missed


@pytest.mark.parametrize(
    ("chosen", "counts"),
    [
        (FOUND, (2, 0, 0)),
        ({*FOUND, "order-workflow"}, (2, 0, 0)),
        ({*FOUND, "ui-ux"}, (2, 1, 0)),
        ({"shipping-automation"}, (1, 0, 1)),
        (set(), (0, 0, 2)),
    ],
)
def test_agents_are_wanted_allowed_extra_or_missing(chosen: set[str], counts: tuple[int, int, int]) -> None:
    assert _counts(score_agents(LABEL, chosen)) == counts


def test_an_exclusion_is_honoured_if_found_with_what_it_takes_and_nobody_excluded_is_chosen() -> None:
    right = Reading(exclusions=(Exclusion(**_at("No charts."), domains=("analytics",)),))
    assert _counts(score_exclusions(LABEL, right, FOUND)) == (1, 0, 0)
    assert _counts(score_exclusions(LABEL, right, {*FOUND, "ecommerce-analytics"})) == (0, 0, 1)
    other = Reading(exclusions=(Exclusion(**_at("No charts."), domains=("billing",)),))
    assert _counts(score_exclusions(LABEL, other, FOUND)) == (0, 0, 1)
    assert _counts(score_exclusions(LABEL, Reading(), FOUND)) == (0, 0, 1)
    optional = {**LABEL, "exclusions": [{**LABEL["exclusions"][0], "optional": True}]}
    assert _counts(score_exclusions(optional, other, FOUND)) == (0, 0, 0)


def test_an_exclusion_that_nobody_wrote_is_wrong_if_it_takes_something() -> None:
    found = Exclusion(**_at("No charts"), agents=("ecommerce-analytics-specialist",))
    idle, taking = Exclusion(**_at("CF-88")), Exclusion(**_at("Print labels"), domains=("shipping",))
    assert _counts(score_exclusions(LABEL, Reading(exclusions=(found, idle)), FOUND)) == (1, 0, 0)
    assert _counts(score_exclusions(LABEL, Reading(exclusions=(found, taking)), FOUND)) == (1, 1, 0)


@pytest.mark.parametrize(
    ("wanted", "value", "unit", "same"),
    [
        ((350, "ms"), 0.35, "s", True),
        ((350, "ms"), 350, "milliseconds", True),
        ((350, "ms"), 350, "s", False),
        ((350, "ms"), 340, "ms", False),
        ((10, "year"), 120, "months", True),
        ((14, "day"), 1, "fortnight", True),
        ((20, "labels/day"), 20, "label/day", True),
        ((20, "labels/day"), 20, "labels/week", False),
        ((20, "labels/day"), 20, "parcels/day", False),
        ((20, "labels/day"), 20, "labels", False),
        ((20, ["labels/day", "labels"]), 20, "labels", True),
        ((1200, "orders/min"), 20, "orders/s", True),
        ((0.035, "USD/label"), 3.5, "cents/label", True),
        ((0.035, "USD/label"), 3.5, "USD/label", False),
        ((49, "USD/month"), 49, "EUR/month", False),
        ((0.5, "USD/label"), 0.5, "USD/parcel", False),
        ((25, "x"), 25, "times", True),
    ],
)
def test_a_figure_is_the_labelled_one_in_whatever_unit_says_the_same(
    wanted: tuple[float, str], value: float, unit: str, same: bool
) -> None:
    label = {**LABEL, "facts": [{"text": "350 ms", "value": wanted[0], "unit": wanted[1]}]}
    score = score_facts(label, Reading(facts=(_figure("350 ms", value, unit),)))
    assert _counts(score) == ((1, 0, 0) if same else (0, 1, 1))


def test_a_figure_needs_its_direction_and_its_role_where_the_label_has_them() -> None:
    right, wrong = _figure("350 ms", 350, "ms", comparison="<="), _figure("350 ms", 350, "ms", comparison=">")
    date = Fact(**_at("1 May"), kind=FactKind.DATE, name="--05-01")
    assert _counts(score_facts(LABEL, Reading(facts=(right, date)))) == (2, 0, 0)
    assert _counts(score_facts(LABEL, Reading(facts=(wrong, date)))) == (1, 1, 1)
    label = {**LABEL, "facts": [{"text": "350 ms", "value": 350, "unit": "ms", "role": "peak"}]}
    assert _counts(score_facts(label, Reading(facts=(right,)))) == (0, 1, 1)
    assert _counts(score_facts(label, Reading(facts=(_figure("350 ms", 350, "ms", role="peak"),)))) == (1, 0, 0)


def test_a_number_that_is_no_figure_is_wrong_and_one_that_may_be_is_neither() -> None:
    ticket = Reading(facts=(_figure("CF-88", 88, ""),))
    assert score_facts(LABEL, ticket).wrong == 1
    assert score_facts({**LABEL, "no_facts": []}, ticket).wrong == 1
    assert score_facts({**LABEL, "no_facts": [], "may_facts": ["CF-88"]}, ticket).wrong == 0
    name = Reading(facts=(Fact(**_at("scarf"), kind=FactKind.NAME, name="Scarf"),))
    assert score_facts(LABEL, name).wrong == 0
    assert score_facts({**LABEL, "no_facts": ["scarf"]}, name).wrong == 1


def test_a_named_thing_is_met_by_its_canonical_name() -> None:
    label = {**LABEL, "facts": [{"text": "labels", "name": "PostgreSQL", "category": "database"}]}
    for name, right in (("PostgreSQL 16", 1), ("postgresql", 1), ("MySQL", 0), ("", 0)):
        assert score_facts(label, Reading(facts=(Fact(**_at("labels"), kind=FactKind.NAME, name=name),))).right == right


def test_asks_are_met_by_place_each_once() -> None:
    both = (_ask("Print labels under 350 ms", shipping=1.0), _ask("knit a scarf by 1 May"))
    assert _counts(score_asks(LABEL, Reading(asks=both))) == (2, 0, 0)
    assert _counts(score_asks(LABEL, Reading(asks=(_ask(TEXT, shipping=1.0),)))) == (1, 0, 1)
    somebody = {**LABEL, "asks": [{"text": ask["text"], "kind": "build"} for ask in LABEL["asks"]]}
    assert _counts(score_asks(somebody, Reading(asks=(_ask(TEXT, shipping=1.0),)))) == (1, 0, 1)
    assert _counts(score_asks(LABEL, Reading(asks=(*both, _ask("No charts"))))) == (2, 1, 0)
    maybe = {**LABEL, "may_asks": ["No charts"]}
    assert _counts(score_asks(maybe, Reading(asks=(*both, _ask("No charts"))))) == (2, 0, 0)
    also = {**LABEL, "asks": [{**LABEL["asks"][0], "also": ["under 350 ms"]}, LABEL["asks"][1]]}
    parts = (_ask("under 350 ms"), _ask("Print labels"), both[1])
    assert _counts(score_asks(also, Reading(asks=parts))) == (2, 0, 0)
    assert _counts(score_asks(also, Reading(asks=parts[::2]))) == (2, 0, 0)


def test_what_nobody_covers_is_an_ask_without_domains_or_unread() -> None:
    first = _ask("Print labels", shipping=1.0)
    covered = Reading(asks=(first, _ask("knit a scarf", shipping=1.0)))
    assert _counts(score_asks(LABEL, covered)) == (1, 1, 1)
    assert _counts(score_asks(LABEL, Reading(asks=(first,), unread=(Passage(**_at("knit a scarf")),)))) == (2, 0, 0)


def test_kinds_are_judged_of_the_asks_that_were_found_and_that_somebody_does() -> None:
    nobody = _ask("knit a scarf", AskKind.VERIFY)
    for kind, counts in ((AskKind.CHANGE, (1, 0, 0)), (AskKind.VERIFY, (0, 0, 1))):
        asks = (_ask("Print labels", kind, shipping=1.0), nobody)
        assert _counts(score_kinds(LABEL, Reading(asks=asks))) == counts
    assert _counts(score_kinds(LABEL, Reading(asks=(nobody,)))) == (0, 0, 0)


def test_a_refusal_has_the_labelled_code() -> None:
    assert score_refusal(LABEL, None).right == 1
    assert score_refusal(LABEL, "NO_AGENT_MATCHES").missed == 1
    assert score_refusal({**LABEL, "refused": "LANGUAGE_NOT_READ"}, "LANGUAGE_NOT_READ").right == 1


def test_scores_add_up() -> None:
    score = total([Score(right=3, wrong=1), Score(right=1, missed=1, lines=("x",))])
    assert (score.precision, score.recall, score.f1, score.lines) == (0.8, 0.8, 0.8, ("x",))
    assert Score().f1 == Score().precision == Score().recall == 1
