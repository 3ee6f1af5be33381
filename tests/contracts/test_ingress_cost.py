"""No message delays the others: whatever its bytes, the ingress takes little longer than a JSON parser does."""

from __future__ import annotations

import pytest
from creatorflow_contracts import Delivery, Problem, admit
from creatorflow_contracts.refusals import MAX_BODY

from tests.costly import FOR_THE_INGRESS, parsing, request, seconds

TIMES = 60
"""Limit as a multiple of one parsing of 1 MiB of numbers in C; measured: at most 17."""


@pytest.fixture(scope="module")
def unit() -> float:
    """Return the seconds that a parser in C takes for 1 MiB of numbers, on this machine, now."""
    return parsing()


@pytest.mark.parametrize("name", FOR_THE_INGRESS)
def test_no_body_costs_much_more_than_parsing_it(name: str, unit: float) -> None:
    body, code = FOR_THE_INGRESS[name]
    assert len(body) <= MAX_BODY
    found: list[object] = []
    took = seconds(lambda: found.append(admit(Delivery(body))))
    assert (found[0].code if isinstance(found[0], Problem) else "") == code
    assert took < TIMES * unit, f"{took * 1000:.0f} ms, and parsing 1 MiB takes {unit * 1000:.0f} ms"


def test_of_very_many_errors_only_the_first_of_each_list_are_reported() -> None:
    found = admit(Delivery(request(constraints=[1] * 100_000, request=" ")))
    assert isinstance(found, Problem)
    assert found.code == "REQUEST_EMPTY"
    assert found.where.startswith("request, constraints[0], constraints[1]")
