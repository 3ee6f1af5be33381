"""Properties of the judgement of an ask, over any ask and any answer."""

from __future__ import annotations

from typing import get_args

from creatorflow_orchestrator.core.request import Ask, AskKind, Attachment, Comparison, Fact, FactKind
from creatorflow_orchestrator.core.synthesis.judging.judge import Judge, Judgement
from creatorflow_orchestrator.core.synthesis.judging.question import Question
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, Verdict
from hypothesis import given
from hypothesis import strategies as st

WORDS = [
    "labels",
    "print",
    "order",
    "refund",
    "line",
    "350",
    "ms",
    "0.35",
    "s",
    "p95",
    "$12",
    "Basic",
    "Zebra",
    "203",
    "dpi",
    "shop",
    "weekly",
    "report",
    "of",
    "the",
    "for",
    "each",
    "because",
    "why",
    "31",
    "January",
    "15:30",
    "CF-1088",
    "4006381333931",
    "two",
    "carriers",
    "7,500",
    "orders/hour",
    "never",
    "instead",
    "of",
    "TBD",
    "?",
    ".",
    ":",
    ",",
    "\n",
    "stock_level",
]
prose = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)
anything = prose | st.text(max_size=80)
facts = st.builds(
    Fact,
    start=st.just(0),
    end=st.just(1),
    text=anything,
    kind=st.sampled_from(FactKind),
    subject=prose,
    comparison=st.sampled_from((None, *get_args(Comparison))),
    value=st.none()
    | st.sampled_from([350.0, 0.35, 12.0, 203.0, 7500.0])
    | st.floats(allow_nan=False, allow_infinity=False),
    unit=st.sampled_from(["ms", "s", "USD", "orders/hour", "dpi", "times/week", "%", "x", ""]) | st.text(max_size=9),
    name=st.sampled_from(["Zebra", "--01-31", "15:30", "-W-1", ""]) | st.text(max_size=9),
    category=prose,
)
asks = st.builds(
    lambda text, about, kind: Ask(0, len(text), text, kind, about), anything, prose, st.sampled_from(AskKind)
)
code = st.builds(Attachment, start=st.just(0), end=st.just(0), text=anything, language=st.sampled_from(["sql", ""]))
questions = st.builds(Question, asks, st.lists(facts, max_size=3).map(tuple), st.lists(code, max_size=1).map(tuple))
items = st.lists(st.builds(Item, anything, about=prose, language=st.sampled_from(["", "python"])), max_size=4)


def judged(question: Question, *answer: Item) -> Judgement:
    return Judge((question.ask.text,)).judge(question, answer)


@given(questions, items)
def test_any_answer_to_any_ask_is_judged_with_what_is_missing_where_it_is_partly_one(
    question: Question, answer: list[Item]
) -> None:
    found = judged(question, *answer)
    assert bool(found.missing) == (found.verdict is Verdict.PARTLY)
    if not answer:
        assert found.verdict is Verdict.NOT_ANSWERED


@given(questions, items, items)
def test_more_items_never_take_an_answer_away(question: Question, answer: list[Item], more: list[Item]) -> None:
    if judged(question, *answer).verdict is Verdict.ANSWERED:
        assert judged(question, *more, *answer).verdict is Verdict.ANSWERED


@given(questions, items)
def test_nothing_is_answered_while_a_named_thing_is_not_spoken_of(question: Question, answer: list[Item]) -> None:
    unheard = Fact(0, 7, "Quuxify", FactKind.NAME, name="Quuxify")
    found = judged(Question(question.ask, (*question.facts, unheard), question.code), *answer)
    assert found.verdict is not Verdict.ANSWERED
    assert found.verdict is Verdict.NOT_ANSWERED or "Quuxify" in found.missing


@given(asks, st.sampled_from(["{}", "Requirement 1: {}", "We will build this: {}. Done when it works.", "- {}\n- {}"]))
def test_an_echo_of_the_ask_is_never_an_answer(ask: Ask, template: str) -> None:
    assert judged(Question(ask), Item(template.format(ask.text, ask.text))).verdict is not Verdict.ANSWERED
