"""Makes asks, exclusions and contexts of the clauses of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.request import Ask, AskKind, Context, ContextKind, Exclusion

from .asking import REPORTED, only_figures, which_ask
from .blocks import BlockKind, Section
from .clause_roles import Role
from .clauses import Clause
from .foreign import foreign_head, is_foreign, is_placed
from .gather import Gathered, Placed
from .grammar import after_comma, finite_verb, low, start_of
from .judged_clauses import judged
from .kinds import kind_of
from .learned import Learned
from .lexicon import ASKED_FOR, ASKED_IN_CONTEXT, highest
from .moods import Mood
from .objects import object_of
from .scoring import Scorer
from .targets import TESTING, Target, named_alone, target_of
from .tokens import Token
from .verbs import VERBS
from .word_sets import word_set

_ABOUT_FILES = (AskKind.SPEED_UP, AskKind.FIX, AskKind.EXPLAIN)
"""Kinds of work on an attachment, which then says who does it."""
_NEAR = 6  # clauses looked at for what an ask refers to
_FEW_WORDS = 6
_CONDITIONAL = frozenset(("if", "unless", "once", "when", "after", "should"))
_POINTING = word_set("it that this them those these any part bit side area alone as is")
_VAGUE = word_set(
    "us ready way ways solution solutions fix help something idea alternative option thing things proper better good "
    "right best plan approach answer a an the with for us me please"
)


@dataclass(slots=True)
class Resolved:
    """Asks with all domains that they name, exclusions with what they name, and the clauses that are context."""

    placed: Sequence[Placed]
    """The clauses, with the roles that they turned out to have."""
    asks: list[Ask] = field(default_factory=list)
    foreign: set[int] = field(default_factory=set)
    """The positions of asks for work that no software does."""
    plain: set[str] = field(default_factory=set)
    """The domains that are the whole object of an ask: "scale the database"."""
    exclusions: list[tuple[Exclusion, Target]] = field(default_factory=list)
    context: list[Context] = field(default_factory=list)


def resolve(text: str, gathered: Gathered, scorer: Scorer, cards: Sequence[Card], learned: Learned) -> Resolved:
    """Return the asks, exclusions and contexts of the gathered clauses, in the text's order."""
    asking = which_ask(gathered.placed, scorer, bool(gathered.attachments))
    placed, asking = judged(text, gathered.placed, asking, scorer, learned)
    return _Resolver(text, gathered, scorer, cards, placed, asking).resolve()


