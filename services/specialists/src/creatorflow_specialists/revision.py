"""The revision of an answer after a review: the capabilities and figures that the findings require in addition. Pure.

The first answer uses the words of the task. For a finding of a review the search is wider: the capability whose own
text is nearest to the requirement, and a figure without a subject ("within 14 days") as one about that capability's
subject. A requirement near to no capability stays unanswered, and the next review reports it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from creatorflow_contracts.v1.output import TestRequirement
from creatorflow_contracts.v1.work import AgentTask, PreviousResult, Quantity

from .playbook import Playbook
from .review import ANSWER, FIGURE, TEST, Finding, read
from .words import content

NEAR = 1.5
SHARED = 2
"""Number of words that a capability must share with a requirement to be used for it."""
DATA = "revision"


@dataclass(frozen=True, slots=True)
class Revision:
    """The findings of earlier reviews about this step's work, and the additions that they require."""

    findings: tuple[Finding, ...] = ()
    capabilities: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Capability to the positions of the requirements for which it is added."""
    quantities: tuple[Quantity, ...] = ()
    """All quantities of the task, with a subject where one was missing."""

    def tests(self, requirements: Sequence[str]) -> tuple[TestRequirement, ...]:
        """Return a test for each requirement that a review found without one."""
        return tuple(
            TestRequirement(text=f"A test that fails as soon as this does not hold: {finding.point}", answers=(at,))
            for finding in self.findings
            if finding.lacks == TEST
            for at, text in enumerate(requirements)
            if text == finding.point
        )


def revision(task: AgentTask, playbooks: Sequence[Playbook]) -> Revision:
    """Return the revision that the findings of earlier reviews require; empty for a first answer."""
    findings = tuple(dict.fromkeys((*_earlier_findings(task), *_new_findings(task))))
    if not findings:
        return Revision(quantities=task.quantities)
    nearest = {
        finding.point: _nearest(finding.point, playbooks) for finding in findings if finding.lacks in (ANSWER, FIGURE)
    }
    positions_by_name: dict[str, set[int]] = {}
    for finding in findings:
        playbook = nearest.get(finding.point)
        if playbook is not None:
            positions_by_name.setdefault(playbook.name, set()).update(_positions(task, finding))
    capabilities = {name: frozenset(positions) for name, positions in positions_by_name.items()}
    return Revision(
        findings, capabilities, tuple(_with_subject(quantity, findings, nearest) for quantity in task.quantities)
    )


def _earlier_findings(task: AgentTask) -> Iterator[Finding]:
    """Yield the findings that this step's own last answer took into account; they must not be lost again."""
    for result in task.context.previous_results:
        data = result.output.get("data")
        own = result.step == task.step and isinstance(data, Mapping)
        if own and isinstance(data, Mapping):
            yield from read(data.get(DATA))


def _new_findings(task: AgentTask) -> Iterator[Finding]:
    """Yield the findings of others about this step's own work, or about work with its requirements."""
    for result in task.context.previous_results:
        data = result.output.get("data")
        if result.step != task.step and isinstance(data, Mapping):
            yield from (finding for finding in read(data.get("findings")) if _concerns(task, finding, result))


def _concerns(task: AgentTask, finding: Finding, reviewed: PreviousResult) -> bool:
    agents = {result.agent for result in task.context.previous_results if result.step in finding.steps}
    return task.step in finding.steps or finding.point in task.requirements or task.agent in agents - {reviewed.agent}


def _positions(task: AgentTask, finding: Finding) -> set[int]:
    return {at for at, text in enumerate(task.requirements) if text == finding.point}


def _nearest(point: str, playbooks: Sequence[Playbook]) -> Playbook | None:
    """Return the capability whose text uses the words most, compared with the agent's others, or None."""
    if not playbooks:
        return None
    nearness = {playbook.name: _nearness(content(point), playbook, playbooks) for playbook in playbooks}
    best = max(playbooks, key=lambda playbook: nearness[playbook.name])
    shared = len(content(point) & best.words.keys())
    return best if shared >= SHARED and nearness[best.name] >= NEAR else None


def _nearness(words: frozenset[str], playbook: Playbook, playbooks: Sequence[Playbook]) -> float:
    """Return the sum over the words of this capability's share of their use; 1 per word that no other uses."""
    totals = {word: sum(other.words.get(word, 0.0) for other in playbooks) for word in words}
    return sum(playbook.words.get(word, 0.0) / totals[word] for word in words if totals[word])


def _with_subject(quantity: Quantity, findings: Iterable[Finding], nearest: Mapping[str, Playbook | None]) -> Quantity:
    """Add the nearest capability's title to a figure's subject, if a review found that nothing states the figure."""
    for finding in findings:
        playbook = nearest.get(finding.point)
        if finding.lacks == FIGURE and finding.figure == quantity.text and playbook is not None:
            return quantity.model_copy(update={"subject": f"{quantity.subject} {playbook.head.title}".strip()})
    return quantity
