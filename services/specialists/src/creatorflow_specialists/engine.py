"""The playbook engine: a task in, an answer out. Pure and deterministic: the same task, the same bytes.

`select` chooses the capabilities that the task calls for, `render` makes one of them into a typed output, `answer` does
both and merges. Nothing here reads a clock, a file or the environment; `load_specialist` reads the playbooks, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from typing import Any
from uuid import UUID

from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.output import CodeExample, DeploymentNote, SpecialistOutput, Statement, TestRequirement
from creatorflow_contracts.v1.work import AgentTask
from jinja2 import TemplateError

from .answered_requirements import Subject, answers, cover
from .capability_scores import applicable, leave_unanswered, score
from .decisions import KEYS, ResolvedDecisions, resolve
from .playbook import Playbook, PlaybookError, find
from .playbook_sections import Document, DocumentError, parse
from .quantities import Quantities
from .review import VALIDATION, verdict
from .revision import DATA, Revision, revision
from .template_facts import facts
from .words import stems

TESTING = "testing"
"""The domain of agents that judge what the steps before them have answered, whatever their step's type."""
THRESHOLD = 1.0
"""What a capability must score to be chosen: one phrase of weight 1 in one requirement."""


@dataclass(frozen=True, slots=True)
class Specialist:
    """An agent and what it knows."""

    card: AgentCard
    playbooks: tuple[Playbook, ...]
    """Sorted by their place in an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A specialist's output, and the capabilities that it used."""

    output: SpecialistOutput
    capabilities: tuple[str, ...]


def load_specialist(card: AgentCard, folder: Traversable | None = None) -> Specialist:
    """The agent with all its playbooks, each tried once on an empty task. Raises PlaybookError."""
    playbooks = [_held(find(card.name, capability.name, folder), card.name) for capability in card.capabilities]
    playbooks.sort(key=lambda p: (p.head.order, p.name))
    cores = [p for p in playbooks if p.head.core]
    if len(cores) != 1:
        raise PlaybookError(f"{card.name}: one playbook must be `core = true`, not {len(cores)}")
    for playbook in playbooks:
        render(_empty_task(card.name), playbook)
    return Specialist(card, tuple(_with_vocabulary(p, card) if p.head.core else p for p in playbooks))


def _held(playbook: Playbook, agent: str) -> Playbook:
    """The playbook as this agent holds it: one that is lent is nobody's core."""
    lent = not _at_home(playbook, agent)
    return replace(playbook, head=playbook.head.model_copy(update={"core": False})) if lent else playbook


def _with_vocabulary(core: Playbook, card: AgentCard) -> Playbook:
    """The core capability is for whatever the card's words led here."""
    return replace(core, vocabulary=tuple(stems(phrase) for words in card.vocabulary.values() for phrase in words))


def _empty_task(agent: str) -> AgentTask:
    context = {"original_request": "", "coordination_info": {"pattern": "parallel", "deadline": "2000-01-01T00:00:00Z"}}
    nil = str(UUID(int=0))
    task = {"id": nil, "correlation_id": nil, "agent": agent, "step": "start", "type": "primary", "timeout_ms": 1}
    return AgentTask.model_validate({**task, "description": "", "context": context}, strict=False)


def select(task: AgentTask, specialist: Specialist) -> tuple[Playbook, ...]:
    """The capabilities that the task calls for, in the order of the answer; at least the agent's core one.

    A capability that belongs to another agent too (`home` names whose it is first) is chosen only for what one's own
    leave. The core one also takes what all others leave of the words of the agent's card.
    """
    called = [p for p in specialist.playbooks if score(task, p) >= THRESHOLD]
    own = [p for p in called if _at_home(p, specialist.card.name)]
    chosen = own + [p for p in called if p not in own and (not own or leave_unanswered(task, own, p))]
    chosen += [p for p in specialist.playbooks if p.head.core and p not in chosen and leave_unanswered(task, chosen, p)]
    return tuple(p for p in specialist.playbooks if p in chosen or (p.head.core and not chosen))


def _at_home(playbook: Playbook, agent: str) -> bool:
    return playbook.head.home in {None, agent}


def answer(task: AgentTask, specialist: Specialist) -> Answer:
    """The specialist's answer to the task; what reviews have found of it before is taken up."""
    revised = revision(task, specialist.playbooks)
    task = task.model_copy(update={"quantities": revised.quantities})
    called = select(task, specialist)
    chosen = tuple(p for p in specialist.playbooks if p in called or p.name in revised.capabilities)
    settled = _settled(task, chosen)
    parts = [render(task, p, settled, chosen, revised.capabilities.get(p.name, frozenset())) for p in chosen]
    judges = task.type == VALIDATION or TESTING in specialist.card.domains
    found = verdict(task) if judges else None
    return Answer(_reviewed(task, _merged(parts), revised, found), tuple(playbook.name for playbook in chosen))


