"""Plans with guards, loops or child requests, where the text of the request states them.

A step passes or fails by `data.passed` in its output. Without that field it has passed: only an explicit `false` skips
guarded steps, or starts another iteration.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from creatorflow_orchestrator.core.graph import in_order, reach
from creatorflow_orchestrator.core.plan import Analysis, Loop, Pattern, Plan, Step, StepType

from .indicators import CYCLE, DECISION
from .lexicon import ASKED_FOR, Lexicon, Match, scores
from .quantities import find_quantities

DEFAULT_ITERATIONS = 3
_MAX_ITERATIONS = 50
_STATED_LIMIT = re.compile(
    r"\b(?:at most|up to|no more than|max(?:imum)?)\s+(\d{1,2})\s+(?:times|rounds|iterations|attempts)", re.I
)
_STOP = re.compile(r"[;!?\n]|\.(?!\d)")
_ELSE = re.compile(
    r"\b(?:otherwise|or else|else|if not|if (?:it|they|that|the tests?|any|one)(?: of them)? fails?)\b", re.I
)
_CONDITION_END = re.compile(r",|\bthen\b|\b(?:pass(?:es|ed)?|succeed(?:s|ed)?|green|approved|fails?)\b", re.I)
_WORD = re.compile(r"\w")
_PHASE = re.compile(r"^\W*(?:phase|stage|step|first|second|third|fourth|fifth)", re.IGNORECASE)
_Domains = Mapping[str, frozenset[str]]
"""Step id to the domains that it answers."""


def passed_expression(step_id: str) -> str:
    """Return a CEL expression that is true unless the step's output says that it did not pass."""
    data = f"results.{step_id}.output.data"
    return f"(!has({data}) || !has({data}.passed) || {data}.passed == true)"


def with_guards(plan: Plan, text: str, lexicon: Lexicon, domains: _Domains) -> Plan:
    """Return the plan with the steps of "Y only if X, otherwise Z" guarded by the result of X.

    The plan is unchanged if the text does not name two steps.
    """
    condition, guarded, otherwise = _condition_and_branches(text, lexicon)
    judges = [step.id for step in plan.steps if domains[step.id] & condition]
    judges = [judge for judge in judges if judge == "testing"] or judges
    guard = " && ".join(passed_expression(judge) for judge in judges)
    guards = dict.fromkeys(_steps_only_for(plan, domains, guarded - condition), guard)
    guards |= dict.fromkeys(_steps_only_for(plan, domains, otherwise - condition - guarded), f"!({guard})")
    if not judges or not guards:
        return plan
    steps = {
        step.id: replace(step, when=guards[step.id], depends_on=_union(step.depends_on, judges))
        if step.id in guards
        else step
        for step in plan.steps
    }
    for judge in judges:
        remaining = tuple(name for name in steps[judge].depends_on if name not in guards)
        steps[judge] = replace(steps[judge], depends_on=remaining)
    return _ordered(plan, list(steps.values()))


def _steps_only_for(plan: Plan, domains: _Domains, wanted: frozenset[str]) -> list[str]:
    """Return the steps that answer these domains and no others."""
    return [step.id for step in plan.steps if domains[step.id] and domains[step.id] <= wanted]


def with_loop(plan: Plan, text: str, lexicon: Lexicon, domains: _Domains) -> Plan:
    """Return the plan with the steps of "refine Y until X" in a loop until the last of them passes."""
    match = CYCLE.search(text)
    if match is None:
        return plan
    start, end = _sentence(text, match.start(), match.end())
    domains_named = _domains_of(lexicon.matches(text[start:end]))
    core = {step.id for step in plan.steps if domains[step.id] & domains_named} or {step.id for step in plan.steps}
    core |= {step.id for step in plan.steps if step.type is StepType.VALIDATION}
    after = {step.id: step.depends_on for step in plan.steps}
    between = {
        name for name in after if reach(after, name) & core and any(name in reach(after, other) for other in core)
    }
    group = tuple(step.id for step in plan.steps if step.id in core | between)
    stated = _STATED_LIMIT.search(text)
    limit = min(max(int(stated[1]), 1), _MAX_ITERATIONS) if stated else DEFAULT_ITERATIONS
    return replace(plan, loops=(Loop(group, passed_expression(group[-1]), limit),))


def with_children(plan: Plan, text: str, analysis: Analysis, lexicon: Lexicon, domains: _Domains) -> Plan:
    """Return the plan with a child request for each large part, and its own steps for requirements outside of them."""
    parts = large_parts(text, lexicon.matches(text, find_quantities(text)), analysis.domains)
    if len(parts) < 2:
        return replace(plan, pattern=Pattern.SEQUENTIAL)
    children = [_child(number, part, text, plan) for number, part in enumerate(parts, start=1)]
    inside = {position for child in children for position in child.requirements}
    children = _with_phases_in_order(children, text, parts)
    outside = [
        replace(step, requirements=remaining, type=_type_outside(step))
        for step in plan.steps
        if (remaining := tuple(requirement for requirement in step.requirements if requirement not in inside))
        and any(domains[step.id].intersection(analysis.requirements[position].domains) for position in remaining)
    ]
    ids = {step.id for step in outside}
    names = tuple(child.id for child in children)
    outside = [
        replace(
            step,
            depends_on=(
                *(name for name in step.depends_on if name in ids),
                *(names if step.type is StepType.VALIDATION else ()),
            ),
        )
        for step in outside
    ]
    return _ordered(plan, [*children, *outside])


