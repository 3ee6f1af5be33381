"""Rules of the one result of each saga that has ended: it is in the history and agrees with the saga."""

from __future__ import annotations

import json
from uuid import UUID

from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepStatus

from .database import Database
from .sagas import CommittedSaga
from .transition import Violation


def check(saga_id: UUID, committed: CommittedSaga, database: Database) -> None:
    """Reads the result from the history, as a query does, and checks it. Raises `Violation`."""
    saga, last = committed.saga, database.history[saga_id, committed.saga.seq]
    try:
        result = SynthesizedResult.model_validate_json(json.dumps(json.loads(last.data)["data"]["result"]))
    except (LookupError, ValueError) as error:
        raise Violation("every_end_has_a_result", f"saga {saga_id}: {error!r}", saga_id) from error
    if result.status != saga.status.value or (result.overall_success and saga.status is not SagaStatus.COMPLETED):
        raise Violation("a_result_has_the_status_of_its_saga", f"{result.status}, {result.overall_success}", saga_id)
    reported = {step.step: step.status for step in result.execution_summary.steps}
    for step in saga.steps.values():
        if (reported.get(step.id) == "succeeded") != (step.status is StepStatus.SUCCEEDED):
            raise Violation(
                "a_result_lists_what_succeeded", f"{step.id} is reported as {reported.get(step.id)}", saga_id
            )
