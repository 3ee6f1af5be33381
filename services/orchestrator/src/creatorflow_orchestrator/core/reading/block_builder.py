"""Makes blocks of the elements of a text, one after the other, each under the section that is open at its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from creatorflow_orchestrator.core.reading import cues, prose
from creatorflow_orchestrator.core.reading.block_writer import LABEL_LEVEL, BlockWriter
from creatorflow_orchestrator.core.reading.blocks import Block, BlockKind, Section
from creatorflow_orchestrator.core.reading.left_out_titles import leaves_out
from creatorflow_orchestrator.core.reading.line_roles import Element, Role, lines_of
from creatorflow_orchestrator.core.reading.lines import Line, is_wordless
from creatorflow_orchestrator.core.reading.section_names import section_named
from creatorflow_orchestrator.core.reading.sections import Sections
from creatorflow_orchestrator.core.reading.sheet import Sheet
from creatorflow_orchestrator.core.reading.tickets import label_at
from creatorflow_orchestrator.core.reading.timeline import chat_length, has_clock, is_schedule

_READ_ON = (Section.NONE, Section.GOALS)
"""Sections in which a line below a label's value is read as it would be alone."""
_LISTED = (BlockKind.ITEM, BlockKind.TIMELINE, BlockKind.CODE, BlockKind.DATA, BlockKind.ROW, BlockKind.QUOTE)
"""What the section of a heading holds before a paragraph that asks openly, and so is no part of it."""
_LEAD_WORDS = 14
_AHEAD = 8


