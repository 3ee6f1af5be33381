"""Splits an item of an answer into passages: the sentences of a statement, a few lines of a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from creatorflow_orchestrator.core.synthesis.synthesis_values import Item

from .stated_numbers import StatedNumber, stated_numbers
from .words import concepts_of, content_of, words

MAX_ITEM = 20_000
"""Characters of an item that are judged."""
LINES = 8
"""Lines of a file in one passage: a statement of SQL, the head of a function."""
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_NO_ANSWER = re.compile(
    r"\?$|\b(?:has|have|was|were) (?:read|noted|received|understood|acknowledged)(?::|\.?$)|"
    r"\b(?:tbd|todo|to be (?:decided|defined|determined|done|specified|clarified|agreed)|out of scope|"
    r"(?:later|next|future) (?:phase|version|release|iteration|step|stage|sprint)|"
    r"not (?:part of|covered|included|in scope|yet)|(?:left|up) to (?:you|the team|your)|coming soon|"
    r"will be (?:considered|investigated|evaluated|discussed|looked at|looked into)|"
    r"(?:is|are) not (?:supported|possible|available|implemented)|cannot be (?:done|supported|offered)|no support for|"
    r"(?:consult|ask|contact) (?:your|the vendor|the documentation|a lawyer))\b",
    re.IGNORECASE,
)


_KEYWORDS = (
    "return import from for in class def raise with try except yield assert pass const let var function export default "
    "await async new this self SELECT FROM WHERE ORDER GROUP BY INSERT INTO UPDATE DELETE CREATE TABLE INDEX KEY CHECK "
    "REFERENCES RETURNS RETURNING UNIQUE PRIMARY CONSTRAINT VIEW TRIGGER ON SET VALUES"
)
_KEYWORD = re.compile(rf"(?<![\w-])(?:{'|'.join(_KEYWORDS.split())})(?![\w-])")
"""Words of a language of code: "return" says nothing about returns."""


@dataclass(frozen=True)
class Passage:
    """A passage of an item, of `code` if it is a file. `about` is the item's subject or path: words of each passage."""

    text: str
    about: str = ""
    code: bool = False

    @cached_property
    def concepts(self) -> frozenset[str]:
        """The concepts of its words."""
        return frozenset(concepts_of((*self._words, *words(self.about))))

    @cached_property
    def content(self) -> frozenset[str]:
        """The concepts of its words that say something."""
        return frozenset(content_of(self._words))

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return tuple(words(_KEYWORD.sub(" ", self.text) if self.code else self.text))

    @cached_property
    def numbers(self) -> tuple[StatedNumber, ...]:
        """The numbers in it."""
        return tuple(stated_numbers(self.text))


def passages(item: Item) -> Iterator[Passage]:
    """Yield the passages of an item in order, but those that ask back, refuse the work, or put it off."""
    text = item.text[:MAX_ITEM]
    if item.language:
        lines = text.split("\n")
        pieces = ["\n".join(lines[at : at + LINES]) for at in range(0, len(lines), LINES)]
    else:
        pieces = [piece for piece in _END.split(text) if not _NO_ANSWER.search(piece.strip())]
    yield from (Passage(piece, item.about, bool(item.language)) for piece in pieces if piece.strip())
