"""The verdicts of a result in words: which asks are answered, which are not and why, and if the result is complete.

Older orchestrators give no verdict; then a requirement is answered if a step answers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from creatorflow_contracts.v1.output import Answered, SynthesizedResult, Verdict

from creatorflow.cli.text import counted, one_line

from .reading_lines import quoted

_WORDS: dict[Verdict, str] = {
    "answered": "answered",
    "partly": "partly",
    "not_answered": "not answered",
    "excluded": "left out, as asked",
    "nobody": "no agent",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that nobody answered, or not wholly: its text, and why in a few words."""

    text: str
    why: str


def verdict(result: SynthesizedResult, requirement: Answered) -> Verdict:
    """The verdict of one requirement."""
    judged = result.reading is not None or requirement.requirement in result.completeness.unanswered
    if requirement.verdict == "not_answered" and requirement.answered_by and not judged:
        return "answered"
    return requirement.verdict


def verdict_words(result: SynthesizedResult, requirement: Answered) -> str:
    """The verdict in words, with what is missing: `partly, missing: 350 ms`."""
    text = _WORDS[verdict(result, requirement)]
    missing = ", ".join(one_line(part, 80) for part in requirement.missing)
    return f"{text}, missing: {missing}" if missing else text


def gaps(result: SynthesizedResult) -> Iterator[Gap]:
    """The asks without an agent, those without an answer, and asks answered in part."""
    requirements = result.completeness.requirements
    for wanted in ("nobody", "not_answered"):
        yield from (_gap(result, answered) for answered in requirements if verdict(result, answered) == wanted)
    yield from (Gap(one_line(text), _WORDS["not_answered"]) for text in further_gaps(result))
    yield from (_gap(result, answered) for answered in requirements if verdict(result, answered) == "partly")


def not_read(result: SynthesizedResult) -> Iterator[str]:
    """The beginnings of the passages that were not read."""
    for passage in result.reading.unread if result.reading else ():
        if passage.text.strip():
            yield f'"{quoted(passage)}"'


def further_gaps(result: SynthesizedResult) -> Iterator[str]:
    """What is unanswered and no requirement of the result."""
    known = {requirement.requirement for requirement in result.completeness.requirements}
    return (text for text in result.completeness.unanswered if text not in known)


def complete(result: SynthesizedResult) -> str:
    """If the result is complete, and the counts: `complete: no: 1 of 4 asks not answered, 1 in part`."""
    counts: Counter[Verdict] = Counter(verdict(result, answered) for answered in result.completeness.requirements)
    further = sum(1 for _ in further_gaps(result))
    excluded = counts.pop("excluded", 0)
    total = counts.total() + further
    things = counted(total, "ask" if result.reading else "requirement")
    missing = counts["nobody"] + counts["not_answered"] + further
    parts = []
    if missing or counts["partly"]:
        first, rest = (missing, "not answered") if missing else (counts["partly"], "answered in part only")
        parts.append(f"{first} of {things} {rest}")
        parts += [f"{counts['partly']} in part"] if missing and counts["partly"] else []
    elif total:
        parts.append(f"{counts['answered']} of {things} answered")
    parts += [f"{excluded} left out as asked"] if excluded else []
    unread = sum(1 for _ in not_read(result))
    parts += [f"{counted(unread, 'passage')} not read"] if unread else []
    word = "no" if not result.completeness.complete else "yes, of what was read" if unread else "yes"
    return f"complete: {word}" + (f": {', '.join(parts)}" if parts else "")


def _gap(result: SynthesizedResult, requirement: Answered) -> Gap:
    return Gap(one_line(requirement.requirement).rstrip("."), verdict_words(result, requirement))
