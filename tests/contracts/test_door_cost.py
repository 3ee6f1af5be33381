"""No message holds up the others: whatever its bytes, the door takes little longer than a parser of JSON does."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from time import thread_time

import pytest
from creatorflow_contracts import Delivery, Problem, admit
from creatorflow_contracts.refusals import MAX_BODY

SAGA = "6f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
TIMES = 60
"""Of what C takes to parse 1 MiB of numbers; measured: at most 17."""


def request(**fields: object) -> bytes:
    body = {"contract": "request-submitted.v1", "correlation_id": SAGA, "request": "labels", **fields}
    return json.dumps(body, separators=(",", ":")).encode()


def step(**fields: object) -> dict[str, object]:
    return {"id": "one", "agent": "database-specialist", **fields}


COSTLY: dict[str, tuple[bytes, str]] = {
    "half a million wrong items": (request(constraints=[1] * 500_000), "FIELD_INVALID"),
    "two hundred steps, each wrong 700 times": (
        request(plan={"steps": [step(depends_on=["#"] * 700)] * 200}),
        "NAME_INVALID",
    ),
    "two hundred thousand steps": (request(plan={"steps": [1] * 200_000}), "PLAN_TOO_LARGE"),
    "wrong only far behind": (request(constraints=["x"] * 100 + [1] * 100_000), "FIELD_INVALID"),
    "ten thousand wrong names": (request(tags={f"k{n}": 1 for n in range(9_000)}), "FIELD_INVALID"),
    "an array of arrays": (request(extra=[[]] * 330_000), ""),
    "arrays of a good depth": (b'{"a":[' + b",".join([b"[" * 30 + b"]" * 30] * 17_000) + b"]}", "CONTRACT_MISSING"),
    "arrays that are a little too deep": (b'{"a":[' + b",".join([b"[" * 31 + b"]" * 31] * 16_000) + b"]}", "TOO_DEEP"),
    "brackets in a text, behind quotes": (request(extra='"[\\' * 200_000, more=[[]] * 40), ""),
    "a million keys": (b"{" + b",".join(b'"%d":1' % n for n in range(90_000)) + b"}", "TOO_MANY_KEYS"),
    "nothing but escapes": (request()[:-1] + b',"x":"' + b"\\\\" * 500_000 + b'\\\\u0000"}', ""),
}


@pytest.fixture(scope="module")
def unit() -> float:
    """Seconds that a parser in C takes for 1 MiB of numbers, on this machine, now."""
    numbers = b"[" + b",".join([b"1"] * (MAX_BODY // 2 - 1)) + b"]"
    return min(seconds(lambda: json.loads(numbers)) for _ in range(3))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this thread: what other processes do does not count.

    Nor does Python's looking through what this big process of tests has loaded; services have that settled.
    """
    gc.disable()
    begun = thread_time()
    try:
        work()
        return thread_time() - begun
    finally:
        gc.enable()


@pytest.mark.parametrize("name", COSTLY)
def test_no_body_costs_much_more_than_parsing_one(name: str, unit: float) -> None:
    body, code = COSTLY[name]
    assert len(body) <= MAX_BODY
    found: list[object] = []
    took = seconds(lambda: found.append(admit(Delivery(body))))
    assert (found[0].code if isinstance(found[0], Problem) else "") == code
    assert took < TIMES * unit, f"{took * 1000:.0f} ms, and parsing 1 MiB takes {unit * 1000:.0f} ms"


def test_of_very_many_errors_the_first_of_each_list_are_told() -> None:
    found = admit(Delivery(request(constraints=[1] * 100_000, request=" ")))
    assert isinstance(found, Problem)
    assert found.code == "REQUEST_EMPTY"
    assert found.where.startswith("request, constraints[0], constraints[1]")
