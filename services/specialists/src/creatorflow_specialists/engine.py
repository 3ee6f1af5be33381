"""The playbook engine: turns a task into an answer. Pure and deterministic: the same task gives the same bytes.

`select` chooses the capabilities that apply to the task, `render` turns one of them into a typed output, `answer` does
both and merges. Nothing here reads a clock, a file or the environment; `load_specialist` reads the playbooks, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from typing import Any
from uuid import UUID

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.output import SpecialistOutput, Statement
from creatorflow_contracts.v1.work import AgentTask
from jinja2 import TemplateError

from .answered_requirements import Subject, facts_by_requirement
from .ask_objects import name_objects
from .assumptions import Ledger
from .capability_scores import applicable, leave_unanswered, score
from .constraints import not_honoured
from .decisions import KEYS, ResolvedDecisions, resolve
from .exclusions import excluded_sections, excludes, without
from .playbook import Playbook, PlaybookError, find
from .playbook_sections import DocumentError, parse
from .quantities import Quantities, quantities_of
from .review import VALIDATION, verdict
from .revision import DATA, Revision, revision
from .template_facts import facts
from .typed_output import merged, typed
from .words import stems

TESTING = "testing"
"""The domain of agents that review the results of earlier steps, whatever their step's type."""
THRESHOLD = 1.0
"""Lowest score of a chosen capability: one phrase of weight 1 in one requirement."""


@dataclass(frozen=True, slots=True)
class Specialist:
    """An agent with its playbooks."""

    card: AgentCard
    playbooks: tuple[Playbook, ...]
    """Sorted by their position in an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A specialist's output, and the capabilities that it used."""

    output: SpecialistOutput
    capabilities: tuple[str, ...]


def load_specialist(card: AgentCard, folder: Traversable | None = None) -> Specialist:
    """Load an agent with all its playbooks, and render each once for an empty task. Raises PlaybookError."""
    playbooks = [_as_used_by(find(card.name, capability.name, folder), card.name) for capability in card.capabilities]
    playbooks.sort(key=lambda p: (p.head.order, p.name))
    cores = [p for p in playbooks if p.head.core]
    if len(cores) != 1:
        raise PlaybookError(f"{card.name}: one playbook must be `core = true`, not {len(cores)}")
    for playbook in playbooks:
        render(_empty_task(card.name), playbook)
    return Specialist(card, tuple(_with_vocabulary(p, card) if p.head.core else p for p in playbooks))


def _as_used_by(playbook: Playbook, agent: str) -> Playbook:
    """Return the playbook for this agent: one of another agent is never its core, and keeps that one's domains."""
    if _is_own(playbook, agent):
        return playbook
    domains = frozenset(d for card in load_cards() if card.name == playbook.head.home for d in card.domains[:1])
    return replace(playbook, head=playbook.head.model_copy(update={"core": False}), domains=domains)


def _with_vocabulary(core: Playbook, card: AgentCard) -> Playbook:
    """Give the core capability the phrases of the card, so that it applies to all that they select."""
    return replace(core, vocabulary=tuple(stems(phrase) for words in card.vocabulary.values() for phrase in words))


def _empty_task(agent: str) -> AgentTask:
    context = {"original_request": "", "coordination_info": {"pattern": "parallel", "deadline": "2000-01-01T00:00:00Z"}}
    nil = str(UUID(int=0))
    task = {"id": nil, "correlation_id": nil, "agent": agent, "step": "start", "type": "primary", "timeout_ms": 1}
    return AgentTask.model_validate({**task, "description": "", "context": context}, strict=False)


def select(task: AgentTask, specialist: Specialist) -> tuple[Playbook, ...]:
    """Return the capabilities that apply to the task, in the order of the answer; at least the agent's core one.

    A capability whose `home` is another agent is chosen only for requirements that the agent's own leave unanswered.
    The core one also applies to requirements with phrases of the agent's card that all others leave unanswered.
    One whose topic the request excludes is chosen only for a requirement that asks for it in its own words.
    """
    applying = [p for p in specialist.playbooks if score(task, p, excluded=excludes(task, p)) >= THRESHOLD]
    own = [p for p in applying if _is_own(p, specialist.card.name)]
    chosen = own + [p for p in applying if p not in own and (not own or leave_unanswered(task, own, p))]
    chosen += [p for p in specialist.playbooks if p.head.core and p not in chosen and leave_unanswered(task, chosen, p)]
    return tuple(p for p in specialist.playbooks if p in chosen or (p.head.core and not chosen))


