"""The named constraints that an answer does not keep: a playbook is written for one stack, whatever the request names.

What a playbook fits stands in its head, `[fits] database = ["PostgreSQL"]`; `"any"` is for what its text takes from
the request. Its languages follow from its code, PostgreSQL from SQL. A category that is not there does not concern it,
but a region always does: a playbook that sets none cannot keep data in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from creatorflow_contracts.names import load_names
from creatorflow_contracts.v1.output import NotHonoured
from creatorflow_contracts.v1.reading import Constraint, Fact
from creatorflow_contracts.v1.work import AgentTask

from .named_things import listed
from .playbook import Playbook
from .unit_conversion import read_fact
from .words import names

ANY = "any"
_VERSION = r"(?:\.js)?(?:[\s-]*v?\d[\w.]*)?"


def not_honoured(task: AgentTask, playbook: Playbook, code: bool) -> tuple[NotHonoured, ...]:
    """Return the constraints that a capability does not keep; `code` is false where its answer has no code.

    Of a constraint with several things, "MySQL 8 and DHL only", those that it does not keep.
    """
    constraints = task.reading.constraints if task.reading else ()
    fits, languages = _fits(playbook, code), playbook.languages if code else frozenset[str]()
    found: list[NotHonoured] = []
    for constraint in constraints:
        facts = tuple(_facts(task, constraint))
        for fact in facts:
            if reason := _reason(fact, fits, languages):
                words = constraint.text if len(facts) == 1 else fact.text or fact.name
                found.append(NotHonoured(constraint=words[:4096], reason=reason))
    return tuple(found)


def summary(broken: tuple[NotHonoured, ...]) -> str:
    """Return a sentence for the answer's summary that names what it does not keep, "" if it keeps all."""
    return " ".join(f'It does not keep "{option.constraint[:200]}": {option.reason}.' for option in broken)


def _facts(task: AgentTask, constraint: Constraint) -> Iterator[Fact]:
    """Yield the facts that stand in a constraint; one that was given beside the text has no place, only words."""
    for fact in task.reading.facts if task.reading else ():
        inside = constraint.start <= fact.start and fact.end <= constraint.end and not constraint.given
        if inside or (constraint.given and names(constraint.text, fact.text)):
            yield fact


def _fits(playbook: Playbook, code: bool) -> Mapping[str, tuple[str, ...] | str]:
    by_code: dict[str, tuple[str, ...] | str] = {"region": ()}
    if "sql" in playbook.languages:
        by_code["database"] = _group("postgresql")
    if code and playbook.languages:
        by_code["language"] = tuple(_LANGUAGES[language] for language in sorted(playbook.languages))
    return {**by_code, **playbook.head.fits}


_LANGUAGES = {"python": "Python", "sql": "SQL", "javascript": "JavaScript", "typescript": "TypeScript"}


def _reason(fact: Fact, fits: Mapping[str, tuple[str, ...] | str], languages: frozenset[str]) -> str:
    """Return why a fact of a constraint is not kept, "" if it is, or does not concern the capability."""
    if fact.kind == "date":
        return "this playbook plans no dates"
    if fact.kind == "quantity":
        number = read_fact(fact)
        return "this playbook computes no costs" if number is not None and number.kind == "money" else ""
    category, name = fact.category.strip().lower(), fact.name or fact.text
    if category == "framework" and "framework" not in fits:
        return _reason_of_framework(name, languages)
    known = fits.get(category, ANY)
    if known == ANY or any(_is(name, option) for option in known):
        return ""
    if not known:
        return f"this playbook sets no {category}"
    if category == "language":
        return f"the code of this playbook is in {listed(known)}"
    return f"this playbook is written for {known[0] if category == 'database' else listed(known, 'or')}"


def _reason_of_framework(name: str, languages: frozenset[str]) -> str:
    """Return why a framework is not kept by code that is written for none."""
    if any(_is(name, option) for option in _group("screens")):  # plain modules fit every one; services have no screens
        return ""
    if "python" not in languages or any(_is(name, option) for option in _group("python")):
        return ""
    written_in = [_LANGUAGES[language] for language in sorted(languages) if language in _LANGUAGES]
    return f"the code of this playbook is in {listed(written_in)}"


@cache
def _group(group: str) -> tuple[str, ...]:
    """Return the names of a group of the vocabulary, with their other forms."""
    things = [thing for thing in load_names() if group in thing.groups]
    return tuple(form for thing in things for form in (thing.name, *thing.forms))


def _is(name: str, known: str) -> bool:
    """Return True if a name is the known one, with a version or without: "MySQL 8" is MySQL, "Vue.js 3" is Vue."""
    return re.fullmatch(re.escape(known) + _VERSION, name.strip(), re.IGNORECASE) is not None
