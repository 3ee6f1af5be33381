"""The steps of a plan: one for each work of its outline."""

from __future__ import annotations

from collections.abc import Iterator

from creatorflow_orchestrator.core.plan import Card, Quantity, Step, StepType
from creatorflow_orchestrator.core.request import TEST_SECTION

from .agents import home_domain
from .concern import Concerns
from .guards import guard_of, judges_of
from .outline import Outline
from .target_figures import figure, is_target
from .task_text import Assignment, follow_up_instruction, validation_instruction, work_instruction
from .work import Work

_WORK_SECTIONS = (
    "technical_specifications",
    "implementation_steps",
    "code_examples",
    TEST_SECTION,
    "deployment_considerations",
)
_VALIDATION_SECTIONS = ("implementation_steps", TEST_SECTION)
"""Sections expected of the specialists that come with the system. Any other agent may return any form; only a plan
expects more of it, by `expected_output`."""


def steps_of(plan: Outline) -> list[Step]:
    """Make the steps of an outline, in the order of its works."""
    concerns = Concerns(plan)
    return [_step(work, name, concerns, plan) for work, name in zip(plan.division.works, plan.ids, strict=True)]


def _step(work: Work, name: str, concerns: Concerns, plan: Outline) -> Step:
    reading, card = plan.analysis.reading, plan.team.card(work.agent)
    role = _role(work, name, plan)
    concern = concerns.of(work)
    figures = concerns.figures(concern)
    bounds = (" ".join(reading.constraints[position].text.split())[:4096] for position in concern.constraints)
    after = tuple(dict.fromkeys(_bases(work, role, plan)))
    return Step(
        id=name,
        agent=work.agent,
        type=role,
        description=_instruction(work, role, figures, after, plan),
        requirements=work.asks,
        constraints=tuple(dict.fromkeys((*bounds, *map(figure, figures)))),
        quantities=figures,
        concern=concern,
        depends_on=after,
        when=guard_of(work, plan),
        timeout_ms=card.default_timeout_ms,
        sections=_sections(card, role, plan),
    )


def _role(work: Work, name: str, plan: Outline) -> StepType:
    """Return the role of a step: the primary agent's first one is primary, unless child requests do the main part."""
    agents = plan.analysis.agents
    if work.agent in agents.validation:
        return StepType.VALIDATION
    primary = work.agent == agents.primary and name == plan.names()[work.agent] and not plan.children
    return StepType.PRIMARY if primary else StepType.SUPPORTING


def _bases(work: Work, role: StepType, plan: Outline) -> Iterator[str]:
    """Yield the steps that a work builds on: in its own branch where they are done there, else outside of branches."""
    for agent in plan.bases(work.agent):
        name = plan.id_of(agent, work.branch) or plan.id_of(agent, None)
        if name is not None:
            yield name
    if role is StepType.VALIDATION:
        yield from plan.children
    if work.branch is not None:
        yield from filter(None, (plan.id_of(work.agent, None),))
        yield from judges_of(work, plan)


def _sections(card: Card, role: StepType, plan: Outline) -> tuple[str, ...]:
    if not card.shipped:
        return ()
    sections = _VALIDATION_SECTIONS if role is StepType.VALIDATION else _WORK_SECTIONS
    return tuple(section for section in sections if section not in plan.out.sections)


def _instruction(
    work: Work, role: StepType, figures: tuple[Quantity, ...], after: tuple[str, ...], plan: Outline
) -> str:
    reading, texts = plan.analysis.reading, plan.analysis.requirements
    objects = [reading.asks[position].object for position in work.asks or range(len(reading.asks))]
    assigned = Assignment(
        objects=tuple(dict.fromkeys(filter(None, objects))),
        asked=tuple(texts[position] for position in work.asks),
        figures=figures,
        after=after,
        tested=TEST_SECTION not in plan.out.sections,
    )
    if role is StepType.VALIDATION:
        return validation_instruction(assigned, tuple(filter(is_target, figures)))
    if work.branch is not None and work.follow_up:
        branch = plan.division.branches[work.branch]
        return follow_up_instruction(" ".join(plan.asked.text[branch.start : branch.end].split()), assigned)
    return work_instruction(home_domain(plan.team.card(work.agent)), assigned)
