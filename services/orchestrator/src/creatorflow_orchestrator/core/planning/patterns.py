"""Plans that branch, repeat or have children, where the request's words say so.

A step's verdict is `data.passed` in its output. A step that says nothing about it has passed: only a spoken "no"
skips what was guarded, or starts another round.
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

DEFAULT_ROUNDS = 3
_MAX_ROUNDS = 50
_ROUNDS = re.compile(
    r"\b(?:at most|up to|no more than|max(?:imum)?)\s+(\d{1,2})\s+(?:times|rounds|iterations|attempts)", re.I
)
_STOP = re.compile(r"[;!?\n]|\.(?!\d)")
_ELSE = re.compile(
    r"\b(?:otherwise|or else|else|if not|if (?:it|they|that|the tests?|any|one)(?: of them)? fails?)\b", re.I
)
_CONDITION_END = re.compile(r",|\bthen\b|\b(?:pass(?:es|ed)?|succeed(?:s|ed)?|green|approved|fails?)\b", re.I)
_WORD = re.compile(r"\w")
_IN_TURN = re.compile(r"^\W*(?:phase|stage|step|first|second|third|fourth|fifth)", re.IGNORECASE)
_Domains = Mapping[str, frozenset[str]]
"""Step id to the domains that it answers."""


def passed_expression(step_id: str) -> str:
    """A CEL expression: the step has not said that it did not pass."""
    data = f"results.{step_id}.output.data"
    return f"(!has({data}) || !has({data}.passed) || {data}.passed == true)"


def with_guards(plan: Plan, text: str, lexicon: Lexicon, domains: _Domains) -> Plan:
    """The plan with the steps of "Y only if X, otherwise Z" guarded by X's verdict.

    Unchanged where the words name no two steps.
    """
    condition, guarded, otherwise = _decision(text, lexicon)
    judges = [step.id for step in plan.steps if domains[step.id] & condition]
    judges = [each for each in judges if each == "testing"] or judges
    guard = " && ".join(passed_expression(each) for each in judges)
    held = dict.fromkeys(_of_only(plan, domains, guarded - condition), guard)
    held |= dict.fromkeys(_of_only(plan, domains, otherwise - condition - guarded), f"!({guard})")
    if not judges or not held:
        return plan
    steps = {
        step.id: replace(step, when=held[step.id], depends_on=_joined(step.depends_on, judges))
        if step.id in held
        else step
        for step in plan.steps
    }
    for judge in judges:
        kept = tuple(each for each in steps[judge].depends_on if each not in held)
        steps[judge] = replace(steps[judge], depends_on=kept)
    return _ordered(plan, list(steps.values()))


def _of_only(plan: Plan, domains: _Domains, wanted: frozenset[str]) -> list[str]:
    """The steps that answer these domains and no others."""
    return [step.id for step in plan.steps if domains[step.id] and domains[step.id] <= wanted]


def with_loop(plan: Plan, text: str, lexicon: Lexicon, domains: _Domains) -> Plan:
    """The plan with the steps of "refine Y until X" repeated until the last of them has not said no."""
    found = CYCLE.search(text)
    if found is None:
        return plan
    start, end = _sentence(text, found.start(), found.end())
    spoken = _spoken(lexicon.matches(text[start:end]))
    core = {step.id for step in plan.steps if domains[step.id] & spoken} or {step.id for step in plan.steps}
    core |= {step.id for step in plan.steps if step.type is StepType.VALIDATION}
    after = {step.id: step.depends_on for step in plan.steps}
    between = {each for each in after if reach(after, each) & core and any(each in reach(after, one) for one in core)}
    group = tuple(step.id for step in plan.steps if step.id in core | between)
    stated = _ROUNDS.search(text)
    limit = min(max(int(stated[1]), 1), _MAX_ROUNDS) if stated else DEFAULT_ROUNDS
    return replace(plan, loops=(Loop(group, passed_expression(group[-1]), limit),))


def with_children(plan: Plan, text: str, analysis: Analysis, lexicon: Lexicon, domains: _Domains) -> Plan:
    """A child request for each large part, and steps of this plan for what is asked outside of them."""
    parts = large_parts(text, lexicon.matches(text, find_quantities(text)), analysis.domains)
    if len(parts) < 2:
        return replace(plan, pattern=Pattern.SEQUENTIAL)
    children = [_child(number, part, text, plan) for number, part in enumerate(parts, start=1)]
    inside = {position for child in children for position in child.requirements}
    children = _in_turn(children, text, parts)
    outside = [
        replace(step, requirements=kept, type=_beside(step))
        for step in plan.steps
        if (kept := tuple(requirement for requirement in step.requirements if requirement not in inside))
        and any(domains[step.id].intersection(analysis.requirements[each].domains) for each in kept)
    ]
    ids = {step.id for step in outside}
    names = tuple(child.id for child in children)
    outside = [
        replace(
            step,
            depends_on=(
                *(each for each in step.depends_on if each in ids),
                *(names if step.type is StepType.VALIDATION else ()),
            ),
        )
        for step in outside
    ]
    return _ordered(plan, [*children, *outside])


def _beside(step: Step) -> StepType:
    return StepType.SUPPORTING if step.type is StepType.PRIMARY else step.type


def _child(number: int, part: Part, text: str, plan: Plan) -> Step:
    body = text[part.start : part.end].strip()
    told = " ".join(body.split())
    positions = tuple(at for at, each in enumerate(plan.requirements) if each in told)
    heading = body.split("\n", 1)[0].strip(" #:.")[:160]
    return Step(
        id=f"part_{number}",
        agent="",
        type=StepType.PRIMARY if number == 1 else StepType.SUPPORTING,
        description=f"Run this part as a request of its own: {heading}. Done when its own plan is finished.",
        requirements=positions,
        request=body,
    )


def _in_turn(children: Sequence[Step], text: str, parts: Sequence[Part]) -> list[Step]:
    """Phases follow each other; other parts run side by side."""
    phased = all(_IN_TURN.match(text[part.start : part.end]) for part in parts)
    return [
        replace(child, depends_on=(children[at - 1].id,)) if phased and at else child
        for at, child in enumerate(children)
    ]


def _decision(text: str, lexicon: Lexicon) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The domains of the condition, of what is done if it holds, and of what is done otherwise."""
    found = DECISION.search(text)
    if found is None:
        return frozenset(), frozenset(), frozenset()
    start, end = _sentence(text, found.start(), found.end())
    cut = _CONDITION_END.search(text, found.start() + 3, end)
    condition_end = cut.end() if cut else end
    other, other_end = _alternative(text, condition_end, end)
    otherwise = _spoken(lexicon.matches(text[other:other_end]))
    before = _spoken(lexicon.matches(text[start : found.start()]))
    earlier = _spoken(lexicon.matches(text[:start]))
    condition = _spoken(lexicon.matches(text[found.start() : condition_end]))
    after = _spoken(lexicon.matches(text[condition_end : min(end, other)]))
    if after:
        return condition or before or earlier, after, otherwise
    return condition or earlier, before, otherwise


