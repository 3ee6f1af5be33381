"""Redriving: by kind, through the door, once; and nothing changes where it cannot be."""

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

from tests.unit.shell.orchestrator_in_memory import AGENT, House
from tests.unit.shell.quarantine_operator import Menders

STEP: dict[str, object] = {"id": "tables", "agent": AGENT}
AFTER: dict[str, object] = {"id": "more", "agent": AGENT, "depends_on": ["tables"]}
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def menders(house: House) -> Menders:
    return Menders(house)


def request(**fields: object) -> dict[str, object]:
    body: dict[str, object] = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "do it"}
    return body | {"plan": {"steps": [STEP]}} | fields


async def quarantine(menders: Menders, queue: str, body: bytes | dict[str, object], key: str, **told: object) -> UUID:
    """A message comes in that nothing can process; its row."""
    menders.house.deliver(queue, body, key, **told)
    await menders.house.settle()
    return await menders.last()


async def broken_request(menders: Menders, body: bytes | dict[str, object] = b"hello", **told: object) -> UUID:
    return await quarantine(menders, topology.SUBMIT_QUEUE, body, topology.submit_key(), **told)


async def parked(menders: Menders) -> tuple[UUID, list[dict[str, object]]]:
    """A saga whose step was dead-lettered, with one agent after the other, until it was parked; its tasks."""
    house = menders.house
    saga_id = house.submit(STEP, on_failure="park")
    await house.settle()
    while house.events(saga_id)[-1] != "step_parked":
        task = house.bus.tasks()[-1]
        house.deliver(topology.DEAD_LETTERS_QUEUE, task, topology.task_key(str(task["agent"])), **dead())
        await house.settle()
    return saga_id, house.bus.tasks()


def dead() -> dict[str, object]:
    return {"headers": {"x-first-death-reason": "delivery_limit", "traceparent": PARENT}}


async def test_a_message_that_arrived_many_times_is_quarantined_once_and_sent_once(menders: Menders) -> None:
    for batch in (2, 1):
        for _ in range(batch):
            menders.house.deliver(topology.SUBMIT_QUEUE, b"hello", topology.submit_key())
        await menders.house.settle()
    (item,) = await menders.resting()
    assert item.times == 3 and item.last_at is not None and item.at < item.last_at
    sent = len(menders.house.bus.sent)
    assert (await menders.one("redrive", item.id, body=request())).done
    assert len(menders.house.bus.sent) == sent + 1
    assert await menders.resting() == []


