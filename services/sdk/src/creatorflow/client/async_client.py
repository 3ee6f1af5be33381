"""The asynchronous client: one connection to the broker, over which requests are submitted and queried."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4

from creatorflow_contracts.v1.event import LiveAgent, QueryAnswer, RefusedAgent, SagaEvent, SagaState, SagaStatus
from creatorflow_contracts.v1.operate import PruneAnswer, PruneCommand
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_contracts.v1.request import CancelRequest, PlanSpec, Query, RequestSubmitted, StepCommand

from creatorflow.environment import AMQP_URL, ConfigurationError, amqp_url, complete

from .connection import ClientConnection
from .errors import BrokerConfiguration, BrokerUnavailable, NoAnswer, NotFinished
from .event_stream import ANSWER_TIMEOUT, PAGE, QUIET, EventStream
from .quarantine_client import LONG_ANSWER_TIMEOUT, Quarantine
from .request_message import OnFailure, request_message
from .run import Run

DEFAULT_URL: Final = "amqp://guest:guest@127.0.0.1:5672/"


class Client:
    """Submits and queries requests. Use it as `async with Client(url) as client:`, in one event loop.

    Without `url` the broker is `CREATORFLOW_AMQP_URL`, else RabbitMQ's default on this machine. `name` identifies the
    connection in the broker's tools. A broker that does not answer is tried again for `patience` seconds; once
    connected, the client reconnects by itself without limit. After `quiet` seconds without news the orchestrator is
    queried. Only `execute` needs no `async with`: it connects by itself.
    """

    def __init__(
        self, url: str | None = None, *, name: str = "creatorflow-client", patience: float = 0.0, quiet: float = QUIET
    ) -> None:
        self._url = _address(url)
        self._name = name
        self._patience = patience
        self._quiet = quiet
        self._users = 0
        self._connection: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises BrokerUnavailable, BrokerConfiguration."""
        self._users += 1
        if self._connection is None:
            self._connection = ClientConnection(self._url, self._name, self._patience)
            try:
                await self._connection.open()
            except BaseException:
                self._users, self._connection = 0, None
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._users -= 1
        if self._users == 0 and self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    @property
    def _link(self) -> ClientConnection:
        if self._connection is None:
            raise BrokerUnavailable(
                "the client is not open: use it in `async with Client()` or `with SyncClient()`", "client"
            )
        return self._connection

    # -- requests ---------------------------------------------------------------------------------------------------

    async def submit(
        self,
        request: str,
        *,
        plan: PlanSpec | Mapping[str, Any] | None = None,
        constraints: Iterable[str] = (),
        deadline: datetime | timedelta | None = None,
        dry_run: bool = False,
        tags: Mapping[str, str] | None = None,
        correlation_id: UUID | None = None,
        on_failure: OnFailure = "fail",
    ) -> Run:
        """Submit a request; returns when the broker has confirmed it.

        `plan` replaces that of the planner; `deadline` is a time with its zone, or a duration from now; `dry_run`
        analyses and plans only. Submitting the same `correlation_id` again gives the same run: choose it to submit
        safely twice. With `on_failure="park"` a required step whose recoveries are exhausted is parked until
        `retry_step`, `skip_step` or `complete_step`; the other steps go on.

        Raises RequestRefused at once for a request that no orchestrator would accept, NoOrchestrator,
        OrchestratorBusy, BrokerUnavailable.
        """
        message = request_message(
            request,
            plan=plan,
            constraints=constraints,
            deadline=deadline,
            dry_run=dry_run,
            tags=tags,
            correlation_id=correlation_id,
            on_failure=on_failure,
        )
        return await self.send(message)

    async def send(self, message: RequestSubmitted) -> Run:
        """Submit a message made by `request_message`. Raises NoOrchestrator, OrchestratorBusy, BrokerUnavailable."""
        run = Run(self._link, message, quiet=self._quiet)
        run.trace_id = await self._link.submit(message)
        return run

    async def execute(
        self,
        request: str,
        *,
        timeout: float | None = None,
        plan: PlanSpec | Mapping[str, Any] | None = None,
        constraints: Iterable[str] = (),
        deadline: datetime | timedelta | None = None,
        tags: Mapping[str, str] | None = None,
        correlation_id: UUID | None = None,
        on_failure: OnFailure = "fail",
    ) -> SynthesizedResult:
        """Submit a request and wait for its result, also if it failed (`status`, `overall_success`, `reason`).

        Raises the errors of `submit`, RequestRefused, and NotFinished after `timeout` seconds (the request goes on).
        """
        async with self:
            run = await self.submit(
                request,
                plan=plan,
                constraints=constraints,
                deadline=deadline,
                tags=tags,
                correlation_id=correlation_id,
                on_failure=on_failure,
            )
            return await run.result(timeout)

    # -- queries ----------------------------------------------------------------------------------------------------

    async def watch(self, saga: UUID, after: int = 0) -> AsyncGenerator[SagaEvent, None]:
        """Follow any request: its events after number `after`, in order, up to the final one. Raises UnknownRequest."""
        async with aclosing(EventStream(self._link, saga, after=after, quiet=self._quiet).events()) as events:
            async for event in events:
                yield event

    async def state(self, saga: UUID, *, timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """The current state of a request. Raises UnknownRequest, NoAnswer."""
        answer = await self._ask(Query(ask="state", correlation_id=saga), timeout)
        if answer.state is None:
            raise NoAnswer("the answer contains no state", self._link.where, saga)
        return answer.state

    async def history(self, saga: UUID, after: int = 0, *, timeout: float = ANSWER_TIMEOUT) -> tuple[SagaEvent, ...]:
        """The past events of a request after number `after`. Raises UnknownRequest, NoAnswer."""
        events: list[SagaEvent] = []
        while True:
            last = events[-1].seq if events else after
            answer = await self._ask(Query(ask="history", correlation_id=saga, after_seq=last, limit=PAGE), timeout)
            events += (event for event in answer.events if event.seq > last)
            if not answer.more or not answer.events:
                return tuple(events)

    async def result(self, saga: UUID, *, timeout: float = ANSWER_TIMEOUT) -> SynthesizedResult:
        """The result of a request. Raises NotFinished while it runs, UnknownRequest, NoAnswer."""
        answer = await self._ask(Query(ask="result", correlation_id=saga), timeout)
        if answer.result is None:
            raise NotFinished("the request has no result yet; it goes on", saga)
        return answer.result

    async def list(
        self,
        *,
        limit: int = 100,
        status: Iterable[SagaStatus] = (),
        since: datetime | None = None,
        dry_run: bool | None = None,
        prefix: str | None = None,
        timeout: float = ANSWER_TIMEOUT,
    ) -> tuple[SagaState, ...]:
        """The latest requests, at most `limit` (1 to 1000), without their steps. Raises NoAnswer.

        `status` selects requests with one of these statuses, `since` (a time with its zone) those submitted then or
        later, `dry_run` plans (True) or runs (False), `prefix` those whose id begins with these hexadecimal digits.
        """
        query = Query(ask="list", limit=limit, status=tuple(status), since=since, dry_run=dry_run, prefix=prefix)
        return (await self._ask(query, timeout)).sagas

    async def agents(self, *, timeout: float = ANSWER_TIMEOUT) -> tuple[LiveAgent, ...]:
        """The agents that the orchestrator knows, and their live instances. Raises NoAnswer."""
        return (await self._ask(Query(ask="agents", limit=1000), timeout)).agents

    async def refused_agents(self, *, timeout: float = ANSWER_TIMEOUT) -> tuple[RefusedAgent, ...]:
        """The agents whose announcements the orchestrator refused in the last hour, and why. Raises NoAnswer."""
        return (await self._ask(Query(ask="agents", limit=1000), timeout)).refused

    async def cancel(self, saga: UUID, reason: str = "", *, timeout: float = ANSWER_TIMEOUT) -> SagaState | None:
        """Cancel a request: open steps are cancelled, finished steps are kept. Returns its state, if the answer has it.

        Raises UnknownRequest, NoAnswer.
        """
        return (await self._link.cancel(CancelRequest(correlation_id=saga, reason=reason), timeout)).state

    # -- step commands ----------------------------------------------------------------------------------------------

    async def retry_step(
        self, saga: UUID, step: str, *, agent: str | None = None, reason: str = "", timeout: float = ANSWER_TIMEOUT
    ) -> SagaState:
        """Start a new attempt of a parked step, by `agent` if one is named. Returns the request's state.

        The command is applied once, however often the broker delivers it. Raises UnknownRequest, StepRefused,
        NoAnswer, as do `skip_step` and `complete_step`.
        """
        command = StepCommand(correlation_id=saga, step=step, action="retry", agent=agent, reason=reason, id=uuid4())
        return await self._command_step(command, timeout)

    async def skip_step(self, saga: UUID, step: str, *, reason: str = "", timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """Continue without a parked step. Returns the request's state. Raises the errors of `retry_step`."""
        command = StepCommand(correlation_id=saga, step=step, action="skip", reason=reason, id=uuid4())
        return await self._command_step(command, timeout)

    async def complete_step(
        self, saga: UUID, step: str, output: Mapping[str, Any], *, reason: str = "", timeout: float = ANSWER_TIMEOUT
    ) -> SagaState:
        """Use `output` (an object as its agent would have returned it) as the result of a parked step.

        Returns the request's state. Raises the errors of `retry_step`.
        """
        command = StepCommand(
            correlation_id=saga, step=step, action="complete", output=dict(output), reason=reason, id=uuid4()
        )
        return await self._command_step(command, timeout)

    async def _command_step(self, command: StepCommand, timeout: float) -> SagaState:
        answer = await self._link.command_step(command, timeout)
        return answer.state or await self.state(command.correlation_id, timeout=timeout)

    @property
    def quarantine(self) -> Quarantine:
        """The messages that could not be processed or sent: to inspect, redrive, or drop."""
        return Quarantine(self._link)

    async def prune(
        self, older_than: timedelta, *, limit: int = 1000, dry_run: bool = False, timeout: float = LONG_ANSWER_TIMEOUT
    ) -> PruneAnswer:
        """Delete at most `limit` (1 to 1000) requests that ended longer ago than `older_than`, with their history.

        In the answer, `sagas` is the number of requests, and `more` is true if there are others. With `dry_run` they
        are counted only. Raises NoAnswer.
        """
        age_ms = int(older_than.total_seconds() * 1000)
        return await self._link.prune(PruneCommand(older_than_ms=age_ms, limit=limit, dry_run=dry_run), timeout)

    async def _ask(self, query: Query, timeout: float) -> QueryAnswer:
        return await self._link.ask(query, timeout)


def _address(url: str | None) -> str:
    """The broker's address. Raises BrokerConfiguration if a file that the environment names cannot be read."""
    try:
        return complete(url) if url else amqp_url() or DEFAULT_URL
    except ConfigurationError as error:
        raise BrokerConfiguration(str(error), AMQP_URL) from None
