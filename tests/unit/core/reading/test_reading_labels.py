"""The labels of `tests/golden/reading` are sound in themselves, whatever a reader makes of the requests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, get_args

from creatorflow_orchestrator.core.request import Ask, AskKind, Comparison, Exclusion, Fact, FactKind, Reading

from tests import reading_scores as scores
from tests.labelled_reading import AGENTS, PARTS, STRATA

LABELS = [label for part in PARTS.values() for label in part]
FEWEST = 20
REQUESTS = 900
HELD_OUT = 240
A_NUMBER = re.compile(r"(?<![A-Za-z\d])\d[\d.,:/]*")
"""Digits that are no part of a word: not those of "p95"."""
FIELDS = {
    "exclusions": [{"text", "takes"}],
    "facts": [{"text", "value", "unit"}, {"text", "name", "category"}, {"text", "date"}, {"text", "time"}],
    "asks": [{"text", "kind"}],
}
"""The fields that an element of a label has to have: one of the sets."""
OPTIONAL = {"exclusions": {"optional"}, "facts": {"comparison", "subject", "role"}, "asks": {"also", "nobody"}}
NO_FIGURES_INSIDE = re.compile(r"```.{0,4000}?```|~~~.{0,4000}?~~~|^ {0,4}\(?\d{1,2}[.)] ", re.DOTALL | re.MULTILINE)
"""Fenced code, and the markers of numbered lists."""


def _passages(label: dict[str, Any]) -> Iterator[str]:
    """Yield every passage that a label names."""
    for name in ("exclusions", "facts", "asks"):
        for element in label[name]:
            yield element["text"]
            yield from element.get("also", [])
    for name in ("no_facts", "may_facts", "may_asks"):
        yield from label.get(name, [])


def test_ids_are_unique_and_no_text_comes_twice() -> None:
    assert len({label["id"] for label in LABELS}) == len({label["text"] for label in LABELS}) == len(LABELS)


def test_the_set_is_large_in_every_stratum_and_many_are_held_out() -> None:
    assert len(LABELS) >= REQUESTS
    counts = Counter(label["stratum"] for label in LABELS)
    assert counts.keys() == set(STRATA)
    assert min(counts.values()) >= FEWEST
    assert len(PARTS["held_out"]) >= HELD_OUT
    assert len(PARTS["tune"]) + len(PARTS["held_out"]) == len(LABELS)


def _faults(check: Callable[[dict[str, Any]], object]) -> dict[str, object]:
    """Return what `check` finds wrong in a label, by the label's id."""
    return {label["id"]: found for label in LABELS if (found := check(label))}


def test_labels_name_verbatim_passages() -> None:
    assert _faults(lambda label: [part for part in _passages(label) if not part or part not in label["text"]]) == {}


def test_labels_name_agents_that_exist_each_in_one_role() -> None:
    def check(label: dict[str, Any]) -> set[str]:
        wanted = {*label["must"], *(agent for group in label.get("any_of", []) for agent in group)}
        may, must_not = set(label["may"]), set(label["must_not"])
        return (wanted | may | must_not) - AGENTS | wanted & may | (wanted | may) & must_not

    assert _faults(check) == {}


def test_labels_want_an_agent_or_say_how_the_request_is_refused() -> None:
    assert {label["refused"] for label in LABELS} == {None, "NO_AGENT_MATCHES", "LANGUAGE_NOT_READ"}
    assert _faults(lambda label: bool(label["must"] or label.get("any_of")) != (label["refused"] is None)) == {}
    assert _faults(lambda label: not label["asks"] and label["refused"] != "LANGUAGE_NOT_READ") == {}


def test_labels_have_the_fields_that_the_scorer_knows() -> None:
    def check(label: dict[str, Any]) -> list[object]:
        elements = [(name, element) for name in FIELDS for element in label[name]]
        return [element for name, element in elements if set(element) - OPTIONAL[name] not in FIELDS[name]]

    assert _faults(check) == {}


def test_labels_have_the_values_that_the_scorer_knows() -> None:
    facts = [fact for label in LABELS for fact in label["facts"]]
    assert {fact.get("comparison") for fact in facts} <= {None, *get_args(Comparison)}
    assert {fact.get("role") for fact in facts} <= {None, "usual", "peak", "included"}
    kinds = [ask["kind"] for label in LABELS for ask in label["asks"]]
    named = {name for kind in kinds for name in ([kind] if isinstance(kind, str) else kind)}
    assert named <= {kind.value for kind in AskKind}


def test_asks_and_exclusions_are_found_in_one_place_only() -> None:
    def check(label: dict[str, Any]) -> list[str]:
        passages = [element["text"] for name in ("asks", "exclusions") for element in label[name]]
        return [passage for passage in passages if label["text"].count(passage) != 1]

    assert _faults(check) == {}


def test_every_number_of_a_request_is_labelled_as_a_figure_or_as_none() -> None:
    def check(label: dict[str, Any]) -> list[str]:
        text = label["text"]
        known = [fact["text"] for fact in label["facts"]] + label["no_facts"] + label.get("may_facts", [])
        places = [found.span() for passage in known for found in re.finditer(re.escape(passage), text)]
        places += [found.span() for found in NO_FIGURES_INSIDE.finditer(text)]
        covered = {at for start, end in places for at in range(start, end)}
        numbers = [found for found in A_NUMBER.finditer(text) if not covered & set(range(*found.span()))]
        return [text[max(0, found.start() - 20) : found.end() + 20] for found in numbers]

    assert _faults(lambda label: label["refused"] != "LANGUAGE_NOT_READ" and check(label)) == {}


def _perfect(label: dict[str, Any]) -> Reading:
    """Return the reading that the label describes."""

    def place(passage: str) -> dict[str, Any]:
        start = label["text"].index(passage)
        return {"start": start, "end": start + len(passage), "text": passage}

    def first(value: str | list[str]) -> str:
        return value if isinstance(value, str) else value[0]

    def fact(wanted: dict[str, Any]) -> Fact:
        name = wanted.get("name") or wanted.get("date") or wanted.get("time") or ""
        kind = next((kind for kind in FactKind if kind.value in wanted), FactKind.QUANTITY)
        more = {key: wanted.get(key, "") for key in ("subject", "role")} | {"comparison": wanted.get("comparison")}
        unit = first(wanted.get("unit", ""))
        return Fact(**place(wanted["text"]), kind=kind, name=name, value=wanted.get("value"), unit=unit, **more)

    return Reading(
        asks=tuple(
            Ask(
                **place(ask["text"]),
                kind=AskKind(first(ask["kind"])),
                object="",
                domains={} if ask.get("nobody") else {"any": 1.0},
            )
            for ask in label["asks"]
        ),
        exclusions=tuple(Exclusion(**place(one["text"]), sections=tuple(one["takes"])) for one in label["exclusions"]),
        facts=tuple(map(fact, label["facts"])),
    )


def test_the_reading_that_a_label_describes_scores_full_marks() -> None:
    def check(label: dict[str, Any]) -> object:
        reading, chosen = _perfect(label), [*label["must"], *(group[0] for group in label.get("any_of", []))]
        together = scores.total(
            (
                scores.score_agents(label, chosen),
                scores.score_exclusions(label, reading, chosen),
                scores.score_facts(label, reading),
                scores.score_asks(label, reading),
                scores.score_kinds(label, reading),
            )
        )
        return (together.wrong or together.missed) and together.lines

    assert _faults(check) == {}
