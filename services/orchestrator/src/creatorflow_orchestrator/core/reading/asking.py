"""Decides which clauses of a text are asks, given all of them.

What is asked in so many words is an ask; so is an item of a list. A problem that is reported beside an ask is its
evidence; with no ask near it, it asks to be solved. A noun phrase is an ask where nothing else
asks, or where an agent knows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from .blocks import BlockKind, Section
from .clause_roles import Role
from .english import DETERMINERS, PRONOUNS
from .gather import Placed
from .grammar import finite_verb, low, plural_noun, start_of
from .lexicon import ASKED_FOR
from .moods import Mood
from .scoring import Scorer
from .tokens import Token
from .verbs import IRREGULAR_PAST

REPORTED = (Role.REPORT, Role.STATEMENT)
_LISTED = (BlockKind.ITEM, BlockKind.ROW, BlockKind.FIELD)
_PERSONS = frozenset(("i", "we", "my", "our", "i'm", "we're", "they", "he", "she", "it", "this"))
_AS_IT_IS_TO_BE = frozenset(("by", "when", "as", "once", "before", "after", "if", "until", "per", "every", "each"))
"""Words behind a participle that say how something is to be done."""
_PAST = frozenset(("was", "were", "did", "had"))
_LED = 200  # clauses looked at behind one that announces others
_FEW_WORDS = 6
_TITLE_WORDS = 8
_LONG = 4  # blocks from which a noun phrase that stands alone is a title


def which_ask(placed: Sequence[Placed], scorer: Scorer, has_files: bool) -> list[bool]:
    """Return for each clause if it is an ask."""
    return _Asking(placed, scorer, has_files).which()


def only_figures(current: Placed, scorer: Scorer) -> bool:
    """True for a figure beside what is asked: "80M rows", "12 s"."""
    words = sum(item.word for item in current.clause.items)
    if current.clause.mood is not Mood.PHRASE or words > _FEW_WORDS:
        return False
    named = scorer.clause(current.clause.items).values()
    return scorer.only_figures(current.clause.items) and max(named, default=0.0) < ASKED_FOR


class _Asking:
    def __init__(self, placed: Sequence[Placed], scorer: Scorer, has_files: bool) -> None:
        self._placed = placed
        self._scorer = scorer
        self._alone = len(placed) == 1 and not has_files
        self._asked = {(current.block, current.sentence) for current in placed if self._says_so(current)}
        self._long = len({current.block for current in placed}) >= _LONG

    def which(self) -> list[bool]:
        asking = [self._says_so(current) and not self._only_leads(at) for at, current in enumerate(self._placed)]
        sure = any(asking)
        asking = [
            asks or (self._names(current, sure) and not self._only_leads(at))
            for at, (current, asks) in enumerate(zip(self._placed, asking, strict=True))
        ]
        blocks = {current.block for current, asks in zip(self._placed, asking, strict=True) if asks}
        covered = {
            domain
            for current, asks in zip(self._placed, asking, strict=True)
            if asks
            for domain in self._scorer.clause(current.clause.items)
        }
        for at, current in enumerate(self._placed):
            if self._goes_on(at, asking) or (blocks and self._rules(current)):
                asking[at] = True
            elif current.clause.role is Role.REPORT and current.block not in blocks and not self._taken_up(at, asking):
                asking[at] = not blocks or bool(set(self._scorer.clause(current.clause.items, flat=True)) - covered)
        return asking if any(asking) else self._only_reports()

    def _says_so(self, current: Placed) -> bool:
        """True for what is asked in so many words, and for a statement in a list: how it is to be."""
        if current.clause.role in REPORTED and current.clause.mood is not Mood.PHRASE:
            if current.section is Section.GOALS or current.form is BlockKind.FIELD:
                return True
            return current.form in _LISTED and not self._recounts(current)
        return current.clause.role is Role.ASK and current.clause.mood is not Mood.PHRASE

    def _recounts(self, current: Placed) -> bool:
        """True for what somebody did, does or thinks: "we print by hand", "it collected late"."""
        items = current.clause.items
        if low(items, start_of(items)) in ("who", "what", "which"):
            return False  # "who refunded what" names a thing
        verb = low(items, finite_verb(items))
        if verb.endswith("ed") and self._wished(items):
            return False
        past = verb in IRREGULAR_PAST or verb in _PAST or verb.endswith("ed")
        return past or low(items, start_of(items)) in _PERSONS

    def _wished(self, items: Sequence[Token]) -> bool:
        """True for a thing as it is to be, without a verb: "carrier pick-up booked automatically"."""
        first, behind = low(items, start_of(items)), low(items, finite_verb(items) + 1)
        return first not in (DETERMINERS | PRONOUNS) and (behind in _AS_IT_IS_TO_BE or behind.endswith("ly"))

    def _names(self, current: Placed, sure: bool) -> bool:
        """True for a noun phrase that is asked for."""
        if current.clause.role is not Role.ASK or current.clause.mood is not Mood.PHRASE:
            return False
        if not self._alone and only_figures(current, self._scorer):
            return False
        if current.form in _LISTED or current.section is Section.GOALS or not sure:
            return True
        if (current.block, current.sentence) in self._asked:
            return True  # beside an ask: "create labels and a drone fleet"
        if current.clause.items[0].low[0].isdigit():
            return False  # "55 million rows in the biggest table"
        words = sum(item.word for item in current.clause.items)
        titled = self._long and words <= _TITLE_WORDS and self._stands_alone(current)
        return not titled and bool(self._scorer.clause(current.clause.items))

    def _stands_alone(self, current: Placed) -> bool:
        return sum(1 for other in self._placed if other.block == current.block) == 1

    def _rules(self, current: Placed) -> bool:
        """True for how it has to be, with a figure: "sessions end after 45 minutes"."""
        items = current.clause.items
        if (
            current.clause.role is not Role.STATEMENT
            or current.clause.mood is not Mood.STATEMENT
            or self._recounts(current)
        ):
            return False
        if low(items, finite_verb(items)) in ("has", "have"):
            return False  # "orders has 31M rows"
        general = plural_noun(low(items, start_of(items)))
        return general and self._scorer.has_figure(items) and bool(self._scorer.clause(items))

    def _goes_on(self, at: int, asking: Sequence[bool]) -> bool:
        """True for a statement behind a rule: "a person may own several shops, support reads all"."""
        if at == 0:
            return False
        current, before = self._placed[at], self._placed[at - 1]
        reported = (
            current.clause.role is Role.STATEMENT
            and current.clause.mood is Mood.STATEMENT
            and not self._recounts(current)
        )
        near = current.block == before.block and current.sentence - before.sentence <= 1
        return reported and near and asking[at - 1] and before.clause.mood in (Mood.RULE, Mood.STATEMENT)

    def _taken_up(self, at: int, asking: Sequence[bool]) -> bool:
        """True if the next clause asks to mend what is reported: "... Can you fix that?"."""
        if at + 1 == len(self._placed) or not asking[at + 1]:
            return False
        after = self._placed[at + 1].clause
        return after.anaphoric and not self._scorer.clause(after.items)

    def _only_leads(self, at: int) -> bool:
        """True for what announces other asks and wants no more than they do: "We need:", "Build a system that"."""
        current = self._placed[at]
        last = at + 1 == len(self._placed) or self._placed[at + 1].block != current.block
        if not current.clause.leads and not (current.form is BlockKind.LEAD_IN and last):
            return False
        led = [
            other
            for other in self._placed[at + 1 : at + 1 + _LED]
            if (other.block == current.block if current.clause.leads else other.form in _LISTED)
        ]
        if not any(other.clause.role in (Role.ASK, *REPORTED) for other in led):
            return False
        wanted = {domain for other in led for domain in list(self._scorer.clause(other.clause.items))[:1]}
        return wanted.issuperset(self._scorer.clause(current.clause.items))

    def _only_reports(self) -> list[bool]:
        """Return which clauses of a text that asks nothing are to be answered: those that an agent knows, or all."""
        reported = [current.clause.role in (*REPORTED, Role.ASK) for current in self._placed]
        known = [
            is_reported and bool(self._scorer.clause(current.clause.items, flat=True))
            for current, is_reported in zip(self._placed, reported, strict=True)
        ]
        return known if any(known) else reported
