"""A request answered by the real core and the real specialists in this process: no broker, no store, no waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from creatorflow.testing import run_task
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.request import PlanSpec
from creatorflow_contracts.v1.request import RequestSubmitted as WireRequest
from creatorflow_contracts.v1.work import AgentResult, AgentTask
from creatorflow_orchestrator.core.saga import machine as core
from creatorflow_orchestrator.core.state.commands import Command, DispatchTask, Record
from creatorflow_orchestrator.core.state.events import RequestSubmitted
from creatorflow_orchestrator.core.synthesis.synthesis_values import Synthesis
from creatorflow_orchestrator.core.synthesis.synthesizer import synthesise
from creatorflow_orchestrator.shell.processing.request_planning import plan_request
from creatorflow_orchestrator.translate.context import Outputs
from creatorflow_orchestrator.translate.definitions import to_definition
from creatorflow_orchestrator.translate.outputs import to_output
from creatorflow_orchestrator.translate.tasks import result_event, to_card, to_task
from creatorflow_specialists.service import to_agent

from .tasks import specialist

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ID = UUID(int=1)


class Run:
    """One request from its text, or its own plan, to its synthesis.

    `results` are by step, in the order of dispatch; `rounds` contain the outputs of a step by iteration.
    """

    def __init__(self, text: str, plan: PlanSpec | None = None, constraints: tuple[str, ...] = ()) -> None:
        cards = tuple(map(to_card, load_cards()))
        wire = WireRequest(correlation_id=ID, request=text, plan=plan, constraints=constraints)
        planned = plan_request(wire, cards)
        definition = to_definition(wire, planned.plan, cards, START, planned.reading)
        self.results: dict[str, AgentResult] = {}
        self.rounds: dict[str, list[dict[str, Any]]] = {}
        self._entries: dict[int, dict[str, Any]] = {}
        self.tasks: dict[str, AgentTask] = {}
        self._now = self._clock()
        self._waiting: list[AgentTask] = []
        self.saga, commands = core.advance(None, RequestSubmitted(ID, next(self._now), definition))
        self._dispatch(commands)

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """Return the outputs by step, as they would be on the wire."""
        return {step: result.output for step, result in self.results.items()}

    async def to_its_end(self) -> Synthesis:
        """Process the commands of the core until the saga ends, one task after another."""
        while self._waiting:
            task = self._waiting.pop(0)
            result = await run_task(to_agent(specialist(task.agent)), task)
            assert result.success, result.error
            self.tasks[task.step], self.results[task.step] = task, result
            self.saga, commands = core.advance(self.saga, result_event(result, next(self._now), 0.0))
            self._dispatch(commands)
        read = {step: to_output(output) for step, output in self._outputs().latest().items()}
        return synthesise(self.saga, read, self.saga.definition.owners, next(self._now))

    def _dispatch(self, commands: Iterable[Command]) -> None:
        """Send the tasks, created at this moment: parallel steps do not know each other's decisions."""
        commands = tuple(commands)
        recorded = (
            command for command in commands if isinstance(command, Record) and command.event == "step_succeeded"
        )
        for record in recorded:
            self._entries[record.seq] = dict(record.data["output"])
            self.rounds.setdefault(record.step or "", []).append(self._entries[record.seq])
        sent = (command for command in commands if isinstance(command, DispatchTask))
        tasks = (to_task(self.saga, command, self._outputs()) for command in sent)
        self._waiting += [AgentTask.model_validate_json(task.to_json()) for task in tasks]

    def _outputs(self) -> Outputs:
        steps = self.saga.steps.values()
        now = {step.id: self._entries[step.result_seq] for step in steps if step.result_seq}
        last = {step.id: self._entries[step.last_round_seq] for step in steps if step.last_round_seq}
        return Outputs(now, last)

    @staticmethod
    def _clock() -> Iterator[datetime]:
        moment = START
        while True:
            yield moment
            moment += timedelta(seconds=1)