class TestRequests:
    async def test_an_edited_request_is_accepted_with_its_id(self, menders: Menders) -> None:
        row, good = await broken_request(menders), request()
        outcome = await menders.one("redrive", row, body=good)
        assert (outcome.done, outcome.message) == (True, "the request is sent again, with its id")
        sent = menders.house.bus.sent[-1]
        assert (sent.exchange, sent.routing_key) == (topology.REQUESTS, topology.submit_key())
        assert (json.loads(sent.body), sent.correlation_id, sent.mandatory) == (good, good["correlation_id"], True)
        menders.arrive(sent)
        await menders.house.settle()
        assert menders.house.status(UUID(str(good["correlation_id"]))) == "running"
        assert await menders.resting() == []

    async def test_a_message_refused_by_the_ingress_is_refused_again_and_nothing_changes(
        self, menders: Menders
    ) -> None:
        row = await broken_request(menders)
        for body in (None, b"hello again", request(correlation_id="42")):
            outcome = await menders.one("redrive", row, body=body)
            assert (outcome.done, outcome.code) == (
                False,
                "CORRELATION_INVALID" if isinstance(body, dict) else "NOT_JSON",
            )
            assert outcome.hint
        assert menders.house.bus.sent == []
        assert [item.id for item in await menders.resting()] == [row]

    @pytest.mark.parametrize(
        ("spoiled", "code"),
        [
            ({"plan": {"steps": [STEP | {"agent": "nobody-at-all"}]}}, "PLAN_INVALID"),
            ({"plan": None, "request": "Sing me a song"}, "NO_AGENT_MATCHES"),
            ({"deadline": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, "DEADLINE_PAST"),
        ],
    )
    async def test_a_request_that_would_not_be_accepted_is_not_sent(
        self, menders: Menders, spoiled: dict[str, object], code: str
    ) -> None:
        row = await broken_request(menders, request(**spoiled))
        assert (await menders.one("redrive", row)).code == code
        assert len(await menders.resting()) == 1

    async def test_a_request_that_was_accepted_meanwhile_is_not_accepted_twice(self, menders: Menders) -> None:
        good = request()
        same, other = await broken_request(menders), await broken_request(menders, b"world")
        menders.house.deliver(topology.SUBMIT_QUEUE, good, topology.submit_key())
        await menders.house.settle()
        assert (await menders.one("redrive", same, body=good)).code == "REDRIVE_REFUSED"
        assert (await menders.one("redrive", other, body=good | {"request": "else"})).code == "CONFLICTING_REQUEST"

    async def test_a_message_of_an_unknown_version_is_accepted_once_edited_to_a_known_one(
        self, menders: Menders
    ) -> None:
        later = json.dumps(request(contract="request-submitted.v99")).encode()
        row = await quarantine(menders, topology.SUBMIT_QUEUE, later, "request.submitted.v99")
        assert (await menders.one("redrive", row)).code == "VERSION_UNSUPPORTED"
        assert (await menders.one("redrive", row, body=later.replace(b".v99", b".v1"))).done
        assert menders.house.bus.sent[-1].routing_key == topology.submit_key()


class TestResults:
    async def test_a_repaired_result_is_processed_as_recorded(self, menders: Menders) -> None:
        house = menders.house
        saga_id = house.submit(STEP, on_failure="park")
        await house.settle()
        while house.events(saga_id)[-1] != "step_parked":
            task = house.bus.tasks()[-1]
            house.answer(house.result(task, success="yes"))
            await house.settle()
            house.due()
            await house.settle()
        row = await menders.last()
        outcome = await menders.one("redrive", row, body=house.result(task))
        assert (outcome.done, outcome.message) == (True, "the result is processed again")
        sent = house.bus.sent[-1]
        assert (sent.exchange, sent.routing_key) == (topology.RESULTS, topology.result_key(AGENT))
        menders.arrive(sent)
        await house.settle()
        assert house.status(saga_id) == "completed"

    async def test_a_result_that_the_saga_would_refuse_is_refused_with_its_code(self, menders: Menders) -> None:
        house = menders.house
        saga_id = house.submit(STEP, AFTER)
        await house.settle()
        (task,) = house.bus.tasks()
        unknown = house.result(task, correlation_id=str(uuid4()))
        row = await quarantine(menders, topology.RESULTS_QUEUE, unknown, topology.result_key(AGENT))
        assert (await menders.one("redrive", row)).code == "UNKNOWN_SAGA"
        house.answer(house.result(task))
        await house.settle()
        late = house.result(task, task_id=str(uuid4()))
        for body, code in ((late, "LATE_RESULT"), (house.result(task), "REDRIVE_REFUSED")):
            assert (await menders.one("redrive", row, body=body)).code == code
        other = house.result(task, output={"summary": "else"})
        assert (await menders.one("redrive", row, body=other)).code == "CONFLICTING_RESULT"
        assert house.events(saga_id).count("step_succeeded") == 1

    @pytest.mark.parametrize(
        ("key", "user"),
        [(topology.result_key("ui-ux-specialist"), None), (topology.result_key(AGENT), "ui-ux-specialist")],
    )
    async def test_a_forged_message_stays_refused(self, menders: Menders, key: str, user: str | None) -> None:
        house = menders.house
        house.submit(STEP)
        await house.settle()
        (task,) = house.bus.tasks()
        row = await quarantine(
            menders, topology.RESULTS_QUEUE, house.result(task), key, exchange=topology.RESULTS, user_id=user
        )
        (item,) = await menders.resting()
        assert (item.code, item.agent) == ("SENDER_NOT_ALLOWED", "ui-ux-specialist")
        assert (await menders.one("redrive", row)).code == "SENDER_NOT_ALLOWED"

    async def test_a_claim_is_not_repeated(self, menders: Menders) -> None:
        reported = ("task_id", "correlation_id", "agent", "instance", "attempt")
        claim = {"contract": "task-claimed.v1", **{name: str(uuid4()) for name in reported[:2]}}
        claim |= {"agent": AGENT, "instance": "one", "attempt": 1}  # type: ignore[dict-item]
        row = await quarantine(menders, topology.RESULTS_QUEUE, dict(claim), topology.claim_key(AGENT))
        assert (await menders.one("redrive", row)).code == "REDRIVE_REFUSED"


class TestDeadLetters:
    async def test_a_dead_lettered_step_gets_a_new_attempt_if_its_saga_is_open(self, menders: Menders) -> None:
        house = menders.house
        saga_id, tasks = await parked(menders)
        agent = tasks[-1]["agent"]
        outcome = await menders.one("redrive", await menders.last())
        assert (outcome.done, outcome.message) == (True, f"step tables gets a new attempt by {agent}")
        menders.arrive(house.bus.sent[-1])
        await house.settle()
        again = house.bus.tasks()[-1]
        assert (again["step"], again["agent"], again["attempt"]) == ("tables", agent, len(tasks) + 1)
        assert again["id"] not in [task["id"] for task in tasks]
        house.answer(house.result(again, str(agent)), str(agent))
        await house.settle()
        assert house.status(saga_id) == "completed"

    async def test_the_new_attempt_goes_to_the_agent_of_the_dead_letter_though_another_has_tried_since(
        self, menders: Menders
    ) -> None:
        _, tasks = await parked(menders)
        first = (await menders.resting())[0]
        assert (first.agent, first.contract) == (AGENT, "agent-task.v1")
        assert tasks[-1]["agent"] != AGENT
        assert (await menders.one("redrive", first.id)).done
        menders.arrive(menders.house.bus.sent[-1])
        await menders.house.settle()
        assert menders.house.bus.tasks()[-1]["agent"] == AGENT

    async def test_a_step_that_waits_for_its_next_attempt_gets_it_at_once(self, menders: Menders) -> None:
        house = menders.house
        saga_id = house.submit(STEP)
        await house.settle()
        (first,) = house.bus.tasks()
        house.deliver(topology.DEAD_LETTERS_QUEUE, first, topology.task_key(AGENT), **dead())
        await house.settle()
        other = house.bus.tasks()[-1]
        error = {"type": "retryable", "message": "later", "retry_after_ms": 300_000}
        house.answer(house.result(other, str(other["agent"]), success=False, error=error), str(other["agent"]))
        await house.settle()
        assert len(house.bus.tasks()) == 2
        assert (await menders.one("redrive", await menders.last())).done
        menders.arrive(house.bus.sent[-1])
        await house.settle()
        assert (house.bus.tasks()[-1]["attempt"], house.bus.tasks()[-1]["agent"]) == (3, AGENT)
        assert house.status(saga_id) == "running"

    async def test_a_failed_optional_step_gets_a_new_attempt_while_its_saga_is_open(self, menders: Menders) -> None:
        house = menders.house
        saga_id = house.submit(STEP | {"optional": True}, {"id": "long", "agent": "ui-ux-specialist"})
        await house.settle()
        while "step_failed" not in house.events(saga_id):
            task = next(each for each in reversed(house.bus.tasks()) if each["step"] == "tables")
            house.deliver(topology.DEAD_LETTERS_QUEUE, task, topology.task_key(str(task["agent"])), **dead())
            await house.settle()
        assert (await menders.one("redrive", await menders.last())).done
        menders.arrive(house.bus.sent[-1])
        await house.settle()
        again = house.bus.tasks()[-1]
        house.answer(house.result(again, str(again["agent"])), str(again["agent"]))
        await house.settle()
        assert house.events(saga_id)[-1] == "step_succeeded"

    async def test_a_redrive_during_an_attempt_is_refused(self, menders: Menders) -> None:
        saga_id, tasks = await parked(menders)
        row = await menders.last()
        command = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "tables", "action": "retry"}
        menders.house.deliver(topology.COMMANDS_QUEUE, dict(command), topology.command_key("step"))
        await menders.house.settle()
        outcome = await menders.one("redrive", row)
        assert (outcome.done, outcome.code) == (False, "REDRIVE_REFUSED")
        assert f"under way: attempt {len(tasks) + 1}" in outcome.message and outcome.hint

    @pytest.mark.parametrize("ending", ["cancel", "complete"])
    async def test_a_redrive_after_the_end_of_the_saga_is_refused_with_a_hint(
        self, menders: Menders, ending: str
    ) -> None:
        saga_id, _ = await parked(menders)
        row = await menders.last()
        body: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
        if ending == "complete":
            body |= {
                "contract": "step-command.v1",
                "step": "tables",
                "action": "complete",
                "output": {"summary": "by me"},
            }
        key = topology.command_key("cancel" if ending == "cancel" else "step")
        menders.house.deliver(topology.COMMANDS_QUEUE, body, key)
        await menders.house.settle()
        outcome = await menders.one("redrive", row)
        assert (outcome.done, outcome.code) == (False, "REDRIVE_REFUSED")
        assert "has ended" in outcome.message
        assert ("Submit the request again" if ending == "cancel" else "has its result") in outcome.hint
        assert row in [item.id for item in await menders.resting()]

    async def test_a_task_is_created_anew_and_cannot_be_edited(self, menders: Menders) -> None:
        _, tasks = await parked(menders)
        outcome = await menders.one("redrive", await menders.last(), body=tasks[-1])
        assert outcome.code == "REDRIVE_REFUSED" and "step complete" in outcome.hint

    async def test_an_unreadable_message_is_refused_by_the_ingress(self, menders: Menders) -> None:
        row = await quarantine(menders, topology.DEAD_LETTERS_QUEUE, b"{}", topology.task_key(AGENT))
        assert (await menders.one("redrive", row)).code == "CONTRACT_MISSING"


