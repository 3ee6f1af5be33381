"""Formats the outputs of a request's steps as their agents returned them: summary and data, in lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult

from creatorflow.cli.text import clean, cut, json_text, one_line

SHOWN_ANSWERS: Final = 20
SHOWN_LINES: Final = 6
"""Lines of one step's data in a short view."""
SHOWN_WIDTH: Final = 160
"""Characters of a line in a short view."""
ONE_LINE: Final = 100
"""Maximum characters of a list or an object that is shown on one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The output of one step: the agent's summary and data."""

    step: str
    agent: str
    summary: str
    data: Mapping[str, Any]


def answers(result: SynthesizedResult) -> list[Answer]:
    """The outputs that are not empty, in plan order."""
    data = result.combined_output.data
    outputs = (_answer(step, data.get(step.step)) for step in result.execution_summary.steps)
    return [answer for answer in outputs if answer.summary.strip() or answer.data]


def _answer(step: StepSummary, data: Any) -> Answer:
    given = data if isinstance(data, Mapping) else {} if data is None else {"data": data}
    return Answer(step.step, step.alternative_used or step.agent, step.summary, given)


def full_lines(outputs: Iterable[Answer]) -> Iterator[str]:
    """Format every output, complete."""
    for answer in outputs:
        first, *more = clean(answer.summary).strip().splitlines() or [""]
        yield f"{_title(answer)} {first}".rstrip()
        yield from (f"  {line}".rstrip() for line in more)
        yield from (f"  {line}" for line in data_lines(answer.data))


def short_lines(outputs: Sequence[Answer], whole: str) -> Iterator[str]:
    """Format the beginning of every output; what is left out is counted, with the command `whole` that shows it."""
    for answer in outputs[:SHOWN_ANSWERS]:
        yield f"{_title(answer)} {one_line(answer.summary, SHOWN_WIDTH)}".rstrip()
        yield from _shortened(data_lines(answer.data), whole)
    if len(outputs) > SHOWN_ANSWERS:
        yield f"... {len(outputs) - SHOWN_ANSWERS} more answers: {whole}"


def _title(answer: Answer) -> str:
    return f"{answer.step} ({answer.agent}):"


def _shortened(lines: Iterable[str], whole: str) -> Iterator[str]:
    remaining = iter(lines)
    yield from (f"  {cut(line, SHOWN_WIDTH)}" for line in islice(remaining, SHOWN_LINES))
    left = sum(1 for _ in remaining)
    if left:
        yield f"  ... {left} more line{'s' if left > 1 else ''}: {whole}"


def data_lines(data: Mapping[str, Any]) -> Iterator[str]:
    """Format an object in lines, `key: value`; a value longer than a line is indented below its key."""
    for key, value in data.items():
        lines = _value_lines(value)
        if len(lines) == 1:
            yield f"{one_line(key)}: {lines[0]}"
        else:
            yield f"{one_line(key)}:"
            yield from (f"  {line}" for line in lines)


def _value_lines(value: Any) -> list[str]:
    if isinstance(value, str):
        return clean(value).splitlines() or ['""']
    compact = json_text(value)
    return [compact] if len(compact) <= ONE_LINE else json_text(value, indent=2).split("\n")
