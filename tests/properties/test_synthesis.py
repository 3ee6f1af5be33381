"""Invariants of every synthesis, over random plans, outcomes and outputs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.output import CodeExample, DeploymentNote, Statement, TestRequirement
from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.saga_state import Recovery, Saga, SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.core.synthesis.merging import normalised
from creatorflow_orchestrator.core.synthesis.synthesis_values import (
    Assumption,
    Combined,
    ConflictKind,
    Item,
    NotHonoured,
    Source,
    StepOutcome,
    StepOutput,
    Synthesis,
)
from creatorflow_orchestrator.translate.outputs import SECTIONS, to_output
from creatorflow_orchestrator.translate.synthesized_results import to_result
from creatorflow_orchestrator.translate.truncation import MAX_BYTES
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.synthesis_builders import DATABASE, ORDERS, SHIPPING, final_saga, step, step_state, synthesis_of

AGENTS = (DATABASE, ORDERS, SHIPPING)
KEYS = ("id_type", "time_zone", "money_type")
OWNERS = {"id_type": DATABASE, "time_zone": SHIPPING}
PROSE = ("technical_specifications", "implementation_steps")
TOPICS = ("testing_requirements", "deployment_considerations")
ENDS = (*[StepStatus.SUCCEEDED] * 4, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED, StepStatus.WAITING)

texts = st.sampled_from(["One table.", "one  table", "- one table", "Two tables", "x = 1\n", "x = 1", "x = 2", " "])
positions = st.sampled_from([(), (0,), (1, 0), (4, 2), (3, 1)])
ABOUTS = ("orders", "Orders", "labels")
PATHS = ("a.py", "./a.py", "src/a.py", "conflicts/s0/a.py", "../a.py")


SECTION_NAMES = (*PROSE, *TOPICS, "code_examples", "recommendations", "next_steps")
statements = st.tuples(
    st.integers(0, 4), st.sampled_from(SECTION_NAMES), texts, positions, st.sampled_from(ABOUTS), st.sampled_from(PATHS)
)
decided = st.tuples(st.integers(0, 4), st.sampled_from(KEYS), st.sampled_from(["uuid", "UUID", "bigint"]))


@st.composite
def answers_of(draw: st.DrawFn, number: int) -> dict[str, StepOutput]:
    """Draw the outputs of up to `number` steps: few items, many of which are equal."""
    drafts: dict[str, dict[str, Any]] = {}
    for step_number, section, text, answers, about, path in draw(st.lists(statements, max_size=8)):
        item = Item(text, answers, path if section == "code_examples" else about if section in TOPICS else "")
        draft = drafts.setdefault(f"s{step_number % number}", {})
        draft[section] = (*draft.get(section, ()), item)
    for step_number, key, value in draw(st.lists(decided, max_size=4)):
        drafts.setdefault(f"s{step_number % number}", {}).setdefault("decisions", {})[key] = value
    return {name: StepOutput(**draft, data={"of": name}) for name, draft in drafts.items()}


@st.composite
def steps(draw: st.DrawFn, number: int, requirement_count: int) -> tuple[Step, StepState]:
    requirements = (
        draw(st.lists(st.integers(0, requirement_count - 1), unique=True, max_size=4)) if requirement_count else []
    )
    after = tuple(f"s{earlier}" for earlier in range(number) if draw(st.booleans()))
    planned = step(
        f"s{number}", draw(st.sampled_from(AGENTS)), *requirements, after=after, optional=draw(st.booleans())
    )
    end = draw(st.sampled_from(ENDS))
    ran = end is not StepStatus.WAITING
    agent = draw(st.sampled_from([planned.agent, ORDERS]))
    finished = number + draw(st.integers(0, 3)) if ran else None
    state = step_state(planned, number if ran else None, finished, agent=agent, status=end)
    failures = draw(st.lists(st.sampled_from(["timeout", "unknown", "released"]), max_size=3))
    recoveries = tuple(Recovery(failure, "retry", "", place) for place, failure in enumerate(failures, 1))
    return planned, replace(state, recoveries=recoveries)


@st.composite
def sagas(draw: st.DrawFn) -> Saga:
    requirement_count = draw(st.integers(0, 5))
    drawn = [draw(steps(number, requirement_count)) for number in range(draw(st.integers(1, 5)))]
    return final_saga(
        *(planned for planned, _ in drawn),
        requirements=tuple(f"requirement {position}" for position in range(requirement_count)),
        states={planned.id: state for planned, state in drawn},
        status=draw(st.sampled_from([SagaStatus.COMPLETED, SagaStatus.FAILED, SagaStatus.CANCELLED])),
        decisions=draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["uuid", "bigint"]))),
        dry_run=draw(st.booleans()),
        reason=draw(st.sampled_from(["", "enough"])),
    )


@st.composite
def runs(draw: st.DrawFn) -> tuple[Saga, dict[str, StepOutput]]:
    saga = draw(sagas())
    return saga, draw(answers_of(len(saga.steps)))


def synthesis(run: tuple[Saga, dict[str, StepOutput]]) -> Synthesis:
    return synthesis_of(*run, OWNERS)


def source_items(run: tuple[Saga, dict[str, StepOutput]], section: str) -> list[tuple[Source, Item]]:
    """Return every item of a section from the succeeded steps, with its source."""
    saga, answers = run
    return [
        (Source(saga.steps[planned.id].attempt.agent, planned.id), item)
        for planned in saga.plan.steps
        if saga.steps[planned.id].status is StepStatus.SUCCEEDED and planned.id in answers
        for item in getattr(answers[planned.id], section)
        if item.text.strip() or section == "code_examples"
    ]


def appearances(combined: tuple[Combined, ...], source: Source, same: Callable[[Combined], bool]) -> int:
    return sum(entry.sources.count(source) for entry in combined if same(entry))


@given(runs(), st.randoms(use_true_random=False))
def test_the_order_of_arriving_outputs_does_not_matter(
    run: tuple[Saga, dict[str, StepOutput]], rng: random.Random
) -> None:
    saga, answers = run
    shuffled = list(answers.items())
    rng.shuffle(shuffled)
    assert synthesis_of(saga, dict(shuffled), OWNERS) == synthesis(run)
    assert (
        to_result(synthesis_of(saga, dict(shuffled), OWNERS), saga).to_json()
        == to_result(synthesis(run), saga).to_json()
    )


@given(runs())
def test_every_statement_appears_once_and_names_each_source_once(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    output = synthesis(run).output
    for section in PROSE:
        combined = getattr(output, section)
        assert len({normalised(entry.text) for entry in combined}) == len(combined)
        for source, item in source_items(run, section):
            same = normalised(item.text)
            assert appearances(combined, source, lambda entry, same=same: normalised(entry.text) == same) == 1  # type: ignore[misc]


@given(runs())
def test_every_test_and_deployment_item_appears_once_under_its_topic(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    output = synthesis(run).output
    for section in TOPICS:
        combined = getattr(output, section)
        topics = [normalised(entry.about) for entry in combined]
        assert topics == sorted(topics, key=topics.index)  # together, in order of first appearance
        for source, item in source_items(run, section):
            same = (normalised(item.about), normalised(item.text))
            assert [source in entry.sources for entry in combined if _key(entry) == same] == [True]


def _key(item: Combined) -> tuple[str, str]:
    return normalised(item.about), normalised(item.text)


@given(runs())
def test_every_version_of_a_file_is_kept_once_under_a_path_of_its_own(
    run: tuple[Saga, dict[str, StepOutput]],
) -> None:
    result = synthesis(run)
    files = result.output.code_examples
    assert len({file.about for file in files}) == len(files)
    for source, item in source_items(run, "code_examples"):
        kept = [file for file in files if file.text.strip() == item.text.strip() and source in file.sources]
        assert kept and sum(file.sources.count(source) for file in kept) == len(kept)
    conflict_paths = {position.value for conflict in result.conflicts for position in conflict.positions}
    assert {
        file.about for file in files if file.about not in {i.about for _, i in source_items(run, "code_examples")}
    } <= conflict_paths


@given(runs())
def test_every_statement_has_a_source(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    output = synthesis(run).output
    for section in (*PROSE, *TOPICS, "code_examples"):
        reported = {(source, item.text) for source, item in source_items(run, section)}
        for entry in getattr(output, section):
            assert (entry.sources[0], entry.text) in reported
            assert {source for source, _ in reported} >= set(entry.sources)


@given(runs())
def test_a_requirement_is_either_answered_or_unanswered_with_a_reason(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    saga, completeness = run[0], synthesis(run).completeness
    assert [requirement.requirement for requirement in completeness.requirements] == list(saga.plan.requirements)
    for requirement in completeness.requirements:
        assert bool(requirement.answered_by) != (requirement in completeness.unanswered)
        assert requirement.answered_by or requirement.note
    if saga.plan.requirements:
        assert completeness.complete == (not completeness.unanswered)


@given(runs())
def test_an_agent_that_answers_a_requirement_was_assigned_it_succeeded_and_has_an_item_for_it(
    run: tuple[Saga, dict[str, StepOutput]],
) -> None:
    saga, result = run[0], synthesis(run)
    sections = [getattr(result.output, field.name) for field in fields(result.output) if field.name != "data"]
    everything: list[Combined] = [item for section in sections for item in section]
    for position, requirement in enumerate(result.completeness.requirements):
        for source in requirement.answered_by:
            assert position in saga.plan.step(source.step).requirements
            assert saga.steps[source.step].status is StepStatus.SUCCEEDED
            assert any(source in entry.sources and position in entry.answers for entry in everything)


@given(runs())
def test_every_gap_and_open_conflict_has_a_next_step_that_names_its_origin(
    run: tuple[Saga, dict[str, StepOutput]],
) -> None:
    saga, result = run[0], synthesis(run)
    told_steps = " ".join(f"{suggestion.text} {suggestion.follows_from}" for suggestion in result.next_steps)
    for gap in result.completeness.unanswered:
        assert gap.requirement in told_steps or (saga.definition.dry_run and "dry run" in told_steps)
    for conflict in result.conflicts:
        if conflict.resolution is None:
            assert f"conflict: {'file ' * (conflict.kind is ConflictKind.FILE)}{conflict.key}" in told_steps
    assert all(
        suggestion.follows_from and suggestion.text for suggestion in (*result.next_steps, *result.recommendations)
    )


@given(runs())
def test_a_conflict_is_decided_by_the_owner_or_stays_open(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    result = synthesis(run)
    for conflict in result.conflicts:
        if conflict.kind is ConflictKind.DECISION:
            assert len({position.value.casefold() for position in conflict.positions}) > 1
            in_force = result.decisions[conflict.key].value
            assert in_force.casefold() in {position.value.casefold() for position in conflict.positions}
            if conflict.resolution is not None:
                assert (in_force, conflict.resolved_by) == (conflict.resolution, OWNERS[conflict.key])


@given(runs())
def test_success_means_a_completed_saga_without_a_failed_required_step(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    saga, result = run[0], synthesis(run)
    failed = [
        entry for entry in result.execution.steps if entry.outcome not in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED)
    ]
    required = [entry for entry in failed if not entry.optional]
    completed = saga.status is SagaStatus.COMPLETED
    assert result.overall_success == (completed and (saga.definition.dry_run or not required))
    if not saga.definition.dry_run:
        assert set(result.degraded) == {entry.step for entry in failed if entry.optional}


@given(runs())
def test_the_critical_path_is_a_chain_of_executed_steps_that_ends_last(
    run: tuple[Saga, dict[str, StepOutput]],
) -> None:
    saga, execution = run[0], synthesis(run).execution
    ran = [state for state in saga.steps.values() if state.started_at and state.finished_at]
    assert bool(execution.critical_path) == bool(ran)
    if ran:
        last = saga.steps[execution.critical_path[-1]]
        assert last.finished_at == max(state.finished_at for state in ran if state.finished_at)
        assert not saga.plan.step(execution.critical_path[0]).depends_on or all(
            saga.steps[dependency].finished_at is None or saga.steps[dependency].started_at is None
            for dependency in saga.plan.step(execution.critical_path[0]).depends_on
        )
    for earlier, later in zip(execution.critical_path, execution.critical_path[1:], strict=False):
        assert earlier in saga.plan.step(later).depends_on
    assert Counter(execution.path).most_common(1)[:1] in ([], [(execution.path[0], 1)] if execution.path else [])


@given(runs())
def test_the_ingress_accepts_the_result(run: tuple[Saga, dict[str, StepOutput]]) -> None:
    result = to_result(synthesis(run), run[0])
    encoded = result.to_json()
    assert len(encoded) <= MAX_BYTES
    assert admit(Delivery(body=encoded)) == result


json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
likely = {
    Statement: st.fixed_dictionaries({"text": st.text() | json}, optional={"answers": json}),
    CodeExample: st.fixed_dictionaries({"text": st.text(), "path": st.text()}, optional={"language": st.text() | json}),
    TestRequirement: st.fixed_dictionaries({"text": st.text()}, optional={"subject": st.text() | json}),
    DeploymentNote: st.fixed_dictionaries({"text": st.text()}, optional={"environment": st.text() | json}),
}
sections = {name: st.lists(likely[model] | json, max_size=3) | json for name, model in SECTIONS.items()}
caveat = st.fixed_dictionaries({"text": st.text()}, optional={"subject": st.text() | json, "state_it": st.text()})
kept = st.fixed_dictionaries({"constraint": st.text(), "reason": st.text() | json})
others = {
    "summary": json,
    "decisions": json | st.dictionaries(st.text(max_size=5), json, max_size=3),
    "data": json,
    "assumptions": st.lists(caveat | json, max_size=3) | json,
    "not_honoured": st.lists(kept | json, max_size=3) | json,
}


@given(st.fixed_dictionaries({}, optional={**sections, **others, "of its own": json}))
def test_any_object_is_read_and_every_text_in_it_is_kept(raw: dict[str, Any]) -> None:
    kept = Counter(_texts(to_output(raw)))
    assert not Counter(_texts({key: value for key, value in raw.items() if value is not None})) - kept


def _texts(value: Any) -> list[str]:
    """Return the texts in a value."""
    if isinstance(value, StepOutput | Item | Assumption | NotHonoured):
        return [text for field in fields(value) for text in _texts(getattr(value, field.name))]
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for part in inner for text in _texts(part)]
