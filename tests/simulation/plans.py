"""Random plans of all five patterns, and the agents that their steps name."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from creatorflow_contracts.v1.card import AgentCard, Capability
from creatorflow_orchestrator.core.plan import Loop, Pattern, Plan, Step, StepType

AGENTS = tuple(f"agent-{letter}" for letter in "abcdef")
CAPABILITIES = ("brewing", "baking", "packing", "weighing")
KEYS = ("id_type", "money_type", "time_zone")
MAX_DEPTH = 2


def cards(random: Random) -> dict[str, AgentCard]:
    """Six agents: some share a capability, some name alternatives, each decision key has an owner or none."""
    owners = {key: random.choice((*AGENTS, "")) for key in KEYS}
    return {
        name: AgentCard(
            name=name,
            group="all",
            summary="works",
            expertise=(),
            domains=(),
            capabilities=tuple(
                Capability(
                    name=capability, description="it can", decides=tuple(random.sample(KEYS, random.randint(0, 2)))
                )
                for capability in random.sample(CAPABILITIES, random.randint(0, 2))
            ),
            alternatives=tuple(
                random.sample([agent for agent in AGENTS if agent != name], random.choice((0, 0, 1, 2)))
            ),
            owns=tuple(key for key, owner in owners.items() if owner == name),
        )
        for name in AGENTS
    }


def plan(random: Random, depth: int = 0) -> Plan:
    """A plan of any pattern; a child's is smaller."""
    kinds = [_sequential, _parallel, _conditional, _iterative, _mixed]
    if depth < MAX_DEPTH:
        kinds.append(_hierarchical)
    return random.choice(kinds)(random, depth)


def _agent_step(random: Random, name: str, depends_on: tuple[str, ...] = (), when: str | None = None) -> Step:
    return Step(
        id=name,
        agent=random.choice(AGENTS),
        type=StepType.SUPPORTING,
        description="do it",
        depends_on=depends_on,
        when=when,
        optional=random.random() < 0.25,
        timeout_ms=random.choice((5_000, 60_000, 120_000, 600_000)),
        compensate=random.choice(AGENTS) if random.random() < 0.35 else None,
    )


def _validation(random: Random, name: str, depends_on: tuple[str, ...]) -> Step:
    return replace(_agent_step(random, name, depends_on), type=StepType.VALIDATION)


def _chain(random: Random, count: int) -> list[Step]:
    return [_agent_step(random, f"s{number}", (f"s{number - 1}",) if number else ()) for number in range(count)]


def _sequential(random: Random, depth: int) -> Plan:
    return Plan(Pattern.SEQUENTIAL, tuple(_chain(random, random.randint(1, 4 - depth))))


def _parallel(random: Random, depth: int) -> Plan:
    steps = [_agent_step(random, f"s{number}") for number in range(random.randint(2, 4))]
    if random.random() < 0.5:
        steps.append(_validation(random, "last", tuple(step.id for step in steps)))
    return Plan(Pattern.PARALLEL, tuple(steps))


def guard(random: Random, step: str) -> str:
    """A condition over an earlier step; `reference_model.py` evaluates each form by itself."""
    return random.choice(
        (
            f"results.{step}.output.go",
            f"results.{step}.output.go",
            f"!results.{step}.output.go",
            f"results.{step}.output.n > {random.randint(0, 3)}",
            f'results.{step}.status == "{random.choice(("succeeded", "failed"))}"',
            f'"{random.choice(KEYS)}" in shared_state',
            f"results.{step}.output.nothing",
        )
    )


def _conditional(random: Random, depth: int) -> Plan:
    first = _agent_step(random, "test")
    yes = _agent_step(random, "deploy", ("test",), guard(random, "test"))
    no = _agent_step(random, "repair", ("test",), guard(random, "test"))
    last = _validation(random, "last", ("deploy", "repair"))
    return Plan(Pattern.CONDITIONAL, (first, yes, no, last)[: random.randint(2, 4)])


def _check(random: Random, step: str) -> str:
    return random.choice(
        (
            f"results.{step}.output.go",
            f"results.{step}.output.n > {random.randint(0, 2)}",
            f"iteration >= {random.randint(1, 4)}",
        )
    )


def _iterative(random: Random, depth: int) -> Plan:
    steps = _chain(random, random.randint(1, 3 - depth))
    looped = tuple(step.id for step in steps[random.randint(0, len(steps) - 1) :])
    loop = Loop(looped, _check(random, looped[-1]), random.randint(1, 4))
    if random.random() < 0.5:
        steps.append(_agent_step(random, "after", (random.choice(looped),)))
    return Plan(Pattern.ITERATIVE, tuple(steps), loops=(loop,))


def _hierarchical(random: Random, depth: int) -> Plan:
    steps = [_child(random, f"c{number}", depth) for number in range(random.randint(1, 2 - depth))]
    if random.random() < 0.6:
        steps.append(_validation(random, "join", tuple(step.id for step in steps)))
    return Plan(Pattern.HIERARCHICAL, tuple(steps))


def _child(random: Random, name: str, depth: int) -> Step:
    step = replace(_agent_step(random, name), agent="", plan=plan(random, depth + 1))
    return replace(step, compensate=None) if random.random() < 0.5 else step


def _mixed(random: Random, depth: int) -> Plan:
    """Any acyclic graph, with guards, perhaps a loop and perhaps a child."""
    steps: list[Step] = []
    for number in range(random.randint(1, 5 - depth)):
        earlier = [step.id for step in steps]
        depends_on = tuple(sorted(random.sample(earlier, random.randint(0, min(3, len(earlier))))))
        when = guard(random, depends_on[0]) if depends_on and random.random() < 0.25 else None
        step = _agent_step(random, f"s{number}", depends_on, when)
        steps.append(replace(step, type=StepType.VALIDATION) if random.random() < 0.2 else step)
    if depth < MAX_DEPTH and random.random() < 0.15:
        steps[0] = _child(random, steps[0].id, depth)
    last = steps[-1].id
    loops = (Loop((last,), _check(random, last), random.randint(1, 3)),) if random.random() < 0.25 else ()
    return Plan(Pattern.SEQUENTIAL, tuple(steps), loops=loops)


def spec(plan: Plan) -> dict[str, Any]:
    """A plan as a client writes it."""
    loops = [{"steps": loop.steps, "until": loop.until, "limit": loop.limit} for loop in plan.loops]
    return {"steps": [_step_spec(step) for step in plan.steps], "loops": loops}


def _step_spec(step: Step) -> dict[str, Any]:
    fields = {
        "id": step.id,
        "agent": step.agent or None,
        "type": step.type.value,
        "description": step.description,
        "depends_on": step.depends_on,
        "when": step.when,
        "plan": None if step.plan is None else spec(step.plan),
        "optional": step.optional,
        "timeout_ms": step.timeout_ms,
        "compensate": step.compensate,
    }
    return {name: value for name, value in fields.items() if value is not None}
