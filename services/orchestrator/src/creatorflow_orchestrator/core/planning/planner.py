"""Makes a plan from an analysis: one step per agent, each after the steps that it builds on.

Where the text says so the plan has guards, loops or child requests (`patterns`); a plan that a client sends is checked
by the same `check_plan`.
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
"""Sections expected of the specialists that come with the system. Any other agent may return any form; only a plan
expects more of it, by `expected_output`."""


def make_plan(text: str, analysis: Analysis, cards: tuple[Card, ...], constraints: tuple[str, ...] = ()) -> Plan:
    """Make the plan of an analysed request: checked, in topological order, each agent at most once."""
    team = {card.name: card for card in cards if card.name in _names(analysis)}
    names = _step_names(team)
    after = {name: [base for agent, base in analysis.dependencies if agent == name] for name in team}
    steps = [
        _step(analysis, team[name], names, after[name], _limits(team[name], analysis, cards, constraints))
        for name in in_order(after)
    ]
    plan = Plan(analysis.pattern, tuple(steps), tuple(requirement.text for requirement in analysis.requirements))
    plan = _apply_pattern(plan, text, analysis, cards, names)
    plan = replace(plan, steps=tuple(_with_instruction(step, text, plan, team) for step in plan.steps))
    check_plan(plan, cards)
    return plan


def _apply_pattern(plan: Plan, text: str, analysis: Analysis, cards: Sequence[Card], names: Mapping[str, str]) -> Plan:
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
    """Map agents to step ids: the short name of the home domain, or the agent's own name where two share a domain."""
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


def _with_instruction(step: Step, text: str, plan: Plan, team: Mapping[str, Card]) -> Step:
    """Return the step with its instruction, which depends on the final plan; a child request keeps its own."""
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
    """Return the domains of the request that this agent answers."""
    return frozenset(card.domains).intersection(analysis.domains)


def _positions(card: Card, analysis: Analysis, role: StepType) -> tuple[int, ...]:
    """Return the positions of the requirements of the agent's domains; a validation also gets those with targets."""
    domains = _asked_domains(card, analysis)
    own = [
        position
        for position, requirement in enumerate(analysis.requirements)
        if domains.intersection(requirement.domains)
        or (role is StepType.VALIDATION and any(map(is_target, requirement.quantities)))
    ]
    answered = [position for position, requirement in enumerate(analysis.requirements) if requirement.domains]
    return tuple(own or answered)


def _figures(analysis: Analysis, positions: Sequence[int], limits: Sequence[str]) -> tuple[Quantity, ...]:
    """Return the quantities of a step's requirements and constraints, and those of the request as a whole.

    Performance targets concern the whole: a database for 5000 orders/hour differs from one for 50. A testing agent gets
    all of them, for it validates the work of the others.
    """
    of_requirements = {number for requirement in analysis.requirements for number in requirement.quantities}
    of_limits = [match.quantity for line in limits for match in find_quantities(line)]
    own = {number for at in positions for number in analysis.requirements[at].quantities} | set(of_limits)
    own |= {
        number
        for requirement in analysis.requirements
        if PERFORMANCE in requirement.domains
        for number in requirement.quantities
    }
    of_all = set(analysis.quantities) - of_requirements
    return tuple(
        dict.fromkeys(number for number in (*analysis.quantities, *of_limits) if number in own or number in of_all)
    )


def _limits(card: Card, analysis: Analysis, cards: Sequence[Card], constraints: Sequence[str]) -> tuple[str, ...]:
    """Return the constraints that concern an agent: those of its domains, and those that name no domain."""
    if not constraints:
        return ()
    lexicon, own_domains = Lexicon(cards), _asked_domains(card, analysis)
    kept = []
    for line in constraints:
        named = {domain for match in lexicon.matches(line) for domain in match.weights}.intersection(analysis.domains)
        if not named or named & own_domains or card.name in analysis.agents.validation:
            kept.append(line)
    return tuple(kept)
