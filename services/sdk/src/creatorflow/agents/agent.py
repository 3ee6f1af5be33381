"""An agent: a card that describes its abilities, and a function from task to output."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from creatorflow_contracts.v1.card import AgentCard, Capability
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_contracts.v1.work import AgentTask

from .work_context import Work

Output = SpecialistOutput | Mapping[str, Any]
Handler = (
    Callable[[AgentTask], Output]
    | Callable[[AgentTask, Work], Output]
    | Callable[[AgentTask], Awaitable[Output]]
    | Callable[[AgentTask, Work], Awaitable[Output]]
)
"""Async, or plain (then it runs in its own thread); with the work context as second argument or without."""

DEFAULT_CONCURRENCY = 4


class Agent:
    """A card and its handler.

    A handler returns a SpecialistOutput, or a mapping: one that uses the names of its sections is read as such, any
    other is the result's `data`. `concurrency` is the number of tasks that one process works on at once.
    """

    def __init__(self, card: AgentCard, handler: Handler, *, concurrency: int = DEFAULT_CONCURRENCY) -> None:
        if concurrency < 1:
            raise ValueError("an agent works on at least one task at once")
        self.card = card
        self.concurrency = concurrency
        self._handler: Callable[..., Any] = handler
        self._wants_work = _takes_two(handler)
        self.is_async = inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
            type(handler).__call__  # an object with an async __call__ is a handler too
        )

    @property
    def handler(self) -> Callable[..., Any]:
        """The function from task to output."""
        return self._handler

    @property
    def name(self) -> str:
        """The full name on the card."""
        return self.card.name

    def call(self, task: AgentTask, work: Work) -> Any:
        """Call the handler. Returns its output, or an awaitable of it."""
        return self._handler(task, work) if self._wants_work else self._handler(task)

    def __repr__(self) -> str:
        return f"<Agent {self.name}>"


def agent(
    card: AgentCard | None = None,
    *,
    name: str = "",
    summary: str = "",
    expertise: Sequence[str] = (),
    vocabulary: Mapping[str, Mapping[str, float]] | None = None,
    capabilities: Mapping[str, str] | Sequence[Capability] = (),
    domains: Sequence[str] = (),
    group: str = "custom",
    alternatives: Sequence[str] = (),
    timeout_s: float = 120.0,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> Callable[[Handler], Agent]:
    """Make an agent from a function.

        @agent(name="gift-wrapping-agent", summary="Plans gift wrapping.", vocabulary={"gifts": {"gift wrap": 3}})
        async def gift_wrapping(task: AgentTask) -> dict:
            return {"summary": f"Wrap it: {task.description}"}

    `vocabulary`: for each domain the phrases by which people ask for it, weighted from 0 to 10. `capabilities`: name
    and description. `group` is a label for people and requires nothing of the output. Or give a whole `card`. Raises
    ValidationError, naming the invalid fields of the card.
    """
    if card is None:
        vocabulary = vocabulary or {}
        card = AgentCard(
            name=name,
            group=group,
            summary=summary,
            expertise=tuple(expertise),
            domains=tuple(domains or vocabulary),
            vocabulary={
                domain: {word: float(weight) for word, weight in words.items()} for domain, words in vocabulary.items()
            },
            capabilities=_capabilities(capabilities),
            alternatives=tuple(alternatives),
            default_timeout_ms=int(timeout_s * 1000),
        )
    return lambda handler: Agent(card, handler, concurrency=concurrency)


def _capabilities(given: Mapping[str, str] | Sequence[Capability]) -> tuple[Capability, ...]:
    if isinstance(given, Mapping):
        return tuple(Capability(name=name, description=description) for name, description in given.items())
    return tuple(given)


def _takes_two(handler: Callable[..., Any]) -> bool:
    """Return True if the handler takes a task and its work. Raises TypeError if it takes neither this nor a task."""
    try:
        signature = inspect.signature(handler)
    except ValueError as error:
        raise TypeError(f"a handler is a function with a signature, {error}") from error
    for arguments in ((None, None), (None,)):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return len(arguments) == 2
    raise TypeError("a handler takes the task, and optionally the work: handler(task) or handler(task, work)")
