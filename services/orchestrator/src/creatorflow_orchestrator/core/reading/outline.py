"""Headings: Markdown's, underlined, bold, in capitals, numbered, and lines that are a known name ("Non-goals")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.reading import cues
from creatorflow_orchestrator.core.reading.blocks import Section
from creatorflow_orchestrator.core.reading.lines import BLANKS, Line, is_wordless
from creatorflow_orchestrator.core.reading.markers import Marker
from creatorflow_orchestrator.core.reading.section_names import section_named, section_titled
from creatorflow_orchestrator.core.reading.sheet import Sheet

_UNDERLINE = re.compile(r"(?:={3,500}|-{3,500}|~{3,500}|\*{5,500}|_{5,500})$")
_BOLD = re.compile(
    r"(?:\*\*|__)(?P<title>[^*_].{0,78}?)(?:\*\*|__):?$|={2,3}\s?(?P<wiki>[^=]{1,60}?)\s?={2,3}$"
    r"|\[(?P<bracket>[A-Z][A-Za-z ]{3,30})\]$"
)
_PART = re.compile(
    r"(?:(?:part|phase|stage|section|chapter|block|topic|area|epic|module|workstream|track)\s"
    r"(?:\d{1,2}|one|two|three|four|five|six|first|second|[a-f]|[ivx]{1,4})|appendix(?:\s[a-f\d])?)\s{0,2}"
    r"(?:[:.–—-]\s{0,2}(?P<title>.{0,50})|\((?P<note>[^)]{1,40})\):?)?$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"\b(?:post-?\s?mortem|incident|outage|retro(?:spective)?|rca|review|report|prd|specification|spec|requirements|"
    r"rfc|"
    r"proposal|brief|document|one-?pager|minutes|notes|scope|roadmap|backlog|wish ?list|plan|v\d[\d.]*)\b",
    re.IGNORECASE,
)
_SHOUTS = frozenset(("URGENT", "ASAP", "FYI", "IMPORTANT", "NOTE", "PLEASE", "HELP", "THANKS", "HELLO"))
_TITLE_WORDS = 7
_SHORT_WORDS = 4
_DOCUMENT_WORDS = 12
_LONGEST = 100
_SURE = 2
"""Names that make it sure that bare lines are headings in a text."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level from 0, its place within the line, the section it opens, and the lines it takes."""

    level: int
    start: int
    end: int
    section: Section | None
    lines: int = 1


