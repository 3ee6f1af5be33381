"""The outline of a plan: its works with the ids of their steps, and the cards of its agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.plan import Analysis, Card

from .agents import home_domain
from .asked_text import AskedText
from .conditional import Branch
from .domains import SHORT_NAMES
from .left_out import LeftOut
from .team import Team, team_of
from .work import Division, divide


@dataclass(frozen=True, slots=True)
class Outline:
    """All that the steps of a plan are made from. `ids` are the steps' ids, in the order of the division's works."""

    asked: AskedText
    analysis: Analysis
    out: LeftOut
    team: Team
    division: Division
    ids: tuple[str, ...]
    children: tuple[str, ...] = ()
    """Ids of the child requests, which come before a validation."""

    def id_of(self, agent: str, branch: int | None) -> str | None:
        """Return the id of an agent's step in a branch, or of its step outside of branches; `None` if it has none."""
        work = self.division.at(agent, branch)
        return None if work is None else self.ids[self.division.works.index(work)]

    def bases(self, agent: str) -> tuple[str, ...]:
        """Return the agents that an agent depends on."""
        return tuple(base for name, base in self.analysis.dependencies if name == agent)

    def names(self) -> dict[str, str]:
        """Map the agents to their first steps."""
        return {work.agent: name for work, name in reversed(list(zip(self.division.works, self.ids, strict=True)))}


def outline(
    asked: AskedText,
    analysis: Analysis,
    cards: Sequence[Card],
    out: LeftOut,
    branches: Sequence[Branch],
    positions: Sequence[int],
    children: Sequence[str],
) -> Outline:
    """Outline the plan of some asks of a request; `children` are the ids of the child requests for the others."""
    team = team_of(analysis.agents, analysis.dependencies, cards)
    division = divide(asked, analysis, team, branches, positions)
    ids = _step_ids(division, _names([card for card in cards if card.name in analysis.agents.names]))
    return Outline(asked, analysis, out, team, division, tuple(ids), tuple(children))


def _names(cards: Sequence[Card]) -> dict[str, str]:
    """Map agents to names: the short name of the home domain, or the agent's own name where two share a domain."""
    names: dict[str, str] = {}
    for card in cards:
        short = SHORT_NAMES.get(home_domain(card), home_domain(card)).replace("-", "_")
        own = card.name.removesuffix("-specialist").replace("-", "_")
        names[card.name] = short if short not in names.values() else own
        if list(names.values()).count(names[card.name]) > 1:
            names[card.name] = card.name.replace("-", "_")
    return names


def _step_ids(division: Division, names: Mapping[str, str]) -> list[str]:
    """Return the ids of the steps of all works: the agent's name, or in a branch the follow-up work that the branch is.

    Another step of an agent is named by its branch as well.
    """
    ids: list[str] = []
    for work in division.works:
        name = names[work.agent]
        if work.branch is not None and (name in ids or work.follow_up):
            suffix = "passed" if division.branches[work.branch].passed else "failed"
            name = work.follow_up if work.follow_up and work.follow_up not in ids else f"{name}_if_{suffix}"
        ids.append(name if name not in ids else f"{name}_{len(ids) + 1}")
    return ids
