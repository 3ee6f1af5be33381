"""The index of the code, and the foremost recommendations and next steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from creatorflow_contracts.v1.output import CombinedFile, Suggestion, SynthesizedResult

from creatorflow.cli.outputs.safe_paths import Placed
from creatorflow.cli.text import one_line
from creatorflow.cli.views.markdown import code, inline, line_item

from .credits import agents_of
from .page_budget import Part

FOREMOST: Final = 7
"""Recommendations, and next steps, in PLAN.md; the result has them in the order of their weight."""
_ELSEWHERE: Final = "`specialists/`, `result.json`"
_CHARACTERS: Final = 300
_ORIGIN: Final = 120
_NOTE: Final = 240
_PATHS: Final = 20
"""Files of one agent that are named."""


def code_parts(result: SynthesizedResult, files: Sequence[Placed], notes: Sequence[str]) -> Iterator[Part]:
    """The paths of all files of code, by agent, and the messages about files that were renamed or not written."""
    by_agent: dict[str, list[str]] = {}
    for at, example in enumerate(result.combined_output.code_examples):
        named = f"{code(path_of(at, example, files))} ({lines_of(example)})"
        by_agent.setdefault(agents_of(example.sources[:1]) or "no agent", []).append(named)
    if by_agent:
        entries = tuple(f"- {agent}: {_first(paths)}" for agent, paths in by_agent.items())
        head = ("## Code", "", "Every file with its number of lines, under `code/`:", "")
        yield Part(head, entries, where=_ELSEWHERE)
    if notes:
        yield Part(entries=tuple(line_item(one_line(note, _NOTE)) for note in notes))


def _first(paths: Sequence[str]) -> str:
    more = f", and {len(paths) - _PATHS} more" if len(paths) > _PATHS else ""
    return ", ".join(paths[:_PATHS]) + more


def path_of(at: int, example: CombinedFile, files: Sequence[Placed]) -> str:
    """The path of the file that holds a code example, from the output folder."""
    return f"code/{files[at].path}" if at < len(files) else example.path


def lines_of(example: CombinedFile) -> int:
    """The number of lines of a code example."""
    return example.text.count("\n") + 1


def suggestion_parts(result: SynthesizedResult) -> Iterator[Part]:
    """The foremost recommendations and next steps."""
    yield _foremost("Recommendations", result.recommendations)
    yield _foremost("Next steps", result.next_steps)


def _foremost(title: str, suggestions: Sequence[Suggestion]) -> Part:
    if not suggestions:
        return Part(tail=())
    entries = tuple(map(_suggestion, suggestions[:FOREMOST]))
    beyond = max(0, len(suggestions) - FOREMOST)
    return Part((f"## {title}", ""), entries, where=_ELSEWHERE, beyond=beyond)


def _suggestion(suggestion: Suggestion) -> str:
    origin = inline(one_line(suggestion.follows_from, _ORIGIN))
    return line_item(one_line(suggestion.text, _CHARACTERS), end=f"_(from: {origin})_")
