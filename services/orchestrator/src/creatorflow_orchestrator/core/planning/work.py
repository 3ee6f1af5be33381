"""The division of a request's asks into works: what one agent does always, or in one branch. Each becomes a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from creatorflow_orchestrator.core.plan import Analysis

from .asked_text import AskedText
from .conditional import Branch, is_outside
from .conditions import CHECK
from .follow_up import follow_up, follower
from .team import Team

Place = int | None
"""A branch, by its position in `Division.branches`; `None` for work that is always done."""
_Assigned = Mapping[tuple[str, Place], tuple[int, ...]]
_BEGINNING = 12  # characters of a branch


@dataclass(frozen=True, slots=True)
class Work:
    """The asks that one agent answers in one place. `follow_up` names work without a subject of its own: `deploy`."""

    agent: str
    asks: tuple[int, ...]
    branch: Place = None
    follow_up: str = ""


@dataclass(frozen=True, slots=True)
class Division:
    """All works of a request, its branches, and the agents whose results decide between these.

    `unjudged` are branches whose conditions nobody judges.
    """

    works: tuple[Work, ...]
    branches: tuple[Branch, ...] = ()
    judges: tuple[str, ...] = ()
    unjudged: tuple[Branch, ...] = ()

    @property
    def undone(self) -> tuple[Branch, ...]:
        """The branches in which no work is done."""
        worked = {work.branch for work in self.works}
        return tuple(branch for number, branch in enumerate(self.branches) if number not in worked)

    def at(self, agent: str, branch: Place) -> Work | None:
        """Return the work of an agent in a place; `None` if it has none there."""
        return next((work for work in self.works if (work.agent, work.branch) == (agent, branch)), None)


def divide(
    asked: AskedText, analysis: Analysis, team: Team, branches: Sequence[Branch], positions: Sequence[int]
) -> Division:
    """Divide some asks of a request; where nobody tests, conditions are not judged, and all work is done always."""
    asks = _assigned(asked, analysis, team, branches, positions)
    places: tuple[Place, ...] = (None, *range(len(branches)))
    works = tuple(
        Work(
            card.name,
            asks[card.name, place],
            place,
            "" if card.name in team.testers else _follow_up(asked, analysis, branches, card.name, place, asks),
        )
        for place in places
        for card in team.cards
        if (card.name, place) in asks
    )
    judges = tuple(work.agent for work in works if work.branch is None and work.agent in team.testers)
    if branches and not judges:
        return replace(divide(asked, analysis, team, (), positions), unjudged=tuple(branches))
    return Division(works, tuple(branches), judges)


def _assigned(
    asked: AskedText, analysis: Analysis, team: Team, branches: Sequence[Branch], positions: Sequence[int]
) -> _Assigned:
    """Map agents and places to the asks that the agent answers there.

    Follow-up work in a branch in which nobody else works is not lost, though no ask of its own was read there. A
    testing agent has the asks that depend on its tests if it has no work of its own, and those that nobody else does.
    """
    asks: dict[tuple[str, Place], list[int]] = {}
    judged: dict[str, list[int]] = {}
    for position in positions:
        for agent in analysis.answering[position]:
            places = tuple(_places(asked, analysis, branches, position, tester=agent in team.testers))
            for place in places:
                asks.setdefault((agent, place), []).append(position)
            if not places:
                judged.setdefault(agent, []).append(position)
    for number, branch in enumerate(branches):
        name = follow_up(asked.text[branch.start : branch.end])
        if name and not any(place == number and agent not in team.testers for agent, place in asks):
            asks[follower(name, team), number] = list(branch.asks)
    done = {position for own in asks.values() for position in own}
    for agent, own in judged.items():
        always = asks.setdefault((agent, None), own)
        always += [position for position in own if position not in done and position not in always]
    return {key: tuple(sorted(own)) for key, own in asks.items()}


def _places(
    asked: AskedText, analysis: Analysis, branches: Sequence[Branch], position: int, tester: bool
) -> Iterator[Place]:
    """Yield where an ask is done: always, in branches, or both if its words are in both.

    Of several branches in one ask, those that its object is not in may be follow-up work alone: "otherwise deploy it".
    A testing agent works in a branch only if a check is named there: the words before it are the condition.
    """
    ask = analysis.reading.asks[position]
    inside = [number for number, branch in enumerate(branches) if position in branch.asks]
    if not inside or is_outside(ask, asked, tuple(branches[number] for number in inside)):
        yield None
    words = {number: asked.text[branches[number].start : branches[number].end] for number in inside}
    about = [number for number in inside if ask.object in words[number]]
    own = (number for number in inside if not about or number in about or not follow_up(words[number]))
    yield from (number for number in own if not tester or _names_check(asked, branches[number], ask.start, ask.end))


def _names_check(asked: AskedText, branch: Branch, start: int, end: int) -> bool:
    return CHECK.search(asked.text, max(start, branch.start), min(end, branch.end)) is not None


def _follow_up(
    asked: AskedText, analysis: Analysis, branches: Sequence[Branch], agent: str, place: Place, asks: _Assigned
) -> str:
    """Return the follow-up work that an agent does in a branch; empty for work with a subject of its own.

    It follows up if no card covers its asks, if they state several branches in one, or if the branch begins with words
    of follow-up work and is about what the same agent has done before.
    """
    if place is None:
        return ""
    shared = [position for branch in branches for position in branch.asks]
    own = [at for at in asks[agent, place] if analysis.reading.asks[at].domains and shared.count(at) == 1]
    words = asked.text[branches[place].start : branches[place].end]
    if own and (agent, None) not in asks:
        return ""
    return follow_up(words[:_BEGINNING] if own else words)
