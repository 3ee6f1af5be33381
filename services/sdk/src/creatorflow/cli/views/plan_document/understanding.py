"""The request as it was written, and what was read from it."""

from __future__ import annotations

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.text import clean, cut
from creatorflow.cli.views.markdown import fenced, quote
from creatorflow.cli.views.plan_picture import analysis_lines
from creatorflow.cli.views.reading_lines import SECTION, agents_by_ask, reading_lines
from creatorflow.cli.views.run_state import RunState

from .page_budget import COLUMNS, Part

_CHARACTERS = 40 * COLUMNS
"""Characters of the request that are quoted, if there is room; else a fifth of them."""


def request_part(result: SynthesizedResult) -> Part:
    """The text of the request, as a quotation."""
    text = clean(result.request)
    whole, short = (tuple(quote(cut(text, limit))) for limit in (_CHARACTERS, _CHARACTERS // 5))
    return Part(("## Request", ""), whole, short=short)


def reading_part(result: SynthesizedResult, board: RunState) -> Part:
    """What was read from the request, with the analysis if it is known; for an older result the analysis alone."""
    agents = agents_by_ask(board.analysis)
    read = list(reading_lines(result.reading, board.notes, agents)) if result.reading else []
    lines = [*analysis_lines(board.analysis, asks=not read), *read]
    if not lines:
        return Part(tail=())
    first, *body, last = fenced((cut(line, 2 * COLUMNS) for line in lines), "text")
    return Part((f"## {SECTION if read else 'Analysis'}", "", first), tuple(body), tail=(last, ""))
