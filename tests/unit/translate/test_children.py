from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.core.state.saga_state import Parent
from creatorflow_orchestrator.core.synthesis.synthesis_values import Assumption, NotHonoured, StepOutput
from creatorflow_orchestrator.translate.children import child_result
from creatorflow_orchestrator.translate.outputs import to_output
from creatorflow_orchestrator.translate.synthesized_results import to_result

from tests.unit.synthesis_builders import SHIPPING, ask, final_saga, named, section, step, synthesis_of

PARENT = Parent(UUID(int=2), UUID(int=3), "part_1", 1, 1, ("print labels",))


def test_a_child_tells_its_parent_what_it_assumes_does_not_keep_and_answers_in_part() -> None:
    assumed = Assumption("200 labels in a batch", "labels", "say how many")
    kept = NotHonoured("MySQL 8", "the files are for PostgreSQL")
    reading = Reading(asks=(ask("print labels", "labels"),), facts=(named("Zebra"),))
    saga = final_saga(step("labels", SHIPPING, 0), requirements=("print labels",), reading=reading)
    saga = replace(saga, definition=replace(saga.definition, parent=PARENT))
    printed = section("Labels are PDF files, printed in bulk at noon", answers=(0,))
    output = StepOutput(technical_specifications=printed, assumptions=(assumed,), not_honoured=(kept,))
    answer = child_result(saga, to_result(synthesis_of(saga, {"labels": output}), saga))
    read = to_output(answer.output)
    assert (read.assumptions, read.not_honoured) == ((assumed,), (kept,))
    assert read.data["partly_answered"] == ["print labels"]
    assert read.summary.endswith("succeeded: labels; 1 are answered in part")
