"""Client without an event loop. Written by `python -m ops.generate_sync_client`; do not edit."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, Unpack
from uuid import UUID

from creatorflow_contracts.v1.event import LiveAgent, RefusedAgent, SagaEvent, SagaState, SagaStatus
from creatorflow_contracts.v1.operate import (
    PruneAnswer,
    QuarantineGroup,
    QuarantineItem,
    QuarantineOutcome,
    QuarantineState,
)
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_contracts.v1.request import PlanSpec, RequestSubmitted

from .async_client import Client
from .event_stream import ANSWER_TIMEOUT, QUIET
from .loop_thread import LoopThread
from .quarantine_client import LONG_ANSWER_TIMEOUT, Quarantine, QuarantineSelection
from .request_message import OnFailure
from .run import Run


class SyncClient:
    """Submits requests and asks about them, without an event loop: `with SyncClient(url) as client:`.

    The arguments, methods and errors are those of `Client`. The connection lives in a thread of its own, so that it is
    kept while the program does other work. Any thread may call, also one in which an event loop runs (a notebook); that
    loop stands still until the call returns. Ctrl-C cancels the call. The end of the `with` ends the calls that other
    threads wait for: they raise BrokerUnavailable. `execute` alone needs no `with`.
    """

    def __init__(
        self, url: str | None = None, *, name: str = "creatorflow-client", patience: float = 0.0, quiet: float = QUIET
    ) -> None:
        self._thread = LoopThread(name)
        self._client = Client(url, name=name, patience=patience, quiet=quiet)

    def __enter__(self) -> Self:
        """Connect. Raises BrokerUnavailable, BrokerConfiguration."""
        self._thread.open()
        try:
            self._thread.run(self._client.__aenter__())
        except BaseException:
            self._thread.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._thread.run(self._client.__aexit__(kind, error, traceback))
        finally:
            self._thread.close()

    def submit(
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
    ) -> SyncRun:
        """Submit a request; returns when the broker has confirmed it.

        `plan` replaces that of the planner; `deadline` is a time with its zone, or a duration from now; `dry_run`
        analyses and plans only. Submitting the same `correlation_id` again gives the same run: choose it to submit
        safely twice. With `on_failure="park"` a required step whose recoveries are exhausted is parked until
        `retry_step`, `skip_step` or `complete_step`; the other steps go on.

        Raises RequestRefused at once for a request that no orchestrator would accept, NoOrchestrator,
        OrchestratorBusy, BrokerUnavailable.
        """
        return SyncRun(
            self._thread,
            self._thread.run(
                self._client.submit(
                    request,
                    plan=plan,
                    constraints=constraints,
                    deadline=deadline,
                    dry_run=dry_run,
                    tags=tags,
                    correlation_id=correlation_id,
                    on_failure=on_failure,
                )
            ),
        )

    def send(self, message: RequestSubmitted) -> SyncRun:
        """Submit a message made by `request_message`. Raises NoOrchestrator, OrchestratorBusy, BrokerUnavailable."""
        return SyncRun(self._thread, self._thread.run(self._client.send(message)))

    def execute(
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
        return self._thread.run(
            self._client.execute(
                request,
                timeout=timeout,
                plan=plan,
                constraints=constraints,
                deadline=deadline,
                tags=tags,
                correlation_id=correlation_id,
                on_failure=on_failure,
            )
        )

    def watch(self, saga: UUID, after: int = 0) -> Generator[SagaEvent, None, None]:
        """Follow any request: its events after number `after`, in order, up to the final one. Raises UnknownRequest."""
        return self._thread.iterate(self._client.watch(saga, after))

    def state(self, saga: UUID, *, timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """The current state of a request. Raises UnknownRequest, NoAnswer."""
        return self._thread.run(self._client.state(saga, timeout=timeout))

    def history(self, saga: UUID, after: int = 0, *, timeout: float = ANSWER_TIMEOUT) -> tuple[SagaEvent, ...]:
        """The past events of a request after number `after`. Raises UnknownRequest, NoAnswer."""
        return self._thread.run(self._client.history(saga, after, timeout=timeout))

    def result(self, saga: UUID, *, timeout: float = ANSWER_TIMEOUT) -> SynthesizedResult:
        """The result of a request. Raises NotFinished while it runs, UnknownRequest, NoAnswer."""
        return self._thread.run(self._client.result(saga, timeout=timeout))

    def list(
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
        return self._thread.run(
            self._client.list(limit=limit, status=status, since=since, dry_run=dry_run, prefix=prefix, timeout=timeout)
        )

    def agents(self, *, timeout: float = ANSWER_TIMEOUT) -> tuple[LiveAgent, ...]:
        """The agents that the orchestrator knows, and their live instances. Raises NoAnswer."""
        return self._thread.run(self._client.agents(timeout=timeout))

    def refused_agents(self, *, timeout: float = ANSWER_TIMEOUT) -> tuple[RefusedAgent, ...]:
        """The agents whose announcements the orchestrator refused in the last hour, and why. Raises NoAnswer."""
        return self._thread.run(self._client.refused_agents(timeout=timeout))

    def cancel(self, saga: UUID, reason: str = "", *, timeout: float = ANSWER_TIMEOUT) -> SagaState | None:
        """Cancel a request: open steps are cancelled, finished steps are kept. Returns its state, if the answer has it.

        Raises UnknownRequest, NoAnswer.
        """
        return self._thread.run(self._client.cancel(saga, reason, timeout=timeout))

    def retry_step(
        self, saga: UUID, step: str, *, agent: str | None = None, reason: str = "", timeout: float = ANSWER_TIMEOUT
    ) -> SagaState:
        """Start a new attempt of a parked step, by `agent` if one is named. Returns the request's state.

        The command is applied once, however often the broker delivers it. Raises UnknownRequest, StepRefused,
        NoAnswer, as do `skip_step` and `complete_step`.
        """
        return self._thread.run(self._client.retry_step(saga, step, agent=agent, reason=reason, timeout=timeout))

    def skip_step(self, saga: UUID, step: str, *, reason: str = "", timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """Continue without a parked step. Returns the request's state. Raises the errors of `retry_step`."""
        return self._thread.run(self._client.skip_step(saga, step, reason=reason, timeout=timeout))

    def complete_step(
        self, saga: UUID, step: str, output: Mapping[str, Any], *, reason: str = "", timeout: float = ANSWER_TIMEOUT
    ) -> SagaState:
        """Use `output` (an object as its agent would have returned it) as the result of a parked step.

        Returns the request's state. Raises the errors of `retry_step`.
        """
        return self._thread.run(self._client.complete_step(saga, step, output, reason=reason, timeout=timeout))

    @property
    def quarantine(self) -> SyncQuarantine:
        """The messages that could not be processed or sent: to inspect, redrive, or drop."""
        return SyncQuarantine(self._thread, self._client.quarantine)

    def prune(
        self, older_than: timedelta, *, limit: int = 1000, dry_run: bool = False, timeout: float = LONG_ANSWER_TIMEOUT
    ) -> PruneAnswer:
        """Delete at most `limit` (1 to 1000) requests that ended longer ago than `older_than`, with their history.

        In the answer, `sagas` is the number of requests, and `more` is true if there are others. With `dry_run` they
        are counted only. Raises NoAnswer.
        """
        return self._thread.run(self._client.prune(older_than, limit=limit, dry_run=dry_run, timeout=timeout))


