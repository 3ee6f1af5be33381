"""Which lines of a mail are the history below an answer, and which are a forwarded text that is asked.

Text below "On ... wrote:" or "-----Original Message-----" is history if the last writer asks something above it. If
that writer only points to it ("see below"), or forwards it, it is what is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.reading.lines import Line
from creatorflow_orchestrator.core.reading.mail import HEAD, closes, greeting

_FORWARDED = re.compile(
    r"-{2,20}\s{0,2}(?:forwarded message|weitergeleitete nachricht).{0,20}$|begin forwarded message:?$", re.IGNORECASE
)
_ORIGINAL = re.compile(
    r"(?:-{2,20}|_{5,80})\s{0,2}(?:original (?:message|appointment)|ursprüngliche nachricht).{0,20}$", re.I
)
_WROTE = re.compile(
    r"(?:on\s.{4,120}|am\s.{4,120}|.{2,80}@.{2,80}|.{2,80}\d.{2,60})\b(?:wrote|schrieb.{0,60}|writes):$", re.IGNORECASE
)
_WROTE_FIRST = re.compile(r"(?:on|am)\s.{0,40}\d.{2,100}$", re.IGNORECASE)
_WROTE_REST = re.compile(r".{0,100}\bwrote:$", re.IGNORECASE)
_FORWARD_SUBJECT = re.compile(
    r"\*{0,2}subject\*{0,2}:\*{0,2}\s{0,4}(?:\[[^\]]{1,30}\]\s{0,2})?(?:fwd?|wg)\s?:", re.IGNORECASE
)
_ANSWER_SUBJECT = re.compile(
    r"\*{0,2}subject\*{0,2}:\*{0,2}\s{0,4}(?:\[[^\]]{1,30}\]\s{0,2})?(?:re|aw)\s?:", re.IGNORECASE
)
_POINTER = re.compile(
    r"\b(?:see|read|look at|check|handle|take (?:this|it|a look|care|over)|below|fyi|forward(?:ing|ed)?|over to you|"
    r"(?:can|could|would) you (?:do|plan|build|fix) (?:this|it|that|these)|(?:do|plan) (?:this|it|these)|"
    r"pick (?:this|it) up|what do you think|as discussed|from (?:our|the|a) (?:client|customer)|thoughts|"
    r"asked for this|wants this|sort this|"
    r"(?:do|build|only|take|skip|all|points?|items?|numbers?|no\.) \(?(?:\d{1,2}|[a-f]\))|"
    r"all (?:of (?:it|them|these)|three|four))\b",
    re.IGNORECASE,
)
_POINTER_WORDS = 25
_FEW_WORDS = 2
_FEW_BESIDE_POINTER = 4


def is_forward_line(content: str) -> bool:
    """Whether a line says that a forwarded mail follows."""
    return len(content) < 120 and _FORWARDED.match(content) is not None


def is_original_line(content: str) -> bool:
    """Whether a line says that the answered mail follows: "-----Original Message-----"."""
    return len(content) < 120 and _ORIGINAL.match(content) is not None


def attribution(lines: Sequence[Line], position: int) -> int:
    """Return how many lines say who wrote what follows: "On Tue, Kim wrote:" may be broken into two."""
    content = lines[position].content
    dated = content[:3].lower() in ("on ", "am ")
    if not (dated or "@" in content) or len(content) > 200:
        return 0
    if content.endswith(":"):
        return int(_WROTE.match(content) is not None)
    if dated and position + 1 < len(lines) and _WROTE_FIRST.match(content):
        following = lines[position + 1]
        return 2 if following.quoted == lines[position].quoted and _WROTE_REST.match(following.content[:200]) else 0
    return 0


def find_history(lines: Sequence[Line]) -> frozenset[int]:
    """Return the lines that are the history below an answered mail."""
    subjects = [line.content for line in lines if line.content[:9].lstrip("*").lower().startswith("subject")]
    forwarded = any(map(_FORWARD_SUBJECT.match, subjects)) or any(is_forward_line(line.content) for line in lines)
    answered = any(map(_ANSWER_SUBJECT.match, subjects)) and not forwarded
    wrote = {position: count for position in range(len(lines)) if (count := attribution(lines, position))}
    older = _older_mails(lines) if not forwarded else []
    if not (wrote or older or answered):
        return frozenset()
    own, found = _Own(lines, wrote), set[int]()
    for position in older:
        if own.asks_before(position):
            found.update(range(position, len(lines)))
            break
    for position, count in wrote.items():
        quoted = lines[position].quoted
        asked = (quoted or not forwarded) and own.asks_before(position)
        if asked and position not in found and position - 1 not in wrote:
            found.update(range(position, _end(lines, position + count, quoted)))
    if answered and own.asks_at_all():
        found.update(position for position, line in enumerate(lines) if line.quoted and line.content)
    return frozenset(found)


def _older_mails(lines: Sequence[Line]) -> list[int]:
    return [
        position
        for position, line in enumerate(lines)
        if is_original_line(line.content) or _begins_head(lines, position)
    ]


class _Own:
    """What each writer's own text has in words, down to a line; a writer is recognised by the number of quote marks."""

    def __init__(self, lines: Sequence[Line], wrote: Mapping[int, int]) -> None:
        self._lines = lines
        self._counts: list[int] = []
        self._points = any(_points(line) for line in lines)
        words: Counter[int] = Counter()
        reached = 0
        for position, line in enumerate(lines):
            self._counts.append(words[line.quoted])
            reached = max(reached, position + wrote.get(position, 0))
            words[line.quoted] += _words(line) if position >= reached else 0
        self._all = words[0]

    def asks_before(self, position: int) -> bool:
        """Whether the writer of a line asks something above it."""
        return self._enough(self._counts[position])

    def asks_at_all(self) -> bool:
        """Whether the text that is not quoted asks something."""
        return self._enough(self._all)

    def _enough(self, words: int) -> bool:
        return words > (_FEW_BESIDE_POINTER if self._points else _FEW_WORDS)


def _points(line: Line) -> bool:
    """Whether a line that is not quoted only points to what is quoted."""
    content = line.content
    return (
        not line.quoted
        and len(content) < 250
        and len(content.split()) <= _POINTER_WORDS
        and bool(_POINTER.search(content))
    )


def _words(line: Line) -> int:
    content = line.content
    if not content or HEAD.match(content) or closes(content) or greeting(content) == len(content):
        return 0
    return min(len(content.split()), _FEW_WORDS) if _points(line) else len(content.split())


def _begins_head(lines: Sequence[Line], position: int) -> bool:
    """Whether the head of an earlier mail begins here, below other text: From, Sent, To, Subject."""
    if position == 0 or not lines[position].content[:7].lower().lstrip("*").startswith("from"):
        return False
    names = [found["name"].lower() for line in lines[position : position + 6] if (found := HEAD.match(line.content))]
    return len(names) >= 3 and ("sent" in names or "date" in names)


def _end(lines: Sequence[Line], position: int, quoted: int) -> int:
    """Return the line behind the text below "... wrote:": the deeper quoted lines, or all of this depth if none is."""
    start = position
    while start < len(lines) and not lines[start].content:
        start += 1
    deeper = start < len(lines) and lines[start].quoted > quoted
    end = start
    while end < len(lines) and (lines[end].quoted > quoted if deeper else lines[end].quoted == quoted):
        end += 1
        blank = end
        while deeper and blank < len(lines) and not lines[blank].content:
            blank += 1
        if blank < len(lines) and lines[blank].quoted > quoted:
            end = blank
    return end