class Outline:
    """Tells which lines are headings."""

    def __init__(self, sheet: Sheet) -> None:
        self._lines = sheet.lines
        self._sheet = sheet
        capitals = sum(line.content.isupper() for line in sheet.lines)
        self._shouted = capitals * 2 > sum(bool(line.content) for line in sheet.lines)
        self._numbered = self._numbered_headings()
        self._left_out = self._first_left_out()
        self._named = sum(self._is_named(position) for position in range(len(sheet.lines)))

    def heading_at(self, position: int) -> Heading | None:
        """Return the heading that begins at a line, or `None`."""
        line = self._lines[position]
        if position in self._sheet.headings:
            return _hashed(line, self._sheet.headings[position])
        if len(line.content) > _LONGEST or not line.content[:1].strip("-•>"):
            return None
        if position in self._numbered:
            return self._numbered[position]
        if position in self._sheet.markers:
            return None
        return self._bold(position) or self._underlined(position) or self._capitals(position) or self._bare(position)

    def title_at(self, position: int, *, structured: bool) -> Heading | None:
        """Return the title of a document, its first line: "Post-mortem: lost webhooks".

        A first line that asks is none, so a text needs more structure for it: labels, or other headings.
        """
        content = self._lines[position].content
        below = self._lines[position + 1].content if position + 1 < len(self._lines) else "x"
        if len(content) > _LONGEST or len(content.split()) > _DOCUMENT_WORDS or content[-1] in ".!?:,":
            return None
        if below and ":" not in below[:20]:
            return None
        structured = structured or self._named + len(self._sheet.headings) + len(self._numbered) > 0
        if not structured or not _DOCUMENT.search(content):
            return None
        return Heading(0, 0, len(content), None)

    def _bold(self, position: int) -> Heading | None:
        line = self._lines[position]
        found = _BOLD.match(line.content) if line.content[0] in "*_=[" else None
        if found is None or not found.lastgroup:
            return None
        title = found[found.lastgroup]
        section = section_named(title, loose=True)
        if section is None:
            sentence = title[-1] in ".!?," or len(title.split()) > _TITLE_WORDS or cues.asks(title)
            if sentence or not self._text_below(position):
                return None
        return Heading(3, found.start(found.lastgroup), found.end(found.lastgroup), section)

    def _underlined(self, position: int) -> Heading | None:
        line, below = self._lines[position], position + 1
        if below >= len(self._lines) or self._lines[below].quoted != line.quoted:
            return None
        if not _UNDERLINE.match(self._lines[below].content) or line.content[-1] in ".,;" or is_wordless(line.content):
            return None
        if not self._alone_above(position):
            return None
        rule = self._lines[below].content
        section = section_named(line.content, loose=True)
        if section is None and (2 * len(rule) < len(line.content) or cues.asks(line.content)):
            return None
        return Heading(0 if rule[0] in "=*" else 1, 0, len(line.content), section, lines=2)

    def _capitals(self, position: int) -> Heading | None:
        content = self._lines[position].content
        if not content.isupper() or self._shouted:
            return None
        title = content.rstrip(": ")
        section = section_named(title, loose=True)
        if section is not None and self._lines[position].first:
            return Heading(1, 0, len(content), section)
        if cues.asks(title):
            return None
        letters = sum(character.isalpha() for character in title)
        if letters < 4 or letters * 2 < len(title) or title[-1:] in ".!?;," or title in _SHOUTS:
            return None
        if len(title.split()) > _TITLE_WORDS or any(word.isdigit() for word in title.split()):
            return None
        return Heading(1, 0, len(content), None) if self._alone_above(position) and self._text_below(position) else None

    def _bare(self, position: int) -> Heading | None:
        line = self._lines[position]
        if not line.first or len(line.content) > 60:
            return None
        if (part := _PART.match(line.content)) and (line.content[-1] == ":" or self._alone_above(position)):
            return Heading(3, 0, len(line.content), section_named(part["title"] or part["note"] or "", loose=True))
        if line.content[-1] in ":.,!;" or not self._text_below(position):
            return None
        section = section_named(line.content, bare=True)
        if section is not None:
            return Heading(1, 0, len(line.content), section)
        if not line.content[0].isupper() or not self._alone_above(position):
            return None
        section = section_titled(line.content) or (section_named(line.content) if self._named else None)
        titled = self._named >= _SURE and self._sentence_below(position)
        titled = (titled or self._parted(position)) and not cues.asks(line.content)
        if section is not None or titled:
            return Heading(1, 0, len(line.content), section)
        return None

    def _parted(self, position: int) -> bool:
        """Whether a short line stands between blank lines as another does that says what is left out: it ends that."""
        return self._left_out >= 0 and position > self._left_out and self._stands_apart(position)

    def _stands_apart(self, position: int) -> bool:
        line, below = self._lines[position], position + 1
        apart = below < len(self._lines) and not self._lines[below].content and self._alone_above(position)
        return apart and line.content[:1].isupper() and len(line.content.split()) <= _TITLE_WORDS

    def _first_left_out(self) -> int:
        """Return the position of the first line that stands apart and says what is left out; -1 if none does."""
        for position, line in enumerate(self._lines):
            apart = line.content and len(line.content) <= 60 and self._stands_apart(position)
            if apart and section_titled(line.content) is Section.NON_GOALS:
                return position
        return -1

    def _is_named(self, position: int) -> bool:
        line = self._lines[position]
        if not line.content or len(line.content) > 60 or not line.first or position in self._sheet.inside:
            return False
        return section_named(line.content, bare=True) is not None and line.content[-1] not in ".,!?;"

    def _alone_above(self, position: int) -> bool:
        """Whether the line above is blank, a rule or a heading's underline, or of another writer."""
        if position == 0 or not self._lines[position].first:
            return position == 0
        above = self._lines[position - 1]
        return above.quoted != self._lines[position].quoted or is_wordless(above.content)

    def _text_below(self, position: int) -> bool:
        below = next((line for line in self._lines[position + 1 : position + 4] if line.content), None)
        return below is not None and below.quoted == self._lines[position].quoted

    def _sentence_below(self, position: int) -> bool:
        """Whether a short title stands right above a sentence."""
        if position + 1 >= len(self._lines) or len(self._lines[position].content.split()) > _SHORT_WORDS:
            return False
        below = self._lines[position + 1].content
        return below[-1:] in (".", "!") and len(below.split()) > 1

    def _numbered_headings(self) -> dict[int, Heading]:
        """Return the headings among numbered lines: known names, and the titles that count on from them."""
        found: dict[int, Heading] = {}
        titles: dict[int, tuple[Marker, str]] = {}
        for position, marker in self._sheet.markers.items():
            content = self._lines[position].content
            if marker.form not in ("plain", "number", "section", "dotted", "bracketed") or len(content) > 80:
                continue
            title = content[marker.length :]
            if not title or title[-1] in ".!?;," or marker.checked is not None:
                continue
            titles[position] = (marker, title)
            if self._is_numbered_name(title, position, marker):
                found[position] = self._numbered_heading(position, marker)
        found.update(self._titled(titles))
        forms = {titles[position][0].form for position in found}
        for position, (marker, title) in titles.items():
            if marker.form in forms and "." not in marker.ordinal and len(title.split()) <= _TITLE_WORDS:
                section = section_named(title, loose=True)
                if section is not None or (len(title.split()) <= _SHORT_WORDS and self._body_below(position)):
                    found.setdefault(position, self._numbered_heading(position, marker))
        return found

    def _titled(self, titles: Mapping[int, tuple[Marker, str]]) -> dict[int, Heading]:
        """Return the numbered titles that stand right above a sentence, where most of their form do."""
        found: dict[int, Heading] = {}
        for form in ("section", "number"):
            short = [
                position
                for position, (marker, title) in titles.items()
                if marker.form == form and len(title.split()) <= _SHORT_WORDS and title[-1] != ":"
            ]
            above = [position for position in short if self._sentence_right_below(position)]
            if len(above) >= _SURE and len(above) * 2 > len(short):
                found.update((position, self._numbered_heading(position, titles[position][0])) for position in above)
        return found

    def _sentence_right_below(self, position: int) -> bool:
        below = position + 1
        if below >= len(self._lines) or below in self._sheet.markers or not self._lines[below].content:
            return False
        content = self._lines[below].content
        return content[0].isupper() and content[-1] in ".!" and len(content.split()) > 3

    def _is_numbered_name(self, title: str, position: int, marker: Marker) -> bool:
        if self._numbers_below(position, marker):
            return True
        return section_named(title.rstrip(":"), bare=True) is not None and self._text_below(position)

    def _numbered_heading(self, position: int, marker: Marker) -> Heading:
        content = self._lines[position].content
        section = section_named(content[marker.length :], loose=True)
        return Heading(1 + marker.ordinal.count("."), marker.length, len(content), section)

    def _numbers_below(self, position: int, marker: Marker) -> bool:
        """Whether "2.1" follows "2"."""
        for below in range(position + 1, min(position + 4, len(self._lines))):
            if (other := self._sheet.markers.get(below)) is not None:
                return other.ordinal.startswith(marker.ordinal + ".") and other.form in ("section", "bracketed")
        return False

    def _body_below(self, position: int) -> bool:
        """Whether text that is no next number follows."""
        for below in range(position + 1, min(position + 3, len(self._lines))):
            if self._lines[below].content:
                other = self._sheet.markers.get(below)
                return other is None or other.form != self._sheet.markers[position].form
        return False


def _hashed(line: Line, level: int) -> Heading:
    skipped = 3 if line.content[:1] == "h" else 0
    title = line.content[skipped:]
    start = skipped + len(title) - len(title.lstrip("#").lstrip(BLANKS))
    end = len(line.content.rstrip("#").rstrip(BLANKS)) if start < len(line.content) else start
    return Heading(level, start, max(start, end), section_named(line.content[start:end], loose=True))


def front_matter(lines: Sequence[Line]) -> range:
    """Return the lines of the fields between two rules at the start of a text; none if it has no such head."""
    if not lines or lines[0].content != "---":
        return range(0)
    for end in range(1, min(len(lines), 30)):
        if lines[end].content == "---":
            return range(1, end)
        if ":" not in lines[end].content and lines[end].indent == 0 and lines[end].content[:1] != "-":
            return range(0)
    return range(0)
