"""What a review found in an earlier round, taken up: which capabilities and figures an answer needs besides. Pure.

The first answer goes by the words of the task. What a review then misses is looked for with more patience: the
capability whose own text is nearest to the requirement, and a bare figure ("within 14 days") as one of what that
capability is about. What nothing comes near to stays unanswered, and the next review says so again.
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
"""A capability is taken for a requirement if it shares so many words, and no other uses them as much."""
DATA = "revision"


@dataclass(frozen=True, slots=True)
class Revision:
    """What earlier reviews found of this step's work, and what it needs because of that."""

    findings: tuple[Finding, ...] = ()
    capabilities: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Capability to the positions of the requirements it is taken for."""
    quantities: tuple[Quantity, ...] = ()
    """All of the task's, the bare ones with what they are about."""

    def tests(self, requirements: Sequence[str]) -> tuple[TestRequirement, ...]:
        """A test for each requirement that a review found without one."""
        return tuple(
            TestRequirement(text=f"A test that fails as soon as this does not hold: {finding.point}", answers=(at,))
            for finding in self.findings
            if finding.lacks == TEST
            for at, text in enumerate(requirements)
            if text == finding.point
        )


def revision(task: AgentTask, playbooks: Sequence[Playbook]) -> Revision:
    """What is to be taken up of what reviews have found; nothing in a first answer."""
    findings = tuple(dict.fromkeys((*_taken_up(task), *_new(task))))
    if not findings:
        return Revision(quantities=task.quantities)
    nearest = {
        finding.point: _nearest(finding.point, playbooks) for finding in findings if finding.lacks in (ANSWER, FIGURE)
    }
    taken: dict[str, set[int]] = {}
    for each in findings:
        playbook = nearest.get(each.point)
        if playbook is not None:
            taken.setdefault(playbook.name, set()).update(_positions(task, each))
    capabilities = {name: frozenset(positions) for name, positions in taken.items()}
    return Revision(findings, capabilities, tuple(_about(quantity, findings, nearest) for quantity in task.quantities))


def _taken_up(task: AgentTask) -> Iterator[Finding]:
    """What this step's own last answer says that it has taken up; it must not be lost again."""
    for result in task.context.previous_results:
        data = result.output.get("data")
        own = result.step == task.step and isinstance(data, Mapping)
        if own and isinstance(data, Mapping):
            yield from read(data.get(DATA))


def _new(task: AgentTask) -> Iterator[Finding]:
    """What the others have found: of this step's own work, or of work with its requirements that it is to repair."""
    for result in task.context.previous_results:
        data = result.output.get("data")
        if result.step != task.step and isinstance(data, Mapping):
            yield from (each for each in read(data.get("findings")) if _concerns(task, each, result))


def _concerns(task: AgentTask, finding: Finding, reviewed: PreviousResult) -> bool:
    agents = {result.agent for result in task.context.previous_results if result.step in finding.steps}
    return task.step in finding.steps or finding.point in task.requirements or task.agent in agents - {reviewed.agent}


def _positions(task: AgentTask, finding: Finding) -> set[int]:
    return {at for at, text in enumerate(task.requirements) if text == finding.point}


def _nearest(point: str, playbooks: Sequence[Playbook]) -> Playbook | None:
    """The capability that speaks most of what the words are about, compared with the agent's others."""
    if not playbooks:
        return None
    nearness = {playbook.name: _nearness(content(point), playbook, playbooks) for playbook in playbooks}
    best = max(playbooks, key=lambda each: nearness[each.name])
    shared = len(content(point) & best.words.keys())
    return best if shared >= SHARED and nearness[best.name] >= NEAR else None


def _nearness(words: frozenset[str], playbook: Playbook, playbooks: Sequence[Playbook]) -> float:
    """Of each word the part of its use that is this capability's; 1 a word if it were the only one to use it."""
    everyone = {word: sum(each.words.get(word, 0.0) for each in playbooks) for word in words}
    return sum(playbook.words.get(word, 0.0) / everyone[word] for word in words if everyone[word])


def _about(quantity: Quantity, findings: Iterable[Finding], nearest: Mapping[str, Playbook | None]) -> Quantity:
    """The figure as one of what the capability is about, where a review found that nothing states it."""
    for finding in findings:
        playbook = nearest.get(finding.point)
        if finding.lacks == FIGURE and finding.figure == quantity.text and playbook is not None:
            return quantity.model_copy(update={"subject": f"{quantity.subject} {playbook.head.title}".strip()})
    return quantity