class _Resolver:
    def __init__(
        self,
        text: str,
        gathered: Gathered,
        scorer: Scorer,
        cards: Sequence[Card],
        placed: Sequence[Placed],
        asking: Sequence[bool],
    ) -> None:
        self._text = text
        self._scorer = scorer
        self._cards = cards
        self._attachments = [attachment for attachment, _ in gathered.attachments]
        self._files = [block for _, block in gathered.attachments]
        self._placed = placed
        self._asking = asking
        self._resolved = Resolved(placed)

    def resolve(self) -> Resolved:
        for at, placed in enumerate(self._placed):
            start, end = placed.clause.start, placed.clause.end
            if placed.clause.role is Role.EXCLUSION:
                self._resolved.exclusions.append((Exclusion(start, end, self._text[start:end]), self._target(at)))
            elif self._asking[at]:
                self._resolved.asks.append(self._ask(at))
            elif (kind := self._context(placed)) is not None:
                self._resolved.context.append(Context(start, end, self._text[start:end], kind))
        return self._resolved

    def _names(self, clause: Clause) -> Target:
        if not clause.named:
            return target_of((), {}, self._cards)
        scored = self._scorer.plain(clause.named[0].start, clause.named[-1].end)
        target = target_of(clause.named, scored, self._cards, clause.items)
        if clause.negation is None or not clause.negation.whole:
            return target
        return replace(target, whole=frozenset(), passing=not clause.negation.weak)

    def _target(self, at: int) -> Target:
        """Return what an exclusion names; one that says "it" names what the exclusion or statement before it does."""
        clause = self._placed[at].clause
        target = self._names(clause)
        if target.kinds or not all(item.low in _POINTING for item in clause.named):
            return target
        before = self._placed[at - 1] if at else None
        if before is None or before.block != self._placed[at].block or before.clause.role is Role.EXCLUSION:
            return self._resolved.exclusions[-1][1] if self._resolved.exclusions else target
        if self._asking[at - 1]:
            return target
        subject = before.clause.items[: max(finite_verb(before.clause.items), 1)]
        scored = self._scorer.plain(subject[0].start, subject[-1].end)
        return replace(target_of(subject, scored, self._cards), passing=True)

    def _work_of(self, clause: Clause) -> Sequence[Token]:
        """Return the words behind a condition on tests ("if the load test fails, ..."), if an agent knows them."""
        items = clause.items
        at = start_of(items)
        rest = after_comma(items, at)
        if low(items, at) not in _CONDITIONAL or not at < rest < len(items):
            return items
        tests = self._scorer.plain(items[at].start, items[rest - 1].end).get(TESTING, 0.0) >= ASKED_FOR
        return items[rest:] if tests and self._scorer.clause(items[rest:]) else items

    def _ask(self, at: int) -> Ask:
        placed = self._placed[at]
        clause = placed.clause
        is_report = clause.role in REPORTED
        items = self._work_of(clause)
        domains = self._scorer.reported(items) if is_report else self._scorer.clause(items)
        about = object_of(self._text, items, clause.mood)
        if not domains and clause.mood is Mood.PHRASE:
            domains = self._scorer.brief(clause.items)
        files = tuple(place for place, block in enumerate(self._files) if abs(block - placed.block) == 1)
        kind = kind_of(clause.items, clause.mood)
        weak = max(domains.values(), default=0.0) < ASKED_FOR
        if (kind in _ABOUT_FILES or weak) and (of_files := self._of_files(files)):
            domains = of_files
            self._resolved.plain |= of_files.keys()
        weak = max(domains.values(), default=0.0) < ASKED_FOR
        if weak and (reported := self._reports(at) if not domains else self._reports_beside(at)):
            domains = self._all_of(reported)
            if clause.anaphoric:
                about = object_of(self._text, reported[0].items, reported[0].mood) or about
        if self._foreign(clause, about):
            self._resolved.foreign.add(len(self._resolved.asks))
            domains = {}
        else:
            self._resolved.plain |= _named_alone(clause, about, placed.form is BlockKind.PARAGRAPH) & domains.keys()
        if kind is AskKind.VERIFY:
            domains = self._scorer.tested(clause.items, domains)
        if is_report and placed.clause.role is Role.STATEMENT and self._specified(placed):
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
        if is_foreign(clause.items):
            return True
        head = foreign_head(about)
        known = max(self._scorer.before_subject(clause.items).values(), default=0.0) >= ASKED_FOR
        return bool(head) and not (known and is_placed(clause.items, head))

    def _specified(self, placed: Placed) -> bool:
        return placed.form in (BlockKind.ITEM, BlockKind.ROW) or placed.section is Section.GOALS

    def _reports(self, at: int) -> list[Clause]:
        """Return what an ask without an object of its own is about: a report beside it, else the ask before it."""
        placed = self._placed[at]
        near = self._near(at)
        if reported := self._reports_beside(at):
            return reported
        if _refers(placed.clause):
            if reported := self._known([other for other in near if other.block == placed.block]):
                return reported
            if reported := self._known([other for other in near if other.block == placed.block - 1]):
                return reported
            return self._asked_before(at, lambda before: placed.block - before.block <= 1)
        if placed.clause.mood in (Mood.STATEMENT, Mood.RULE):
            return self._asked_before(at, lambda before: before.block == placed.block or _of_one_list(before, placed))
        return []

    def _near(self, at: int) -> list[Placed]:
        return [self._placed[other] for other in range(max(0, at - _NEAR), min(len(self._placed), at + _NEAR))]

    def _reports_beside(self, at: int) -> list[Clause]:
        """Return what the ask's own sentence tells."""
        place = self._placed[at].block, self._placed[at].sentence
        return self._known([other for other in self._near(at) if (other.block, other.sentence) == place])

    def _asked_before(self, at: int, near: Callable[[Placed], bool]) -> list[Clause]:
        for other in range(at - 1, max(-1, at - 1 - _NEAR), -1):
            before = self._placed[other]
            if (
                before.clause.role in (*REPORTED, Role.ASK)
                and near(before)
                and self._scorer.clause(before.clause.items)
            ):
                return [before.clause]
        return []

    def _known(self, reported: Sequence[Placed]) -> list[Clause]:
        return [
            placed.clause
            for placed in reported
            if placed.clause.role in REPORTED
            and placed.clause.mood is not Mood.PHRASE
            and self._scorer.clause(placed.clause.items, flat=True)
        ]

    def _all_of(self, clauses: Sequence[Clause]) -> dict[str, float]:
        return highest(
            self._scorer.reported(clause.items) if clause.role in REPORTED else self._scorer.clause(clause.items)
            for clause in clauses
        )

    def _context(self, placed: Placed) -> ContextKind | None:
        match placed.clause.role:
            case Role.REPORT:
                return ContextKind.EVIDENCE
            case Role.ASK:
                return ContextKind.EVIDENCE if only_figures(placed, self._scorer) else ContextKind.LEAD_IN
            case Role.DONE:
                return ContextKind.DONE
            case Role.COURTESY:
                return ContextKind.GREETING
            case Role.LEAD:
                return ContextKind.LEAD_IN
            case Role.STATEMENT:
                scored = self._scorer.plain(placed.clause.start, placed.clause.end)
                known = any(score >= ASKED_IN_CONTEXT for score in scored.values())
                return ContextKind.BACKGROUND if known or placed.clause.mood is Mood.PHRASE else None
            case Role.EXCLUSION | Role.CONSTRAINT:
                return None
            case _:
                assert_never(placed.clause.role)


def _named_alone(clause: Clause, about: str, listed: bool) -> frozenset[str]:
    """Return the domains that are the whole object of what is to be done: "scale the database".

    `listed` if it stands among others in a sentence: "labels, refunds, stock".
    """
    first, _, rest = about.partition(" ")
    if clause.mood is Mood.PHRASE and rest and first.lower() in VERBS:
        return named_alone(rest)
    whole = listed and len(about) == clause.end - clause.start  # no more than that: not "labels: a11y, q3"
    return named_alone(about) if clause.mood in (Mood.IMPERATIVE, Mood.WISH) or whole else frozenset()


def _refers(clause: Clause) -> bool:
    """True if what an ask is about is said elsewhere: "fix it", "find a better way"."""
    if clause.anaphoric:
        return True
    words = [item.low for item in clause.items if item.word]
    if len(words) <= 2 and clause.mood is Mood.IMPERATIVE:
        return True
    return len(words) > 1 and set(words[1:]) <= _VAGUE


def _of_one_list(before: Placed, placed: Placed) -> bool:
    """True for two items of a list of goals, or the title of a ticket and its criteria."""
    return placed.section is Section.GOALS and (before.section is Section.GOALS or before.form is BlockKind.FIELD)
