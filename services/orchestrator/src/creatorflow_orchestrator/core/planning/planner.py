"""From an analysis to a plan: one step an agent, in an order in which each finds what it builds on.

Where the request's words say so the plan branches, repeats or has children (`shapes`); a plan that a client brings is
checked by the same `check_plan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from creatorflow_orchestrator.core.graph import in_order
from creatorflow_orchestrator.core.plan import Analysis, Card, Pattern, Plan, Quantity, Step, StepType

from .analyzer import home_domain
from .domains import PERFORMANCE, SHORT_NAMES, TESTING
from .lexicon import Lexicon
from .patterns import with_children, with_guards, with_loop
from .plan_check import check_plan
from .quantities import find_quantities, is_target
from .task_text import figure, request_object, validation_instruction, work_instruction

__all__ = ["check_plan", "make_plan"]

_WORK_SECTIONS = (
    "technical_specifications",
    "implementation_steps",
    "code_examples",
    "testing_requirements",
    "deployment_considerations",
)
_VALIDATION_SECTIONS = ("implementation_steps", "testing_requirements")
"""Asked of the specialists that come with the system. Any other agent answers in any form, whatever its card says; only
a plan asks more of it, by `expected_output`."""


def make_plan(text: str, analysis: Analysis, cards: tuple[Card, ...], constraints: tuple[str, ...] = ()) -> Plan:
    """The plan of an analysed request: checked, in topological order, each agent at most once."""
    team = {card.name: card for card in cards if card.name in _names(analysis)}
    names = _step_names(team)
    after = {name: [base for agent, base in analysis.dependencies if agent == name] for name in team}
    steps = [
        _step(analysis, team[name], names, after[name], _limits(team[name], analysis, cards, constraints))
        for name in in_order(after)
    ]
    plan = Plan(analysis.pattern, tuple(steps), tuple(requirement.text for requirement in analysis.requirements))
    plan = _shaped(plan, text, analysis, cards, names)
    plan = replace(plan, steps=tuple(_instructed(step, text, plan, team) for step in plan.steps))
    check_plan(plan, cards)
    return plan


def _shaped(plan: Plan, text: str, analysis: Analysis, cards: Sequence[Card], names: Mapping[str, str]) -> Plan:
    lexicon = Lexicon(cards)
    reach = {names[card.name]: _asked_domains(card, analysis) for card in cards if card.name in names}
    match analysis.pattern:
        case Pattern.HIERARCHICAL:
            return with_children(plan, text, analysis, lexicon, reach)
        case Pattern.CONDITIONAL:
            return with_guards(plan, text, lexicon, reach)
        case Pattern.ITERATIVE:
            return with_loop(plan, text, lexicon, reach)
        case Pattern.SEQUENTIAL | Pattern.PARALLEL:
            return plan
        case _:
            assert_never(analysis.pattern)


def _names(analysis: Analysis) -> tuple[str, ...]:
    return (analysis.agents.primary, *analysis.agents.supporting, *analysis.agents.validation)


def _step_names(team: Mapping[str, Card]) -> dict[str, str]:
    """Agent to step id: its home domain's short name, or its own name where two share a home."""
    names: dict[str, str] = {}
    for card in team.values():
        short = SHORT_NAMES.get(home_domain(card), home_domain(card)).replace("-", "_")
        own = card.name.removesuffix("-specialist").replace("-", "_")
        names[card.name] = short if short not in names.values() else own
        if list(names.values()).count(names[card.name]) > 1:
            names[card.name] = card.name.replace("-", "_")
    return names


def _step(
    analysis: Analysis, card: Card, names: Mapping[str, str], after: Sequence[str], limits: Sequence[str]
) -> Step:
    role = _role(card, analysis)
    positions = _positions(card, analysis, role)
    figures = _figures(analysis, range(len(analysis.requirements)) if TESTING in card.domains else positions, limits)
    return Step(
        id=names[card.name],
        agent=card.name,
        type=role,
        description="",
        requirements=positions,
        constraints=tuple(dict.fromkeys((*limits, *map(figure, figures)))),
        quantities=figures,
        depends_on=tuple(names[base] for base in after),
        timeout_ms=card.default_timeout_ms,
        sections=_sections(card, role),
    )


def _sections(card: Card, role: StepType) -> tuple[str, ...]:
    if not card.shipped:
        return ()
    return _VALIDATION_SECTIONS if role is StepType.VALIDATION else _WORK_SECTIONS


def _instructed(step: Step, text: str, plan: Plan, team: Mapping[str, Card]) -> Step:
    """The step with its instruction, told when the plan's shape is settled; a child has its own."""
    if not step.agent:
        return step
    about, asked = request_object(text), [plan.requirements[requirement] for requirement in step.requirements]
    if step.type is StepType.VALIDATION:
        targets = [quantity for quantity in step.quantities if is_target(quantity)]
        return replace(step, description=validation_instruction(about, asked, targets, step.depends_on))
    domain = home_domain(team[step.agent])
    return replace(step, description=work_instruction(domain, about, asked, step.quantities, step.depends_on))


def _role(card: Card, analysis: Analysis) -> StepType:
    if card.name == analysis.agents.primary:
        return StepType.PRIMARY
    return StepType.VALIDATION if card.name in analysis.agents.validation else StepType.SUPPORTING


def _asked_domains(card: Card, analysis: Analysis) -> frozenset[str]:
    """The domains of the request that this agent answers."""
    return frozenset(card.domains).intersection(analysis.domains)


def _positions(card: Card, analysis: Analysis, role: StepType) -> tuple[int, ...]:
    """The requirements of the agent's domains; a validation also checks those that state targets."""
    domains = _asked_domains(card, analysis)
    own = [
        at
        for at, each in enumerate(analysis.requirements)
        if domains.intersection(each.domains) or (role is StepType.VALIDATION and any(map(is_target, each.quantities)))
    ]
    answered = [at for at, each in enumerate(analysis.requirements) if each.domains]
    return tuple(own or answered)


def _figures(analysis: Analysis, positions: Sequence[int], limits: Sequence[str]) -> tuple[Quantity, ...]:
    """The numbers of a step's requirements and constraints, and those stated of the request as a whole.

    What is asked of its performance is of the whole: a database for 5000 orders/hour is another than one for 50. Who
    tests is given all of them, for it judges what the others have made of them.
    """
    of_requirements = {number for requirement in analysis.requirements for number in requirement.quantities}
    of_limits = [found.quantity for line in limits for found in find_quantities(line)]
    own = {number for at in positions for number in analysis.requirements[at].quantities} | set(of_limits)
    own |= {
        number
        for requirement in analysis.requirements
        if PERFORMANCE in requirement.domains
        for number in requirement.quantities
    }
    of_all = set(analysis.quantities) - of_requirements
    return tuple(dict.fromkeys(each for each in (*analysis.quantities, *of_limits) if each in own or each in of_all))


def _limits(card: Card, analysis: Analysis, cards: Sequence[Card], constraints: Sequence[str]) -> tuple[str, ...]:
    """The request's constraints that concern an agent: those of its domains, and those that name no domain."""
    if not constraints:
        return ()
    lexicon, mine = Lexicon(cards), _asked_domains(card, analysis)
    kept = []
    for line in constraints:
        spoken = {domain for match in lexicon.matches(line) for domain in match.weights}.intersection(analysis.domains)
        if not spoken or spoken & mine or card.name in analysis.agents.validation:
            kept.append(line)
    return tuple(kept)
