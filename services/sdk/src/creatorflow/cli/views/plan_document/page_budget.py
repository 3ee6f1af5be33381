"""The length of PLAN.md: its parts share a number of lines, and what does not fit is counted and said to be elsewhere.

A line is one of `COLUMNS` characters, as on a printed page; a longer line of the document counts as several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

PAGES: Final = 5
PAGE_LINES: Final = 50
COLUMNS: Final = 120
BUDGET: Final = PAGES * PAGE_LINES
"""The maximum of lines of PLAN.md."""

_ADDRESS: Final = re.compile(r"\]\([^ ()]{1,300}\)")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the document: its heading, entries that are each shown whole or not at all, and its end.

    `short` are other forms of the entries, used where the entries do not fit. `where` says where all of them are;
    `beyond` counts further ones that are not among the entries. A `fixed` part gets its lines before the others: its
    author bounds it. The others share the rest by `weight`.
    """

    head: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    tail: tuple[str, ...] = ("",)
    short: tuple[str, ...] = ()
    where: str = "`result.json`"
    beyond: int = 0
    fixed: bool = False
    weight: int = 1

    def written(self, entries: Sequence[str], shown: int) -> tuple[str, ...]:
        """The lines of the part with the first of `entries`, and the number of the others."""
        left_out = len(entries) - shown + self.beyond
        # a paragraph of its own: a list, a table or a block of code has ended before it
        more = (f"_And {left_out} more: {self.where}._", "") if left_out else ()
        return (*self.head, *entries[:shown], *self.tail, *more)

    @property
    def whole(self) -> tuple[str, ...]:
        """The lines of the part with all of its entries."""
        return self.written(self.entries, len(self.entries))


def height(texts: Iterable[str]) -> int:
    """The number of lines that texts take; the address of a link is not read."""
    return sum(max(1, -(-len(_ADDRESS.sub("]", line)) // COLUMNS)) for text in texts for line in text.split("\n"))


def fitted(parts: Sequence[Part], budget: int = BUDGET) -> str:
    """Write the parts in order, within `budget` lines. Short parts are written whole; long ones share what is left."""
    written = {at: part.whole for at, part in enumerate(parts) if part.fixed}
    left = budget - sum(map(height, written.values()))
    flexible = [at for at in range(len(parts)) if at not in written]
    weights = sum(parts[at].weight for at in flexible)
    for at in sorted(flexible, key=lambda at: height(parts[at].whole) / parts[at].weight):
        written[at] = _within(parts[at], left * parts[at].weight // weights)
        left, weights = left - height(written[at]), weights - parts[at].weight
    return "\n".join(line for at in range(len(parts)) for line in written[at]).rstrip() + "\n"


def _within(part: Part, lines: int) -> tuple[str, ...]:
    """Write a part in at most so many lines; its heading and the number of what is left out are always written."""
    if height(part.whole) <= lines:
        return part.whole
    entries = part.short or part.entries
    if height(whole := part.written(entries, len(entries))) <= lines:
        return whole
    left, shown = lines - height(part.written(entries, 0)), 0
    while shown < len(entries) and (left := left - height(entries[shown : shown + 1])) >= 0:
        shown += 1
    return part.written(entries, shown)
