"""Tickets: the fields of their heads, and the labels that open a section ("Expected: ...", "Out of scope: ...")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.blocks import Section
from creatorflow_orchestrator.core.reading.section_names import section_labelled, section_named

_LABEL = re.compile(
    r"[*_]{0,3}(?P<name>[^\W\d_][\w '’/&.-]{0,48}?)(?:\s?\([^)]{0,40}\))?[*_]{0,3}\s?:[*_]{0,3}(?=\s|$)"
)
_DASHED = re.compile(r"(?P<name>[^\W\d_][\w '’/-]{2,30}?)\s{1,2}(?:[–—-]|->|=>|→)\s{1,2}(?=\S)")
_STRONG_NAMES = """
    priority, severity, prio, assignee, assigned to, reporter, reported by, created by, sprint, epic, epic link,
    story points, fix version, fix versions, affects version, affected version, ticket, ticket id, issue type,
    issue key, reviewer, watchers, linked issues, blocked by, last updated, document status, doc status, time spent,
    requester, urgency, prepared by
    """
_STRONG = frozenset(name.strip() for name in _STRONG_NAMES.split(","))
"""Fields that no request has as a label of its own: one of them makes the lines beside it a head."""
_WEAK_NAMES = """
    assigned, reported, affects, found in, requested-by, points, estimate, resolution, resolution status, created,
    opened, updated, closed, status, labels, component, components, tags, type, owner, author, version, build,
    browser, os, device, env, environment, team, squad, customer, caller, account, category, link, links, url,
    project, id, key, parent, blocks, relates to, duplicates, channel, queue, ref, reference, approver, approved by,
    requested by, milestone, visibility, source, severity level, contact, phone, e-mail, email, plan, risk, service,
    story, date, started, ended, duration, title, level, state
    """
_FIELDS = _STRONG | frozenset(name.strip() for name in _WEAK_NAMES.split(","))
_PERSONS = frozenset(
    (
        "owner",
        "author",
        "assigned",
        "contact",
        "approver",
        "requested",
        "caller",
        "customer",
        "lead",
        "reporter",
        "team",
    )
)
_DEVICES = frozenset(("browser", "os", "device", "version", "build", "env", "environment", "app version"))
_STATES = frozenset(
    ("status", "state", "resolution", "type", "story", "epic", "ticket", "issue", "task", "key", "parent")
)
_PERSON = re.compile(
    r"(?:@?[A-Z][\w.'-]{0,20}(?:\s(?:\(.{1,20}\)|[A-Z][\w.'-]{0,20})){0,2}|(?:the\s)?[\w-]{1,20}\steam"
    r"|\S{1,40}@\S{1,40}|none)$"
)
_DEVICE = re.compile(r"(?:[\w.()+-]{1,20}[\s,]{0,2}){1,4}$")
_KEPT = frozenset(("summary", "title", "description", "short description", "bug", "feature", "issue", "problem"))
_HEAD_VALUE_WORDS = 8
_HEAD_NAME_WORDS = 3
_BARE_WORDS = 3
_TYPES = (
    r"bug|defect|story|task|sub-?task|epic|feature|improvement|incident|spike|chore|change|request|enhancement|hotfix|"
    r"p[0-5]|s[1-4]|sev-?\s?\d|critical|blocker|major|minor|trivial|high|medium|low|urgent|normal|open|new|to ?do|"
    r"in progress|in review|backlog|done|closed|unassigned|ready|reopened|draft|v\d[\d.]{0,6}"
)
_KEY = r"\[?(?:[A-Z][A-Z0-9]{0,9}-\d{1,6}|#\d{1,7}|(?:INC|PRB|CHG|REQ)\d{4,10})\]?"
_PART = re.compile(rf"\[?(?:(?:{_TYPES})\s)?(?:{_KEY}|(?:{_TYPES}))\]?(?:\s(?:{_TYPES}))?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s{0,3}[·•|]\s{0,3}|\s{1,3}[/–—-]\s{1,3}|,\s")
_FIELD_SIGNS = re.compile(r"\s{0,3}[·•|]\s{0,3}")
_STATE = re.compile(
    rf"(?:{_TYPES}|unresolved|resolved|{_KEY})(?:\s?(?:->|→|/|,)\s?(?:{_TYPES})){{0,3}}$", re.IGNORECASE
)
_OPENED = re.compile(r"(?:opened|reported|created|updated)\s(?:by\s.{1,40}|.{1,30}\sby\s.{1,40})", re.IGNORECASE)
_KEY_ONLY = re.compile(rf"(?:(?:ticket|issue|jira|bug|task|story)\s{{0,2}})?{_KEY}\s{{0,2}}[:.–—-]?$", re.IGNORECASE)
_KEY_FIRST = re.compile(
    rf"(?:{_KEY}|\[(?:{_TYPES})\])(?:\s{{0,2}}[\[(](?:{_TYPES})[\])])?(?:\s{{0,3}}[:–—|·-])?\s{{1,3}}(?=\w)",
    re.IGNORECASE,
)
_LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True)
class Label:
    """A name before a colon. `length` is up to and with the colon, `value` the start of what follows it."""

    name: str
    length: int
    value: int
    section: Section | None
    """`None` for a name without a known meaning."""


def label_at(content: str) -> Label | None:
    """Return the label that a line begins with: "Expected: one label"."""
    head = content[:_LONGEST_LABEL]
    found = _LABEL.match(head) if ":" in head else None
    if found:
        name = found["name"].strip()
        value = found.end() + len(head[found.end() :]) - len(head[found.end() :].lstrip())
        return Label(name.lower(), found.end(), value, section_labelled(name, valued=value < len(content)))
    dashed = _DASHED.match(head)
    if dashed and (section := section_named(dashed["name"], bare=True)) not in (None, Section.NONE):
        name = dashed["name"].strip()
        return Label(name.lower(), len(name), dashed.end(), section)
    return None


def is_field_alone(label: Label, content: str) -> bool:
    """Whether a label and its value are a field of a ticket's head wherever they stand."""
    value = content[label.value :]
    if len(content) > _LONGEST_LABEL or not value:
        return False
    if label.name in _STRONG:
        return True
    if label.name.split(" ")[0] in _PERSONS and _PERSON.match(value):
        return True
    if label.name in _STATES and _STATE.match(value):
        return True
    return label.name in _DEVICES and _DEVICE.match(value) is not None


