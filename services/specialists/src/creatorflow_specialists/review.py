"""The review of a validation step: parts of the requirements that earlier results do not answer. Pure.

Rules for this file: the verdict depends on the content of the results only, not on the iteration or the agents. An
answer of which only a summary is available does not pass. Results may be any agent's, so any field may be missing or
have another type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from creatorflow_contracts.v1.work import AgentTask, PreviousResult, Quantity

from .exclusions import excluded_sections
from .unit_conversion import read as read_quantity
from .written_numbers import states

VALIDATION = "validation"
MAX_FINDINGS = 50
ANSWER, TEST, FIGURE, SIGHT = "answer", "test", "figure", "sight"
"""Deficiencies: no answer, no test, an unstated figure, or an answer of which only the summary is given."""
_TESTS = "testing_requirements"
_SECTIONS = (
    "technical_specifications",
    "implementation_steps",
    "code_examples",
    _TESTS,
    "deployment_considerations",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A deficiency (`lacks`) regarding a requirement or constraint (`point`), in the answers of `steps`."""

    lacks: str
    point: str
    steps: tuple[str, ...] = ()
    figure: str = ""

    def sentence(self) -> str:
        """Return the finding in a sentence."""
        what = {
            ANSWER: "nothing answers it",
            TEST: "no test would fail without it",
            FIGURE: f"nothing that answers it states {self.figure}",
            SIGHT: "the answer is too large to be reviewed, only its summary was given",
        }[self.lacks]
        return f"{' and '.join(self.steps)}: {self.point}: {what}"

    def data(self) -> dict[str, Any]:
        """Return the finding in its form in an answer; `read` is the inverse."""
        return {
            "lacks": self.lacks,
            "point": self.point,
            "steps": list(self.steps),
            "figure": self.figure,
            "text": self.sentence(),
        }


def read(data: object) -> Iterator[Finding]:
    """Read the findings in an answer's `data.findings`, of any agent; invalid entries are skipped."""
    for entry in _listed(data)[:MAX_FINDINGS]:
        if not isinstance(entry, Mapping) or entry.get("lacks") not in (ANSWER, TEST, FIGURE):
            continue
        point, figure, steps = entry.get("point"), entry.get("figure", ""), _listed(entry.get("steps"))
        if isinstance(point, str) and isinstance(figure, str):
            yield Finding(entry["lacks"], point, tuple(step for step in steps if isinstance(step, str)), figure)


def verdict(task: AgentTask) -> dict[str, Any] | None:
    """Review the results that a task depends on: `{"passed": ..., "checked": ..., "findings": [...]}`, or None."""
    dependencies = set(task.context.coordination_info.depends_on)
    results = [
        result for result in task.context.previous_results if result.step in dependencies and result.requirements
    ]
    if not results:
        return None
    points = dict.fromkeys(text for result in results for text in result.requirements)
    open_figures = [quantity for quantity in task.quantities if not any(quantity.text in point for point in points)]
    limits = [line for line in task.constraints if _figures(line, open_figures)]
    tested = _TESTS not in excluded_sections(task)
    findings = [
        *(finding for point in points for finding in _requirement_findings(point, results, task.quantities, tested)),
        *(finding for line in limits for finding in _constraint_findings(line, results, open_figures)),
    ]
    reported = [finding.data() for finding in findings[:MAX_FINDINGS]]
    return {"passed": not findings, "checked": len(points) + len(limits), "findings": reported}


def _requirement_findings(
    point: str, results: Sequence[PreviousResult], quantities: Sequence[Quantity], tested: bool
) -> Iterator[Finding]:
    """Yield the findings for a requirement, which needs a test if `tested`; one without an answer has that alone."""
    given = [result for result in results if point in result.requirements]
    steps = tuple(result.step for result in given)
    if any(result.summarised for result in given):
        yield Finding(SIGHT, point, steps)
        return
    items = [item for result in given for item in _items(result, result.requirements.index(point))]
    if not items:
        yield Finding(ANSWER, point, steps)
        return
    if tested and not any(section == _TESTS for section, _ in items):
        yield Finding(TEST, point, steps)
    for quantity in _figures(point, quantities):
        if not any(states(read_quantity(quantity), text) for _, text in items):
            yield Finding(FIGURE, point, steps, quantity.text)


def _constraint_findings(
    line: str, results: Sequence[PreviousResult], quantities: Sequence[Quantity]
) -> Iterator[Finding]:
    """Yield the findings for a constraint, which applies to all results: any of them may state its figures."""
    complete = [result for result in results if not result.summarised]
    texts = [text for result in complete for _, text in _items(result, None)]
    for quantity in _figures(line, quantities):
        if complete and not any(states(read_quantity(quantity), text) for text in texts):
            yield Finding(FIGURE, line, tuple(result.step for result in results), quantity.text)


def _items(result: PreviousResult, position: int | None) -> Iterator[tuple[str, str]]:
    """Yield section and text of the items that answer a requirement; of all items if `position` is None."""
    for section in _SECTIONS:
        for item in _listed(result.output.get(section)):
            if not isinstance(item, Mapping) or not isinstance(item.get("text"), str) or not item["text"].strip():
                continue
            if position is None or position in _listed(item.get("answers")):
                yield section, item["text"]


def _figures(text: str, quantities: Iterable[Quantity]) -> list[Quantity]:
    return [quantity for quantity in quantities if quantity.text and quantity.text in text]


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