class TestCommandsAndMessagesOfOurs:
    async def test_a_repaired_command_is_accepted(self, menders: Menders) -> None:
        house = menders.house
        saga_id = house.submit(STEP)
        await house.settle()
        row = await quarantine(menders, topology.COMMANDS_QUEUE, b"{", topology.command_key("cancel"))
        cancel = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
        assert (await menders.one("redrive", row, body=cancel)).done
        menders.arrive(house.bus.sent[-1])
        await house.settle()
        assert house.status(saga_id) == "cancelled"

    @pytest.mark.parametrize(
        "body",
        [
            {"contract": "query.v1", "ask": "list"},
            {"contract": "prune-command.v1", "older_than_ms": 0},
            {"contract": "quarantine-command.v1", "action": "list"},
        ],
    )
    async def test_a_query_is_not_repeated(self, menders: Menders, body: dict[str, object]) -> None:
        row = await quarantine(menders, topology.COMMANDS_QUEUE, b"{", "command.query.v1")
        outcome = await menders.one("redrive", row, body=body)
        assert (outcome.code, outcome.hint) == ("REDRIVE_REFUSED", "Drop it and ask again.")

    async def test_a_command_for_an_ended_or_unknown_saga_is_refused(self, menders: Menders) -> None:
        house = menders.house
        saga_id = house.submit(STEP, dry_run=True)
        await house.settle()
        row = await quarantine(menders, topology.COMMANDS_QUEUE, b"{", topology.command_key("cancel"))
        for one, code in ((saga_id, "REDRIVE_REFUSED"), (uuid4(), "UNKNOWN_SAGA")):
            cancel = {"contract": "cancel-request.v1", "correlation_id": str(one)}
            assert (await menders.one("redrive", row, body=cancel)).code == code

    async def test_a_task_that_could_not_be_sent_becomes_a_new_attempt(self, menders: Menders) -> None:
        house = menders.house
        refusing = [True]

        def answer(message: OutgoingMessage) -> MessageRefused | None:
            return MessageRefused("no") if refusing and message.type == "agent-task.v1" else None

        house.bus.answer = answer
        saga_id = house.submit(STEP, on_failure="park")
        await house.settle()
        assert house.events(saga_id)[-1] == "step_parked"
        (item,) = await menders.resting()
        assert (item.kind, item.agent, item.contract) == ("outbox", AGENT, "agent-task.v1")
        refusing.clear()
        assert (await menders.one("redrive", item.id)).done
        menders.arrive(house.bus.sent[-1])
        await house.settle()
        assert house.bus.tasks()[-1]["attempt"] == 2

    async def test_a_reply_that_could_not_be_sent_is_sent_again_unchanged(self, menders: Menders) -> None:
        house = menders.house
        refusing = [True]

        def answer(message: OutgoingMessage) -> MessageRefused | None:
            return MessageRefused("no") if refusing and message.type == "synthesized-result.v1" else None

        house.bus.answer = answer
        house.deliver(topology.SUBMIT_QUEUE, request(dry_run=True), topology.submit_key(), reply_to="mine")
        await house.settle()
        (item,) = await menders.resting()
        refusing.clear()
        assert (await menders.one("redrive", item.id)).done
        sent = house.bus.sent[-1]
        assert (sent.exchange, sent.routing_key, sent.type) == ("", "mine", "synthesized-result.v1")
        assert not sent.mandatory


