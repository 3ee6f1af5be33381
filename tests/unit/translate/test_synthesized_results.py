from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_orchestrator.core.request import Context, ContextKind, Passage, Reading
from creatorflow_orchestrator.core.state.saga_state import Recovery, Saga, SagaStatus, StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import Assumption, NotHonoured, StepOutput
from creatorflow_orchestrator.translate.synthesized_results import to_result
from creatorflow_orchestrator.translate.truncation import MAX_BYTES, MAX_KEYS, size_of

from tests.unit.synthesis_builders import (
    DATABASE,
    ORDERS,
    SHIPPING,
    ask,
    file,
    final_saga,
    named,
    section,
    step,
    step_state,
    synthesis_of,
)

ENDS = (StepStatus.FAILED, StepStatus.SUCCEEDED)
RETRIED = Recovery("timeout", "alternative", "slow", 1, DATABASE, ORDERS)
ONE_TABLE = "Orders are kept in one table with a primary key, partitioned by month and indexed by shop"
TABLES, LABELS = step("tables", DATABASE, 0), step("labels", SHIPPING, 1, optional=True)


def result(saga: Saga, outputs: Mapping[str, StepOutput], owners: Mapping[str, str] | None = None) -> SynthesizedResult:
    """Return the result, after checking that it fits a message and survives the round trip."""
    made_result = to_result(synthesis_of(saga, outputs, owners), saga)
    encoded = made_result.to_json()
    assert size_of(encoded).bytes <= MAX_BYTES and size_of(encoded).keys <= MAX_KEYS
    assert admit(Delivery(body=encoded)) == made_result
    return made_result


def test_a_synthesis_is_converted_to_the_contract() -> None:
    states = {
        "tables": step_state(TABLES, 0, 2, agent=ORDERS, attempt=2, recoveries=(RETRIED,)),
        "labels": step_state(LABELS, 0, 3, status=StepStatus.FAILED, reason="no carrier"),
    }
    saga = final_saga(TABLES, LABELS, requirements=("store orders", "print labels"), states=states)
    outputs = {
        "tables": StepOutput(
            technical_specifications=section(ONE_TABLE, answers=(0,)),
            code_examples=(file("a.py", "x = 1", 0),),
            testing_requirements=section("test it", about="orders"),
            deployment_considerations=section("back it up", about="production"),
            decisions={"id_type": "uuid"},
            data={"rows": 3},
            summary="made a table",
        )
    }
    model_dump = result(saga, outputs).model_dump(mode="json", exclude_none=True)
    by = [{"agent": ORDERS, "step": "tables"}]
    assert model_dump["combined_output"] == {
        "technical_specifications": [{"text": ONE_TABLE, "sources": by, "answers": [0]}],
        "implementation_steps": [],
        "code_examples": [{"text": "x = 1", "sources": by, "answers": [0], "path": "a.py", "language": "python"}],
        "testing_requirements": [{"text": "test it", "sources": by, "answers": [], "subject": "orders"}],
        "deployment_considerations": [
            {"text": "back it up", "sources": by, "answers": [], "environment": "production"}
        ],
        "data": {"tables": {"rows": 3}},
    }
    assert model_dump["execution_summary"]["steps"][0] == {
        "step": "tables",
        "agent": DATABASE,
        "depends_on": [],
        "rounds": 1,
        "alternative_used": ORDERS,
        "type": "supporting",
        "status": "succeeded",
        "attempts": 2,
        "duration_ms": 2_000,
        "tokens": 0,
        "recoveries": [
            {"failure": "timeout", "decision": "alternative", "reason": "slow", "attempt": 1, "agent": ORDERS}
        ],
        "reason": "",
        "summary": "made a table",
    }
    assert model_dump["completeness"] == {
        "complete": False,
        "requirements": [
            {"requirement": "store orders", "answered_by": by, "note": "", "verdict": "answered", "missing": []},
            {
                "requirement": "print labels",
                "answered_by": [],
                "note": f"step labels ({SHIPPING}) failed: no carrier",
                "verdict": "not_answered",
                "missing": [],
            },
        ],
        "unanswered": ["print labels"],
    }
    assert (model_dump["overall_success"], model_dump["degraded"], model_dump["decisions"]) == (
        True,
        ["labels"],
        {"id_type": "uuid"},
    )


