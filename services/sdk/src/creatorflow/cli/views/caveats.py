"""What an answer assumes, what it leaves out as asked, and what it does not honour, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from creatorflow_contracts.v1.output import CombinedAssumption, CombinedNotHonoured, Source, SynthesizedResult
from creatorflow_contracts.v1.reading import Exclusion

from creatorflow.cli.text import one_line

from .reading_lines import left_out
from .verdicts import verdict


def assumption(assumed: CombinedAssumption) -> str:
    """What is assumed, of what, by which steps, and how to state it."""
    text, subject = one_line(assumed.text, 200), one_line(assumed.subject, 80)
    text += f" ({subject})" if subject.casefold() not in text.casefold() else ""
    how = f"; to state it: {one_line(assumed.state_it, 200)}" if assumed.state_it.strip() else ""
    return f"{text}{_steps(assumed.sources)}{how}"


def not_honoured(kept: CombinedNotHonoured) -> str:
    """The constraint that was not kept, by which steps, and why."""
    return f"{one_line(kept.constraint, 200)}{_steps(kept.sources)}: {one_line(kept.reason, 300)}"


def exclusions(result: SynthesizedResult, said_by: Callable[[Exclusion], str] = left_out) -> Iterator[str]:
    """What was left out as asked: every exclusion, as `said_by` says it, and every ask that is excluded by one."""
    read = result.reading.exclusions if result.reading else ()
    yield from map(said_by, read)
    left_out_text = " ".join(one_line(exclusion.text) for exclusion in read).casefold()
    for requirement in result.completeness.requirements:
        text = one_line(requirement.requirement, 200)
        if verdict(result, requirement) == "excluded" and text.casefold() not in left_out_text:
            yield text


def _steps(sources: Iterable[Source]) -> str:
    steps = ", ".join(dict.fromkeys(source.step for source in sources))
    return f", in {steps}" if steps else ""