def _reviewed(
    task: AgentTask, output: SpecialistOutput, revised: Revision, found: dict[str, Any] | None
) -> SpecialistOutput:
    """The answer with the verdict on what it validates, and with what it has taken up of others' verdicts on it."""
    data: dict[str, Any] = {}
    if revised.findings:
        data[DATA] = [finding.data() for finding in revised.findings]
    if found is not None:
        data |= found
    mend = tuple(Statement(text=f"Mend {each['told']}"[:4096]) for each in data.get("findings", ()))
    tests = (*output.testing_requirements, *revised.tests(task.requirements))
    return output.model_copy(
        update={"data": data, "testing_requirements": tests, "next_steps": (*output.next_steps, *mend)}
    )


def render(
    task: AgentTask,
    playbook: Playbook,
    settled: ResolvedDecisions | None = None,
    chosen: Iterable[Playbook] = (),
    also: frozenset[int] = frozenset(),
) -> SpecialistOutput:
    """One capability's part of what the `chosen` answer. Raises PlaybookError where its text cannot be made.

    `also` are positions of requirements that it is for besides those whose words call for it.
    """
    try:
        settled = settled or _settled(task, (playbook,))
        seen = facts(task, settled, playbook.keys)
        document = parse(playbook.body.render(seen))
        summary = playbook.summary.render(seen)
    except (TemplateError, DocumentError, ArithmeticError, TypeError, ValueError) as error:
        raise PlaybookError(f"{playbook.source}: {error}") from error
    asked = {**applicable(task, playbook, chosen), **{at: task.requirements[at] for at in also}}
    about = Subject(playbook.head.title, dict(sorted(asked.items())))
    return _typed(about, playbook, document, summary, settled)


def _settled(task: AgentTask, playbooks: Iterable[Playbook]) -> ResolvedDecisions:
    """The decisions of one answer: all its capabilities share them."""
    keys: dict[str, None] = {}
    own: dict[str, str] = {}
    stubborn: set[str] = set()
    quantities = Quantities(task.quantities)
    for playbook in playbooks:
        keys.update(dict.fromkeys(playbook.keys))
        for key, rule in playbook.head.decides.items():
            own.setdefault(key, _own_value(playbook, key, quantities))
            stubborn.update({key} if rule.rule == "own" else ())
    return resolve(tuple(keys), own, frozenset(stubborn), task.context.shared_state, task.agent)


def _own_value(playbook: Playbook, key: str, quantities: Quantities) -> str:
    value = playbook.decides[key].render(q=quantities)
    if not KEYS[key].form.fullmatch(value):
        raise PlaybookError(f"{playbook.source}: decides.{key}: '{value}' is no value of it ({KEYS[key].meaning})")
    return value


def _typed(
    about: Subject, playbook: Playbook, document: Document, summary: str, settled: ResolvedDecisions
) -> SpecialistOutput:
    """The document as an output, each item with the positions of the requirements that it answers."""
    specification = [Statement(text=i.text, answers=answers(i.text, about)) for i in document.items["Specification"]]
    return SpecialistOutput(
        summary=" ".join(summary.split())[:4096],
        technical_specifications=cover(specification, about),
        implementation_steps=_statements(document, "Steps", about),
        code_examples=tuple(
            CodeExample(path=f.path, language=f.language, text=f.text, answers=answers(f"{f.path} {f.text}", about))
            for f in document.files
        ),
        testing_requirements=tuple(
            TestRequirement(text=i.text, subject=i.marker or playbook.head.subject, answers=answers(i.text, about))
            for i in document.items["Tests"]
        ),
        deployment_considerations=tuple(
            DeploymentNote(text=i.text, environment=i.marker or "all", answers=answers(i.text, about))
            for i in document.items["Deployment"]
        ),
        decisions={key: settled.values[key] for key in playbook.head.decides},
        recommendations=(*_statements(document, "Recommendations", about), *_misread(playbook, settled)),
        next_steps=_statements(document, "Next steps", about),
    )


def _statements(document: Document, section: str, about: Subject) -> tuple[Statement, ...]:
    return tuple(Statement(text=item.text, answers=answers(item.text, about)) for item in document.items[section])


def _misread(playbook: Playbook, settled: ResolvedDecisions) -> Iterable[Statement]:
    for key in settled.unreadable:
        if key in playbook.keys:
            yield Statement(
                text=f"`{key}` was decided earlier in a form that is not known here; this answer uses "
                f"`{settled.values[key]}`. Known are values for: {KEYS[key].meaning}."
            )


def _merged(parts: list[SpecialistOutput]) -> SpecialistOutput:
    """All parts as one answer, in their order; a decision belongs to the first that takes it."""
    joined: dict[str, Any] = {
        section: tuple(dict.fromkeys(item for part in parts for item in getattr(part, section)))
        for section in _SECTIONS
    }
    decisions = {key: value for part in reversed(parts) for key, value in part.decisions.items()}
    ordered = {key: decisions[key] for key in KEYS if key in decisions}
    return SpecialistOutput(summary=" ".join(part.summary for part in parts)[:4096], decisions=ordered, **joined)


_SECTIONS = (
    "technical_specifications",
    "implementation_steps",
    "code_examples",
    "testing_requirements",
    "deployment_considerations",
    "recommendations",
    "next_steps",
)
