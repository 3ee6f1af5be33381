"""The reading of a request: what it asks for, excludes and states, and what nothing covers.

A whole reading is in the `planned` event, in `plan --json` and in the result. A task has the part that concerns its
agent; its `asks` then stand in the order of the task's `requirements`, and positions count from there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import LongText, Model, Name, ShortText

Index = Annotated[int, Field(ge=0, le=10_000)]
Indexes = Annotated[tuple[Index, ...], Field(max_length=1000)]
AskKind = Literal["build", "change", "fix", "speed_up", "migrate", "explain", "decide", "verify"]
Comparison = Literal["<", "<=", "=", ">=", ">", "x"]


class Passage(Model):
    """Characters `start` to `end` of the request, and that text, verbatim."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: LongText


class Ask(Passage):
    """One thing that the request wants."""

    kind: AskKind
    object: ShortText = Field(description="What the work is about, in the request's words.")
    domains: tuple[Name, ...] = Field(default=(), description="Strongest first; none: no agent's card covers it.")
    attachments: Indexes = Field(default=(), description="Positions in the reading's `attachments`.")


class Exclusion(Passage):
    """Something that the request does not want, and what that takes away."""

    domains: tuple[Name, ...] = ()
    agents: tuple[Name, ...] = ()
    kinds: tuple[AskKind, ...] = ()
    sections: tuple[Name, ...] = Field(default=(), description="Sections of an answer, as in a SpecialistOutput.")


class Fact(Passage):
    """A figure or a named thing that the request states. `5000+ orders/hour` is `orders`, `>=`, 5000, `orders/hour`."""

    kind: Literal["quantity", "name", "date", "time"]
    subject: ShortText = ""
    comparison: Comparison | None = None
    value: float | None = None
    unit: ShortText = ""
    role: ShortText = Field(default="", description="`usual`, `peak`, ... where one subject has several figures.")
    name: ShortText = Field(default="", description="Canonical name of a named thing; ISO 8601 of a date or time.")
    category: ShortText = Field(default="", description="What a named thing is: `carrier`, `database`, `region`, ...")
    asks: Indexes = Field(default=(), description="Positions of the asks that it binds; none: all.")


class Constraint(Passage):
    """A condition that binds the work whatever is asked. `given`: it came beside the text and has no place in it."""

    domains: tuple[Name, ...] = Field(default=(), description="The domains that it concerns; none: all.")
    given: bool = False


class Attachment(Passage):
    """Code, a log or a table of data that came with the request."""

    language: ShortText = ""


class Context(Passage):
    """A passage that is read and understood, but asks for nothing."""

    kind: ShortText = Field(description="`heading`, `background`, `evidence`, `quote`, `field`, `done`, ...")


class Reading(Model):
    """Elements of a request with their exact places. The elements and `unread` together cover every word of it."""

    language: ShortText = Field(default="en", description="ISO 639-1.")
    asks: tuple[Ask, ...] = Field(default=(), max_length=1000)
    exclusions: tuple[Exclusion, ...] = Field(default=(), max_length=1000)
    facts: tuple[Fact, ...] = Field(default=(), max_length=1000)
    constraints: tuple[Constraint, ...] = Field(default=(), max_length=1000)
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=1000)
    context: tuple[Context, ...] = Field(default=(), max_length=2000)
    unread: tuple[Passage, ...] = Field(default=(), max_length=2000)
    dropped: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Elements of a model's reading whose text is not in the request."
    )
    omitted: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Elements that do not fit a message, the last ones of their lists."
    )
