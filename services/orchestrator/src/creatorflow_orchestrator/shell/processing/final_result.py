"""Makes the final results of the sagas that end in a batch, before its rows are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow_orchestrator.core.state.commands import Command, Conclude
from creatorflow_orchestrator.core.state.saga_state import Saga
from creatorflow_orchestrator.core.synthesis.synthesizer import synthesise
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord
from creatorflow_orchestrator.translate.context import Outputs
from creatorflow_orchestrator.translate.name_forms import name_forms
from creatorflow_orchestrator.translate.outputs import to_output
from creatorflow_orchestrator.translate.synthesized_results import to_result


def final_results(
    commands: Mapping[UUID, Sequence[Command]],
    sagas: Mapping[UUID, SagaRecord],
    outputs: Mapping[UUID, Outputs],
) -> dict[UUID, SynthesizedResult]:
    """Make the result of each saga that concludes with these commands; a saga that goes on has none.

    `outputs` are the outputs of each saga's steps; a saga without an entry has none.
    """
    return {
        saga_id: final_result(sagas[saga_id].saga, command, outputs.get(saga_id, Outputs()))
        for saga_id, saga_commands in commands.items()
        for command in saga_commands
        if isinstance(command, Conclude)
    }


def final_result(saga: Saga, conclude: Conclude, outputs: Outputs) -> SynthesizedResult:
    """Synthesise the one result of a final saga from the latest outputs of its steps, as the contract publishes it."""
    latest = {step: to_output(output) for step, output in outputs.latest().items()}
    return to_result(synthesise(saga, latest, saga.definition.owners, conclude.at, name_forms()), saga)
