"""Properties of plans for every reading, as another reader may return it: overlapping, contradictory, in any number."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from creatorflow_contracts.v1.card import DOMAINS
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.graph import in_order
from creatorflow_orchestrator.core.plan import Analysis
from creatorflow_orchestrator.core.planning.analyzer import analyze_reading
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.core.reading.excerpt import excerpt
from creatorflow_orchestrator.core.reading.packing import MAX_ASKS, packed
from creatorflow_orchestrator.core.request import Ask, AskKind, Exclusion, Fact, FactKind, Passage, Reading
from creatorflow_orchestrator.translate.reading import to_wire
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.planning.readings import CARDS

WORDS = (
    "print labels", "test it", "if it passes", "otherwise", "deploy", "roll back", "until the tests pass", "tune it",
    "Part 1:", "Phase 2:", "\n- ", ". ", ", ", "only if", "p95 below 250 ms", "no charts", "at most 5 times", "again",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)
SCORES = st.dictionaries(st.sampled_from(DOMAINS), st.floats(0.5, 9.0), max_size=3)
AGENTS = st.sampled_from([card.name for card in CARDS])


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Reading]:
    """Draw a text and a reading of it whose asks do not overlap."""
    text = draw(TEXTS)
    places = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=9)))
    spans = [(start, end, text[start:end]) for start, end in pairwise(places)]
    asks = tuple(Ask(*span, draw(st.sampled_from(AskKind)), span[2], draw(SCORES)) for span in spans)
    facts = tuple(
        Fact(*draw(st.sampled_from(spans)), FactKind.QUANTITY, "x", "<", 1.0, "ms", asks=bound)
        for bound in draw(st.lists(st.lists(st.integers(0, len(asks) - 1), max_size=2).map(tuple), max_size=3))
    )
    return text, Reading(asks=asks, facts=facts)


EXCLUSIONS = st.builds(
    Exclusion,
    st.just(0),
    st.just(1),
    st.just("x"),
    st.lists(st.sampled_from(DOMAINS), max_size=2).map(tuple),
    st.lists(AGENTS, max_size=1).map(tuple),
    st.lists(st.sampled_from(AskKind), max_size=1).map(tuple),
    st.sampled_from([(), ("testing_requirements",)]),
)


def _analysed(text: str, reading: Reading) -> Analysis | None:
    try:
        return analyze_reading(text, reading, CARDS)
    except Refusal as refusal:
        assert refusal.code == "NO_AGENT_MATCHES"
        return None


@given(requests(), st.lists(EXCLUSIONS, max_size=3).map(tuple))
def test_every_reading_is_planned_or_refused_and_no_ask_with_an_agent_is_lost(
    request: tuple[str, Reading], exclusions: tuple[Exclusion, ...]
) -> None:
    text, reading = request[0], replace(request[1], exclusions=exclusions)
    analysis = _analysed(text, reading)
    if analysis is None:
        return
    plan = make_plan(text, analysis, CARDS)
    assert len(in_order({step.id: step.depends_on for step in plan.steps})) == len(plan.steps)
    answered = {position for step in plan.steps for position in step.requirements}
    assert answered.issuperset(position for position, names in enumerate(analysis.answering) if names)
    for step in plan.steps:
        if step.agent:
            part = to_wire(excerpt(reading, step))
            assert [ask.text for ask in part.asks] == [reading.asks[position].text for position in step.requirements]
            assert all(position < len(part.asks) for fact in part.facts for position in fact.asks)


@given(requests(), EXCLUSIONS)
def test_an_exclusion_never_adds_an_agent(request: tuple[str, Reading], exclusion: Exclusion) -> None:
    text, reading = request
    before, after = _analysed(text, reading), _analysed(text, replace(reading, exclusions=(exclusion,)))
    assert after is None or (before is not None and set(after.agents.names) <= set(before.agents.names))


@given(requests(), st.integers(1, 1000))
def test_packed_asks_are_few_verbatim_and_lose_no_word(request: tuple[str, Reading], times: int) -> None:
    text, reading = request
    long = "\n".join([text] * times)
    step = len(text) + 1
    asks = tuple(
        replace(ask, start=ask.start + step * at, end=ask.end + step * at)
        for at in range(times)
        for ask in reading.asks
    )
    facts = tuple(replace(fact, asks=(len(asks) - 1,)) for fact in reading.facts)
    whole = Reading(asks=asks, facts=facts, unread=(Passage(0, 1, long[:1]),))
    few = packed(long, whole)
    assert len(few.asks) <= MAX_ASKS and all(ask.text == long[ask.start : ask.end] for ask in few.asks)
    covered = {place for ask in few.asks for place in range(ask.start, ask.end)}
    assert covered.issuperset(place for ask in asks for place in range(ask.start, ask.end))
    assert all(fact.asks == (len(few.asks) - 1,) for fact in few.facts)
    assert (few == whole) == (len(asks) <= MAX_ASKS)
