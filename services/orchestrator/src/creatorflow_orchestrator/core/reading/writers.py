"""Where the text of a writer begins and ends: heads of mails and messages, greetings, closings, signatures."""

from __future__ import annotations

from collections.abc import Sequence

from creatorflow_orchestrator.core.reading import history, mail
from creatorflow_orchestrator.core.reading.lines import Line, is_wordless

_POSTSCRIPT = ("ps", "p.s", "on ")
_HEAD_LINES = 40
_START = 8
"""Lines at the start of a text in which a greeting may stand below others."""
_REACH = 4


class Writers:
    """Answers what is around the text of writers; distinguished by the number of quote marks."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        heads = [line.content for line in lines[:_HEAD_LINES] if line.content]
        self._is_mail = any(mail.greeting(content) or mail.HEAD.match(content) for content in heads)
        if heads and mail.names_reader(heads[0]):
            self._is_mail = True

    def field(self, position: int) -> int:
        """Return how many lines are a field of a mail's head here, or say who wrote what follows; 0 for none."""
        content = self._lines[position].content
        if history.is_forward_line(content) or history.is_original_line(content) or mail.is_message_head(content):
            return 1
        if found := mail.HEAD.match(content):
            return int(found["name"].lower() == "subject" or self._head_beside(position))
        return history.attribution(self._lines, position)

    def _head_beside(self, position: int) -> bool:
        beside = (self._lines[other] for other in (position - 1, position + 1) if 0 <= other < len(self._lines))
        return any(line.quoted == self._lines[position].quoted and mail.HEAD.match(line.content) for line in beside)

    def greets(self, position: int) -> bool:
        """Whether a line greets the reader."""
        content = self._lines[position].content
        if mail.greeting(content) == len(content):
            return self._opens(position) or (position < _START and content[-1] in ",!")
        return mail.names_reader(content) and self._opens(position)

    def _opens(self, position: int) -> bool:
        """Whether a writer's text begins here: only blanks, fields and quotes of others above."""
        line = self._lines[position]
        for above in range(position - 1, max(-1, position - _REACH), -1):
            other = self._lines[above]
            if other.quoted != line.quoted or mail.HEAD.match(other.content) or history.is_forward_line(other.content):
                return True
            if not is_wordless(other.content):
                return False
        return True

    def closing(self, position: int, *, itemised: bool) -> int:
        """Return the line behind the closing formula and signature that begin here, 0 if none do."""
        content = self._lines[position].content
        begins = self._separates(position) and self._signature_below(position)
        if begins or mail.closes(content) or self._signs(position, itemised=itemised):
            return mail.signature_end(self._lines, position)
        return 0

    def _separates(self, position: int) -> bool:
        """Whether a line is the rule above a signature: "--"; a longer one is that only in a mail."""
        content = self._lines[position].content
        return content in ("--", "—", "__", "-- -") or (content in ("---", "___") and self._is_mail)

    def _signature_below(self, position: int) -> bool:
        end = mail.signature_end(self._lines, position)
        if all(is_wordless(line.content) for line in self._lines[position + 1 : end]):
            return False
        if end == len(self._lines):
            return True
        below = self._lines[end]
        return below.quoted != self._lines[position].quoted or below.content.lower().startswith(_POSTSCRIPT)

    def _signs(self, position: int, *, itemised: bool) -> bool:
        """Whether a line is the writer's name at the end of a text: "- Kim", or "Kim" in a mail."""
        content = self._lines[position].content
        signed = mail.is_signed(content)
        if position == 0 or not (signed or (self._is_mail and mail.is_name(content))) or not self._ends(position):
            return False
        above = self._lines[position - 1].content
        return not above or (above[-1] in ".!?" and not itemised)

    def _ends(self, position: int) -> bool:
        """Whether only blanks and a closing stand below, down to the end or to another writer."""
        for below in range(position + 1, position + _REACH):
            if below >= len(self._lines) or self._lines[below].quoted != self._lines[position].quoted:
                return True
            content = self._lines[below].content
            if content and (mail.closes(content) or self._separates(below)):
                return True
            if content and not mail.is_contact(content):
                return False
        return False
