"""Messages built to be expensive, for the ingress and for planning. Their cost is measured in parsings.

A parsing is the time that a parser in C takes for 1 MiB of numbers, on this machine, now: so a limit holds on any
machine.
"""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable
from time import thread_time
from typing import Any
from uuid import uuid4

from creatorflow_contracts.refusals import MAX_BODY


def parsing() -> float:
    """Return the seconds of one parsing."""
    numbers = b"[" + b",".join([b"1"] * (MAX_BODY // 2 - 1)) + b"]"
    return min(seconds(lambda: json.loads(numbers)) for _ in range(10))


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this thread for `work`; other processes do not count.

    Nor does garbage collection over everything that this large test process has loaded; services exclude it too.
    """
    gc.disable()
    begun = thread_time()
    try:
        work()
        return thread_time() - begun
    finally:
        gc.enable()


def request(**fields: object) -> bytes:
    body = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "labels", **fields}
    return json.dumps(body, separators=(",", ":")).encode()


def planned(**fields: object) -> bytes:
    return request(dry_run=True, **fields)


def step(**fields: object) -> dict[str, object]:
    return {"id": "one", "agent": "ui-ux-specialist", **fields}


FOR_THE_INGRESS: dict[str, tuple[bytes, str]] = {
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


def _loop(rounds: int) -> dict[str, Any]:
    return {"steps": [f"s{n}" for n in range(200)], "until": f"iteration > {rounds}", "limit": 50}


def _child() -> dict[str, Any]:
    return {"steps": [{"id": f"c{n}", "request": "make a shop"} for n in range(9)]}


def _many(**fields: Callable[[int], object]) -> dict[str, object]:
    """Return two hundred steps, each a little different."""
    return {"steps": [step(id=f"s{n}", **{key: made(n) for key, made in fields.items()}) for n in range(200)]}


_WORDS = (
    "sync tiktok orders inventory labels shipping dashboard analytics secure auth test scale 10x 5000 orders/hour "
    "< 2s 99.9 % and then until passes only if once review and improve"
)


def _words() -> str:
    chosen = random.Random(1)  # noqa: S311
    return " ".join(chosen.choice(_WORDS.split()) for _ in range(10_000))[:64_000]


FOR_THE_PLANNER: dict[str, bytes] = {
    "64 KiB of our words": planned(request=_words()),
    "64 KiB of brackets": planned(request="orders " + "(" * 64_000),
    "ten thousand numbers": planned(request="orders " + "99.9% " * 10_000),
    "constraints of 800 KiB": planned(constraints=[("5000 orders/hour " * 240)[:4096]] * 200),
    "40,000 requirements": request(plan=_many(requirements=lambda n: [f"r{n}-{index}" for index in range(200)])),
    "everything after everything": planned(plan=_many(depends_on=lambda n: [f"s{index}" for index in range(n)])),
    "everything in a circle": planned(plan=_many(depends_on=lambda n: [f"s{index}" for index in range(200)])),
    "200 guards that never close": planned(plan=_many(when=lambda n: "(" * (700 + n))),
    "200 guards of lists in lists": planned(plan=_many(when=lambda n: "[" * 400 + "]" * 400 + f"==[{n}]")),
    "200 guards of alternatives": planned(plan=_many(when=lambda n: "||".join(["true"] * 150) + f"||{n}==1")),
    "200 guards that match": planned(plan=_many(when=lambda n: f"'{'a' * 400}{n}'.matches('(a*)*b')")),
    "50 loops over the same": planned(
        plan=_many()
        | {
            "loops": [
                {"steps": [f"s{n}" for n in range(200)], "until": f"iteration > {n}", "limit": 50} for n in range(50)
            ]
        }
    ),
    "a schema with patterns": planned(
        plan=_many(expected_output=lambda n: {"type": "string", "pattern": "(a+)+$" * 20 + str(n)})
    ),
    "a schema that refers to itself": planned(plan={"steps": [step(expected_output={"$ref": "#"})]}),
    "too many children": planned(plan=_many(agent=lambda _: None, plan=lambda _: _child())),
    "wrong children": planned(plan={"steps": [step(agent=None, plan={"steps": [1] * 400_000})]}),
    "a megabyte of descriptions": planned(
        plan={"steps": [step(id=f"s{n}", description="x" * 60_000) for n in range(17)]}
    ),
}
"""Well formed; whether each is accepted or refused is not the point. One is run, the others are only planned."""
