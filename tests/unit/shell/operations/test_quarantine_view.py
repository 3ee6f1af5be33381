"""The ingress of the receiver accepts every quarantine reply, whatever is in quarantine."""

from __future__ import annotations

import base64

import pytest
from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.operate import QuarantineAnswer, QuarantineCommand
from creatorflow_orchestrator.shell.store import Changes, QuarantineRow

from tests.integration.store.samples import quarantined_row
from tests.unit.shell.orchestrator_in_memory import InMemoryOrchestrator
from tests.unit.shell.quarantine_operator import QuarantineOperator

NASTY = '\0\ud800\u2028"\\é' * 600
WILD: list[object] = [NASTY, b"\xff\0" * 999, 2**80, [{}], None]
HEADERS = {f"x{number}" * 20: value for number, value in enumerate(WILD * 40)}


@pytest.fixture
def operator(orchestrator: InMemoryOrchestrator) -> QuarantineOperator:
    return QuarantineOperator(orchestrator)


async def put(orchestrator: InMemoryOrchestrator, *rows: QuarantineRow) -> None:
    async with orchestrator.store.transaction() as tx:
        await tx.conclude(Changes(quarantined=rows))


async def answered(operator: QuarantineOperator, **fields: object) -> QuarantineAnswer:
    """Return the reply as its receiver reads it."""
    answer = await operator.commands.answer(QuarantineCommand(**fields))  # type: ignore[arg-type]
    received = admit(Delivery(answer.to_json()))
    assert isinstance(received, QuarantineAnswer), received
    return received


async def test_a_list_fills_one_message_and_continues_on_the_next_page(operator: QuarantineOperator) -> None:
    await put(operator.orchestrator, *(quarantined_row() for _ in range(1_200)))
    pages = [await answered(operator, action="list", limit=1_000)]
    while pages[-1].more:
        pages.append(await answered(operator, action="list", limit=1_000, after=pages[-1].items[-1].id))
    assert len(pages) > 1
    assert sum(len(page.items) for page in pages) == 1_200
    assert len({item.id for page in pages for item in page.items}) == 1_200


async def test_texts_of_any_kind_and_length_fit(operator: QuarantineOperator) -> None:
    texts = dict.fromkeys(("message", "where", "hint", "agent", "contract", "correlation_id", "routing_key"), NASTY)
    await put(operator.orchestrator, *(quarantined_row(code=f"C{number}", **texts) for number in range(60)))
    first = await answered(operator, action="list")
    assert 1 <= len(first.items) < 60 and first.more
    assert (await answered(operator, action="groups")).groups


async def test_a_large_body_and_large_headers_are_shown_in_parts(operator: QuarantineOperator) -> None:
    whole = bytes(range(256)) * 4_096
    await put(
        operator.orchestrator,
        quarantined_row(body=whole, headers=HEADERS),
        quarantined_row(body=whole, headers=HEADERS),
    )
    ids = [item.id for item in await operator.quarantined()]
    both = await answered(operator, action="show", ids=tuple(ids))
    assert (len(both.items), both.more) == (1, True)
    pieces = b""
    while len(pieces) < len(whole):
        (item,) = (await answered(operator, action="show", ids=(ids[0],), offset=len(pieces))).items
        pieces += base64.b64decode(item.body or "")
    assert pieces == whole
    many = dict.fromkeys((f"x{number}" for number in range(100)), 1)
    await put(operator.orchestrator, *(quarantined_row(code="MANY", body=b"", headers=many) for _ in range(100)))
    page = await answered(operator, action="list", code="MANY")
    shown = await answered(operator, action="show", ids=tuple(item.id for item in page.items))
    assert 0 < len(shown.items) < 100 and shown.more
    assert len(item.headers) == 100
