"""The table of `list` on terminals of any width."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from creatorflow.cli.views.request_table import RequestTable
from creatorflow_contracts.v1.event import SagaState
from rich.console import Console

from tests.unit.cli.samples import SAGA, START


def state(id: UUID = SAGA, **fields: Any) -> SagaState:
    known: dict[str, Any] = {
        "status": "running",
        "request": "Build order management with TikTok sync and shipping labels for every paid order",
        "pattern": "hierarchical",
        "seq": 9,
        "submitted_at": START,
        "updated_at": START,
        "deadline": START,
    }
    return SagaState(correlation_id=id, **(known | fields))


def drawn(width: int, *states: SagaState) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, highlight=False).print(RequestTable(states))
    return out.getvalue().splitlines()


def test_on_80_columns_each_request_is_one_line_with_a_short_id_and_its_text() -> None:
    head, parked, plan = drawn(
        80, state(parked=("orders", "shipping")), state(UUID(int=1), status="compensating", dry_run=True)
    )
    assert head.split() == ["id", "status", "kind", "submitted", "request"]
    assert parked.startswith("3f0d7c1e  running, 2 parked  run   ") and "  Build order management" in parked
    assert plan.startswith("00000000  compensating       plan  ")
    assert max(map(len, (head, parked, plan))) <= 80


def test_ids_with_a_common_beginning_are_shortened_where_they_differ() -> None:
    first, second = UUID("3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"), UUID("3f0d7c1e-8a53-4d0b-9f4e-2b7c51aa0e11")
    _, first_row, two = drawn(80, state(first), state(second))
    assert (first_row.split()[0], two.split()[0]) == ("3f0d7c1e-8a52", "3f0d7c1e-8a53")


def test_on_a_wide_terminal_the_whole_id_and_the_pattern_are_shown() -> None:
    _, row = drawn(160, state())
    assert row.startswith(f"{SAGA}  running  hierarchical  run   2026-11-22 ")


@pytest.mark.parametrize("width", [20, 40, 79, 119, 120, 300])
def test_no_row_is_wider_than_the_terminal_or_wrapped(width: int) -> None:
    rows = drawn(width, state(), state(UUID(int=1)))
    assert len(rows) == 3 and max(map(len, rows)) <= width
