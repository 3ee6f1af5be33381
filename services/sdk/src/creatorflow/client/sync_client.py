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
        """Submit a request; returns when the broker has it.

        `plan` is taken instead of the planner's; `deadline` is a time (with its zone) or a time from now; `dry_run`
        analyses and plans only. The same `correlation_id` again is the same run: choose it to submit safely twice.
        With `on_failure="park"` a required step whose retries have ended rests, and the others go on, until it is told
        what to do (`retry_step`, `skip_step`, `complete_step`).
        Raises RequestRefused at once for what no orchestrator would take, NoOrchestrator, OrchestratorBusy,
        BrokerUnavailable.
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
        """Submit a message of `request_message`. Raises NoOrchestrator, OrchestratorBusy, BrokerUnavailable."""
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
        """Submit a request and wait for its result, also of one that failed (`status`, `overall_success`, `reason`).

        Raises as `submit`, RequestRefused, and NotFinished after `timeout` seconds (the request goes on).
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
        """The events of any request after number `after`, in order, to the final one. Raises UnknownRequest."""
        return self._thread.iterate(self._client.watch(saga, after))

    def state(self, saga: UUID, *, timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """Where a request stands. Raises UnknownRequest, NoAnswer."""
        return self._thread.run(self._client.state(saga, timeout=timeout))

    def history(self, saga: UUID, after: int = 0, *, timeout: float = ANSWER_TIMEOUT) -> tuple[SagaEvent, ...]:
        """What has happened to a request after number `after`. Raises UnknownRequest, NoAnswer."""
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

        `status` selects those in one of these states, `since` (a time with its zone) those submitted then or later,
        `dry_run` plans (True) or runs (False), `prefix` those whose id begins with these hexadecimal digits.
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
        """Stop a request: open steps are withdrawn, what finished is kept. Its state, where it is told.

        Raises UnknownRequest, NoAnswer.
        """
        return self._thread.run(self._client.cancel(saga, reason, timeout=timeout))

    def retry_step(
        self, saga: UUID, step: str, *, agent: str | None = None, reason: str = "", timeout: float = ANSWER_TIMEOUT
    ) -> SagaState:
        """Give a parked step a new attempt, by `agent` if one is named; the request's state.

        However often the broker delivers it, it counts once. Raises UnknownRequest, StepRefused, NoAnswer; as do the
        next two.
        """
        return self._thread.run(self._client.retry_step(saga, step, agent=agent, reason=reason, timeout=timeout))

    def skip_step(self, saga: UUID, step: str, *, reason: str = "", timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """Go on without a parked step; the request's state."""
        return self._thread.run(self._client.skip_step(saga, step, reason=reason, timeout=timeout))

    def complete_step(
        self, saga: UUID, step: str, output: Mapping[str, Any], *, reason: str = "", timeout: float = ANSWER_TIMEOUT
    ) -> SagaState:
        """Take `output` (an object as an agent would have answered) as a parked step's result; the request's state."""
        return self._thread.run(self._client.complete_step(saga, step, output, reason=reason, timeout=timeout))

    @property
    def quarantine(self) -> SyncQuarantine:
        """What nothing could process: to look at, send again, or give up."""
        return SyncQuarantine(self._thread, self._client.quarantine)

    def prune(
        self, older_than: timedelta, *, limit: int = 1000, dry_run: bool = False, timeout: float = LONG_ANSWER_TIMEOUT
    ) -> PruneAnswer:
        """Forget at most `limit` (1 to 1000) requests that ended longer ago than `older_than`, with their history.

        The answer's `sagas` says how many, `more` that there are others. Raises NoAnswer.
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
        """The trace that it is part of, 32 hex digits, for the address of whatever shows traces; whether anybody
        records it is the services' setting. None where the caller's own trace is not sampled."""
        return self._run.trace_id

    @property
    def id(self) -> UUID:
        """The saga's id: by it, anyone can follow the request, from anywhere."""
        return self._run.id

    def events(self, after: int = 0) -> Generator[SagaEvent, None, None]:
        """Its events after number `after`, in order, to the final one; each client may follow as often as it likes.

        Raises RequestRefused, NoOrchestrator.
        """
        return self._thread.iterate(self._run.events(after))

    def result(self, timeout: float | None = None) -> SynthesizedResult:
        """Its result, also of one that failed or was cancelled (`status`, `reason`).

        Raises NotFinished after `timeout` seconds (the request goes on), RequestRefused.
        """
        return self._thread.run(self._run.result(timeout))

    def state(self, timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """Where it stands. Raises UnknownRequest while the orchestrator has not taken it up, NoAnswer."""
        return self._thread.run(self._run.state(timeout))

    def cancel(self, reason: str = "", timeout: float = ANSWER_TIMEOUT) -> SagaState | None:
        """Stop it: open steps are withdrawn, what finished is kept. Its state, where it is told.

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
        """How many messages rest for which reason: by problem code, agent and contract with version."""
        return self._thread.run(self._quarantine.groups(state=state, **chosen))

    def items(
        self, *, state: QuarantineState = "resting", limit: int | None = None, **chosen: Unpack[QuarantineSelection]
    ) -> Generator[QuarantineItem, None, None]:
        """The messages at rest, oldest first, without their bodies; all of them, or the first `limit`."""
        return self._thread.iterate(self._quarantine.items(state=state, limit=limit, **chosen))

    def show(self, id: UUID) -> tuple[QuarantineItem, bytes]:
        """One message at rest, and its whole body. Raises Refused (QUARANTINE_UNKNOWN)."""
        return self._thread.run(self._quarantine.show(id))

    def redrive(
        self, ids: Sequence[UUID], *, body: bytes | None = None, dry_run: bool = False
    ) -> tuple[QuarantineOutcome, ...]:
        """Send messages on their way again, at most 1000; what became of each, in words.

        A request is taken again with its id, a result is processed again, a task's step gets a new attempt if its
        request is still open. `body` (of one id, at most 750,000 bytes) is sent in place of the one that rests, and is
        checked first. `dry_run` says what would happen.
        """
        return self._thread.run(self._quarantine.redrive(ids, body=body, dry_run=dry_run))

    def drop(self, ids: Sequence[UUID], *, dry_run: bool = False) -> tuple[QuarantineOutcome, ...]:
        """Give messages up, at most 1000; what became of each, in words. `dry_run` says what would happen."""
        return self._thread.run(self._quarantine.drop(ids, dry_run=dry_run))
