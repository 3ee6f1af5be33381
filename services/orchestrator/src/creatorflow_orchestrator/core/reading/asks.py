"""Makes asks, exclusions and contexts of the clauses of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.request import Ask, AskKind, Context, ContextKind, Exclusion

from .asking import TOLD, only_figures, which_ask
from .blocks import BlockKind, Section
from .clause_roles import Role
from .clauses import Clause
from .english import word_set
from .foreign import FOREIGN_OBJECTS, FOREIGN_VERBS
from .gather import Gathered, Placed
from .grammar import low, start_of
from .kinds import kind_of
from .lexicon import ASKED_FOR, ASKED_IN_CONTEXT
from .moods import Mood
from .objects import object_of
from .scoring import Scorer
from .targets import Target, target_of

_ABOUT_FILES = (AskKind.SPEED_UP, AskKind.FIX, AskKind.EXPLAIN)
"""Kinds of work on an attachment, which then says who does it."""
_NEAR = 6  # clauses looked at for what an ask refers to
_FEW_WORDS = 6
_PRONOUNS = frozenset(("it", "that", "this", "them", "those", "these"))
_VAGUE = word_set(
    "us ready way ways solution solutions fix help something idea alternative option thing things proper better good "
    "right best plan approach answer a an the with for us me please"
)


@dataclass(slots=True)
class Resolved:
    """Asks with all domains that they name, exclusions with what they name, and the clauses that are context."""

    asks: list[Ask] = field(default_factory=list)
    exclusions: list[tuple[Exclusion, Target]] = field(default_factory=list)
    context: list[Context] = field(default_factory=list)


def resolve(text: str, gathered: Gathered, scorer: Scorer, cards: Sequence[Card]) -> Resolved:
    """Return the asks, exclusions and contexts of the gathered clauses, in the text's order."""
    return _Resolver(text, gathered, scorer, cards).resolve()


