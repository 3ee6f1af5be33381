"""Writes PLAN.md: a result as a document of a few pages for people, with links to the specialists' full texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.outputs.safe_paths import Placed
from creatorflow.cli.views.run_state import RunState

from .agreements import conflicts_part, decisions_part
from .answers import answers_part
from .execution import execution_parts
from .indexes import code_parts, suggestion_parts
from .judgement import caveat_parts, requirements_part
from .opening import answer, status, title
from .page_budget import fitted
from .understanding import reading_part, request_part


def plan_document(
    result: SynthesizedResult,
    board: RunState,
    files: Sequence[Placed] = (),
    notes: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
) -> str:
    """Make the document, of at most `page_budget.BUDGET` lines.

    `board` has the analysis and the plan's edges, `files` the path of each code example, `notes` the messages about
    files that were renamed or not written, `links` the path of each agent's full text.
    """
    answered = (answer(result), answers_part(result, links or {}))
    head = (*answered, status(result)) if result.status == "completed" else (status(result), *answered)
    return fitted(
        [
            title(result),
            *head,
            request_part(result),
            reading_part(result, board),
            *execution_parts(result, board),
            requirements_part(result),
            *caveat_parts(result),
            decisions_part(result),
            conflicts_part(result),
            *code_parts(result, files, notes),
            *suggestion_parts(result),
        ]
    )
