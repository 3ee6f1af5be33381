"""The answer to a request in at most ten lines, for the terminal's end and the beginning of PLAN.md. Pure.

What was understood; what each agent brings; what is assumed, left out as asked, not answered, not read and not
honoured; what to do first. What does not fit is counted, with the section that has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.text import clean, cut, one_line

from .caveats import exclusions
from .fitting import SHORTEST, joined, sentences, spread
from .reading_lines import SECTION, quoted, understood_parts
from .step_answers import Answer, answers, data_lines
from .verdicts import gaps, not_read

LINES: Final = 10
_MOST: Final = 2
"""Lines of one list."""
WIDTH: Final = 160
"""Maximum characters of a line, with its label."""
_LONGEST_NAMES: Final = 80
"""Characters of step and agent, beyond which a line names the step alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a label and a text, or without a label a line of data that belongs to the line above."""

    label: str
    text: str

    @property
    def plain(self) -> str:
        """The line for a terminal."""
        return f"{self.label}: {self.text}".rstrip() if self.label else f"  {self.text}"


@dataclass(frozen=True, slots=True)
class TenLines:
    """The lines; of answers with a line what it does not show whole; and the answers without a line."""

    lines: tuple[Line, ...]
    cut: tuple[Answer, ...] = ()
    further: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class _List:
    """Texts with one label, each with a reason if there is one, and the section that has all of them.

    Lists of a low `rank` are the first to get further lines, where there are any left.
    """

    label: str
    section: str
    rank: int
    entries: tuple[tuple[str, str], ...]
    separator: str = "; "

    def lines(self, most: int) -> list[Line]:
        """Write the list in at most so many lines: whole, else with every text and reason cut, so that none is lost."""
        room = _room(self.label)
        in_a_line = -(-len(self.entries) // most)
        for width in (room, max(SHORTEST, room // in_a_line - len(self.separator))):
            parts = [_with_reason(text, reason, width) if reason else text for text, reason in self.entries]
            written = spread(parts, room, most, self.section, separator=self.separator)
            if self.separator.join(written) == self.separator.join(parts):
                break
        return [Line("" if at else self.label, line.lstrip(",; ")) for at, line in enumerate(written)]


def _with_reason(text: str, reason: str, width: int) -> str:
    reason = cut(reason, max(width // 2, width - len(text) - len(" ()")))
    return f"{cut(text, width - len(reason) - len(' ()'))} ({reason})"


def ten_lines(result: SynthesizedResult) -> TenLines:
    """Put the answer into at most ten lines.

    Each list gets a line, then the answers get theirs, then lists that are cut get what is left.
    """
    lists = [item for item in map(_without_blanks, (_understood(result), *_caveats(result))) if item.entries]
    first = list(_first(result))
    brought = _brought(answers(result), LINES - len(lists) - len(first))
    left = LINES - len(lists) - len(first) - len(brought.lines)
    written: dict[str, list[Line]] = {}
    for item in sorted(lists, key=lambda item: item.rank):
        written[item.label] = item.lines(min(_MOST, 1 + left))
        left -= len(written[item.label]) - 1
    before = written.pop(_UNDERSTOOD, [])
    after = [line for item in lists for line in written.get(item.label, ())]
    return replace(brought, lines=(*before, *brought.lines, *after, *first))


_UNDERSTOOD: Final = "Understood"


def _without_blanks(item: _List) -> _List:
    return replace(item, entries=tuple(entry for entry in item.entries if entry[0].strip()))


def _understood(result: SynthesizedResult) -> _List:
    parts = understood_parts(result.reading) if result.reading else ()
    return _List(_UNDERSTOOD, SECTION, 1, tuple((part, "") for part in parts), separator="")


def _caveats(result: SynthesizedResult) -> Iterator[_List]:
    """What a reader has to know beside the answers, in the order in which it is shown."""
    assumed = dict.fromkeys(one_line(assumption.text) for assumption in result.assumptions)
    yield _List("Assumed", "Assumptions", 4, tuple((text, "") for text in assumed))
    left_out = dict.fromkeys(exclusions(result, quoted))
    yield _List("Left out, as asked", "Left out", 5, tuple((text, "") for text in left_out))
    yield _List("Not answered", "Requirements", 0, tuple((gap.text, gap.why) for gap in gaps(result)))
    yield _List("Not read", SECTION, 3, tuple((text, "") for text in not_read(result)))
    kept = tuple((one_line(item.constraint), one_line(item.reason)) for item in result.not_honoured)
    yield _List("Not honoured", "Not honoured", 2, kept)


def _first(result: SynthesizedResult) -> Iterator[Line]:
    """The action of the first suggestion, without who made it necessary and what else would do."""
    actions = (one_line(entry.text).partition(", which ")[0] for entry in (*result.next_steps, *result.recommendations))
    for action in islice(filter(None, actions), 1):
        yield Line("First", sentences(action, _room("First")))


def _room(label: str) -> int:
    return WIDTH - len(label) - len(": ")


def _brought(outputs: Sequence[Answer], room: int) -> TenLines:
    """Show every answer whole if all fit in `room` lines; else a line for each, as far as they fit.

    Data is shown with all answers or with none of them, so that the lines of several agents stay alike.
    """
    whole = [line for answer in outputs for line in _whole(answer)]
    if len(whole) <= room and all(len(line.plain) <= WIDTH for line in whole):
        return TenLines(tuple(whole), tuple(answer for answer in outputs if "\n" in clean(answer.summary).strip()))
    fitting = outputs if len(outputs) <= room else outputs[: room - 1]
    lines = [_in_one_line(answer) for answer in fitting]
    rest = outputs[len(fitting) :]
    if rest:
        label = f"And {len(rest)} more"
        steps = joined([answer.step for answer in rest], _room(label) - len(" (Answers)"), "Answers")
        lines.append(Line(label, f"{steps} (Answers)"))
    return TenLines(tuple(lines), tuple(filter(None, map(_cut, fitting))), tuple(rest))


def _whole(answer: Answer) -> Iterator[Line]:
    yield Line(_names(answer), one_line(answer.summary))
    yield from (Line("", line) for line in data_lines(answer.data))


def _in_one_line(answer: Answer) -> Line:
    """The beginning of a summary; of an answer that has only data, the beginning of its data."""
    label = _names(answer)
    return Line(label, sentences(answer.summary.strip() or "; ".join(data_lines(answer.data)), _room(label)))


def _cut(answer: Answer) -> Answer | None:
    """What the one line of an answer does not show: its data, and a summary that is longer than the line."""
    summary = clean(answer.summary).strip()
    shown = len(summary) <= _room(_names(answer)) and "\n" not in summary
    return replace(answer, summary="" if shown else answer.summary) if answer.data or not shown else None


def _names(answer: Answer) -> str:
    both = f"{answer.step} ({answer.agent})"
    return both if len(both) <= _LONGEST_NAMES else answer.step
