"""What a validation finds: what the results before it lack of what was asked of them. Pure.

Rules for this file: the verdict is computed from what stands in the results, and from nothing else: not from the round,
not from who answered. An answer that cannot be seen whole has not passed. Results may be any agent's, so anything may
be missing or of another kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from creatorflow_contracts.v1.work import AgentTask, PreviousResult, Quantity

from .quantities import stated

VALIDATION = "validation"
MAX_FINDINGS = 50
ANSWER, TEST, FIGURE, SIGHT = "answer", "test", "figure", "sight"
"""What may be lacking: any answer, a test, a stated figure; or the answer is there and cannot be seen whole."""
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
    """What is lacking (`lacks`), of which requirement or constraint, in the answers of which steps."""

    lacks: str
    point: str
    steps: tuple[str, ...] = ()
    figure: str = ""

    def told(self) -> str:
        """The finding in a sentence."""
        what = {
            ANSWER: "nothing answers it",
            TEST: "no test would fail without it",
            FIGURE: f"nothing that answers it states {self.figure}",
            SIGHT: "the answer is too large to be seen whole, only its summary was given",
        }[self.lacks]
        return f"{' and '.join(self.steps)}: {self.point}: {what}"

    def data(self) -> dict[str, Any]:
        """The finding as it stands in an answer; `read` is the inverse."""
        return {
            "lacks": self.lacks,
            "point": self.point,
            "steps": list(self.steps),
            "figure": self.figure,
            "told": self.told(),
        }


def read(data: object) -> Iterator[Finding]:
    """The findings in an answer's `data.findings`, whoever wrote them; what is none is left out."""
    for each in _listed(data)[:MAX_FINDINGS]:
        if not isinstance(each, Mapping) or each.get("lacks") not in (ANSWER, TEST, FIGURE):
            continue
        point, figure, steps = each.get("point"), each.get("figure", ""), _listed(each.get("steps"))
        if isinstance(point, str) and isinstance(figure, str):
            yield Finding(each["lacks"], point, tuple(step for step in steps if isinstance(step, str)), figure)


def verdict(task: AgentTask) -> dict[str, Any] | None:
    """`{"passed": ..., "checked": ..., "findings": [...]}` on the results that a task builds on; `None` without any."""
    waited_for = set(task.context.coordination_info.depends_on)
    results = [result for result in task.context.previous_results if result.step in waited_for and result.requirements]
    if not results:
        return None
    points = dict.fromkeys(text for result in results for text in result.requirements)
    open_figures = [quantity for quantity in task.quantities if not any(quantity.text in point for point in points)]
    limits = [line for line in task.constraints if _figures(line, open_figures)]
    findings = [
        *(found for point in points for found in _about(point, results, task.quantities)),
        *(found for line in limits for found in _about_limit(line, results, open_figures)),
    ]
    told = [finding.data() for finding in findings[:MAX_FINDINGS]]
    return {"passed": not findings, "checked": len(points) + len(limits), "findings": told}


def _about(point: str, results: Sequence[PreviousResult], quantities: Sequence[Quantity]) -> Iterator[Finding]:
    """What a requirement lacks. Of one that nothing answers no more is said: there is nothing to look at."""
    given = [result for result in results if point in result.requirements]
    steps = tuple(each.step for each in given)
    if any(each.summarised for each in given):
        yield Finding(SIGHT, point, steps)
        return
    items = [item for each in given for item in _items(each, each.requirements.index(point))]
    if not items:
        yield Finding(ANSWER, point, steps)
        return
    if not any(section == _TESTS for section, _ in items):
        yield Finding(TEST, point, steps)
    for quantity in _figures(point, quantities):
        if not any(stated(quantity, text) for _, text in items):
            yield Finding(FIGURE, point, steps, quantity.text)


def _about_limit(line: str, results: Sequence[PreviousResult], quantities: Sequence[Quantity]) -> Iterator[Finding]:
    """A constraint is of the whole: any of the results may state its figures."""
    seen = [result for result in results if not result.summarised]
    texts = [text for each in seen for _, text in _items(each, None)]
    for quantity in _figures(line, quantities):
        if seen and not any(stated(quantity, text) for text in texts):
            yield Finding(FIGURE, line, tuple(result.step for result in results), quantity.text)


def _items(result: PreviousResult, position: int | None) -> Iterator[tuple[str, str]]:
    """Section and text of what answers that requirement; of everything, where none is named."""
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
