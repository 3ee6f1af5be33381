"""Merges the outputs of steps: equal statements once, one file per path, tests and deployment grouped by topic.

Contributions come in plan order, a topological order, and everything keeps it: what a step builds on comes before it.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .synthesis_values import Combined, CombinedOutput, Conflict, ConflictKind, Contribution, Item, Position, Source

_UPWARDS = re.compile(r"^(?:\.{0,2}/)+|^\.\.?$")
_MARKER = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
MAX_PATH = 200
"""Characters of a file's path."""


def merge(contributions: Sequence[Contribution]) -> tuple[CombinedOutput, tuple[Conflict, ...]]:
    """Return the combined output, and a conflict for each path for which agents wrote different files."""
    files, conflicts = merge_files(
        (contribution, item) for contribution in contributions for item in contribution.output.code_examples
    )
    output = CombinedOutput(
        _statements(
            (contribution, item)
            for contribution in contributions
            for item in contribution.output.technical_specifications
        ),
        _statements(
            (contribution, item) for contribution in contributions for item in contribution.output.implementation_steps
        ),
        files,
        _by_topic(
            (contribution, item) for contribution in contributions for item in contribution.output.testing_requirements
        ),
        _by_topic(
            (contribution, item)
            for contribution in contributions
            for item in contribution.output.deployment_considerations
        ),
        {
            contribution.source.step: contribution.output.data
            for contribution in contributions
            if contribution.output.data
        },
    )
    return output, conflicts


def normalised(text: str) -> str:
    """Normalise a text for comparison: ignore case, spacing, a list marker and a closing full stop."""
    flat = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return _MARKER.sub("", flat).rstrip(".;:! ")


@dataclass(slots=True)
class Draft:
    """A combined item while it is built."""

    text: str
    about: str = ""
    language: str = ""
    sources: dict[Source, None] = field(default_factory=dict)
    answers: set[int] = field(default_factory=set)

    def add(self, contribution: Contribution, item: Item) -> None:
        """Add a contribution that has this item, and the requirements that it answers."""
        self.sources[contribution.source] = None
        self.answers |= contribution.answered(item)

    def done(self) -> Combined:
        """Return the combined item."""
        return Combined(self.text, tuple(self.sources), tuple(sorted(self.answers)), self.about, self.language)


def merge_items(keyed: Iterable[tuple[Hashable, Contribution, Item]]) -> dict[Hashable, Draft]:
    """Merge items with the same key into one draft, in order of first appearance, with the text of the first."""
    drafts: dict[Hashable, Draft] = {}
    for key, contribution, item in keyed:
        draft = drafts.get(key)
        if draft is None:
            draft = drafts[key] = Draft(item.text, item.about, item.language)
        draft.add(contribution, item)
    return drafts


Contributions = Iterable[tuple[Contribution, Item]]


def _statements(items: Contributions) -> tuple[Combined, ...]:
    drafts = merge_items((normalised(item.text), source, item) for source, item in items if item.text.strip())
    return tuple(draft.done() for draft in drafts.values())


def _by_topic(items: Contributions) -> tuple[Combined, ...]:
    """Merge equal statements of a topic; keep topics together, in order of first appearance."""
    drafts = merge_items(
        ((normalised(item.about), normalised(item.text)), source, item) for source, item in items if item.text.strip()
    )
    topics: dict[str, list[Draft]] = {}
    for draft in drafts.values():
        topic = topics.setdefault(normalised(draft.about), [])
        draft.about = topic[0].about if topic else draft.about
        topic.append(draft)
    return tuple(draft.done() for topic in topics.values() for draft in topic)


def merge_files(items: Contributions) -> tuple[tuple[Combined, ...], tuple[Conflict, ...]]:
    """Merge files by path: the first version in plan order keeps its path, others go to `conflicts/<step>/`."""
    drafts = merge_items(((_same_path(item.about), _same_code(item.text)), source, item) for source, item in items)
    versions: dict[str, list[Draft]] = {}
    for draft in drafts.values():
        versions.setdefault(_same_path(draft.about), []).append(draft)
    taken = set(versions)
    conflicts = tuple(_keep_versions_apart(drafts, taken) for drafts in versions.values() if len(drafts) > 1)
    return tuple(draft.done() for drafts in versions.values() for draft in drafts), conflicts


def _keep_versions_apart(versions: list[Draft], taken: set[str]) -> Conflict:
    """Move all versions but the first to free paths; return the conflict with the path of each version."""
    first, *others = versions
    for draft in others:
        draft.about = next(
            path for path in _version_paths(first.about, next(iter(draft.sources)).step) if path not in taken
        )
        taken.add(draft.about)
    positions = tuple(Position(draft.about, source) for draft in versions for source in draft.sources)
    return Conflict(first.about, ConflictKind.FILE, positions)


def _version_paths(path: str, step: str) -> Iterator[str]:
    """Yield candidate paths for another version of a file, the shortest first."""
    inside = _UPWARDS.sub("", _same_path(path)) or "file"
    room = MAX_PATH - len(f"conflicts/{step}/999999/")
    yield f"conflicts/{step}/{inside[-room:].lstrip('/')}"
    for number in range(2, 1_000_000):
        yield f"conflicts/{step}/{number}/{inside[-room:].lstrip('/')}"


def _same_path(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/")) if path else path


def _same_code(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
