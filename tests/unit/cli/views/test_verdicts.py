from typing import Any

import pytest
from creatorflow.cli.views.verdicts import Gap, complete, gaps, not_read, verdict
from creatorflow_contracts.v1.output import Answered, Completeness, SynthesizedResult
from creatorflow_contracts.v1.reading import Reading

from tests.unit.cli.reading_samples import JUDGED, READING, read_result
from tests.unit.cli.samples import ORDERS, result


def judged(*requirements: Answered, done: bool = False, **fields: Any) -> SynthesizedResult:
    fields = {"reading": Reading(), **fields}
    return read_result(completeness=Completeness(complete=done, requirements=requirements), **fields)


def ask(verdict: Any) -> Answered:
    return Answered(requirement=verdict, answered_by=(ORDERS,), verdict=verdict)


def test_a_requirement_of_an_older_orchestrator_is_answered_if_a_step_answers_it() -> None:
    old = Answered(requirement="Order sync", answered_by=(ORDERS,))
    without = Answered(requirement="Drones")
    whole = result(completeness=Completeness(complete=False, requirements=(old, without), unanswered=("Drones",)))
    assert (verdict(whole, old), verdict(whole, without)) == ("answered", "not_answered")
    assert list(gaps(whole)) == [Gap("Drones", "not answered")]
    assert complete(whole) == "complete: no: 1 of 2 requirements not answered"


def test_a_requirement_that_was_judged_not_answered_is_shown_so_though_a_step_points_to_it() -> None:
    assert verdict(judged(ask("not_answered")), ask("not_answered")) == "not_answered"


def test_gaps_are_asks_without_agent_or_answer_then_partly_answered_asks() -> None:
    whole = judged(*JUDGED, ask("not_answered"), ask("excluded"), reading=READING)
    assert list(gaps(whole)) == [
        Gap("Knit a scarf for every buyer", "no agent"),
        Gap("not_answered", "not answered"),
        Gap("print packing slips", "partly, missing: DHL"),
    ]


def test_a_passage_that_was_not_read_is_no_gap_of_an_answer() -> None:
    whole = judged(ask("answered"), done=True, reading=READING)
    assert (list(gaps(whole)), list(not_read(whole))) == ([], ['"Blah blah."'])


def test_what_is_unanswered_and_no_requirement_is_a_gap_too() -> None:
    whole = result(completeness=Completeness(complete=False, unanswered=("Drones",)))
    assert list(gaps(whole)) == [Gap("Drones", "not answered")]


@pytest.mark.parametrize(
    ("verdicts", "done", "line"),
    [
        (["answered", "answered"], True, "complete: yes: 2 of 2 asks answered"),
        (["answered", "answered", "answered", "nobody"], False, "complete: no: 1 of 4 asks not answered"),
        (["nobody", "not_answered", "partly"], False, "complete: no: 2 of 3 asks not answered, 1 in part"),
        (["partly", "answered"], False, "complete: no: 1 of 2 asks answered in part only"),
        (["answered", "excluded"], True, "complete: yes: 1 of 1 ask answered, 1 left out as asked"),
        ([], False, "complete: no"),
    ],
)
def test_the_line_about_completeness_counts_the_asks(verdicts: list[str], done: bool, line: str) -> None:
    assert complete(judged(*map(ask, verdicts), done=done)) == line


def test_passages_that_were_not_read_are_counted_beside_the_asks() -> None:
    whole = judged(ask("answered"), done=True, reading=READING)
    assert complete(whole) == "complete: yes, of what was read: 1 of 1 ask answered, 1 passage not read"
