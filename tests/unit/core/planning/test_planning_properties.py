"""Properties of planning for every text: analysed or refused, in bounded time, into a plan that can run."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.graph import in_order
from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.planning.analyzer import analyze
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.translate.tasks import to_card
from hypothesis import given
from hypothesis import strategies as st

from tests.call_count import calls_per_character

CARDS = tuple(map(to_card, load_cards()))
KNOWN = frozenset(card.name for card in CARDS)
PHRASES = sorted({phrase for card in CARDS for words in card.vocabulary.values() for phrase in words})
GLUE = (
    "and", "then", ",", ".", "\n", "\n- ", "\n2. ", "only if it passes,", "until it holds", "10x", "5000 orders/hour",
    "<2s", "Part 1: ", "\nPart 2: ", "\nPhase 3 ", "a drone fleet", "we need", "build", "don't need", "in order to",
    "(", "\"",
)  # fmt: skip
REQUESTS = st.lists(st.sampled_from(PHRASES) | st.sampled_from(GLUE), min_size=1, max_size=40).map(" ".join)


def _planned(text: str, constraints: tuple[str, ...] = ()) -> Plan | None:
    try:
        analysis = analyze(text, CARDS, constraints)
    except Refusal as refusal:
        assert refusal.code in {"NO_AGENT_MATCHES", "REQUEST_EMPTY", "TOO_LARGE", "LANGUAGE_NOT_READ"}
        return None
    return make_plan(text, analysis, CARDS)


def _once(names: Iterable[str]) -> bool:
    listed = list(names)
    return len(listed) == len(set(listed))


@given(st.text(max_size=2000))
def test_any_text_is_planned_or_refused(text: str) -> None:
    _planned(text)


@given(REQUESTS, st.lists(st.sampled_from(PHRASES), max_size=3).map(tuple))
def test_a_plan_is_acyclic_with_known_agents_each_once(text: str, constraints: tuple[str, ...]) -> None:
    plan = _planned(text, constraints)
    if plan is None:
        return
    after = {step.id: step.depends_on for step in plan.steps}
    assert in_order(after) and len(in_order(after)) == len(plan.steps)
    works = [(step.agent, step.when) for step in plan.steps if step.agent]
    assert KNOWN.issuperset(agent for agent, _ in works)
    always = [agent for agent, guard in works if guard is None]
    assert _once(always)
    assert all(step.agent or step.request for step in plan.steps)
    seen: set[str] = set()
    for step in plan.steps:  # plan order is a topological order
        assert seen.issuperset(step.depends_on)
        seen.add(step.id)


@given(REQUESTS)
def test_every_requirement_that_can_be_answered_has_a_step(text: str) -> None:
    try:
        analysis = analyze(text, CARDS)
    except Refusal:
        return
    plan = make_plan(text, analysis, CARDS)
    answered = {position for step in plan.steps for position in step.requirements}
    assert answered.issuperset(at for at, agents in enumerate(analysis.answering) if agents)


@given(REQUESTS)
def test_the_same_text_gives_the_same_plan(text: str) -> None:
    assert _planned(text) == _planned(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a", "\n- label", "order order volume ", "if pass ", "until ", "if it passes ", "test until it ",
        "if it is ok:\n- a\n", "label, and ", "Part 1\n", "# stock\n",
        "print the shipping label of the order status dashboard, and login to the stripe invoice. ",
    ],
)  # fmt: skip
def test_the_cost_of_planning_grows_with_the_length_of_the_text(piece: str) -> None:
    assert calls_per_character(_planned, piece) < 150  # measured: at most 98, nearly all in the reader
