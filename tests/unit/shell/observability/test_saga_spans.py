"""The spans of an orchestrator, and their order."""

from __future__ import annotations

from uuid import uuid4

from creatorflow.bus import IncomingMessage, OutgoingMessage
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.v1.operate import QuarantineCommand
from creatorflow_orchestrator.shell.operations.operator_commands import OperatorCommands
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator
from tests.unit.shell.quarantine_operator import QuarantineOperator


async def test_the_planning_span_is_exported_after_its_processing_span(
    orchestrator: InMemoryOrchestrator, spans: InMemorySpanExporter
) -> None:
    orchestrator.submit({"id": "schema", "agent": AGENT})
    await orchestrator.process_all()
    process, plan, *published = spans.get_finished_spans()
    assert process.name.startswith("process ")
    assert plan.name == "plan"
    assert plan.parent == process.context
    assert all(span.name.startswith("publish ") for span in published)


class Replies:
    """A bus that records replies."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []

    async def publish(self, message: OutgoingMessage) -> None:
        self.sent.append(message)


async def test_a_refused_command_has_its_code_in_its_span(
    orchestrator: InMemoryOrchestrator, spans: InMemorySpanExporter
) -> None:
    replies = Replies()
    resolver = QuarantineOperator(orchestrator).resolver
    commands = OperatorCommands(replies, orchestrator.store, resolver, orchestrator.now)  # type: ignore[arg-type]
    asked = Delivery(b"", "creatorflow.requests", "command.quarantine.v1", reply_to="amq.rabbitmq.reply-to.x")
    commands.take(
        IncomingMessage(asked, "commands", 1, orchestrator.channel), QuarantineCommand(action="show", ids=(uuid4(),))
    )
    await commands._tasks.finish()
    assert b"QUARANTINE_UNKNOWN" in replies.sent[0].body
    (span,) = spans.get_finished_spans()
    assert dict(span.attributes or {})["error.type"] == "QUARANTINE_UNKNOWN"
