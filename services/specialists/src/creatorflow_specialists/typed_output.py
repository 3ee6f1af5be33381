"""A playbook's parsed text as a typed output, and the outputs of several capabilities as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from creatorflow_contracts.v1.output import CodeExample, DeploymentNote, SpecialistOutput, Statement, TestRequirement

from . import constraints
from .answered_requirements import Subject, answers, cover
from .decisions import KEYS, ResolvedDecisions
from .playbook import Playbook
from .playbook_sections import OUTPUT_NAMES, Document
from .safe_text import unescaped


def typed(
    subject: Subject, playbook: Playbook, document: Document, summary: str, resolved: ResolvedDecisions
) -> SpecialistOutput:
    """Return the document as an output, whose items have the positions of the requirements that they answer."""
    specification = [Statement(text=i.text, answers=answers(i.text, subject)) for i in document.items["Specification"]]
    return SpecialistOutput(
        summary=" ".join(unescaped(summary).split())[:4096],
        technical_specifications=cover(specification, subject),
        implementation_steps=_statements(document, "Steps", subject),
        code_examples=tuple(
            CodeExample(path=f.path, language=f.language, text=f.text, answers=answers(f"{f.path} {f.text}", subject))
            for f in document.files
        ),
        testing_requirements=tuple(
            TestRequirement(text=i.text, subject=i.marker or playbook.head.subject, answers=answers(i.text, subject))
            for i in document.items["Tests"]
        ),
        deployment_considerations=tuple(
            DeploymentNote(text=i.text, environment=i.marker or "all", answers=answers(i.text, subject))
            for i in document.items["Deployment"]
        ),
        decisions={key: resolved.values[key] for key in playbook.head.decides},
        recommendations=(*_statements(document, "Recommendations", subject), *_misread(playbook, resolved)),
        next_steps=_statements(document, "Next steps", subject),
    )


def _statements(document: Document, section: str, subject: Subject) -> tuple[Statement, ...]:
    return tuple(Statement(text=item.text, answers=answers(item.text, subject)) for item in document.items[section])


def _misread(playbook: Playbook, resolved: ResolvedDecisions) -> Iterable[Statement]:
    for key in resolved.unreadable:
        if key in playbook.keys:
            yield Statement(
                text=f"`{key}` was decided earlier in a form that is not known here; this answer uses "
                f"`{resolved.values[key]}`. Known are values for: {KEYS[key].meaning}."
            )


_LISTS = (*OUTPUT_NAMES.values(), "assumptions", "not_honoured")


def merged(parts: Sequence[SpecialistOutput]) -> SpecialistOutput:
    """Merge all parts into one answer, in their order: equal items once, the first decision of a key counts."""
    joined: dict[str, Any] = {
        name: tuple(dict.fromkeys(item for part in parts for item in getattr(part, name))) for name in _LISTS
    }
    decisions = {key: value for part in reversed(parts) for key, value in part.decisions.items()}
    ordered = {key: decisions[key] for key in KEYS if key in decisions}
    summary = " ".join(filter(None, (*(part.summary for part in parts), constraints.summary(joined["not_honoured"]))))
    return SpecialistOutput(summary=summary[:4096], decisions=ordered, **joined)
