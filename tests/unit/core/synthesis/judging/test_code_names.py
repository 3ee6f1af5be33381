from __future__ import annotations

from creatorflow_orchestrator.core.synthesis.judging.code_names import code_names


def test_the_names_of_a_query_are_its_tables_and_columns() -> None:
    query = "SELECT o.total_cents FROM orders o JOIN buyers b ON b.buyer_ref = o.buyer_ref WHERE o.placed_on > $1"
    assert {"orders", "buyers", "total_cents", "placed_on", "buyer_ref"} <= code_names(query)
    assert not {"select", "where", "join"} & code_names(query)


def test_the_names_of_a_component_are_those_of_its_own() -> None:
    found = code_names('<div className="orderCard" onClick={openOrder}>{order.name}</div>')
    assert {"ordercard", "openorder"} <= found
    assert not {"classname", "onclick"} & found
