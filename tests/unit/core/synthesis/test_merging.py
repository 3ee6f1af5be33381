from __future__ import annotations

from dataclasses import replace

import pytest
from creatorflow_orchestrator.core.synthesis.synthesis_values import ConflictKind, Source, StepOutput

from tests.unit.synthesis_builders import DATABASE, ORDERS, SHIPPING, file, final_saga, section, step, synthesis_of

TABLES, STATES = step("tables", DATABASE, 0), step("states", ORDERS, 1, 0, after=("tables",))
BY_TABLES, BY_STATES = Source(DATABASE, "tables"), Source(ORDERS, "states")
BOTH = final_saga(TABLES, STATES, requirements=("store orders", "move orders along"))


def test_equal_statements_are_merged_with_all_sources_and_answers() -> None:
    first = StepOutput(technical_specifications=section("Orders carry a UUID.", answers=(0,)))
    second = StepOutput(technical_specifications=section("- orders  carry a uuid", "States are few", answers=(0,)))
    merged = synthesis_of(BOTH, {"tables": first, "states": second}).output.technical_specifications
    assert [entry.text for entry in merged] == ["Orders carry a UUID.", "States are few"]
    assert merged[0].sources == (BY_TABLES, BY_STATES)
    assert (merged[0].answers, merged[1].answers) == ((0, 1), (1,))


def test_answers_are_positions_in_the_request_and_unassigned_ones_are_dropped() -> None:
    output = StepOutput(implementation_steps=section("Write the machine", answers=(0, 1, 7)))
    (item,) = synthesis_of(BOTH, {"states": output}).output.implementation_steps
    assert item.answers == (0, 1)  # its task's requirements were the request's 1 and 0


def test_steps_follow_the_dependencies_of_the_plan_whatever_the_order_of_arrival() -> None:
    outputs = {
        "states": StepOutput(implementation_steps=section("build on the tables")),
        "tables": StepOutput(implementation_steps=section("create the tables", "index them")),
    }
    merged = synthesis_of(BOTH, outputs).output.implementation_steps
    assert [entry.text for entry in merged] == ["create the tables", "index them", "build on the tables"]


def test_the_same_file_of_two_agents_is_one_file_with_both_sources() -> None:
    outputs = {
        "tables": StepOutput(code_examples=(file("src/ids.py", "ID = 1\n", 0),)),
        "states": StepOutput(code_examples=(file("./src/ids.py", "ID = 1\r\n\r\n", 0),)),
    }
    result = synthesis_of(BOTH, outputs)
    (merged,) = result.output.code_examples
    assert (merged.about, merged.sources, merged.answers) == ("src/ids.py", (BY_TABLES, BY_STATES), (0, 1))
    assert result.conflicts == ()


def test_two_versions_of_a_file_are_kept_and_a_conflict_names_both_paths() -> None:
    outputs = {
        "states": StepOutput(code_examples=(file("src/ids.py", "ID = 2\n"),)),
        "tables": StepOutput(code_examples=(file("src/ids.py", "ID = 1\n"),)),
    }
    result = synthesis_of(BOTH, outputs)
    assert {example.about: example.text for example in result.output.code_examples} == {
        "src/ids.py": "ID = 1\n",
        "conflicts/states/src/ids.py": "ID = 2\n",
    }
    (conflict,) = result.conflicts
    assert (conflict.key, conflict.kind, conflict.resolution) == ("src/ids.py", ConflictKind.FILE, None)
    assert [(position.value, position.source) for position in conflict.positions] == [
        ("src/ids.py", BY_TABLES),
        ("conflicts/states/src/ids.py", BY_STATES),
    ]


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/" * 98 + "b.py", ".."])
def test_a_conflicting_version_gets_a_unique_bounded_path_below_conflicts(path: str) -> None:
    texts = tuple(file(path, f"version {number}") for number in range(4))
    files = synthesis_of(BOTH, {"tables": StepOutput(code_examples=texts)}).output.code_examples
    conflict_paths = [entry.about for entry in files[1:]]
    assert len({entry.about for entry in files}) == 4
    assert all(
        path.startswith("conflicts/tables/") and ".." not in path and len(path) <= 200 for path in conflict_paths
    )


def test_an_original_file_below_conflicts_keeps_its_path() -> None:
    outputs = {
        "tables": StepOutput(code_examples=(file("a.py", "1"), file("a.py", "2"))),
        "states": StepOutput(code_examples=(file("conflicts/tables/a.py", "3"),)),
    }
    files = synthesis_of(BOTH, outputs).output.code_examples
    assert {entry.text: entry.about for entry in files} == {
        "1": "a.py",
        "2": "conflicts/tables/2/a.py",
        "3": "conflicts/tables/a.py",
    }


def test_tests_are_grouped_by_subject_and_deployment_by_environment() -> None:
    first = StepOutput(
        testing_requirements=(
            *section("a paid order ships", about="Orders"),
            *section("a label prints", about="labels"),
        ),
        deployment_considerations=section("set the pool to 20", about="production"),
    )
    second = StepOutput(
        testing_requirements=(*section("an order ships once", "A paid order ships.", about="orders"),),
        deployment_considerations=(*section("seed it", about="staging"), *section("back it up", about="production")),
    )
    output = synthesis_of(BOTH, {"tables": first, "states": second}).output
    assert [(requirement.about, requirement.text) for requirement in output.testing_requirements] == [
        ("Orders", "a paid order ships"),
        ("Orders", "an order ships once"),
        ("labels", "a label prints"),
    ]
    assert [(consideration.about, consideration.text) for consideration in output.deployment_considerations] == [
        ("production", "set the pool to 20"),
        ("production", "back it up"),
        ("staging", "seed it"),
    ]


def test_data_of_custom_agents_is_kept_by_step() -> None:
    outputs = {"states": StepOutput(data={"b": 1}), "tables": StepOutput(data={"a": [2]})}
    assert list(synthesis_of(BOTH, outputs).output.data.items()) == [("tables", {"a": [2]}), ("states", {"b": 1})]


def test_the_source_is_the_executing_agent_and_not_the_planned_one() -> None:
    planned = BOTH.steps["tables"]
    tables = replace(planned, attempt=replace(planned.attempt, agent=SHIPPING))
    stood_in = replace(BOTH, steps={**BOTH.steps, "tables": tables})
    output = StepOutput(technical_specifications=section("One table"))
    (item,) = synthesis_of(stood_in, {"tables": output}).output.technical_specifications
    assert item.sources == (Source(SHIPPING, "tables"),)


def test_a_blank_statement_is_dropped() -> None:
    output = StepOutput(
        technical_specifications=section("  ", "", answers=(0,)), code_examples=(file("pkg/__init__.py", ""),)
    )
    result = synthesis_of(BOTH, {"tables": output})
    assert (result.output.technical_specifications, len(result.output.code_examples)) == ((), 1)
    assert len(result.completeness.unanswered) == 2
