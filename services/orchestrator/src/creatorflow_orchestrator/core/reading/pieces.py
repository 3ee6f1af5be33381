"""Cuts a line into pieces where it holds more than one block: a greeting, a list, labels, a closing formula."""

from __future__ import annotations

import re
from collections.abc import Iterator

from creatorflow_orchestrator.core.reading import mail
from creatorflow_orchestrator.core.reading.blocks import Section
from creatorflow_orchestrator.core.reading.lines import Line
from creatorflow_orchestrator.core.reading.section_names import section_labelled

_COUNTED = re.compile(
    r"(?:(?<=\s)|^)(?P<open>\(?)(?P<ordinal>\d{1,2}|[a-z]|[ivx]{1,4})(?P<close>[.):])(?=\s)", re.IGNORECASE
)
_TIGHT = re.compile(r"(?:(?<=\s)|^)(?P<open>\(?)(?P<ordinal>\d{1,2}|[a-z])(?P<close>\))(?=[A-Za-z])")
_ID = re.compile(r"(?:(?<=\s)|^)(?P<prefix>AC|FR|NFR|REQ|US)[- ]?(?P<ordinal>\d{1,2})(?=[:.)]?\s)")
_DASH = re.compile(r"(?:(?<=\s)|^)[-–—](?=\s)")
_BULLET = re.compile(r"(?:(?<=\s)|^)[•‣◦●▪·*](?=\s)")
_BOX = re.compile(r"(?:(?<=\s)|^)(?:[-*]\s)?\[[ xX]?\](?=\s)|(?:(?<=\s)|^)[☐☑☒✅❌](?=\s)")
_MAY_LIST = re.compile(
    r"(?:^|\s)(?:\(?[1aiAI][.):]|(?:AC|FR|NFR|REQ|US)[- ]?\d|[•‣◦●▪·*\u2013\u2014☐☑☒✅❌-]\s|\[[ xX]?\])"
)
"""What every list within a line has; looked for before the lists are."""
_FIELD = re.compile(
    r"(?<=\s)(?:Steps(?: to reproduce)?|(?:Expected|Actual)(?: (?:behaviou?r|result))?|Out of scope|Not in scope|"
    r"Not now|Acceptance criteria|Summary|Description|Priority|Severity|Assignee|Reporter|Sprint|Status)"
    r"(?:\s\([^)]{1,20}\))?:(?=\s)"
)
_LABEL = re.compile(r"(?<=[.!?;)|·]\s)(?P<name>[A-Z][\w'’ -]{1,40}):(?=\s)")
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_FIRST = ("1", "a", "i")
_LONGEST = 20_000
_MOST = 200
"""Pieces of one line."""
_TRIES = 20
"""Places at which a list within a line is tried to begin."""


def cut(line: Line) -> Iterator[Line]:
    """Yield the pieces of a line of prose in order, itself if it is one."""
    content = line.content
    if len(content) > _LONGEST or content[:1] == "|" or "\t" in content or mail.HEAD.match(content):
        yield line
        return
    head = mail.greeting(content)
    places = {0, *_list_places(content, head), *_label_places(content)}
    if 0 < head < len(content):
        places.add(head)
    if closing := mail.closing_at(content):
        places.add(closing)
    if len(places) == 1:
        yield line
        return
    ordered = sorted(places)[:_MOST]
    for number, (start, end) in enumerate(zip(ordered, [*ordered[1:], len(content)], strict=True)):
        if (piece := line.piece(start, end, joins=line.joins and number == 0)).content:
            yield piece


def _label_places(content: str) -> Iterator[int]:
    if ":" not in content:
        return
    for found in _FIELD.finditer(content, 1):
        before = content[: found.start()].rstrip()
        if before[-1:] not in ("(", "*", '"', "`") and not before.endswith(
            (" the", " our", " of", " is", " and", " a")
        ):
            yield found.start()
    for found in _LABEL.finditer(content, 1):
        if section_labelled(found["name"], valued=True) not in (None, Section.NONE):
            yield found.start()


def _list_places(content: str, head: int) -> list[int]:
    if not _MAY_LIST.search(content, head):
        return []
    for pattern in (_COUNTED, _TIGHT, _ID):
        if places := _sequence(list(pattern.finditer(content, head))):
            return places
    boxes = [found.start() for found in _BOX.finditer(content, head)]
    if len(boxes) >= 2:
        return boxes
    bullets = [found.start() for found in _BULLET.finditer(content, head)]
    if len(bullets) >= 2 and (bullets[0] == 0 or content[: bullets[0]].rstrip()[-1:] == ":"):
        return bullets
    dashes = [found.start() for found in _DASH.finditer(content, head)]
    if len(dashes) >= 2 and content[: dashes[0]].rstrip().endswith(":"):
        return dashes
    return dashes if len(dashes) >= 3 and dashes[0] == 0 else []


def _sequence(found: list[re.Match[str]]) -> list[int]:
    """Return the places of "1." "2." "3.", or "(a)" "(b)": they count from the first on, in one form."""
    for first, start in enumerate(found[:_TRIES]):
        if start["ordinal"].lower() not in _FIRST:
            continue
        places, ordinal, form = [start.start()], start["ordinal"].lower(), _form(start)
        for match in found[first + 1 :]:
            if match["ordinal"].lower() == _next(ordinal) and _form(match) == form:
                places.append(match.start())
                ordinal = match["ordinal"].lower()
        if len(places) >= 2:
            return places
    return []


def _form(match: re.Match[str]) -> tuple[str, ...]:
    groups = match.groupdict()
    return (groups.get("open", ""), groups.get("close", ""), groups.get("prefix", ""))


def _next(ordinal: str) -> str:
    if ordinal.isdigit():
        return str(int(ordinal) + 1)
    if ordinal in _ROMANS[:-1]:
        return _ROMANS[_ROMANS.index(ordinal) + 1]
    return chr(ord(ordinal) + 1) if len(ordinal) == 1 else ""