class BlockBuilder:
    """Builds the blocks of one text."""

    def __init__(self, sheet: Sheet, elements: Sequence[Element]) -> None:
        self._sheet = sheet
        self._lines = sheet.lines
        self._elements = elements
        self._sections = Sections()
        self._out = BlockWriter()
        self._at = 0
        self._scheduled = False
        """Whether the last lead-in is about a schedule."""
        self._scoped = any(marker.crossed for marker in sheet.markers.values()) and not any(
            marker.checked and cues.tells_state(sheet.lines[at].content) for at, marker in sheet.markers.items()
        )
        """Whether the items say by their signs what is wanted (✅) and what not (❌)."""

    def build(self) -> list[Block]:
        """Return the blocks."""
        while self._at < len(self._elements):
            self._at += 1
            self._take(self._elements[self._at - 1])
        return self._out.blocks

    def _take(self, element: Element) -> None:
        match element.role:
            case Role.BLANK:
                self._sections.blank()
            case Role.CODE:
                self._code(element)
            case Role.HISTORY:
                self._out.run(lines_of(self._sheet, element), BlockKind.QUOTE, Section.NONE)
            case Role.TABLE:
                if element.table is not None:
                    self._out.table(self._lines, element.table, self._sections.current())
            case Role.HEADING:
                self._heading(element)
            case Role.FIELD:
                self._field(element)
            case Role.LABEL:
                self._label(element)
            case Role.TIME:
                self._time(element)
            case Role.CLOSING:
                worded = [line for line in lines_of(self._sheet, element) if not is_wordless(line.content)]
                self._out.run(worded, BlockKind.SIGNATURE, Section.NONE)
                self._sections.end_label()
            case Role.GREETING:
                self._out.run(lines_of(self._sheet, element), BlockKind.GREETING, Section.NONE)
            case Role.ITEM:
                self._item(element)
            case Role.TEXT:
                self._text(element)
            case _:
                assert_never(element.role)

    def _code(self, element: Element) -> None:
        if element.code is not None:
            first, last = element.code.within
            lines = [line for line in self._lines[first:last] if line.content]
            self._out.run(lines, BlockKind.CODE, self._sections.current(), language=element.code.language)
            self._sections.attachment()

    def _field(self, element: Element) -> None:
        line, last = self._lines[element.first], self._lines[element.last - 1]
        value = line.start + element.label.value if element.label else line.start
        if last is not line and not element.label:
            value = last.start
        self._out.add(line, BlockKind.FIELD, Section.NONE, end=last.end, value_start=min(value, last.end))

    def _heading(self, element: Element) -> None:
        heading, line = element.heading, self._lines[element.first]
        if heading is not None:
            self._sections.heading(heading.level, self._dated(line.content, heading.section, element.last))
            title = line.piece(heading.start, heading.end)
            self._out.add(title, BlockKind.HEADING, self._sections.current(), depth=heading.level)

    def _dated(self, title: str, section: Section | None, below: int) -> Section | None:
        """A timeline with clock times is evidence; one without is a plan with dates, which binds. So is "When: ..."."""
        name = title.lower().strip("*_# :")
        if section is Section.EVIDENCE and "timeline" in name:
            ahead = [element.role for element in self._elements[self._at : self._at + _AHEAD] if element.first >= below]
            return section if any(role in (Role.TIME, Role.CODE, Role.TABLE) for role in ahead) else Section.CONSTRAINTS
        if section is Section.CONSTRAINTS and name.startswith("when:") and has_clock(title):
            return Section.EVIDENCE
        return section

    def _label(self, element: Element) -> None:
        label, line = element.label, self._lines[element.first]
        if label is None or label.section is None:
            return
        valued = label.value < len(line.content)
        section = self._dated(line.content, label.section, element.last) or Section.NONE
        self._sections.label(section, valued=valued)
        self._out.add(line, BlockKind.HEADING, section, end=line.start + label.length, depth=LABEL_LEVEL)
        if valued:
            self._value(line.piece(label.value, len(line.content)))
        else:
            self._unmarked_items()

    def _value(self, first: Line) -> None:
        """Add what follows a label in its line, and the lines below that belong to it."""
        below = self._text_ahead(first.quoted)
        if self._sections.current() not in _READ_ON:
            own = next((at for at, line in enumerate(below) if cues.stands_alone(line.content)), len(below))
            below = below[:own]
        self._at += len(below)
        own = next(
            (at for at, line in enumerate(below) if not prose.goes_on(first, ([first, *below])[at], line)), len(below)
        )
        value, rest = [first, *below[:own]], below[own:]
        last = (rest or value)[-1]
        lead = self._leads(last) and last.content[-1] == ":"
        self._prose(value, lead=lead and not rest)
        if rest:
            self._prose(rest, lead=lead)
        if self._text_ahead(first.quoted):
            self._sections.end_label()

    def _unmarked_items(self) -> None:
        """Take the lines right below a label as items, if they are a list without markers."""
        ahead = self._text_ahead()
        if prose.are_items(ahead):
            self._at += len(ahead)
            self._sections.item(0)
            for line in ahead:
                self._out.add(line, BlockKind.ITEM, self._sections.current())

    def _text_ahead(self, quoted: int | None = None) -> list[Line]:
        """Return the lines of text that follow without a blank line, of one writer."""
        found: list[Line] = []
        for at in range(self._at, len(self._elements)):
            element = self._elements[at]
            line = self._lines[element.first]
            quoted = line.quoted if quoted is None else quoted
            if element.role is not Role.TEXT or not line.first or line.quoted != quoted or element.key:
                break
            found.append(line)
        return found

    def _time(self, element: Element) -> None:
        line, marker = self._lines[element.first], element.marker
        content = line.piece(marker.length if marker else 0, len(line.content))
        if head_length := chat_length(content.content):
            name, message = content.piece(0, head_length), content.piece(head_length, len(content.content))
            self._out.add(name, BlockKind.FIELD, Section.NONE, value_start=name.start)
            self._out.run([message, *self._following(line)], BlockKind.PARAGRAPH, self._sections.current())
            return
        lines = [content, *self._following(line)]
        listed = self._out.last_kind() in (BlockKind.LEAD_IN, BlockKind.HEADING, BlockKind.ITEM)
        if (self._scheduled and listed) or self._sections.current() is Section.CONSTRAINTS:
            self._out.run(lines, BlockKind.ITEM, self._sections.current())
        else:
            self._out.run(lines, BlockKind.TIMELINE, Section.EVIDENCE, checked=marker.checked if marker else None)

    def _item(self, element: Element) -> None:
        line, marker = self._lines[element.first], element.marker
        if marker is None:
            return
        self._sections.item(element.depth)
        content = self._unlabelled(line.piece(marker.length, len(line.content), joins=line.joins), element.depth)
        if not content.content:
            return
        if content.content.endswith(":") and self._deeper_below(element.depth):
            self._lead_in(content, element.depth)
            return
        lines = [content, *self._following(line)]
        section, checked = cues.section_by_id(marker) or self._sections.current(), marker.checked
        if self._scoped and (marker.crossed or marker.checked):
            section, checked = Section.NON_GOALS if marker.crossed else Section.GOALS, None
        elif cues.is_refused(lines[-1].content) and not (
            section is Section.GOALS and cues.is_struck(lines[-1].content)
        ):
            section, checked = Section.NON_GOALS, None
        elif cues.is_done(lines[-1].content) or cues.is_struck(lines[-1].content):
            checked = True
        self._out.run(lines, BlockKind.ITEM, section, depth=element.depth, checked=checked)

    def _unlabelled(self, content: Line, depth: int) -> Line:
        """Take off the label that an item begins with ("Out of scope: mobile app"), and open its section."""
        label = label_at(content.content)
        if label is None or label.section is None or label.section is Section.NONE:
            return content
        self._sections.label(label.section, valued=label.value < len(content.content), depth=depth)
        end = content.start + label.length
        self._out.add(content, BlockKind.HEADING, label.section, end=end, depth=LABEL_LEVEL)
        return content.piece(label.value, len(content.content))

    def _deeper_below(self, depth: int) -> bool:
        below = self._next()
        return below is not None and below.role is Role.ITEM and below.depth > depth

    def _next(self) -> Element | None:
        """Return the next element that is not blank."""
        ahead = self._elements[self._at : self._at + _AHEAD]
        return next((element for element in ahead if element.role is not Role.BLANK), None)

    def _following(self, item: Line) -> list[Line]:
        """Take the lines of text that go on in an item, without a blank line between."""
        found: list[Line] = []
        for line in self._text_ahead(item.quoted):
            if not prose.goes_on(item, found[-1] if found else item, line):
                break
            found.append(line)
        self._at += len(found)
        return found

    def _text(self, element: Element) -> None:
        first = self._lines[element.first]
        if first.joins:
            self._out.add(first, self._out.kind_before_code(), self._sections.current())
            return
        if element.key:
            key = first.piece(0, element.key)
            self._out.add(key, BlockKind.FIELD, Section.NONE, value_start=key.start)
            first = first.piece(element.key, len(first.content))
        below = self._text_ahead(first.quoted)
        self._at += len(below)
        lines = [first, *below]
        leads = self._leads(lines[-1])
        self._sections.text(alone=leads or cues.stands_alone(first.content))
        if (
            self._out.last_kind() in _LISTED
            and self._sections.current() not in _READ_ON
            and cues.asks_openly(first.content)
        ):
            self._sections.end_heading()
        self._prose(lines, lead=leads)

    def _prose(self, lines: list[Line], *, lead: bool) -> None:
        """Add lines of prose: paragraphs, the items below a colon, and the lead-in at the end."""
        for number, line in enumerate(lines[:-1]):
            if line.content.endswith(":") and prose.are_items(lines[number + 1 :]):
                self._prose(lines[: number + 1], lead=True)
                for item in lines[number + 1 :]:
                    self._out.add(item, BlockKind.ITEM, self._sections.current())
                return
        plain = lines[:-1] if lead else lines
        groups = prose.paragraphs(plain) if plain else []
        listed = prose.are_list(plain) and len(groups) == len(plain) and not lead
        for group in groups:
            self._out.run(group, BlockKind.ITEM if listed else BlockKind.PARAGRAPH, self._sections.current())
        if lead:
            self._lead_in(lines[-1], 0)

    def _leads(self, line: Line) -> bool:
        """Whether a line leads into a list that begins below it."""
        below = self._next()
        if below is None or below.role not in (Role.ITEM, Role.TABLE, Role.TIME):
            return False
        if self._lines[below.first].quoted != line.quoted:
            return False
        if line.content[-1] == ":":
            return True
        direct = self._elements[self._at] is below
        return direct and line.content[-1] not in ".!?;" and len(line.content.split()) <= _LEAD_WORDS

    def _lead_in(self, line: Line, depth: int) -> None:
        """Add a line that leads into a list; the sentences before its last are a paragraph."""
        last = prose.last_sentence(line.content)
        if last:
            self._out.add(line.piece(0, last, joins=line.joins), BlockKind.PARAGRAPH, self._sections.current())
        rest = line.piece(last, len(line.content), joins=line.joins and not last)
        left_out = cues.excludes(rest.content) or leaves_out(rest.content.lower(), label=True)
        section = Section.NON_GOALS if left_out else section_named(rest.content)
        if section is not None:
            self._sections.label(section, valued=False, depth=depth if depth else -1)
        self._scheduled = is_schedule(rest.content)
        self._out.add(rest, BlockKind.LEAD_IN, self._sections.current(), depth=depth)
