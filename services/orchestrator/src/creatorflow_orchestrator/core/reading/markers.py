"""The markers of list items: bullets, numbers, letters, ids of requirements, boxes. Own code: most are no Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from creatorflow_orchestrator.core.reading.lines import Line

from .calendar_names import SHORT_MONTHS

_BULLETS = "-*+•‣▪▫◦●○■□◆◇►▶➢➤→➡⇒»·–—∙⁃✗✘❌👉🔹🔸▸"
_TICKED = "✓✔☑☒✅"
_OPEN = "☐⬜"
_MARKER = re.compile(
    rf"""(?:
      (?P<bullet>[{_BULLETS}{_TICKED}{_OPEN}])\ufe0f?(?=\s|\[|$)
    | (?P<stars>[*\#]{{2,4}})(?=\s)
    | (?P<hash>\#)(?=\s)
    | (?P<tight>[-*•–·])(?=[A-Za-z"'“(])(?!.{{1,200}}[*]$)
    | \((?P<lettered>[a-z]\d{{1,2}})\)(?=\s)
    | \[(?P<tagged>(?-i:[A-Z]){{1,4}}-?\d{{1,5}}|\d{{1,3}})\](?=\s)
    | \((?P<bracketed>\d{{1,3}}(?:\.\d{{1,2}}){{0,3}}|[a-zA-Z]|[ivx]{{1,4}})\)(?=\s|\w)
    | (?:\*\*)?(?P<number>\d{{1,3}})[.)](?=\s|$|(?-i:[A-Z]))
    | (?P<letter>[a-zA-Z]|[ivx]{{1,4}})\)(?=\s)
    | (?P<dotted>[a-zA-Z]|[ivx]{{1,4}})\.(?=\s)
    | §?\s?(?P<section>\d{{1,2}}(?:\.\d{{1,2}}){{1,3}})[.):]?(?=\s)
    | §?\s?(?P<plain>\d{{1,2}})(?P<sign>\s{{0,2}}[-–:/]|\ufe0f?\u20e3)?(?=\s)
    | (?P<step>(?:step|item|task|point|goal|story|req(?:uirement)?|question|no\.?|nr\.?|pos(?:ition)?\.?|lot)
        \s{{0,2}}\#?\d{{1,2}})
        \s?[-–:.)](?=\s)
    | (?P<id>(?:(?-i:[A-Z]){{1,5}}[-\ ]?\d{{1,5}}|\#\d{{1,6}})(?:\.\d{{1,2}})?)(?:\s?[-–:.)])?(?=\s)
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_MONTH = re.compile(rf"(?:{'|'.join(SHORT_MONTHS)})[a-z]{{0,6}}\b|o'clock", re.IGNORECASE)
_RELATIVE_TIME = re.compile(r"T\s?[-+]?\s?\d")
_KNOWN_ID = re.compile(r"(?:AC|FR|NFR|REQ|US|UC|BR|AI)[- ]?\d")
_ID_PREFIX = re.compile(r"[A-Za-z]+|#")
_BOX = re.compile(
    rf"(?:\[(?P<mark>[ xX✓✔]?|(?i:done|open|to ?do|wip|closed))\](?!\()|(?P<sign>[{_TICKED}{_OPEN}])\ufe0f?(?=\s))\s*"
)
_NESTED_LIMIT = 12
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_ALWAYS = frozenset(("bullet", "stars", "bracketed", "number", "letter", "step"))
_NESTED = frozenset(("bullet", "bracketed", "number"))
_BESIDE = 4
"""Markers above and below among which a neighbour is looked for."""


@dataclass(frozen=True, slots=True)
class Marker:
    """The marker at the start of a line: its form, its ordinal where it counts, and its length."""

    form: str
    ordinal: str
    length: int
    checked: bool | None = None
    crossed: bool = False
    """True if the sign says no: ❌."""


def find_markers(lines: Sequence[Line], skipped: Collection[int], *, hashes: bool) -> dict[int, Marker]:
    """Return the marker of every line that is an item, by position; with `hashes`, "# x" is one.

    A form that prose also has ("2.5 seconds", "A. Smith", "-label") counts only beside a line with the neighbour of it.
    """
    found = {
        position: marker
        for position, line in enumerate(lines)
        if line.content and position not in skipped and (marker := marker_at(line.content, hashes=hashes))
    }
    positions = list(found)
    certain: dict[int, Marker] = {}
    for index, position in enumerate(positions):
        marker = found[position]
        if marker.form == "count":
            if _counts(found, certain, position):
                certain[position] = marker
            continue
        if marker.form in _ALWAYS or _certain_id(marker) or marker.form == "hash":
            certain[position] = marker
            continue
        beside = positions[max(0, index - _BESIDE) : index] + positions[index + 1 : index + 1 + _BESIDE]
        if _confirmed(marker, [found[other] for other in beside]):
            certain[position] = marker
    return certain


def marker_at(content: str, *, hashes: bool = False) -> Marker | None:
    """Return the marker that a line may begin with, the box behind it included, or `None`."""
    found = _MARKER.match(content)
    form = found.lastgroup if found else None
    if found is None or form is None:
        return _bare_box(content)
    if form == "sign":
        form = "plain"
    if not _fits(form, found, content, hashes=hashes):
        return None
    if (
        form == "plain"
        and not found["sign"]
        and content[0] != "§"
        and not content[found.end() : found.end() + 1].isupper()
    ):
        return Marker("count", found["plain"], found.end())
    length, sign = found.end(), content[0]
    for _ in range(_NESTED_LIMIT):
        inner = _MARKER.match(content, length)
        if inner is None or inner.lastgroup not in _NESTED or _BOX.match(content, length):
            break
        length, sign = inner.end(), content[length]
    checked = True if sign in _TICKED else False if sign in _OPEN else None
    if box := _BOX.match(content, length):
        length, checked = box.end(), _state(box)
    return Marker(form, found[form], length, checked, crossed=sign in "❌✗✘")


def _fits(form: str, found: re.Match[str], content: str, *, hashes: bool) -> bool:
    if form == "id":
        return not _RELATIVE_TIME.match(content)
    if form == "plain":
        return not _MONTH.match(content, found.end())
    if form == "hash" or (form == "stars" and content[0] == "#"):
        return hashes
    return True


def _bare_box(content: str) -> Marker | None:
    box = _BOX.match(content)
    return Marker("bullet", box.group(), box.end(), _state(box)) if box and box.end() < len(content) else None


def _state(box: re.Match[str]) -> bool:
    if box["mark"] is not None:
        return box["mark"].lower() in ("x", "✓", "✔", "done", "closed")
    return box["sign"] in _TICKED


def _certain_id(marker: Marker) -> bool:
    return marker.form == "id" and _KNOWN_ID.match(marker.ordinal) is not None


def _confirmed(marker: Marker, beside: Sequence[Marker]) -> bool:
    same = [other.ordinal for other in beside if other.form == marker.form]
    if marker.form == "tight":
        return marker.ordinal in same
    if marker.form in ("id", "tagged", "lettered"):
        return any(_prefix(other) == _prefix(marker.ordinal) and other != marker.ordinal for other in same)
    if marker.form == "section":
        same += [other.ordinal + ".0" for other in beside if other.form in ("plain", "number")]
    if marker.form == "plain":
        same += [other.ordinal.rpartition(".")[0] for other in beside if other.form == "section"]
    return any(
        _adjacent(own, theirs) for other in same for own in _numbers(marker.ordinal) for theirs in _numbers(other)
    )


def _counts(found: Mapping[int, Marker], certain: Mapping[int, Marker], position: int) -> bool:
    """Return True if "2 labels" stands right below the item "1 orders", or that above it."""
    own, above, below = found[position].ordinal, certain.get(position - 1), found.get(position + 1)
    if own == "1":
        return below is not None and (below.form, below.ordinal) == ("count", "2")
    return above is not None and above.form == "count" and int(above.ordinal) + 1 == int(own)


def _prefix(ordinal: str) -> str:
    found = _ID_PREFIX.match(ordinal)
    return found.group() if found else ""


@lru_cache(maxsize=1024)
def _numbers(ordinal: str) -> list[tuple[int, ...]]:
    """Return an ordinal as numbers: "2.1" is (2, 1), "b" is (2,), "iv" is (4,), "i" is (9,) or (1,)."""
    if ordinal[0].isdigit():
        return [tuple(int(part) for part in ordinal.split("."))]
    lower = ordinal.lower()
    letters: list[tuple[int, ...]] = [(ord(lower) - ord("a") + 1,)] if len(lower) == 1 else []
    return [*letters, (_ROMAN[lower],)] if lower in _ROMAN else letters


def _adjacent(own: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return True if one stands beside the other: 2.1 and 2.2, 2 and 2.1, 2.3 and 3.1."""
    if own[:-1] == other[: len(own) - 1]:
        return len(own) != len(other) or abs(own[-1] - other[-1]) == 1
    if len(own) < 2 or own[:-2] != other[: len(own) - 2] or len(other) < len(own) - 1:
        return False
    return abs(own[-2] - other[len(own) - 2]) == 1