class TestOnce:
    async def test_a_resolved_message_is_not_redriven_again(self, menders: Menders) -> None:
        first, second = await broken_request(menders), await broken_request(menders, b"world")
        assert (await menders.one("redrive", first, body=request())).done
        assert (await menders.one("drop", second)).done
        for row, how in ((first, "redriven"), (second, "dropped")):
            for action in ("redrive", "drop"):
                outcome = await menders.one(action, row)
                assert (outcome.code, outcome.message) == ("REDRIVE_REFUSED", f"it was {how} before")
            (item,) = (await menders.ask("list", state=how)).items
            assert (item.id, item.state) == (row, how)
            assert item.settled_at is not None
        assert len(menders.house.bus.sent) == 1

    async def test_an_unknown_id_is_reported_and_the_others_are_processed(self, menders: Menders) -> None:
        nobody, row = uuid4(), await broken_request(menders)
        outcomes = (await menders.ask("drop", nobody, row, nobody)).outcomes
        assert [(each.id, each.done, each.code) for each in outcomes] == [
            (nobody, False, "QUARANTINE_UNKNOWN"),
            (row, True, ""),
        ]

    async def test_a_dry_run_reports_the_outcome_and_changes_nothing(self, menders: Menders) -> None:
        row = await broken_request(menders)
        for _ in range(2):
            answer = await menders.ask("redrive", row, body=request(), dry_run=True)
            assert (answer.dry_run, answer.outcomes[0].done) == (True, True)
            assert (await menders.one("redrive", row, dry_run=True)).code == "NOT_JSON"
            assert (await menders.one("drop", row, dry_run=True)).message == "it would be dropped"
        assert menders.house.bus.sent == []
        assert len(await menders.resting()) == 1

    async def test_hundreds_are_redriven_by_filter_page_by_page(self, menders: Menders) -> None:
        bodies = [request() for _ in range(70)]
        for body in bodies:
            menders.house.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), type="query.v1")
        menders.house.deliver(topology.SUBMIT_QUEUE, b"hello", topology.submit_key())
        await menders.house.settle()
        first = await menders.ask("redrive", code="PROPERTY_MISMATCH", limit=66)
        assert (len(first.outcomes), first.more) == (66, True)
        second = await menders.ask("redrive", code="PROPERTY_MISMATCH", limit=66, after=first.outcomes[-1].id)
        assert (len(second.outcomes), second.more) == (4, False)
        assert all(each.done for each in first.outcomes + second.outcomes)
        assert len({message.body for message in menders.house.bus.sent}) == 70
        assert len(await menders.resting()) == 1

    async def test_a_message_that_cannot_be_judged_does_not_delay_the_others(
        self, menders: Menders, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def plan(message: RequestSubmitted, cards: Sequence[Card]) -> PlannedRequest:
            if "boom" in str(message):
                raise ZeroDivisionError
            return plan_request(message, cards)

        late = {"deadline": "2000-01-01T00:00:00Z"}
        bad = await broken_request(menders, request(request="boom", **late))
        good = await broken_request(menders, request(**late))
        monkeypatch.setattr(redrive_policy, "plan_request", plan)
        outcomes = (await menders.ask("redrive", bad, good)).outcomes
        assert [each.code for each in outcomes] == ["UNPROCESSABLE", "DEADLINE_PAST"]

    async def test_a_commit_that_only_seemed_to_fail_counts_once(
        self, menders: Menders, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing = [True]
        real = menders.house.store.transaction

        @asynccontextmanager
        async def transaction() -> AsyncIterator[Transaction]:
            async with real() as tx:
                yield tx
            if failing:
                failing.clear()
                raise StoreUnavailable("the connection broke after the commit")

        row = await broken_request(menders)
        monkeypatch.setattr(menders.house.store, "transaction", transaction)
        assert (await menders.one("redrive", row, body=request())).done
        assert menders.looked_again == 1
        assert len(await menders.house.store.pending(10)) == 1


class TestTraces:
    async def test_the_publish_is_linked_to_the_original_message_and_to_the_command(
        self, menders: Menders, spans: InMemorySpanExporter
    ) -> None:
        row = await broken_request(menders, headers={"traceparent": PARENT, "x": 1})
        with telemetry.tracer().start_as_current_span("operator") as operator:
            assert (await menders.one("redrive", row, body=request())).done
        (span,) = [each for each in spans.get_finished_spans() if each.name.startswith("publish")]
        assert span.context is not None and f"{span.context.trace_id:032x}" == TRACE
        original, command = linked(span)
        assert (original, command) == (PARENT.split("-")[2], f"{operator.get_span_context().span_id:016x}")
        assert set(menders.house.bus.sent[-1].headers) == {"traceparent"}

    async def test_a_message_without_a_trace_starts_its_own(self, menders: Menders) -> None:
        row = await broken_request(menders)
        assert (await menders.one("redrive", row, body=request())).done
        assert menders.house.bus.sent[-1].headers == {}


def linked(span: ReadableSpan) -> list[str]:
    """The spans that it is linked to."""
    return [f"{link.context.span_id:016x}" for link in span.links]