def fits_head(label: Label, content: str) -> bool:
    """Whether a line beside a field of a head is one too: a name, and a value that is no sentence."""
    if label.name in _KEPT or (label.section is not None and label.name not in _FIELDS):
        return False
    value = content[label.value :]
    if not value or value[-1] in ".?!" or len(label.name.split()) > _HEAD_NAME_WORDS:
        return False
    return len(value.split()) <= _HEAD_VALUE_WORDS


def is_known_field(label: Label) -> bool:
    """Whether a label is known as a field of heads; many are also labels of a request ("Labels: print at payment")."""
    return label.name in _FIELDS or label.name in _KEPT


def is_kept(label: Label) -> bool:
    """Whether the value of a label in a head is a sentence to read: the summary, the title, the description."""
    return label.name in _KEPT


def is_bare_field(content: str) -> bool:
    """Whether a line may be a field without a colon: "Prio 1", "Reporter Dana"."""
    words = content.split()
    return 1 < len(words) <= _BARE_WORDS and words[0].lower() in _STRONG and content[-1] not in ".!?:"


def is_field_name(content: str) -> bool:
    """Whether a line is the name of a field alone, whose value is in the line below it."""
    return content.lower() in _STRONG


def is_head_line(content: str) -> bool:
    """Whether a line is the head of a ticket: "CF-88 · Bug · P2", its key alone, who opened it."""
    if len(content) > 160:
        return False
    if _KEY_ONLY.match(content) or _OPENED.match(content):
        return True
    if any(sign in content for sign in "·•|") and _are_fields(content):
        return True
    parts = _BETWEEN.split(content)
    typed = sum(_PART.match(part) is not None for part in parts)
    if typed == len(parts):
        return len(parts) > 1
    free = len(parts) > 2 and any(sign in content for sign in "·•|") and all(len(part) <= 24 for part in parts)
    return free and (_PART.match(parts[0]) is not None or typed > 1)


def _are_fields(content: str) -> bool:
    """Whether a line has several fields: "Status: draft · Owner: payments"."""
    labels = [_LABEL.match(part) for part in _FIELD_SIGNS.split(content)]
    names = [label["name"].lower() for label in labels if label]
    return len(names) == len(labels) > 1 and any(name in _FIELDS for name in names)


def key_length(content: str) -> int:
    """Return the length of the ticket's key that a title begins with: 7 of "CF-88: Stock goes negative"."""
    found = _KEY_FIRST.match(content)
    return found.end() if found else 0
