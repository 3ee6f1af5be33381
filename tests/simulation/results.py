"""The one result of each saga that has ended: it can be made, published, and says what the saga says."""

from __future__ import annotations

from uuid import UUID

from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepStatus
from creatorflow_orchestrator.core.synthesis import synthesise
from creatorflow_orchestrator.translate.outputs import to_output
from creatorflow_orchestrator.translate.synthesized_results import to_result

from .moment import Violation
from .store import Kept


def check(saga_id: UUID, kept: Kept) -> None:
    """Make the result as the shell does, from what stands in the history. Raises `Violation`."""
    saga, found = kept.saga, kept.witness.account.found
    outputs = {step: to_output(found[step]) for step in saga.steps if step in found}
    try:
        ended = saga.updated_at or saga.definition.submitted_at
        result = to_result(synthesise(saga, outputs, saga.definition.owners, ended), saga)
    except Exception as error:
        raise Violation("every_end_has_a_result", f"saga {saga_id}: {error!r}", saga_id) from error
    if result.status != saga.status.value or (result.overall_success and saga.status is not SagaStatus.COMPLETED):
        raise Violation("a_result_says_how_it_ended", f"{result.status}, {result.overall_success}", saga_id)
    told = {step.step: step.status for step in result.execution_summary.steps}
    for step in saga.steps.values():
        if (told.get(step.id) == "succeeded") != (step.status is StepStatus.SUCCEEDED):
            raise Violation("a_result_says_what_succeeded", f"{step.id} is told as {told.get(step.id)}", saga_id)
