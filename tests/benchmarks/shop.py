"""The job of both sides: a request of five sequential steps without work, and the texts of its tasks."""

from __future__ import annotations

from creatorflow_contracts.v1.request import PlanSpec, StepSpec

AGENTS = (
    "tiktok-integration-specialist",
    "order-workflow-specialist",
    "database-specialist",
    "shipping-automation-specialist",
    "ui-ux-specialist",
)
REQUEST = "Build order management with TikTok sync, shipping labels and a dashboard."
DESCRIPTION = "Do nothing, at once: done when an empty answer has been sent."
PLAN = PlanSpec(
    steps=tuple(
        StepSpec(
            id=f"step-{number}",
            agent=agent,
            description=DESCRIPTION,
            requirements=("Nothing is done",),
            depends_on=(f"step-{number - 1}",) if number else (),
        )
        for number, agent in enumerate(AGENTS)
    )
)
OUTPUT = {"summary": "nothing was done", "data": {"done": True}}
