"""What a request excludes is not in the answer: its sections are empty, its capabilities not chosen."""

from __future__ import annotations

from typing import Any

import pytest
from creatorflow_contracts.v1.work import AgentTask
from creatorflow_specialists.engine import answer, select
from creatorflow_specialists.exclusions import wanted_text
from creatorflow_specialists.playbook_sections import OUTPUT_NAMES
from creatorflow_specialists.review import TEST

from .readings import task_with_reading
from .tasks import AGENTS, specialist
from .test_review import POINT, SPEC, reviewing

SECURITY, SHIPPING, TESTING, ORDERS = (
    "security-architecture-specialist",
    "shipping-automation-specialist",
    "integration-testing-specialist",
    "order-workflow-specialist",
)


def without(agent: str, text: str, *asks: str, **exclusion: Any) -> AgentTask:
    return task_with_reading(agent, asks, exclusions=[{"text": text, **exclusion}])


def chosen(task: AgentTask) -> set[str]:
    return {playbook.name for playbook in select(task, specialist(task.agent))}


@pytest.mark.parametrize("section", OUTPUT_NAMES.values())
@pytest.mark.parametrize("agent", AGENTS)
def test_an_excluded_section_is_empty_and_all_others_are_there(agent: str, section: str) -> None:
    phrase = next(iter(specialist(agent).playbooks[0].head.applies.phrases))
    output = answer(without(agent, "none of that", phrase, sections=[section]), specialist(agent)).output
    assert [name for name in OUTPUT_NAMES.values() if not getattr(output, name)] == [section]


def test_a_section_that_no_output_has_excludes_nothing() -> None:
    output = answer(without(SHIPPING, "no poems", "Print labels", sections=["poems"]), specialist(SHIPPING)).output
    assert all(getattr(output, name) for name in OUTPUT_NAMES.values())
    assert "poems" not in output.model_fields_set


def test_a_default_that_only_an_excluded_section_uses_is_no_assumption() -> None:
    whole, without_steps = (
        answer(without(SECURITY, "none", "Authentication", sections=sections), specialist(SECURITY)).output
        for sections in ([], ["implementation_steps"])
    )
    gone = {assumption.text for assumption in set(whole.assumptions) - set(without_steps.assumptions)}
    assert gone == {"12 characters of a password"}


def test_a_capability_whose_phrase_is_excluded_is_not_chosen() -> None:
    wanted, excluded = (
        task_with_reading(TESTING, ["Check all of it"], exclusions=[{"text": text}], type="validation")
        for text in ("no poems", "no load tests please")
    )
    assert "load-testing" in chosen(wanted), "chosen for every validation"
    assert "load-testing" not in chosen(excluded)


def test_a_capability_of_an_excluded_agent_or_domain_is_not_chosen() -> None:
    validation: dict[str, Any] = {"type": "validation"}
    task = task_with_reading(TESTING, ["Check all of it"], **validation)
    assert "load-testing" in chosen(task)
    for named in ({"domains": ["performance"]}, {"agents": ["performance-engineering-specialist"]}):
        exclusion = {"text": "this is not about speed", **named}
        assert "load-testing" not in chosen(
            task_with_reading(TESTING, ["Check it"], exclusions=[exclusion], **validation)
        )


def test_what_is_asked_for_in_its_own_words_is_answered_in_spite_of_an_exclusion() -> None:
    asked = without(ORDERS, "without returns", "Refund one line of an order, without returns")
    assert "returns-and-refunds" in chosen(asked)
    assert "returns-and-refunds" not in chosen(without(ORDERS, "no returns", "Order management"))


def test_words_of_an_exclusion_select_nothing_and_bring_no_part_of_a_text() -> None:
    text = "An order management system, no stock and no inventory"
    table = "CREATE TABLE stock"
    wanted = task_with_reading("database-specialist", [text])
    excluded = task_with_reading(
        "database-specialist", [text], exclusions=[{"text": "no stock"}, {"text": "no inventory"}]
    )
    bodies = [answer(task, specialist("database-specialist")).output.model_dump_json() for task in (wanted, excluded)]
    assert [table in body for body in bodies] == [True, False]


def test_what_is_done_already_and_what_others_wrote_is_not_asked_for() -> None:
    task = task_with_reading(SHIPPING, ["Print labels. Tracking is finished."])
    assert task.reading is not None
    done = {"start": 0, "end": 0, "text": "Tracking is finished", "kind": "done"}
    reading = task.reading.model_validate({**task.reading.model_dump(), "context": [done]}, strict=False)
    assert chosen(task) == {"label-generation", "tracking-updates"}
    assert chosen(task.model_copy(update={"reading": reading})) == {"label-generation"}
    assert "racking" not in wanted_text(task.requirements[0], task.model_copy(update={"reading": reading}))


def test_a_review_misses_no_tests_where_the_request_wants_none() -> None:
    task = reviewing({"technical_specifications": [SPEC]})
    lacking = answer(task, specialist(TESTING)).output.data["findings"]
    assert [finding["lacks"] for finding in lacking] == [TEST]
    exclusion = task_with_reading(
        TESTING, [POINT], exclusions=[{"text": "no tests", "sections": ["testing_requirements"]}]
    )
    output = answer(task.model_copy(update={"reading": exclusion.reading}), specialist(TESTING)).output
    assert output.data["findings"] == []
    assert output.testing_requirements == ()
