"""Words by which a line says what is to be made of it and of the lines beside it."""

from __future__ import annotations

import re

from creatorflow_orchestrator.core.reading.blocks import Section
from creatorflow_orchestrator.core.reading.markers import Marker
from creatorflow_orchestrator.core.reading.tickets import label_at

_EXCLUDES = re.compile(
    r"\b(?:(?:do|does|did|will|would|should)(?:\snot|n't|n’t)\s"
    r"(?:need|want|have to|require|include|build|touch|change|add)"
    r"|shall not (?:deliver|include|cover|build|provide|supply|change)|(?:is|are)(?:\snot|n't|n’t) about"
    r"|not (?:needed|wanted|required|included|part of)|no need|leave out|leave alone|left out|skip|"
    r"exclud\w{1,4}|out of scope|don't touch|hands off|not now|please no)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:please|(?:can|could|would) you|(?:we|i) (?:need|want|would like)|we'd like|you should|let's|build|fix|add|"
    r"make|find|change|speed|print|show|move|migrate|remove|stop|investigate|create|implement|write|test|tell|plan|"
    r"explain|"
    r"decide)\b",
    re.IGNORECASE,
)
_OPENLY = re.compile(
    r"(?:so|now|and|but)?,?\s{0,2}"
    r"(?:please(?!\s(?:no|don't|do not|leave|skip|ignore)\b)|(?:can|could|would) (?:you|we)|"
    r"(?:we|i) (?:need|want|would like)|we'd like|how (?:do|can|should)|why (?:is|are|do|does))\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"(?:[\[(]|\s[-–—:|]\s)(?:already\s)?(?:done|completed|closed|fixed|shipped|✅|✔)(?:\s[^)\]]{1,20}[\])]|[\])])?\.?$"
    r"|\s[✅✔]$|^(?:.{1,20}\s[-–—:]\s)?(?:already\s)?(?:done|completed|finished)\s?[:–—-]\s",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"^~~.{1,300}~~(?:\s?[(–—:-].{0,60})?\.?$|\s[❌✗✘🚫]$"
    r"|(?:\s?(?:->|=>|→|[–—-])\s|\s[\[(])(?:no|not (?:now|yet|needed|wanted|this time|this (?:year|quarter|sprint))|"
    r"later|out|"
    r"out of scope|next (?:year|quarter|sprint|phase|release)|phase (?:2|two|3|three)|v2|won't do|dropped|parked|"
    r"descoped|skip)[\])]?\.?$",
    re.IGNORECASE,
)
_STATE = re.compile(r"\b(?:already|works?|in place|automated|passes)\b", re.IGNORECASE)
_ID_REST = re.compile(r"[^A-Z].*")
_BY_ID = {
    "AC": Section.GOALS,
    "FR": Section.GOALS,
    "REQ": Section.GOALS,
    "US": Section.GOALS,
    "NFR": Section.CONSTRAINTS,
}
_LONGEST_ITEM = 400
_END = 200
"""Characters at the end of a line that are looked at."""


def excludes(lead_in: str) -> bool:
    """Whether a line leads into a list of what is not wanted: "For now we do not need:"."""
    return _EXCLUDES.search(lead_in[-_END:]) is not None


def asks(content: str) -> bool:
    """Whether a line begins with a word that asks for work: "Print labels"."""
    return _ASKS.match(content) is not None


def stands_alone(content: str) -> bool:
    """Whether a line below a label's value says something of its own: it asks, or it has another label."""
    return content.endswith("?") or asks(content) or label_at(content) is not None


def asks_openly(content: str) -> bool:
    """Whether a line asks by its first words: "Please find out why"; not one that asks to leave something out."""
    return _OPENLY.match(content) is not None


def is_done(item: str) -> bool:
    """Whether an item says at its start or its end that it is done: "Set prefetch to 50 [done]"."""
    return _DONE.search(item[:_LONGEST_ITEM]) is not None


def is_refused(item: str) -> bool:
    """Whether an item says by a mark that it is not wanted: "~~loyalty points~~", "charts (not now)"."""
    return _REFUSED.search(item[:_LONGEST_ITEM]) is not None and not is_done(item)


def is_struck(item: str) -> bool:
    """Whether an item is struck out; among actions it is done then, in a list of wishes it is not wanted."""
    return item.startswith("~~") and item.rstrip(".").endswith("~~")


def tells_state(item: str) -> bool:
    """Whether a ticked item says what is there, so that the ticks tell what is done and not what is wanted."""
    return _STATE.search(item[:_LONGEST_ITEM]) is not None


def section_by_id(marker: Marker) -> Section | None:
    """Return the section of an item by the letters of its id, wherever it stands: goals for "AC1"."""
    return _BY_ID.get(_ID_REST.sub("", marker.ordinal)) if marker.form == "id" else None
