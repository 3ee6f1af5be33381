"""Measures the wall time of a plan of every pattern over its critical path, with agents that sleep.

The critical path is the sum of the sleeps along the longest chain of the plan; the time over it is the system's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Any

from creatorflow.client import Client

ROUNDS = 3
RATIO, SLACK_S = 1.05, 0.1
"""Limits of a plan's wall time: this factor on its critical path, plus these seconds."""
AGENTS = (
    "security-architecture-specialist",
    "database-specialist",
    "order-workflow-specialist",
    "ui-ux-specialist",
    "shipping-automation-specialist",
)
CODER, TESTER = AGENTS[2], "integration-testing-specialist"
Spec = dict[str, Any]


def step(name: str, ms: int, *after: str, agent: str = CODER, **more: Any) -> Spec:
    """Builds a step that sleeps."""
    return {"id": name, "agent": agent, "description": f"sleep {ms} ms", "depends_on": list(after), **more}


def child(name: str, *steps: Spec) -> Spec:
    """Builds a step that is a child request."""
    return {"id": name, "plan": {"steps": steps}}


PASSED = "results.tests.output.data.passed"
PLANS: Mapping[str, tuple[int, Spec]] = {
    "sequential": (
        2000,
        {"steps": [step("a", 500), step("b", 500, "a"), step("c", 500, "b"), step("d", 500, "c")]},
    ),
    "parallel": (
        1600,
        {"steps": [step(f"s{number}", 400 * number, agent=AGENTS[number]) for number in range(1, 5)]},
    ),
    "conditional": (
        1800,
        {
            "steps": [
                step("build", 600),
                step("tests", 600, "build", agent=TESTER),
                step("deploy", 9000, "tests", when=PASSED),
                step("repair", 600, "tests", when=f"!{PASSED}"),
            ]
        },
    ),
    "iterative": (
        2400,
        {
            "steps": [step("code", 400), step("tests", 400, "code", agent=TESTER)],
            "loops": [{"steps": ["code", "tests"], "until": PASSED, "limit": 5}],
        },
    ),
    "hierarchical": (
        2000,
        {
            "steps": [
                child("left", step("a", 600), step("b", 600, "a")),
                child("right", step("c", 1000)),
                {**step("end", 800), "depends_on": ["left", "right"]},
            ]
        },
    ),
}
"""Milliseconds of the critical path, and the plan, by pattern."""


async def measure(url: str) -> dict[str, Any]:
    """Returns by pattern: `critical_path_ms`, `wall_ms` (median of the rounds), `ratio`, and `within` (the limits)."""
    report: dict[str, Any] = {}
    async with Client(url) as client:
        for pattern, (critical_ms, plan) in PLANS.items():
            walls = [await _wall_s(client, pattern, plan) for _ in range(ROUNDS)]
            wall = statistics.median(walls)
            report[pattern] = {
                "critical_path_ms": critical_ms,
                "wall_ms": round(wall * 1000),
                "ratio": round(wall * 1000 / critical_ms, 3),
                "within": wall <= critical_ms / 1000 * RATIO + SLACK_S,
            }
    return report


async def _wall_s(client: Client, pattern: str, plan: Spec) -> float:
    begun = time.perf_counter()
    result = await (await client.submit(f"take your time: {pattern}", plan=plan)).result(60)
    wall = time.perf_counter() - begun
    if not result.overall_success or result.execution_summary.pattern != pattern:
        raise RuntimeError(f"the {pattern} plan did not run as it should: {result.reason}")
    return wall