def test_a_conflict_is_converted_with_its_positions_and_the_resolving_agent() -> None:
    outputs = {
        "tables": StepOutput(decisions={"id_type": "uuid"}),
        "labels": StepOutput(decisions={"id_type": "bigint"}),
    }
    (conflict,) = result(final_saga(TABLES, LABELS), outputs, {"id_type": DATABASE}).conflicts
    assert (conflict.key, conflict.kind, conflict.resolution, conflict.resolved_by) == (
        "id_type",
        "decision",
        "uuid",
        DATABASE,
    )
    assert [position.value for position in conflict.positions] == ["uuid", "bigint"]


def test_the_status_and_the_reason_come_from_the_saga() -> None:
    reported = result(final_saga(TABLES, status=SagaStatus.CANCELLED, reason="enough"), {})
    assert (reported.status, reported.reason, reported.overall_success) == ("cancelled", "enough", False)


def test_a_text_over_its_limit_ends_in_an_ellipsis() -> None:
    output = StepOutput(recommendations=section("x" * 5_000))
    reported = result(final_saga(TABLES, reason="y" * 5_000), {"tables": output})
    assert (len(reported.recommendations[0].text), reported.recommendations[0].text[-1]) == (4_096, "…")
    assert (len(reported.reason), reported.reason[-1]) == (4_096, "…")


def test_a_result_that_fits_is_unchanged() -> None:
    text = "x" * 60_000
    outputs = {"tables": StepOutput(code_examples=(file("a.py", text),), data={"all": text})}
    reported = result(final_saga(TABLES), outputs)
    assert (reported.combined_output.code_examples[0].text, reported.combined_output.data) == (
        text,
        {"tables": {"all": text}},
    )
    assert not [suggestion for suggestion in reported.next_steps if "left out" in suggestion.text]


def test_data_is_removed_first_the_largest_first_and_only_as_much_as_needed() -> None:
    steps = tuple(step(f"s{number}", DATABASE) for number in range(3))
    outputs = {
        "s0": StepOutput(data={"all": "x" * 300_000}),
        "s1": StepOutput(data={"all": "y" * 600_000}),
        "s2": StepOutput(data={"all": "z" * 300_000}, code_examples=(file("a.py", "x" * 60_000),)),
    }
    reported = result(final_saga(*steps), outputs)
    assert [len(str(value)) > 1_000 for value in reported.combined_output.data.values()] == [True, False, True]
    assert "in the history of step s1" in reported.combined_output.data["s1"]["left_out"]
    assert len(reported.combined_output.code_examples[0].text) == 60_000
    assert reported.next_steps[0].text == "Read in the request's history what was left out here: data of step s1"
    assert reported.next_steps[0].follows_from.startswith("size of the result: 12")


def test_long_prose_is_shortened_before_code_loses_its_text() -> None:
    prose = section(*(f"{number} {'word ' * 12_000}" for number in range(17)))
    outputs = {"tables": StepOutput(technical_specifications=prose, code_examples=(file("a.py", "x" * 60_000),))}
    reported = result(final_saga(TABLES), outputs)
    lengths = [len(specification.text) for specification in reported.combined_output.technical_specifications]
    assert [lengths.count(1_000), len(lengths)] == [2, 17]
    assert len(reported.combined_output.code_examples[0].text) == 60_000
    assert "long statements" in reported.next_steps[0].text