class SyncRun:
    """A submitted request. It belongs to its client, and needs it open."""

    def __init__(self, thread: LoopThread, run: Run) -> None:
        self._thread = thread
        self._run = run

    @property
    def request(self) -> RequestSubmitted:
        """The message that was submitted."""
        return self._run.request

    @property
    def trace_id(self) -> str | None:
        """The trace of the request, 32 hex digits, for use in the address of a trace viewer; the services' settings
        decide if it is recorded. None if the caller's own trace is not sampled."""
        return self._run.trace_id

    @property
    def id(self) -> UUID:
        """The request id, by which any client can follow the request."""
        return self._run.id

    def events(self, after: int = 0) -> Generator[SagaEvent, None, None]:
        """The events after number `after`, in order, up to the final one; may be called any number of times.

        Raises RequestRefused, NoOrchestrator.
        """
        return self._thread.iterate(self._run.events(after))

    def result(self, timeout: float | None = None) -> SynthesizedResult:
        """Wait for the result, also if the request failed or was cancelled (`status`, `reason`).

        Raises NotFinished after `timeout` seconds (the request goes on), RequestRefused.
        """
        return self._thread.run(self._run.result(timeout))

    def state(self, timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """The current state. Raises UnknownRequest until the orchestrator has accepted the request, NoAnswer."""
        return self._thread.run(self._run.state(timeout))

    def cancel(self, reason: str = "", timeout: float = ANSWER_TIMEOUT) -> SagaState | None:
        """Cancel it: open steps are cancelled, finished steps are kept. Returns its state, if the answer has it.

        Raises UnknownRequest, NoAnswer.
        """
        return self._thread.run(self._run.cancel(reason, timeout))


class SyncQuarantine:
    """The messages that could not be processed, with payload and error. It needs its client open.

    Every method raises NoAnswer, and Refused for what the orchestrator does not take.
    """

    def __init__(self, thread: LoopThread, quarantine: Quarantine) -> None:
        self._thread = thread
        self._quarantine = quarantine

    def groups(
        self, *, state: QuarantineState = "resting", **chosen: Unpack[QuarantineSelection]
    ) -> tuple[QuarantineGroup, ...]:
        """Count the messages by problem code, agent and contract with version."""
        return self._thread.run(self._quarantine.groups(state=state, **chosen))

    def items(
        self, *, state: QuarantineState = "resting", limit: int | None = None, **chosen: Unpack[QuarantineSelection]
    ) -> Generator[QuarantineItem, None, None]:
        """List the messages, oldest first, without their bodies; all of them, or the first `limit`."""
        return self._thread.iterate(self._quarantine.items(state=state, limit=limit, **chosen))

    def show(self, id: UUID) -> tuple[QuarantineItem, bytes]:
        """Show one message with its whole body. Raises Refused (QUARANTINE_UNKNOWN)."""
        return self._thread.run(self._quarantine.show(id))

    def redrive(
        self, ids: Sequence[UUID], *, body: bytes | None = None, dry_run: bool = False
    ) -> tuple[QuarantineOutcome, ...]:
        """Send messages again, at most 1000; returns the outcome of each, in words.

        A request is accepted again with its id, a result is processed again, the step of a task gets a new attempt if
        its request is still open. `body` (with one id, at most 750,000 bytes) replaces the quarantined one, and is
        checked first. With `dry_run` the outcomes are those that would happen.
        """
        return self._thread.run(self._quarantine.redrive(ids, body=body, dry_run=dry_run))

    def drop(self, ids: Sequence[UUID], *, dry_run: bool = False) -> tuple[QuarantineOutcome, ...]:
        """Mark messages as not needed, at most 1000; returns their outcomes, in words. `dry_run` as in `redrive`."""
        return self._thread.run(self._quarantine.drop(ids, dry_run=dry_run))
