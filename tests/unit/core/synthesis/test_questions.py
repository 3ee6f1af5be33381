from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.request import (
    AskKind,
    Constraint,
    Context,
    ContextKind,
    Exclusion,
    Fact,
    FactKind,
    Reading,
)
from creatorflow_orchestrator.core.synthesis.questions import concerned, excluded_by, questions, shared_facts

from tests.unit.synthesis_builders import ask, figure, named

LABELS, REPORT = ask("print labels", domains=("shipping",)), ask("a report", domains=("analytics",), at=20)


def placed(fact: Fact, start: int) -> Fact:
    return replace(fact, start=start, end=start + len(fact.text))


def test_each_ask_is_judged_by_the_facts_that_bind_it() -> None:
    reading = Reading(asks=(LABELS, REPORT), facts=(named("Zebra", asks=(0,)), named("Metabase", asks=(1,))))
    found = questions(("print labels", "a report"), reading)
    assert [[fact.text for fact in question.facts] for question in found if question] == [["Zebra"], ["Metabase"]]
    assert shared_facts(reading) == ()


def test_a_fact_that_binds_all_is_shared_unless_there_is_one_ask() -> None:
    everywhere = named("MySQL")
    (alone,) = questions(("print labels",), Reading(asks=(LABELS,), facts=(everywhere,)))
    assert alone is not None and alone.facts == (everywhere,)
    several = Reading(asks=(LABELS, REPORT), facts=(everywhere,))
    assert [question.facts for question in questions(("", ""), several) if question] == [(), ()]
    assert shared_facts(several) == (everywhere,)


def test_a_shared_fact_of_a_constraint_concerns_the_asks_of_its_domains() -> None:
    reading = Reading(asks=(LABELS, REPORT), constraints=(Constraint(40, 47, "MySQL 8", ("analytics",)),))
    assert list(concerned(reading, placed(named("MySQL"), 40))) == [1]
    assert list(concerned(reading, placed(named("Vue"), 60))) == [0, 1]


def test_no_answer_has_to_repeat_a_budget_a_closing_date_or_the_size_of_a_team() -> None:
    text = "MySQL 8, p95 < 350 ms, 30 k$, in 6 weeks, team of 2, by 1 May"
    facts = (
        placed(named("MySQL 8"), 0),
        placed(figure("p95 < 350 ms", 350, "ms"), 9),
        placed(figure("30 k$", 30_000, "USD"), 23),
        placed(figure("6 weeks", 6, "week"), 33),
        placed(figure("team of 2", 2, "people"), 42),
        Fact(53, 61, "by 1 May", FactKind.DATE, name="--05-01"),
    )
    reading = Reading(asks=(LABELS,), facts=facts, constraints=(Constraint(0, len(text), text),))
    (question,) = questions(("print labels",), reading)
    assert question is not None and [fact.text for fact in question.facts] == ["MySQL 8", "p95 < 350 ms"]


def test_the_limit_of_a_loop_needs_no_answer() -> None:
    rounds = figure("at most 4 rounds", 4, "rounds")
    (question,) = questions(("print labels",), Reading(asks=(LABELS,), facts=(rounds,)))
    assert question is not None and question.facts == ()


def test_figures_of_evidence_and_of_what_is_to_change_need_no_answer() -> None:
    lost, slow, wanted = (
        placed(figure("31 labels", 31, "labels"), 30),
        figure("12 s", 12, "s", role="current"),
        figure("2 s", 2, "s", role="target"),
    )
    seen = Context(25, 45, "lost 31 labels on Monday", ContextKind.EVIDENCE)
    (question,) = questions(("print labels",), Reading(asks=(LABELS,), facts=(lost, slow, wanted), context=(seen,)))
    assert question is not None and question.facts == (wanted,)


def test_a_requirement_of_a_clients_own_plan_is_judged_by_its_figures_or_else_by_its_object() -> None:
    silent, stated = questions(("print labels", "p95 of searches below 350 ms"), None)
    assert silent is not None and (silent.ask.object, silent.terms, silent.facts) == ("labels", ("label",), ())
    assert stated is not None and [(fact.value, fact.unit) for fact in stated.facts] == [(350, "ms")]
    assert (stated.terms, stated.further) == ((), ())


def test_a_reading_that_does_not_fit_the_plan_judges_nothing() -> None:
    assert questions(("one", "two"), Reading(asks=(LABELS,))) == (None, None)


def test_an_ask_is_excluded_by_its_kind_of_work_or_its_domain() -> None:
    verify = ask("test it", kind=AskKind.VERIFY)
    no_tests = Exclusion(0, 8, "no tests", kinds=(AskKind.VERIFY,))
    no_charts = Exclusion(9, 18, "no charts", domains=("analytics",))
    reading = Reading(asks=(LABELS, REPORT, verify), exclusions=(no_tests, no_charts))
    assert [excluded_by(reading, position) for position in (1, 2)] == [no_charts, no_tests]
    assert excluded_by(Reading(asks=(ask("knit a scarf"),), exclusions=(no_charts,)), 0) is None
    assert excluded_by(None, 0) is None


def test_an_exclusion_that_takes_nothing_of_an_ask_does_not_exclude_it() -> None:
    no_ring = Exclusion(0, 11, "no ringtone")
    no_tests = Exclusion(12, 20, "no tests", sections=("testing_requirements",))
    nobody_else = Exclusion(21, 40, "without the analyst", agents=("ecommerce-analytics-specialist",))
    tests = ask("load tests", domains=("testing",))
    exclusions = (no_ring, no_tests, nobody_else)
    reading = Reading(asks=(REPORT, tests), exclusions=exclusions)
    assert [excluded_by(reading, position) for position in (0, 1)] == [nobody_else, no_tests]
    assert excluded_by(Reading(asks=(REPORT,), exclusions=(no_ring, no_tests)), 0) is None


def test_a_small_count_in_words_demands_nothing() -> None:
    facts = (
        figure("two pickers", 2, "pickers"),
        figure("2 printers", 2, "printers"),
        figure("twelve staff", 12, "staff"),
        figure("three tries", 3, "times"),
    )
    (question,) = questions(("print labels",), Reading(asks=(LABELS,), facts=facts))
    assert question is not None
    assert [fact.text for fact in question.facts] == ["2 printers", "twelve staff", "three tries"]
