"""The playbook of one capability: front matter, and a template of its text. Read once, at start.

An invalid playbook raises PlaybookError then, with its file and the error, never while a task is processed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from creatorflow_contracts.stemming import stem
from creatorflow_contracts.v1.base import Name
from creatorflow_contracts.v1.reading import AskKind
from jinja2 import Template, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .decisions import KEYS
from .safe_text import environment, guard
from .words import Stems, frequencies, stems

_TEMPLATE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_FENCE = re.compile(r"^```([a-z]+) path=", re.MULTILINE)
_DATA = frozenset(("json", "toml"))
Weight = Annotated[float, Field(gt=0, le=10)]


class PlaybookError(Exception):
    """A playbook is invalid: the message names the file and the error."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Applies(_Part):
    """The condition of a capability: weighted phrases of a requirement, units of its quantities, kinds of its work."""

    phrases: dict[str, Weight] = Field(min_length=1)
    units: dict[str, Weight] = Field(default_factory=dict)
    kinds: dict[AskKind, Weight] = Field(default_factory=dict)


class Decides(_Part):
    """The rule for one key: `follow` uses an earlier decision if there is one, `own` never does."""

    value: str
    rule: Literal["follow", "own"] = "follow"


class FrontMatter(_Part):
    """The head of a playbook, between `+++` lines. `order` is its position in the answer, smaller first.

    `fits` maps a category of named things to those that the text is written for, or "any" if the request names them.
    """

    capability: Name
    title: str
    summary: str
    subject: str
    core: bool = False
    validation: bool = False
    home: Name | None = None
    order: int = 100
    depends_on: tuple[str, ...] = ()
    applies: Applies
    fits: dict[str, tuple[str, ...] | Literal["any"]] = Field(default_factory=dict)
    decides: dict[str, Decides] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Playbook:
    """One capability, ready to be rendered. `head` is its front matter; `phrases` are stemmed.

    `vocabulary` is set for an agent's core capability only: the phrases of its card, for requirements of no other.
    """

    source: str
    head: FrontMatter
    phrases: tuple[tuple[Stems, float], ...]
    units: Mapping[str, float]
    body: Template
    summary: Template
    decides: Mapping[str, Template]
    vocabulary: tuple[Stems, ...] = ()
    languages: frozenset[str] = frozenset()
    """Languages of its code, those of data files not among them."""
    domains: frozenset[str] = frozenset()
    """Domains of the agent whose it is first, if that is another."""
    words: Mapping[str, float] = field(default_factory=dict)
    """Frequencies of the significant words in its text."""

    @property
    def name(self) -> str:
        """The capability's name."""
        return self.head.capability

    @property
    def keys(self) -> tuple[str, ...]:
        """All decision keys that its text may use."""
        return tuple(dict.fromkeys((*self.head.depends_on, *self.head.decides)))


@cache
def sandbox() -> SandboxedEnvironment:
    """Return the template environment that all playbooks share."""
    return environment()


def read(text: str, source: str) -> Playbook:
    """Parse the playbook in `text`; `source` is named in errors. Raises PlaybookError."""
    try:
        _, front, body = text.split("+++\n", 2)
        head = FrontMatter.model_validate(tomllib.loads(front))
    except ValueError as error:  # pydantic's and tomllib's errors are ValueErrors
        raise PlaybookError(f"{source}: front matter between '+++' lines: {_reason(error)}") from error
    unknown = [key for key in (*head.depends_on, *head.decides) if key not in KEYS]
    if unknown:
        raise PlaybookError(f"{source}: unknown decision keys {unknown}; known are {', '.join(KEYS)}")
    try:
        return _compiled(head, front.count("\n") + 2, body, source)
    except TemplateError as error:
        raise PlaybookError(f"{source}: template: {error}") from error


def _check_literals(body: str, source: str) -> None:
    """Check that `lit`, which marks text as safe, is only applied to literal strings. Raises PlaybookError."""
    for usage in sandbox().parse(body).find_all(nodes.Filter):
        if usage.name == "lit" and not isinstance(usage.node, nodes.Const):
            raise PlaybookError(f"{source}: '| lit' near line {usage.lineno} must follow a literal string")


def _compiled(head: FrontMatter, offset: int, body: str, source: str) -> Playbook:
    compiled = sandbox().from_string
    _check_literals(body, source)
    return Playbook(
        source=source,
        head=head,
        phrases=tuple((stems(phrase), weight) for phrase, weight in head.applies.phrases.items()),
        units={stem(unit): weight for unit, weight in head.applies.units.items()},
        body=compiled(guard("\n" * offset + body)),  # so that errors count lines as the file does
        summary=compiled(head.summary),
        decides={key: compiled(rule.value) for key, rule in head.decides.items()},
        languages=frozenset(_FENCE.findall(body)) - _DATA,
        words=frequencies(_TEMPLATE.sub(" ", " ".join((head.title, head.summary, *head.applies.phrases, body)))),
    )


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return str(error)


def find(agent: str, capability: str, folder: Traversable | None = None) -> Playbook:
    """Return the playbook of a card's capability: the agent's own file, else the shared one. Raises PlaybookError."""
    root = folder or files(__package__) / "playbooks"
    for owner in (agent, "shared"):
        file = root / owner / f"{capability}.md"
        if file.is_file():
            playbook = read(file.read_text(encoding="utf-8"), f"{owner}/{capability}.md")
            if playbook.name != capability:
                raise PlaybookError(f"{owner}/{capability}.md: its front matter names '{playbook.name}'")
            return playbook
    raise PlaybookError(f"{agent}: capability '{capability}' has no playbook: write {agent}/{capability}.md")
