from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.synthesis.synthesis_values import Assumption, Item, NotHonoured, StepOutput
from creatorflow_orchestrator.translate.outputs import to_output

WHOLE = {
    "summary": "Orders are stored",
    "technical_specifications": [{"text": "one table", "answers": [0, 1]}],
    "implementation_steps": [{"text": "create it"}],
    "code_examples": [{"path": "a.py", "language": "python", "text": "x = 1", "answers": [0]}],
    "testing_requirements": [{"text": "test it", "subject": "orders"}, {"text": "test more"}],
    "deployment_considerations": [{"text": "back it up", "environment": "production"}],
    "decisions": {"id_type": "uuid"},
    "recommendations": [{"text": "vacuum"}],
    "next_steps": [{"text": "index"}],
    "data": {"rows": 3},
}


def test_a_contract_output_is_read_section_by_section() -> None:
    assert to_output(WHOLE) == StepOutput(
        technical_specifications=(Item("one table", (0, 1)),),
        implementation_steps=(Item("create it"),),
        code_examples=(Item("x = 1", (0,), "a.py", "python"),),
        testing_requirements=(Item("test it", (), "orders"), Item("test more", (), "general")),
        deployment_considerations=(Item("back it up", (), "production"),),
        recommendations=(Item("vacuum"),),
        next_steps=(Item("index"),),
        decisions={"id_type": "uuid"},
        data={"rows": 3},
        summary="Orders are stored",
    )


def test_a_missing_output_is_an_empty_one() -> None:
    assert to_output({}) == StepOutput()


def test_additional_fields_of_a_custom_agent_are_kept_as_data() -> None:
    assert to_output({"score": 0.9}).data == {"score": 0.9}
    both = to_output({"score": 0.9, "data": {"score": 1, "output": 2}})
    assert both.data == {"score": 1, "output": 2, "output_": {"score": 0.9}}


def test_an_invalid_item_is_kept_with_a_note_and_affects_no_other() -> None:
    nameless = {"language": "python", "text": "x = 1"}
    output = to_output(WHOLE | {"code_examples": [*WHOLE["code_examples"], nameless]})
    assert output.code_examples == (Item("x = 1", (0,), "a.py", "python"),)
    assert output.technical_specifications == (Item("one table", (0, 1)),)
    kept = {"value": nameless, "note": "path: Field required"}
    assert output.data == {"rows": 3, "not_understood": {"code_examples": [kept]}}


def test_a_plain_text_is_read_as_a_statement_and_a_single_statement_as_a_list() -> None:
    output = to_output({"implementation_steps": ["first", {"text": "second"}], "next_steps": "index"})
    assert output == StepOutput(implementation_steps=(Item("first"), Item("second")), next_steps=(Item("index"),))


@pytest.mark.parametrize(
    ("field", "value"),
    [("summary", 7), ("data", [1, 2]), ("data", "text"), ("decisions", ["uuid"]), ("decisions", "uuid")],
)
def test_a_field_of_the_wrong_type_is_kept_as_data(field: str, value: object) -> None:
    output = to_output({field: value, "next_steps": [{"text": "index"}]})
    assert output.data["not_understood"][field]["value"] == value
    assert output.next_steps == (Item("index"),)


def test_a_decision_that_is_not_a_text_is_kept_as_data_and_the_others_count() -> None:
    output = to_output({"decisions": {"id_type": "uuid", "money_type": {"a": 1}}})
    assert output.decisions == {"id_type": "uuid"}
    assert output.data["not_understood"]["decisions"]["value"] == {"money_type": {"a": 1}}


def test_a_decision_under_an_unknown_key_is_kept_as_data() -> None:
    output = to_output({"decisions": {"id_type": "uuid", "k" * 65: "v"}})
    assert output.decisions == {"id_type": "uuid"}
    assert output.data["not_understood"]["decisions"]["value"] == {"k" * 65: "v"}


@pytest.mark.parametrize("section", [None, [], [None], [[]], {}, 5, [5], True, [{"text": None}], [{"answers": "x"}]])
def test_no_value_in_a_section_raises(section: object) -> None:
    raw = dict.fromkeys(WHOLE, section)
    assert isinstance(to_output(raw), StepOutput)


def test_a_text_over_its_limit_is_kept_whole_as_data() -> None:
    long = "x" * (64 * 1024 + 1)
    output = to_output({"technical_specifications": [{"text": long}, {"text": "short"}]})
    assert output.technical_specifications == (Item("short"),)
    assert output.data["not_understood"]["technical_specifications"][0]["value"] == {"text": long}


def test_assumptions_and_constraints_not_honoured_are_read() -> None:
    output = to_output(
        {
            "assumptions": [{"text": "500 orders/hour", "subject": "orders", "state_it": "say how many"}],
            "not_honoured": [{"constraint": "MySQL 8", "reason": "the files are for PostgreSQL"}],
        }
    )
    assert output.assumptions == (Assumption("500 orders/hour", "orders", "say how many"),)
    assert output.not_honoured == (NotHonoured("MySQL 8", "the files are for PostgreSQL"),)
    assert output.data == {}


def test_a_plain_text_is_read_as_an_assumption_or_a_constraint_and_an_invalid_one_is_kept() -> None:
    nameless = {"subject": "orders"}
    output = to_output({"assumptions": ["500 orders/hour", nameless], "not_honoured": "MySQL 8", "summary": "s"})
    assert output.assumptions == (Assumption("500 orders/hour"),)
    assert output.not_honoured == (NotHonoured("MySQL 8", ""),)
    kept = {"value": nameless, "note": "text: Field required"}
    assert (output.data, output.summary) == ({"not_understood": {"assumptions": [kept]}}, "s")