def _alternative(text: str, start: int, end: int) -> tuple[int, int]:
    """Where it is said what is done otherwise: in the same sentence, or at the beginning of the next."""
    found = _ELSE.search(text, start, end)
    if found is not None:
        return found.start(), end
    following = _WORD.search(text, end)
    found = None if following is None else _ELSE.match(text, following.start())
    return (end, end) if found is None else (found.start(), _sentence(text, found.start(), found.end())[1])


def _spoken(matches: Sequence[Match]) -> frozenset[str]:
    return frozenset(domain for match in matches for domain in match.weights)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence or line around a place."""
    begins = max((stop.end() for stop in _STOP.finditer(text, 0, start)), default=0)
    ends = _STOP.search(text, end)
    return begins, ends.start() if ends else len(text)


def _joined(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _ordered(plan: Plan, steps: Sequence[Step]) -> Plan:
    """The plan with these steps in topological order; the plan as it was, if they would wait for each other."""
    by_id = {step.id: step for step in steps}
    order = in_order({step.id: step.depends_on for step in steps})
    if len(order) < len(steps):
        return plan
    return replace(plan, steps=tuple(by_id[each] for each in order))


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
    """Characters `start` to `end` of the text, and the domains that this stretch asks for."""

    start: int
    end: int
    domains: frozenset[str]


def large_parts(text: str, matches: Sequence[Match], domains: Collection[str]) -> tuple[Part, ...]:
    """The parts that ask for four or more of the chosen domains each."""
    starts = [match.start() for match in _HEADING.finditer(text)]
    found = (
        Part(start, end, _asked(matches, start, end).intersection(domains))
        for start, end in zip(starts, [*starts, len(text)][1:], strict=True)
    )
    return tuple(part for part in found if len(part.domains) >= DOMAINS_OF_A_PART)


def _asked(matches: Sequence[Match], start: int, end: int) -> frozenset[str]:
    first = bisect_left(matches, start, key=lambda match: match.start)
    last = bisect_left(matches, end, key=lambda match: match.start)
    return frozenset(domain for domain, score in scores(matches[first:last]).items() if score >= ASKED_FOR)
