"""Redriving by kind, through the ingress, once; nothing changes where it is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow import telemetry
from creatorflow.bus import MessageRefused, OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.v1.request import RequestSubmitted
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.shell.operations import redrive_policy
from creatorflow_orchestrator.shell.processing.request_planning import PlannedRequest, plan_request
from creatorflow_orchestrator.shell.store import StoreUnavailable, Transaction
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator
from tests.unit.shell.quarantine_operator import QuarantineOperator

STEP: dict[str, object] = {"id": "tables", "agent": AGENT}
AFTER: dict[str, object] = {"id": "more", "agent": AGENT, "depends_on": ["tables"]}
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def operator(orchestrator: InMemoryOrchestrator) -> QuarantineOperator:
    return QuarantineOperator(orchestrator)


def request(**fields: object) -> dict[str, object]:
    body: dict[str, object] = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "do it"}
    return body | {"plan": {"steps": [STEP]}} | fields


async def quarantine(
    operator: QuarantineOperator, queue: str, body: bytes | dict[str, object], key: str, **properties: object
) -> UUID:
    """Deliver a message that cannot be processed and return its quarantine row."""
    operator.orchestrator.deliver(queue, body, key, **properties)
    await operator.orchestrator.process_all()
    return await operator.last()


async def broken_request(
    operator: QuarantineOperator, body: bytes | dict[str, object] = b"hello", **properties: object
) -> UUID:
    return await quarantine(operator, topology.SUBMIT_QUEUE, body, topology.submit_key(), **properties)


async def parked(operator: QuarantineOperator) -> tuple[UUID, list[dict[str, object]]]:
    """Return a saga whose step was dead-lettered with one agent after another until it was parked, and its tasks."""
    orchestrator = operator.orchestrator
    saga_id = orchestrator.submit(STEP, on_failure="park")
    await orchestrator.process_all()
    while orchestrator.events(saga_id)[-1] != "step_parked":
        task = orchestrator.bus.tasks()[-1]
        orchestrator.deliver(topology.DEAD_LETTERS_QUEUE, task, topology.task_key(str(task["agent"])), **dead())
        await orchestrator.process_all()
    return saga_id, orchestrator.bus.tasks()


def dead() -> dict[str, object]:
    return {"headers": {"x-first-death-reason": "delivery_limit", "traceparent": PARENT}}


async def test_a_message_that_arrived_many_times_is_quarantined_once_and_sent_once(
    operator: QuarantineOperator,
) -> None:
    for batch in (2, 1):
        for _ in range(batch):
            operator.orchestrator.deliver(topology.SUBMIT_QUEUE, b"hello", topology.submit_key())
        await operator.orchestrator.process_all()
    (item,) = await operator.quarantined()
    assert item.times == 3 and item.last_at is not None and item.at < item.last_at
    sent = len(operator.orchestrator.bus.sent)
    assert (await operator.resolve("redrive", item.id, body=request())).done
    assert len(operator.orchestrator.bus.sent) == sent + 1
    assert await operator.quarantined() == []


class TestRequests:
    async def test_an_edited_request_is_accepted_with_its_id(self, operator: QuarantineOperator) -> None:
        row, good = await broken_request(operator), request()
        outcome = await operator.resolve("redrive", row, body=good)
        assert (outcome.done, outcome.message) == (True, "the request is sent again, with its id")
        sent = operator.orchestrator.bus.sent[-1]
        assert (sent.exchange, sent.routing_key) == (topology.REQUESTS, topology.submit_key())
        assert (json.loads(sent.body), sent.correlation_id, sent.mandatory) == (good, good["correlation_id"], True)
        operator.arrive(sent)
        await operator.orchestrator.process_all()
        assert operator.orchestrator.status(UUID(str(good["correlation_id"]))) == "running"
        assert await operator.quarantined() == []

    async def test_a_message_refused_by_the_ingress_is_refused_again_and_nothing_changes(
        self, operator: QuarantineOperator
    ) -> None:
        row = await broken_request(operator)
        for body in (None, b"hello again", request(correlation_id="42")):
            outcome = await operator.resolve("redrive", row, body=body)
            assert (outcome.done, outcome.code) == (
                False,
                "CORRELATION_INVALID" if isinstance(body, dict) else "NOT_JSON",
            )
            assert outcome.hint
        assert operator.orchestrator.bus.sent == []
        assert [item.id for item in await operator.quarantined()] == [row]

    @pytest.mark.parametrize(
        ("invalid", "code"),
        [
            ({"plan": {"steps": [STEP | {"agent": "nobody-at-all"}]}}, "PLAN_INVALID"),
            ({"plan": None, "request": "Sing me a song"}, "NO_AGENT_MATCHES"),
            ({"deadline": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, "DEADLINE_PAST"),
        ],
    )
    async def test_a_request_that_would_not_be_accepted_is_not_sent(
        self, operator: QuarantineOperator, invalid: dict[str, object], code: str
    ) -> None:
        row = await broken_request(operator, request(**invalid))
        assert (await operator.resolve("redrive", row)).code == code
        assert len(await operator.quarantined()) == 1

    async def test_a_request_that_was_accepted_meanwhile_is_not_accepted_twice(
        self, operator: QuarantineOperator
    ) -> None:
        good = request()
        same, other = await broken_request(operator), await broken_request(operator, b"world")
        operator.orchestrator.deliver(topology.SUBMIT_QUEUE, good, topology.submit_key())
        await operator.orchestrator.process_all()
        assert (await operator.resolve("redrive", same, body=good)).code == "REDRIVE_REFUSED"
        assert (await operator.resolve("redrive", other, body=good | {"request": "else"})).code == "CONFLICTING_REQUEST"

    async def test_a_message_of_an_unknown_version_is_accepted_once_edited_to_a_known_one(
        self, operator: QuarantineOperator
    ) -> None:
        later = json.dumps(request(contract="request-submitted.v99")).encode()
        row = await quarantine(operator, topology.SUBMIT_QUEUE, later, "request.submitted.v99")
        assert (await operator.resolve("redrive", row)).code == "VERSION_UNSUPPORTED"
        assert (await operator.resolve("redrive", row, body=later.replace(b".v99", b".v1"))).done
        assert operator.orchestrator.bus.sent[-1].routing_key == topology.submit_key()


class TestResults:
    async def test_a_repaired_result_is_processed_as_recorded(self, operator: QuarantineOperator) -> None:
        orchestrator = operator.orchestrator
        saga_id = orchestrator.submit(STEP, on_failure="park")
        await orchestrator.process_all()
        while orchestrator.events(saga_id)[-1] != "step_parked":
            task = orchestrator.bus.tasks()[-1]
            orchestrator.deliver_result(orchestrator.result_for(task, success="yes"))
            await orchestrator.process_all()
            orchestrator.wake_all()
            await orchestrator.process_all()
        row = await operator.last()
        outcome = await operator.resolve("redrive", row, body=orchestrator.result_for(task))
        assert (outcome.done, outcome.message) == (True, "the result is processed again")
        sent = orchestrator.bus.sent[-1]
        assert (sent.exchange, sent.routing_key) == (topology.RESULTS, topology.result_key(AGENT))
        operator.arrive(sent)
        await orchestrator.process_all()
        assert orchestrator.status(saga_id) == "completed"

    async def test_a_result_that_the_saga_would_refuse_is_refused_with_its_code(
        self, operator: QuarantineOperator
    ) -> None:
        orchestrator = operator.orchestrator
        saga_id = orchestrator.submit(STEP, AFTER)
        await orchestrator.process_all()
        (task,) = orchestrator.bus.tasks()
        unknown = orchestrator.result_for(task, correlation_id=str(uuid4()))
        row = await quarantine(operator, topology.RESULTS_QUEUE, unknown, topology.result_key(AGENT))
        assert (await operator.resolve("redrive", row)).code == "UNKNOWN_SAGA"
        orchestrator.deliver_result(orchestrator.result_for(task))
        await orchestrator.process_all()
        late = orchestrator.result_for(task, task_id=str(uuid4()))
        for body, code in ((late, "LATE_RESULT"), (orchestrator.result_for(task), "REDRIVE_REFUSED")):
            assert (await operator.resolve("redrive", row, body=body)).code == code
        other = orchestrator.result_for(task, output={"summary": "else"})
        assert (await operator.resolve("redrive", row, body=other)).code == "CONFLICTING_RESULT"
        assert orchestrator.events(saga_id).count("step_succeeded") == 1

    @pytest.mark.parametrize(
        ("key", "user"),
        [(topology.result_key("ui-ux-specialist"), None), (topology.result_key(AGENT), "ui-ux-specialist")],
    )
    async def test_a_forged_message_stays_refused(
        self, operator: QuarantineOperator, key: str, user: str | None
    ) -> None:
        orchestrator = operator.orchestrator
        orchestrator.submit(STEP)
        await orchestrator.process_all()
        (task,) = orchestrator.bus.tasks()
        row = await quarantine(
            operator,
            topology.RESULTS_QUEUE,
            orchestrator.result_for(task),
            key,
            exchange=topology.RESULTS,
            user_id=user,
        )
        (item,) = await operator.quarantined()
        assert (item.code, item.agent) == ("SENDER_NOT_ALLOWED", "ui-ux-specialist")
        assert (await operator.resolve("redrive", row)).code == "SENDER_NOT_ALLOWED"

    async def test_a_claim_is_not_repeated(self, operator: QuarantineOperator) -> None:
        reported = ("task_id", "correlation_id", "agent", "instance", "attempt")
        claim = {"contract": "task-claimed.v1", **{name: str(uuid4()) for name in reported[:2]}}
        claim |= {"agent": AGENT, "instance": "one", "attempt": 1}  # type: ignore[dict-item]
        row = await quarantine(operator, topology.RESULTS_QUEUE, dict(claim), topology.claim_key(AGENT))
        assert (await operator.resolve("redrive", row)).code == "REDRIVE_REFUSED"


class TestDeadLetters:
    async def test_a_dead_lettered_step_gets_a_new_attempt_if_its_saga_is_open(
        self, operator: QuarantineOperator
    ) -> None:
        orchestrator = operator.orchestrator
        saga_id, tasks = await parked(operator)
        agent = tasks[-1]["agent"]
        outcome = await operator.resolve("redrive", await operator.last())
        assert (outcome.done, outcome.message) == (True, f"step tables gets a new attempt by {agent}")
        operator.arrive(orchestrator.bus.sent[-1])
        await orchestrator.process_all()
        again = orchestrator.bus.tasks()[-1]
        assert (again["step"], again["agent"], again["attempt"]) == ("tables", agent, len(tasks) + 1)
        assert again["id"] not in [task["id"] for task in tasks]
        orchestrator.deliver_result(orchestrator.result_for(again, str(agent)), str(agent))
        await orchestrator.process_all()
        assert orchestrator.status(saga_id) == "completed"

    async def test_the_new_attempt_goes_to_the_agent_of_the_dead_letter_though_another_has_tried_since(
        self, operator: QuarantineOperator
    ) -> None:
        _, tasks = await parked(operator)
        first = (await operator.quarantined())[0]
        assert (first.agent, first.contract) == (AGENT, "agent-task.v1")
        assert tasks[-1]["agent"] != AGENT
        assert (await operator.resolve("redrive", first.id)).done
        operator.arrive(operator.orchestrator.bus.sent[-1])
        await operator.orchestrator.process_all()
        assert operator.orchestrator.bus.tasks()[-1]["agent"] == AGENT

    async def test_a_step_that_waits_for_its_next_attempt_gets_it_at_once(self, operator: QuarantineOperator) -> None:
        orchestrator = operator.orchestrator
        saga_id = orchestrator.submit(STEP)
        await orchestrator.process_all()
        (first,) = orchestrator.bus.tasks()
        orchestrator.deliver(topology.DEAD_LETTERS_QUEUE, first, topology.task_key(AGENT), **dead())
        await orchestrator.process_all()
        other = orchestrator.bus.tasks()[-1]
        error = {"type": "retryable", "message": "later", "retry_after_ms": 300_000}
        orchestrator.deliver_result(
            orchestrator.result_for(other, str(other["agent"]), success=False, error=error), str(other["agent"])
        )
        await orchestrator.process_all()
        assert len(orchestrator.bus.tasks()) == 2
        assert (await operator.resolve("redrive", await operator.last())).done
        operator.arrive(orchestrator.bus.sent[-1])
        await orchestrator.process_all()
        assert (orchestrator.bus.tasks()[-1]["attempt"], orchestrator.bus.tasks()[-1]["agent"]) == (3, AGENT)
        assert orchestrator.status(saga_id) == "running"

    async def test_a_failed_optional_step_gets_a_new_attempt_while_its_saga_is_open(
        self, operator: QuarantineOperator
    ) -> None:
        orchestrator = operator.orchestrator
        saga_id = orchestrator.submit(STEP | {"optional": True}, {"id": "long", "agent": "ui-ux-specialist"})
        await orchestrator.process_all()
        while "step_failed" not in orchestrator.events(saga_id):
            task = next(task for task in reversed(orchestrator.bus.tasks()) if task["step"] == "tables")
            orchestrator.deliver(topology.DEAD_LETTERS_QUEUE, task, topology.task_key(str(task["agent"])), **dead())
            await orchestrator.process_all()
        assert (await operator.resolve("redrive", await operator.last())).done
        operator.arrive(orchestrator.bus.sent[-1])
        await orchestrator.process_all()
        again = orchestrator.bus.tasks()[-1]
        orchestrator.deliver_result(orchestrator.result_for(again, str(again["agent"])), str(again["agent"]))
        await orchestrator.process_all()
        assert orchestrator.events(saga_id)[-1] == "step_succeeded"

    async def test_a_redrive_during_an_attempt_is_refused(self, operator: QuarantineOperator) -> None:
        saga_id, tasks = await parked(operator)
        row = await operator.last()
        command = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "tables", "action": "retry"}
        operator.orchestrator.deliver(topology.COMMANDS_QUEUE, dict(command), topology.command_key("step"))
        await operator.orchestrator.process_all()
        outcome = await operator.resolve("redrive", row)
        assert (outcome.done, outcome.code) == (False, "REDRIVE_REFUSED")
        assert f"under way: attempt {len(tasks) + 1}" in outcome.message and outcome.hint

    @pytest.mark.parametrize("ending", ["cancel", "complete"])
    async def test_a_redrive_after_the_end_of_the_saga_is_refused_with_a_hint(
        self, operator: QuarantineOperator, ending: str
    ) -> None:
        saga_id, _ = await parked(operator)
        row = await operator.last()
        body: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
        if ending == "complete":
            body |= {
                "contract": "step-command.v1",
                "step": "tables",
                "action": "complete",
                "output": {"summary": "by me"},
            }
        key = topology.command_key("cancel" if ending == "cancel" else "step")
        operator.orchestrator.deliver(topology.COMMANDS_QUEUE, body, key)
        await operator.orchestrator.process_all()
        outcome = await operator.resolve("redrive", row)
        assert (outcome.done, outcome.code) == (False, "REDRIVE_REFUSED")
        assert "has ended" in outcome.message
        assert ("Submit the request again" if ending == "cancel" else "has its result") in outcome.hint
        assert row in [item.id for item in await operator.quarantined()]

    async def test_a_task_is_created_anew_and_cannot_be_edited(self, operator: QuarantineOperator) -> None:
        _, tasks = await parked(operator)
        outcome = await operator.resolve("redrive", await operator.last(), body=tasks[-1])
        assert outcome.code == "REDRIVE_REFUSED" and "step complete" in outcome.hint

    async def test_an_unreadable_message_is_refused_by_the_ingress(self, operator: QuarantineOperator) -> None:
        row = await quarantine(operator, topology.DEAD_LETTERS_QUEUE, b"{}", topology.task_key(AGENT))
        assert (await operator.resolve("redrive", row)).code == "CONTRACT_MISSING"


class TestCommandsAndMessagesOfOurs:
    async def test_a_repaired_command_is_accepted(self, operator: QuarantineOperator) -> None:
        orchestrator = operator.orchestrator
        saga_id = orchestrator.submit(STEP)
        await orchestrator.process_all()
        row = await quarantine(operator, topology.COMMANDS_QUEUE, b"{", topology.command_key("cancel"))
        cancel = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
        assert (await operator.resolve("redrive", row, body=cancel)).done
        operator.arrive(orchestrator.bus.sent[-1])
        await orchestrator.process_all()
        assert orchestrator.status(saga_id) == "cancelled"

    @pytest.mark.parametrize(
        "body",
        [
            {"contract": "query.v1", "ask": "list"},
            {"contract": "prune-command.v1", "older_than_ms": 0},
            {"contract": "quarantine-command.v1", "action": "list"},
        ],
    )
    async def test_a_query_is_not_repeated(self, operator: QuarantineOperator, body: dict[str, object]) -> None:
        row = await quarantine(operator, topology.COMMANDS_QUEUE, b"{", "command.query.v1")
        outcome = await operator.resolve("redrive", row, body=body)
        assert (outcome.code, outcome.hint) == ("REDRIVE_REFUSED", "Drop it and ask again.")

    async def test_a_command_for_an_ended_or_unknown_saga_is_refused(self, operator: QuarantineOperator) -> None:
        orchestrator = operator.orchestrator
        saga_id = orchestrator.submit(STEP, dry_run=True)
        await orchestrator.process_all()
        row = await quarantine(operator, topology.COMMANDS_QUEUE, b"{", topology.command_key("cancel"))
        for target, code in ((saga_id, "REDRIVE_REFUSED"), (uuid4(), "UNKNOWN_SAGA")):
            cancel = {"contract": "cancel-request.v1", "correlation_id": str(target)}
            assert (await operator.resolve("redrive", row, body=cancel)).code == code

    async def test_a_task_that_could_not_be_sent_becomes_a_new_attempt(self, operator: QuarantineOperator) -> None:
        orchestrator = operator.orchestrator
        refusing = [True]

        def answer(message: OutgoingMessage) -> MessageRefused | None:
            return MessageRefused("no") if refusing and message.type == "agent-task.v1" else None

        orchestrator.bus.outcome = answer
        saga_id = orchestrator.submit(STEP, on_failure="park")
        await orchestrator.process_all()
        assert orchestrator.events(saga_id)[-1] == "step_parked"
        (item,) = await operator.quarantined()
        assert (item.kind, item.agent, item.contract) == ("outbox", AGENT, "agent-task.v1")
        refusing.clear()
        assert (await operator.resolve("redrive", item.id)).done
        operator.arrive(orchestrator.bus.sent[-1])
        await orchestrator.process_all()
        assert orchestrator.bus.tasks()[-1]["attempt"] == 2

    async def test_a_reply_that_could_not_be_sent_is_sent_again_unchanged(self, operator: QuarantineOperator) -> None:
        orchestrator = operator.orchestrator
        refusing = [True]

        def answer(message: OutgoingMessage) -> MessageRefused | None:
            return MessageRefused("no") if refusing and message.type == "synthesized-result.v1" else None

        orchestrator.bus.outcome = answer
        orchestrator.deliver(topology.SUBMIT_QUEUE, request(dry_run=True), topology.submit_key(), reply_to="mine")
        await orchestrator.process_all()
        (item,) = await operator.quarantined()
        refusing.clear()
        assert (await operator.resolve("redrive", item.id)).done
        sent = orchestrator.bus.sent[-1]
        assert (sent.exchange, sent.routing_key, sent.type) == ("", "mine", "synthesized-result.v1")
        assert not sent.mandatory


class TestOnce:
    async def test_a_resolved_message_is_not_redriven_again(self, operator: QuarantineOperator) -> None:
        first, second = await broken_request(operator), await broken_request(operator, b"world")
        assert (await operator.resolve("redrive", first, body=request())).done
        assert (await operator.resolve("drop", second)).done
        for row, fault in ((first, "redriven"), (second, "dropped")):
            for action in ("redrive", "drop"):
                outcome = await operator.resolve(action, row)
                assert (outcome.code, outcome.message) == ("REDRIVE_REFUSED", f"it was {fault} before")
            (item,) = (await operator.ask("list", state=fault)).items
            assert (item.id, item.state) == (row, fault)
            assert item.settled_at is not None
        assert len(operator.orchestrator.bus.sent) == 1

    async def test_an_unknown_id_is_reported_and_the_others_are_processed(self, operator: QuarantineOperator) -> None:
        nobody, row = uuid4(), await broken_request(operator)
        outcomes = (await operator.ask("drop", nobody, row, nobody)).outcomes
        assert [(outcome.id, outcome.done, outcome.code) for outcome in outcomes] == [
            (nobody, False, "QUARANTINE_UNKNOWN"),
            (row, True, ""),
        ]

    async def test_a_dry_run_reports_the_outcome_and_changes_nothing(self, operator: QuarantineOperator) -> None:
        row = await broken_request(operator)
        for _ in range(2):
            answer = await operator.ask("redrive", row, body=request(), dry_run=True)
            assert (answer.dry_run, answer.outcomes[0].done) == (True, True)
            assert (await operator.resolve("redrive", row, dry_run=True)).code == "NOT_JSON"
            assert (await operator.resolve("drop", row, dry_run=True)).message == "it would be dropped"
        assert operator.orchestrator.bus.sent == []
        assert len(await operator.quarantined()) == 1

    async def test_hundreds_are_redriven_by_filter_page_by_page(self, operator: QuarantineOperator) -> None:
        bodies = [request() for _ in range(70)]
        for body in bodies:
            operator.orchestrator.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), type="query.v1")
        operator.orchestrator.deliver(topology.SUBMIT_QUEUE, b"hello", topology.submit_key())
        await operator.orchestrator.process_all()
        first = await operator.ask("redrive", code="PROPERTY_MISMATCH", limit=66)
        assert (len(first.outcomes), first.more) == (66, True)
        second = await operator.ask("redrive", code="PROPERTY_MISMATCH", limit=66, after=first.outcomes[-1].id)
        assert (len(second.outcomes), second.more) == (4, False)
        assert all(outcome.done for outcome in first.outcomes + second.outcomes)
        assert len({message.body for message in operator.orchestrator.bus.sent}) == 70
        assert len(await operator.quarantined()) == 1

    async def test_a_message_that_cannot_be_judged_does_not_delay_the_others(
        self, operator: QuarantineOperator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def plan(message: RequestSubmitted, cards: Sequence[Card]) -> PlannedRequest:
            if "boom" in str(message):
                raise ZeroDivisionError
            return plan_request(message, cards)

        late = {"deadline": "2000-01-01T00:00:00Z"}
        bad = await broken_request(operator, request(request="boom", **late))
        good = await broken_request(operator, request(**late))
        monkeypatch.setattr(redrive_policy, "plan_request", plan)
        outcomes = (await operator.ask("redrive", bad, good)).outcomes
        assert [outcome.code for outcome in outcomes] == ["UNPROCESSABLE", "DEADLINE_PAST"]

    async def test_a_commit_that_only_seemed_to_fail_counts_once(
        self, operator: QuarantineOperator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing = [True]
        real = operator.orchestrator.store.transaction

        @asynccontextmanager
        async def transaction() -> AsyncIterator[Transaction]:
            async with real() as tx:
                yield tx
            if failing:
                failing.clear()
                raise StoreUnavailable("the connection broke after the commit")

        row = await broken_request(operator)
        monkeypatch.setattr(operator.orchestrator.store, "transaction", transaction)
        assert (await operator.resolve("redrive", row, body=request())).done
        assert operator.outbox_scans == 1
        assert len(await operator.orchestrator.store.pending(10)) == 1


class TestTraces:
    async def test_the_publish_is_linked_to_the_original_message_and_to_the_command(
        self, operator: QuarantineOperator, spans: InMemorySpanExporter
    ) -> None:
        row = await broken_request(operator, headers={"traceparent": PARENT, "x": 1})
        with telemetry.tracer().start_as_current_span("operator") as command_span:
            assert (await operator.resolve("redrive", row, body=request())).done
        (span,) = [span for span in spans.get_finished_spans() if span.name.startswith("publish")]
        assert span.context is not None and f"{span.context.trace_id:032x}" == TRACE
        original, command = linked(span)
        assert (original, command) == (PARENT.split("-")[2], f"{command_span.get_span_context().span_id:016x}")
        assert set(operator.orchestrator.bus.sent[-1].headers) == {"traceparent"}

    async def test_a_message_without_a_trace_starts_its_own(self, operator: QuarantineOperator) -> None:
        row = await broken_request(operator)
        assert (await operator.resolve("redrive", row, body=request())).done
        assert operator.orchestrator.bus.sent[-1].headers == {}


def linked(span: ReadableSpan) -> list[str]:
    """Return the span ids of the span's links."""
    return [f"{link.context.span_id:016x}" for link in span.links]
