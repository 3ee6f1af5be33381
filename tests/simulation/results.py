"""The one result of each saga that has ended: it is in the history, and says what the saga says."""

from __future__ import annotations

import json
from uuid import UUID

from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepStatus

from .database import Database
from .moment import Violation
from .sagas import Kept


def check(saga_id: UUID, kept: Kept, database: Database) -> None:
    """Read the result as who asks for it does. Raises `Violation`."""
    saga, last = kept.saga, database.history[saga_id, kept.saga.seq]
    try:
        result = SynthesizedResult.model_validate_json(json.dumps(json.loads(last.data)["data"]["result"]))
    except (LookupError, ValueError) as error:
        raise Violation("every_end_has_a_result", f"saga {saga_id}: {error!r}", saga_id) from error
    if result.status != saga.status.value or (result.overall_success and saga.status is not SagaStatus.COMPLETED):
        raise Violation("a_result_says_how_it_ended", f"{result.status}, {result.overall_success}", saga_id)
    reported = {step.step: step.status for step in result.execution_summary.steps}
    for step in saga.steps.values():
        if (reported.get(step.id) == "succeeded") != (step.status is StepStatus.SUCCEEDED):
            raise Violation("a_result_says_what_succeeded", f"{step.id} is told as {reported.get(step.id)}", saga_id)