def test_code_that_does_not_fit_keeps_its_path_and_a_hint_to_its_text() -> None:
    files = tuple(file(f"src/{number}.py", f"# {number}\n" + "x" * (60_000 + number)) for number in range(20))
    reported = result(final_saga(TABLES), {"tables": StepOutput(code_examples=files)})
    texts = {example.path: example.text for example in reported.combined_output.code_examples}
    gone = [path for path, text in texts.items() if text.startswith("[")]
    assert gone == [f"src/{number}.py" for number in range(20 - len(gone), 20)]  # the longest
    assert len(gone) == 4
    assert texts["src/19.py"] == (
        "[60024 characters left out, more than fits a message; they are in the history of step tables]"
    )


def test_items_beyond_the_limit_of_keys_are_dropped_from_the_end_and_no_code() -> None:
    steps = tuple(step(f"s{number}", DATABASE) for number in range(10))
    code = file("a.py", "x" * 60_000)
    outputs = {
        planned.id: StepOutput(
            technical_specifications=section(*(f"{planned.id} {n}" for n in range(300))), code_examples=(code,)
        )
        for planned in steps
    }
    reported = result(final_saga(*steps), outputs)
    assert [specification.text for specification in reported.combined_output.technical_specifications[:2]] == [
        "s0 0",
        "s0 1",
    ]
    assert len(reported.combined_output.technical_specifications) == 640
    assert reported.combined_output.code_examples[0].text == code.text
    assert reported.next_steps[0].text.endswith("the ends of long lists")


def test_data_nested_too_deeply_for_a_message_is_omitted() -> None:
    deep: dict[str, object] = {}
    for _ in range(26):
        deep = {"in": deep}
    reported = result(
        final_saga(TABLES, LABELS), {"tables": StepOutput(data=deep), "labels": StepOutput(data={"in": {"in": 1}})}
    )
    assert list(reported.combined_output.data["tables"]) == ["left_out"]
    assert reported.combined_output.data["labels"] == {"in": {"in": 1}}
    assert "data of step tables" in reported.next_steps[0].text


def test_keys_beyond_the_limit_of_a_message_are_omitted() -> None:
    reported = result(final_saga(TABLES), {"tables": StepOutput(data={f"key{number}": 1 for number in range(9_900)})})
    assert list(reported.combined_output.data["tables"]) == ["left_out"]


