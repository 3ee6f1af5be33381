"""Tables: which rows ask, which are data, and what their cells say about them."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.lines import split_lines
from creatorflow_orchestrator.core.reading.tables import Row, RowKind, table_at


def rows(text: str) -> tuple[Row, ...]:
    lines, _ = split_lines(text, 1000)
    table = table_at(lines, 0, lambda position: bool(lines[position].content))
    return table.rows if table else ()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("| Feature | P |\n|---|---|\n| labels | 1 |\n| stock | 2 |", ["head", "row", "row"]),
        ("| Plan | Price |\n|---|---|\n| Basic | 12 |", ["head", "data"]),
        ("Plan\tPrice\nBasic\t12\nTeam\t48", ["head", "data", "data"]),
        ("plan,price\nBasic,12\nTeam,48", ["head", "data", "data"]),
        ("plan;price\nBasic;12\nTeam;48", ["head", "data", "data"]),
        ("Plan   Price\nBasic  12\nTeam   48", ["head", "data", "data"]),
        ("09:14 | alerts\n09:20 | bridge", ["timeline", "timeline"]),
        ("print labels when an order is paid | P1\nimport orders from TikTok | P2", ["row", "row"]),
        ("labels, stock\nreturns, report\nmugs, cups", []),
        ("We need labels.  Then stock.\nWe need returns.  Then a report.\nThat is all.  Thanks.", []),
    ],
)
def test_a_row_is_a_head_an_ask_data_or_an_entry_of_a_timeline(text: str, kinds: list[str]) -> None:
    assert [row.kind.value for row in rows(text)] == kinds


def test_a_row_tells_by_its_cells_that_it_is_done_or_not_wanted() -> None:
    found = rows("| Task | Status |\n|---|---|\n| import | done |\n| app | out of scope |\n| labels | open |")[1:]
    assert [(row.checked, row.excluded) for row in found] == [(True, False), (None, True), (None, False)]


def test_the_bars_at_the_edges_are_no_part_of_a_row() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |"
    assert [text.split("\n")[row.position][row.start : row.end].strip() for row in rows(text)] == ["a | b", "1 | 2"]
    assert {row.kind for row in rows(text)} == {RowKind.HEAD, RowKind.DATA}