def _type_outside(step: Step) -> StepType:
    return StepType.SUPPORTING if step.type is StepType.PRIMARY else step.type


def _child(number: int, part: Part, text: str, plan: Plan) -> Step:
    body = text[part.start : part.end].strip()
    flat = " ".join(body.split())
    positions = tuple(at for at, requirement in enumerate(plan.requirements) if requirement in flat)
    heading = body.split("\n", 1)[0].strip(" #:.")[:160]
    return Step(
        id=f"part_{number}",
        agent="",
        type=StepType.PRIMARY if number == 1 else StepType.SUPPORTING,
        description=f"Run this part as a request of its own: {heading}. Done when its own plan is finished.",
        requirements=positions,
        request=body,
    )


def _with_phases_in_order(children: Sequence[Step], text: str, parts: Sequence[Part]) -> list[Step]:
    """Let phases depend on each other in order; other parts run in parallel."""
    phased = all(_PHASE.match(text[part.start : part.end]) for part in parts)
    return [
        replace(child, depends_on=(children[at - 1].id,)) if phased and at else child
        for at, child in enumerate(children)
    ]


def _condition_and_branches(text: str, lexicon: Lexicon) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the domains of the condition, of the work if it holds, and of the work if it does not."""
    match = DECISION.search(text)
    if match is None:
        return frozenset(), frozenset(), frozenset()
    start, end = _sentence(text, match.start(), match.end())
    cut = _CONDITION_END.search(text, match.start() + 3, end)
    condition_end = cut.end() if cut else end
    other, other_end = _alternative(text, condition_end, end)
    otherwise = _domains_of(lexicon.matches(text[other:other_end]))
    before = _domains_of(lexicon.matches(text[start : match.start()]))
    earlier = _domains_of(lexicon.matches(text[:start]))
    condition = _domains_of(lexicon.matches(text[match.start() : condition_end]))
    after = _domains_of(lexicon.matches(text[condition_end : min(end, other)]))
    if after:
        return condition or before or earlier, after, otherwise
    return condition or earlier, before, otherwise


def _alternative(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of the "otherwise" branch: in the same sentence, or at the beginning of the next."""
    match = _ELSE.search(text, start, end)
    if match is not None:
        return match.start(), end
    following = _WORD.search(text, end)
    match = None if following is None else _ELSE.match(text, following.start())
    return (end, end) if match is None else (match.start(), _sentence(text, match.start(), match.end())[1])


def _domains_of(matches: Sequence[Match]) -> frozenset[str]:
    return frozenset(domain for match in matches for domain in match.weights)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence or line around a place."""
    begins = max((stop.end() for stop in _STOP.finditer(text, 0, start)), default=0)
    ends = _STOP.search(text, end)
    return begins, ends.start() if ends else len(text)


def _union(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _ordered(plan: Plan, steps: Sequence[Step]) -> Plan:
    """Return the plan with these steps in topological order; the unchanged plan if they would form a cycle."""
    by_id = {step.id: step for step in steps}
    order = in_order({step.id: step.depends_on for step in steps})
    if len(order) < len(steps):
        return plan
    return replace(plan, steps=tuple(by_id[step_id] for step_id in order))


DOMAINS_OF_A_PART = 4
_NAMED = r"part|phase|project|product|system|app|application|team|stage|workstream|module"
_COUNTED = r"first|second|third|fourth|fifth|secondly|thirdly|finally|lastly|overall"
_HEADING = re.compile(
    r"^[ \t]{0,20}(?:#{1,6}[ \t]+\S|"
    rf"(?:{_NAMED})[ \t]+(?:\d{{1,3}}|[a-z]|one|two|three|four|five)\b|(?:{_COUNTED})\b)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of the text, and the domains requested there."""

    start: int
    end: int
    domains: frozenset[str]


def large_parts(text: str, matches: Sequence[Match], domains: Collection[str]) -> tuple[Part, ...]:
    """Return the parts of the text that request four or more of the chosen domains."""
    starts = [match.start() for match in _HEADING.finditer(text)]
    match = (
        Part(start, end, _requested(matches, start, end).intersection(domains))
        for start, end in zip(starts, [*starts, len(text)][1:], strict=True)
    )
    return tuple(part for part in match if len(part.domains) >= DOMAINS_OF_A_PART)


def _requested(matches: Sequence[Match], start: int, end: int) -> frozenset[str]:
    first = bisect_left(matches, start, key=lambda match: match.start)
    last = bisect_left(matches, end, key=lambda match: match.start)
    return frozenset(domain for domain, score in scores(matches[first:last]).items() if score >= ASKED_FOR)