@pytest.mark.parametrize("letter", ["\x01", '":'])
def test_the_largest_possible_input_still_makes_a_valid_message(letter: str) -> None:
    text = letter * (4_096 // len(letter))
    steps = tuple(
        step(f"{number:03}".join("ab") * 8, f"agent-{'x' * 50}-{number:03}", *range(number, number + 200))
        for number in range(200)
    )
    recoveries = tuple(Recovery(text, text, text, 1) for _ in range(1))
    states = {
        planned.id: step_state(planned, reason=text, recoveries=recoveries, status=ENDS[number % 2])
        for number, planned in enumerate(steps)
    }
    # A request states at most 200 of its own; the others are the asks of its text, of 64 KiB together.
    requirements = tuple(f"{number} {text}"[: 4_096 if number < 200 else 80] for number in range(1_000))
    output = StepOutput(
        technical_specifications=section(*(f"{number} {text}" for number in range(5)), answers=tuple(range(195, 200))),
        code_examples=tuple(file("a" * 150 + str(number % 2), f"{number} {text}") for number in range(4)),
        recommendations=section(text),
        decisions={f"{number}-{planned.id}"[:64]: text for number, planned in enumerate(steps[:10])},
        data={f"k{number}": number for number in range(3)},
    )
    outputs = {planned.id: replaced(output, number) for number, planned in enumerate(steps)}
    saga = final_saga(*steps, requirements=requirements, states=states, status=SagaStatus.FAILED, reason=text)
    reported = result(saga, outputs)
    assert len(reported.execution_summary.steps) == 200
    assert len(reported.completeness.requirements) >= 200
    assert reported.next_steps[0].follows_from.startswith("size of the result")
    known = len(reported.completeness.requirements)
    items = reported.combined_output.technical_specifications
    assert all(position < known for item in items for position in item.answers)
    assert items[0].answers


def replaced(output: StepOutput, number: int) -> StepOutput:
    return replace(output, decisions={key: f"{number}{value}"[:4_096] for key, value in output.decisions.items()})


def test_positions_beyond_the_limit_of_the_contract_are_omitted() -> None:
    requirements = tuple(f"requirement {number}" for number in range(1_100))
    wide = step("wide", DATABASE, *range(1_100))
    output = StepOutput(
        technical_specifications=section(
            "each requirement has a table, a job, an index, a screen and an alarm", answers=tuple(range(1_100))
        )
    )
    reported = result(final_saga(wide, requirements=requirements), {"wide": output})
    assert reported.combined_output.technical_specifications[0].answers == tuple(range(1_000))
    assert reported.completeness.complete


READ = Reading(asks=(ask("print labels", "labels"),), facts=(named("Zebra"),))


def test_what_was_read_and_judged_is_in_the_result() -> None:
    output = StepOutput(
        technical_specifications=section("Labels are PDF files, printed in bulk at noon", answers=(0,)),
        assumptions=(Assumption("200 labels in a batch", "labels", "say how many"),),
        not_honoured=(NotHonoured("MySQL 8", "the files are for PostgreSQL"),),
    )
    saga = final_saga(step("labels", SHIPPING, 0), requirements=("print labels",), reading=READ)
    reported = result(saga, {"labels": output})
    (answered,) = reported.completeness.requirements
    assert (answered.verdict, answered.missing, reported.completeness.complete) == (
        "partly",
        ("Zebra", "MySQL 8"),
        False,
    )
    assert reported.reading is not None and reported.reading.asks[0].object == "labels"
    by = [{"agent": SHIPPING, "step": "labels"}]
    assert [assumed.model_dump(mode="json") for assumed in reported.assumptions] == [
        {"text": "200 labels in a batch", "subject": "labels", "state_it": "say how many", "sources": by}
    ]
    assert [kept.model_dump(mode="json") for kept in reported.not_honoured] == [
        {"constraint": "MySQL 8", "reason": "the files are for PostgreSQL", "sources": by}
    ]


def test_a_result_that_does_not_fit_loses_what_asks_for_nothing_before_any_answer() -> None:
    aside = "x" * 60_000
    reading = replace(
        READ,
        context=tuple(Context(0, 60_000, aside, ContextKind.EVIDENCE) for _ in range(2)),
        unread=tuple(Passage(0, 60_000, aside) for _ in range(2)),
    )
    files = tuple(file(f"{number}.py", "y" * 60_000) for number in range(13))
    saga = final_saga(step("labels", SHIPPING, 0), requirements=("print labels",), reading=reading)
    reported = result(saga, {"labels": StepOutput(code_examples=files, data={"rows": 3})})
    assert reported.reading is not None
    assert (len(reported.reading.unread), len(reported.reading.context)) == (0, 2)
    assert len(reported.reading.asks) == len(reported.reading.facts) == 1
    assert {len(example.text) for example in reported.combined_output.code_examples} == {60_000}
    assert reported.next_steps[0].text.endswith("left out here: the unread passages of the reading (2)")
    more = result(
        saga, {"labels": StepOutput(code_examples=(*files, file("z.py", "y" * 60_000), file("w.py", "y" * 50_000)))}
    )
    assert more.reading is not None and (more.reading.unread, more.reading.context) == ((), ())
    assert {len(example.text) for example in more.combined_output.code_examples} == {50_000, 60_000}


def test_a_reading_of_any_size_still_makes_a_valid_message() -> None:
    asks = tuple(ask(f"{number} {'long ' * 800}"[:4_000], domains=(f"domain-{'x' * 50}",)) for number in range(300))
    reading = Reading(asks=asks, facts=tuple(named("n" * 4_000, asks=(number,)) for number in range(300)))
    saga = final_saga(step("labels", SHIPPING, 0), requirements=tuple(asked.text for asked in asks), reading=reading)
    files = tuple(file(f"{number}.py", "y" * 60_000) for number in range(20))
    reported = result(saga, {"labels": StepOutput(code_examples=files)})
    assert reported.reading is not None and reported.reading.asks
