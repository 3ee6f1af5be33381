"""Follow-up work: judged work is put live, taken back or improved.

No card covers these words, for they have no subject of their own: it is the work that was judged. So an agent that is
in the plan anyway does it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.request import Reading

from .asked_text import AskedText
from .team import Team

_IT = r"(?:it|this|that|them|these|everything|all(?: of it)?)"
_DELIVERIES: Mapping[str, str] = {
    "deploy": r"deploy\w{0,5}",
    "release": r"releas(?:e[sd]?|ing)",
    "roll_out": rf"roll(?:ing|ed)?(?: {_IT})?[ -]out|rollout",
    "go_live": rf"go(?:es)? live|(?:put|bring|take) {_IT} (?:live|online|(?:in)?to production|in production)|launch",
    "publish": r"publish\w{0,3}",
    "merge": r"merge",
    "promote": rf"promote|ship {_IT}",
    "switch_over": rf"(?:switch|cut)(?: {_IT}| traffic)? over",
    "roll_back": rf"roll(?:ing|ed)?(?: {_IT})?[ -]?back|rollback",
    "revert": r"revert\w{0,3}",
    "undo": rf"undo|(?:take|pull) {_IT} (?:back|down|offline)|restore the (?:old|previous|last)",
    "tune": r"tun(?:e|ing)|optimi[sz](?:e|ing)|speed(?: it)? up",
}
_IMPROVEMENTS: Mapping[str, str] = {
    "repair": r"fix|repair|correct|debug",
    "improve": r"improv(?:e|ing)|refin(?:e|ing)|revis(?:e|ing)|rework|adjust|polish|iterate|try again|go on|continue",
}
_BY_NAME = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for name, words in {**_DELIVERIES, **_IMPROVEMENTS}.items()
}


def follow_up(text: str) -> str:
    """Return the follow-up work that a text names first (`deploy`, `roll_back`, `tune`, ...); empty for none."""
    matches = ((words.search(text), name) for name, words in _BY_NAME.items())
    return min(((match.start(), name) for match, name in matches if match), default=(0, ""))[1]


def follower(name: str, team: Team) -> str:
    """Return the agent that does some follow-up work: the primary one improves, the keeper delivers and tunes."""
    return team.primary if name in _IMPROVEMENTS else team.keeper


def with_follow_up(
    answering: Sequence[tuple[str, ...]],
    reading: Reading,
    asked: AskedText,
    places: Sequence[tuple[int, int]],
    team: Team,
) -> list[tuple[str, ...]]:
    """Give follow-up work that no card covers to an agent of the plan.

    `places` are those of the branches and repetitions: only there an ask without a subject is about judged work.
    """
    given = list(answering)
    for position in {position for place in places for position in asked.overlapping(reading.asks, *place)}:
        ask = reading.asks[position]
        name = "" if given[position] or ask.domains else follow_up(ask.text)
        if name:
            given[position] = (follower(name, team),)
    return given
