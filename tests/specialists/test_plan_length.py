"""PLAN.md of the largest results that the specialists give: five pages, beginning with the answer in ten lines."""

from __future__ import annotations

import re

import pytest
from creatorflow.cli.views.plan_document.page_budget import BUDGET, height
from creatorflow.cli.views.plan_document.plan import plan_document
from creatorflow.cli.views.plan_document.specialist_document import (
    specialist_document,
    specialist_link,
    specialist_paths,
    specialists,
)
from creatorflow.cli.views.run_state import RunState
from creatorflow_contracts.v1.output import (
    CombinedAssumption,
    CombinedItem,
    CombinedNotHonoured,
    Completeness,
    Source,
    Suggestion,
    SynthesizedResult,
)
from creatorflow_contracts.v1.reading import Ask, Constraint, Exclusion, Fact, Passage, Reading
from creatorflow_orchestrator.translate.synthesized_results import to_result

from .team import Run
from .test_team import ORDERS, SPIKE

EVERYBODY = (
    "Integrate TikTok Shop, manage orders, sync inventory in real time, print shipping labels, absorb viral traffic "
    "spikes of 10x our normal traffic, secure customer data, test end to end, show a dashboard, report analytics, bill "
    "sellers by subscription, and design the database schema."
)


async def result_of(text: str) -> SynthesizedResult:
    """Return the result of a request, with as much to say about it as an orchestrator can have."""
    run = Run(text)
    whole = to_result(await run.to_its_end(), run.saga)
    steps = [Source(agent=step.agent, step=step.step) for step in whole.execution_summary.steps]
    asks = tuple(
        Ask(start=0, end=1, text=each.requirement, kind="build", object=each.requirement[:40], domains=("database",))
        for each in whole.completeness.requirements
    )
    passage = {"start": 0, "end": 1, "text": "knit a scarf for every buyer"}
    reading = Reading(
        asks=asks,
        exclusions=(Exclusion(start=0, end=1, text="no charts", domains=("analytics",)),) * 3,
        facts=tuple(
            Fact(start=0, end=1, text=f"{at}000 orders/hour", kind="quantity", subject="orders", value=1.0, asks=(0,))
            for at in range(12)
        ),
        constraints=(Constraint(start=0, end=1, text="EU data only"),) * 3,
        unread=(Passage(start=0, end=1, text=str(passage["text"])),),
    )
    answered = {"verdict": "answered", "missing": (), "note": ""}
    judged = tuple(each.model_copy(update=answered) for each in whole.completeness.requirements)
    assumed = tuple(
        CombinedAssumption(text=f"{at} days", subject="returns", state_it="say how many days", sources=(source,))
        for source in steps
        for at in (30, 60)
    )
    not_kept = CombinedNotHonoured(constraint="MySQL 8", reason="the schema is for PostgreSQL", sources=(steps[0],))
    return whole.model_copy(
        update={
            "reading": reading,
            "assumptions": assumed,
            "not_honoured": (not_kept,),
            "completeness": Completeness(complete=True, requirements=judged),
        }
    )


@pytest.mark.parametrize("text", [ORDERS, SPIKE, EVERYBODY], ids=["orders", "spike", "everybody"])
async def test_the_plan_of_the_largest_results_takes_five_pages_and_nothing_of_weight_is_cut(text: str) -> None:
    result = await result_of(text)
    links = {agent: specialist_link(path) for agent, path in specialist_paths(specialists(result)).items()}
    document = plan_document(result, RunState("x", request=text), links=links)
    lines = document.splitlines()
    assert height(lines) <= BUDGET
    opening = lines[3 : lines.index("## Answers") - 1]
    assert len(opening) <= 10 and opening[0].startswith("- **Understood:** build: ")
    for step in result.execution_summary.steps:
        assert any(line.startswith(f"- **{step.step}** ({step.agent}): ") for line in lines), step.step
        assert f"| `{step.step}` |" in document and f"specialists/{step.agent}.md" in document
    assert document.count("| answered |") == len(result.completeness.requirements)
    assert all(
        f"- {assumed.text} ({assumed.subject}), in {assumed.sources[0].step};" in document
        for assumed in result.assumptions
    )


def squeezed(text: str) -> str:
    """Return the letters and digits of a text: Markdown adds and escapes other characters only."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


@pytest.mark.parametrize("text", [ORDERS, EVERYBODY], ids=["orders", "everybody"])
async def test_the_documents_of_the_specialists_have_together_all_that_was_answered(text: str) -> None:
    result = await result_of(text)
    documents = "\n".join(specialist_document(result, agent) for agent in specialists(result))
    output, written = result.combined_output, squeezed(documents)
    items: tuple[CombinedItem | Suggestion, ...] = (
        *output.technical_specifications,
        *output.implementation_steps,
        *output.testing_requirements,
        *output.deployment_considerations,
        *(each for each in (*result.recommendations, *result.next_steps) if each.sources),
    )
    assert len(items) > 100 and [item.text for item in items if squeezed(item.text) not in written] == []
    assert [file.path for file in output.code_examples if f"| `{file.path}` |" not in documents] == []
    for title in ("## Specifications", "## Implementation steps", "## Code", "## Tests", "## Deployment"):
        assert documents.count(title) >= 3, title
