"""Validity of a plan before it runs."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Card, Loop, Pattern, Plan, Step, StepType
from creatorflow_orchestrator.core.planning.planner import check_plan

CARDS = (Card("a-specialist", "g", "s", (), ("d",)),)


def _step(name: str, *after: str, agent: str = "a-specialist", **more: object) -> Step:
    return Step(name, agent, StepType.SUPPORTING, "do", depends_on=after, **more)  # type: ignore[arg-type]


def _plan(*steps: Step, loops: tuple[Loop, ...] = ()) -> Plan:
    return Plan(Pattern.SEQUENTIAL, steps, loops=loops)


def _refused(plan: Plan) -> Refusal:
    with pytest.raises(Refusal) as refused:
        check_plan(plan, CARDS)
    return refused.value


def test_a_valid_plan_with_guard_loop_and_children_is_accepted() -> None:
    child = _plan(_step("c"))
    check_plan(
        _plan(
            _step("a"),
            _step("b", "a", when="results.a.output.ok"),
            _step("c", "b"),
            _step("d", "c", agent="", plan=child),
            loops=(Loop(("b", "c"), "results.c.output.ok", 3),),
        ),
        CARDS,
    )


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (_plan(), "no steps"),
        (
            _plan(_step("a", "c"), _step("b", "a"), _step("c", "b"), _step("d", "c")),
            "steps a, b, c depend on each other",
        ),
        (_plan(_step("a", "a")), "step a depends on itself"),
        (_plan(_step("a", "ghost")), "step a depends on a step that does not exist"),
        (_plan(_step("a"), _step("a")), "2 steps are called a"),
        (_plan(_step("a", agent="b-specialist")), "step a names an agent that is not known"),
        (_plan(_step("a", agent="")), "step a has neither an agent nor a child request"),
        (_plan(_step("a", request="more")), "step a has an agent and a child request"),
        (_plan(_step("a", requirements=(0,))), "step a points to a requirement"),
        (_plan(_step("a", compensate="x")), "step a is to be compensated"),
        (
            _plan(_step("a"), _step("b", when="results.a.output.ok")),
            "the guard of step b: no earlier step is called 'a'",
        ),
        (_plan(_step("a", when="1 +")), "the guard of step a: cannot be read"),
        (_plan(_step("a"), loops=(Loop(("a", "ghost"), "true", 3),)), "the loop over a, ghost names a step"),
        (_plan(_step("a"), loops=(Loop((), "true", 3),)), "the loop over nothing"),
        (_plan(_step("a"), loops=(Loop(("a",), "true", 51),)), "a limit that is not between 1 and 50"),
        (_plan(_step("a"), loops=(Loop(("a",), "true", 1), Loop(("a",), "true", 1))), "step a is in 2 loops"),
        (
            _plan(_step("a"), _step("b", "a"), _step("c", "b"), loops=(Loop(("a", "c"), "true", 2),)),
            "the loop over a, c waits for b",
        ),
        (_plan(_step("a", agent="", plan=_plan(_step("b", "b")))), "in the plan of a: step b depends on itself"),
    ],
)
def test_a_faulty_plan_is_refused_with_the_names_of_the_steps(plan: Plan, expected: str) -> None:
    refusal = _refused(plan)
    assert refusal.code == "PLAN_INVALID"
    assert expected in refusal.message
    assert "a-specialist" in refusal.hint


def test_all_faults_of_a_plan_are_reported_at_once() -> None:
    message = _refused(_plan(_step("a", "a"), _step("b", agent="x"))).message
    assert "step a depends on itself" in message and "step b names an agent" in message


def test_a_name_is_reported_but_never_a_value() -> None:
    assert "x-secret" not in _refused(_plan(_step("a", agent="x-secret"))).message


def test_a_plan_has_at_most_200_steps_children_included() -> None:
    check_plan(_plan(*(_step(f"s{number}") for number in range(200))), CARDS)
    assert _refused(_plan(*(_step(f"s{number}") for number in range(201)))).code == "PLAN_TOO_LARGE"
    child = _plan(*(_step(f"s{number}") for number in range(200)))
    assert _refused(_plan(_step("a", agent="", plan=child))).code == "PLAN_TOO_LARGE"