class _Resolver:
    def __init__(self, text: str, gathered: Gathered, scorer: Scorer, cards: Sequence[Card]) -> None:
        self._text = text
        self._scorer = scorer
        self._cards = cards
        self._attachments = [attachment for attachment, _ in gathered.attachments]
        self._files = [block for _, block in gathered.attachments]
        self._placed = gathered.placed
        self._asking = which_ask(gathered.placed, scorer, bool(gathered.attachments))
        self._resolved = Resolved()

    def resolve(self) -> Resolved:
        for at, one in enumerate(self._placed):
            start, end = one.clause.start, one.clause.end
            if one.clause.role is Role.EXCLUSION:
                self._resolved.exclusions.append(
                    (Exclusion(start, end, self._text[start:end]), self._target(one.clause))
                )
            elif self._asking[at]:
                self._resolved.asks.append(self._ask(at))
            elif (kind := self._context(one)) is not None:
                self._resolved.context.append(Context(start, end, self._text[start:end], kind))
        return self._resolved

    def _names(self, clause: Clause) -> Target:
        if not clause.named:
            return target_of((), {}, self._cards)
        scored = self._scorer.plain(clause.named[0].start, clause.named[-1].end)
        target = target_of(clause.named, scored, self._cards, clause.items)
        return replace(target, whole=frozenset()) if clause.negation is not None and clause.negation.whole else target

    def _target(self, clause: Clause) -> Target:
        """Return what an exclusion names; one that says "it" names what the exclusion before it does."""
        target = self._names(clause)
        referring = all(item.low in _PRONOUNS for item in clause.named) and not target.kinds
        return self._resolved.exclusions[-1][1] if self._resolved.exclusions and referring else target

    def _ask(self, at: int) -> Ask:
        one = self._placed[at]
        clause = one.clause
        said = clause.role in TOLD
        domains = self._scorer.told(clause.items) if said else self._scorer.clause(clause.items)
        about = object_of(self._text, clause.items, clause.mood)
        if not domains and clause.mood is Mood.PHRASE:
            domains = self._scorer.brief(clause.items)
        files = tuple(place for place, block in enumerate(self._files) if abs(block - one.block) == 1)
        kind = kind_of(clause.items, clause.mood)
        if kind in _ABOUT_FILES or max(domains.values(), default=0.0) < ASKED_FOR:
            domains = self._of_files(files) or domains
        weak = max(domains.values(), default=0.0) < ASKED_FOR
        if weak and (told := self._told(at) if not domains else self._told_beside(at)):
            domains = self._all_of(told)
            if clause.anaphoric:
                about = object_of(self._text, told[0].items, told[0].mood) or about
        if self._foreign(clause, about):
            domains = {}
        if kind is AskKind.VERIFY:
            domains = self._scorer.tested(clause.items, domains)
        if said and one.clause.role is Role.STATEMENT and self._specified(one):
            kind = AskKind.BUILD  # how it is to be, in a list or under a heading of goals
        return Ask(clause.start, clause.end, self._text[clause.start : clause.end], kind, about, domains, files)

    def _of_files(self, files: Sequence[int]) -> dict[str, float]:
        """Return the domains of the first attachment whose language an agent knows."""
        found = (self._scorer.of_file(self._attachments[place].language) for place in files)
        return next(filter(None, found), {})

    def _foreign(self, clause: Clause, about: str) -> bool:
        """True for work that no software does: "hire two pickers", "design a logo", "a poem about refunds"."""
        if clause.mood not in (Mood.IMPERATIVE, Mood.WISH, Mood.QUESTION):
            return False
        at = start_of(clause.items)
        if low(clause.items, at) in FOREIGN_VERBS:
            return True
        head = about.lower().split(" of ")[0].split()
        return bool(head) and head[-1] in FOREIGN_OBJECTS

    def _specified(self, one: Placed) -> bool:
        return one.form in (BlockKind.ITEM, BlockKind.ROW) or one.section is Section.GOALS

    def _told(self, at: int) -> list[Clause]:
        """Return what an ask without an object of its own is about: what is told beside it, else the ask before it."""
        one = self._placed[at]
        near = self._near(at)
        if told := self._told_beside(at):
            return told
        if _refers(one.clause):
            if told := self._known([other for other in near if other.block == one.block]):
                return told
            if told := self._known([other for other in near if other.block == one.block - 1]):
                return told
            return self._asked_before(at, lambda before: one.block - before.block <= 1)
        if one.clause.mood in (Mood.STATEMENT, Mood.RULE):
            return self._asked_before(at, lambda before: before.block == one.block or _of_one_list(before, one))
        return []

    def _near(self, at: int) -> list[Placed]:
        return [self._placed[other] for other in range(max(0, at - _NEAR), min(len(self._placed), at + _NEAR))]

    def _told_beside(self, at: int) -> list[Clause]:
        """Return what the ask's own sentence tells."""
        place = self._placed[at].block, self._placed[at].sentence
        return self._known([other for other in self._near(at) if (other.block, other.sentence) == place])

    def _asked_before(self, at: int, near: Callable[[Placed], bool]) -> list[Clause]:
        for other in range(at - 1, max(-1, at - 1 - _NEAR), -1):
            before = self._placed[other]
            if before.clause.role in (*TOLD, Role.ASK) and near(before) and self._scorer.clause(before.clause.items):
                return [before.clause]
        return []

    def _known(self, told: Sequence[Placed]) -> list[Clause]:
        return [
            one.clause
            for one in told
            if one.clause.role in TOLD
            and one.clause.mood is not Mood.PHRASE
            and self._scorer.clause(one.clause.items, flat=True)
        ]

    def _all_of(self, told: Sequence[Clause]) -> dict[str, float]:
        domains: dict[str, float] = {}
        for clause in told:
            for domain, score in (
                self._scorer.told(clause.items) if clause.role in TOLD else self._scorer.clause(clause.items)
            ).items():
                domains[domain] = max(score, domains.get(domain, 0.0))
        return dict(sorted(domains.items(), key=lambda pair: -pair[1]))

    def _context(self, one: Placed) -> ContextKind | None:
        match one.clause.role:
            case Role.REPORT:
                return ContextKind.EVIDENCE
            case Role.ASK:
                return ContextKind.EVIDENCE if only_figures(one, self._scorer) else ContextKind.LEAD_IN
            case Role.DONE:
                return ContextKind.DONE
            case Role.COURTESY:
                return ContextKind.GREETING
            case Role.LEAD:
                return ContextKind.LEAD_IN
            case Role.STATEMENT:
                scored = self._scorer.plain(one.clause.start, one.clause.end)
                known = any(score >= ASKED_IN_CONTEXT for score in scored.values())
                return ContextKind.BACKGROUND if known or one.clause.mood is Mood.PHRASE else None
            case Role.EXCLUSION | Role.CONSTRAINT:
                return None
            case _:
                assert_never(one.clause.role)


def _refers(clause: Clause) -> bool:
    """True if what an ask is about is said elsewhere: "fix it", "find a better way"."""
    if clause.anaphoric:
        return True
    words = [item.low for item in clause.items if item.word]
    if len(words) <= 2 and clause.mood is Mood.IMPERATIVE:
        return True
    return len(words) > 1 and set(words[1:]) <= _VAGUE


def _of_one_list(before: Placed, one: Placed) -> bool:
    """True for two items of a list of goals, or the title of a ticket and its criteria."""
    return one.section is Section.GOALS and (before.section is Section.GOALS or before.form is BlockKind.FIELD)
