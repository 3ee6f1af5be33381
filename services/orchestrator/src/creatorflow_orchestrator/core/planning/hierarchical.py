"""Large parts of a request, which become child requests of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from creatorflow_orchestrator.core.plan import Step, StepType
from creatorflow_orchestrator.core.request import Constraint, Exclusion, Passage, Reading

from .asked_text import AskedText

DOMAINS_OF_A_PART = 4
MAX_CHILD_REQUIREMENTS = 200
_NAMED = r"part|phase|project|product|system|app|application|team|stage|workstream|module"
_COUNTED = r"first|second|third|fourth|fifth|secondly|thirdly|finally|lastly|overall"
_HEADING = re.compile(
    r"^[ \t]{0,20}(?:#{1,6}[ \t]+\S|"
    rf"(?:{_NAMED})[ \t]+(?:\d{{1,3}}|[a-z]|one|two|three|four|five)\b|(?:{_COUNTED})\b)",
    re.IGNORECASE | re.MULTILINE,
)
_PHASE = re.compile(r"\W*(?:phase|stage|step|first|second|third|fourth|fifth)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of the request, and the asks there."""

    start: int
    end: int
    asks: tuple[int, ...]

    def has(self, place: int) -> bool:
        """True if a place of the text is in the part."""
        return self.start <= place < self.end


def large_parts(asked: AskedText, reading: Reading, wanted: Sequence[Mapping[str, float]]) -> tuple[Part, ...]:
    """Return the parts that ask for four or more domains, if there are two or more of them.

    `wanted` are the domains of each ask.
    """
    starts = [match.start() for match in _HEADING.finditer(asked.headed)]
    parts: list[Part] = []
    at = 0  # asks stand in the order of the text
    for start, end in zip(starts, [*starts, len(asked.text)][1:], strict=True):
        while at < len(reading.asks) and reading.asks[at].start < start:
            at += 1
        first = at
        while at < len(reading.asks) and reading.asks[at].start < end:
            at += 1
        if len({domain for position in range(first, at) for domain in wanted[position]}) >= DOMAINS_OF_A_PART:
            parts.append(Part(start, end, tuple(range(first, at))))
    return tuple(parts) if len(parts) > 1 else ()


def children(text: str, reading: Reading, parts: Sequence[Part]) -> list[Step]:
    """Return a child request for each part; phases depend on each other in order, other parts run in parallel."""
    phased = all(_PHASE.match(text, part.start) for part in parts)
    steps: list[Step] = []
    for number, part in enumerate(parts, start=1):
        step = _child(number, part, text, reading)
        steps.append(replace(step, depends_on=(steps[-1].id,)) if phased and steps else step)
    return steps


def _child(number: int, part: Part, text: str, reading: Reading) -> Step:
    body = text[part.start : part.end].strip()
    heading = body.split("\n", 1)[0].strip(" #:.")[:160]
    return Step(
        id=f"part_{number}",
        agent="",
        type=StepType.PRIMARY if number == 1 else StepType.SUPPORTING,
        description=f"Run this part as a request of its own: {heading}. Done when its own plan is finished.",
        requirements=part.asks[:MAX_CHILD_REQUIREMENTS],
        constraints=_binding(part, reading),
        request=_with_exclusions(body, [out for out in reading.exclusions if not part.has(out.start)]),
    )


def _binding(part: Part, reading: Reading) -> tuple[str, ...]:
    """Return the constraints and the figures for all that the request states outside of a part: they bind it too.

    Given constraints are not among them: a child is given those of its parent's request.
    """
    stated: list[Constraint | Passage] = [constraint for constraint in reading.constraints if not constraint.given]
    inside = [fact for fact in reading.facts if any(_within(fact, constraint) for constraint in stated)]
    stated += [fact for fact in reading.facts if not fact.asks and fact not in inside]
    return tuple(
        dict.fromkeys(" ".join(passage.text.split())[:4096] for passage in stated if not part.has(passage.start))
    )


def _within(inner: Passage, outer: Passage) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _with_exclusions(body: str, exclusions: Sequence[Exclusion]) -> str:
    """Return the request of a part with what the whole request leaves out, under a heading that says so."""
    if not exclusions:
        return body
    lines = dict.fromkeys(" ".join(out.text.split()) for out in exclusions)
    return "\n".join((body, "", "## Out of scope", *(f"- {line}" for line in lines)))
