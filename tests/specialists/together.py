"""A request answered by the real core and the real specialists in this process: no broker, no store, no waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from creatorflow.testing import run_task
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.request import RequestSubmitted as WireRequest
from creatorflow_contracts.v1.work import AgentResult, AgentTask
from creatorflow_orchestrator.core import saga as core
from creatorflow_orchestrator.core.analyzer import analyze
from creatorflow_orchestrator.core.commands import Command, DispatchTask
from creatorflow_orchestrator.core.events import RequestSubmitted
from creatorflow_orchestrator.core.planner import make_plan
from creatorflow_orchestrator.core.synthesis import Synthesis, synthesise
from creatorflow_orchestrator.translate.cards import to_card
from creatorflow_orchestrator.translate.outputs import to_output
from creatorflow_orchestrator.translate.requests import to_definition
from creatorflow_orchestrator.translate.work import result_event, to_task
from creatorflow_specialists.service import to_agent

from .tasks import specialist

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ID = UUID(int=1)


class Run:
    """One request from its words to its synthesis; `results` by step, in the order in which they were given."""

    def __init__(self, text: str) -> None:
        cards = tuple(map(to_card, load_cards()))
        plan = make_plan(text, analyze(text, cards), cards)
        wire = WireRequest(correlation_id=ID, request=text)
        definition = to_definition(wire, plan, cards, START)
        self.results: dict[str, AgentResult] = {}
        self.tasks: dict[str, AgentTask] = {}
        self._now = self._clock()
        self._waiting: list[AgentTask] = []
        self.saga, commands = core.advance(None, RequestSubmitted(ID, next(self._now), definition))
        self._dispatch(commands)

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """Step to output, as it would be on the wire."""
        return {step: result.output for step, result in self.results.items()}

    async def to_its_end(self) -> Synthesis:
        """Work off what the core asks for, one task after another."""
        while self._waiting:
            task = self._waiting.pop(0)
            result = await run_task(to_agent(specialist(task.agent)), task)
            assert result.success, result.error
            self.tasks[task.step], self.results[task.step] = task, result
            self.saga, commands = core.advance(self.saga, result_event(result, next(self._now), 0.0))
            self._dispatch(commands)
        read = {step: to_output(output) for step, output in self.outputs.items()}
        return synthesise(self.saga, read, self.saga.definition.owners, next(self._now))

    def _dispatch(self, commands: Iterable[Command]) -> None:
        """Tasks are made when they are sent: what runs side by side does not know of each other's decisions."""
        sent = (command for command in commands if isinstance(command, DispatchTask))
        tasks = (to_task(self.saga, command, self.outputs) for command in sent)
        self._waiting += [AgentTask.model_validate_json(task.to_json()) for task in tasks]

    @staticmethod
    def _clock() -> Iterator[datetime]:
        moment = START
        while True:
            yield moment
            moment += timedelta(seconds=1)