def _is_own(playbook: Playbook, agent: str) -> bool:
    return playbook.head.home in {None, agent}


def answer(task: AgentTask, specialist: Specialist) -> Answer:
    """Return the specialist's answer to the task, which takes the findings of earlier reviews into account."""
    revised = revision(task, specialist.playbooks)
    task = task.model_copy(update={"quantities": revised.quantities})
    selected = select(task, specialist)
    chosen = tuple(p for p in specialist.playbooks if p in selected or p.name in revised.capabilities)
    resolved = _resolved(task, chosen)
    parts = [render(task, p, resolved, chosen, revised.capabilities.get(p.name, frozenset())) for p in chosen]
    reviews = task.type == VALIDATION or TESTING in specialist.card.domains
    review = verdict(task) if reviews else None
    output = without(_reviewed(task, merged(parts), revised, review), excluded_sections(task))
    return Answer(output, tuple(playbook.name for playbook in chosen))


def _reviewed(
    task: AgentTask, output: SpecialistOutput, revised: Revision, review: dict[str, Any] | None
) -> SpecialistOutput:
    """Add to the answer its review of other results, and the findings of others that it takes into account."""
    data: dict[str, Any] = {}
    if revised.findings:
        data[DATA] = [finding.data() for finding in revised.findings]
    if review is not None:
        data |= review
    corrections = tuple(Statement(text=f"Correct {finding['text']}"[:4096]) for finding in data.get("findings", ()))
    tests = (*output.testing_requirements, *revised.tests(task.requirements))
    return output.model_copy(
        update={"data": data, "testing_requirements": tests, "next_steps": (*output.next_steps, *corrections)}
    )


def render(
    task: AgentTask,
    playbook: Playbook,
    resolved: ResolvedDecisions | None = None,
    chosen: Iterable[Playbook] = (),
    also: frozenset[int] = frozenset(),
) -> SpecialistOutput:
    """Render one capability's part of the answer of all `chosen`. Raises PlaybookError if its text cannot be rendered.

    `also` are positions of requirements that it answers besides those with its phrases.
    """
    left_out, ledger = excluded_sections(task), Ledger()
    requirements = {**applicable(task, playbook, chosen), **{at: task.requirements[at] for at in also}}
    try:
        resolved = resolved or _resolved(task, (playbook,))
        values = facts(task, resolved, playbook.keys, ledger, requirements.keys())
        summary = playbook.summary.render(values)
        document = parse(playbook.body.render(values))
    except (TemplateError, DocumentError, ArithmeticError, TypeError, ValueError) as error:
        raise PlaybookError(f"{playbook.source}: {error}") from error
    subject = Subject(playbook.head.title, dict(sorted(requirements.items())), facts_by_requirement(task))
    output = without(typed(subject, playbook, document, summary, resolved), left_out)
    return output.model_copy(
        update={
            "technical_specifications": name_objects(task, output),
            "assumptions": ledger.kept(left_out),
            "not_honoured": not_honoured(task, playbook, code=bool(output.code_examples)),
        }
    )


def _resolved(task: AgentTask, playbooks: Iterable[Playbook]) -> ResolvedDecisions:
    """Resolve the decisions of one answer, which all its capabilities share."""
    keys: dict[str, None] = {}
    own: dict[str, str] = {}
    stubborn: set[str] = set()
    quantities = quantities_of(task)
    for playbook in playbooks:
        keys.update(dict.fromkeys(playbook.keys))
        for key, rule in playbook.head.decides.items():
            own.setdefault(key, _own_value(playbook, key, quantities))
            stubborn.update({key} if rule.rule == "own" else ())
    return resolve(tuple(keys), own, frozenset(stubborn), task.context.shared_state, task.agent)


def _own_value(playbook: Playbook, key: str, quantities: Quantities) -> str:
    value = playbook.decides[key].render(q=quantities)
    if not KEYS[key].form.fullmatch(value):
        raise PlaybookError(
            f"{playbook.source}: decides.{key}: '{value}' is not a possible value ({KEYS[key].meaning})"
        )
    return value
