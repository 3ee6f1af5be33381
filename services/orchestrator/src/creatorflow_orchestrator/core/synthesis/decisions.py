"""Resolves decisions: the value in force of each key, and the conflicts between agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.state.saga_state import Decision, Saga

from .synthesis_values import Conflict, ConflictKind, Contribution, Position


def resolve_decisions(
    saga: Saga, contributions: Sequence[Contribution], owners: Mapping[str, str]
) -> tuple[dict[str, Decision], tuple[Conflict, ...]]:
    """Return the decisions in force at the end, and the conflicts, both by key in plan order.

    The owner of a key resolves its conflict. An unresolved key keeps the value that was in force while the saga ran.
    """
    taken: dict[str, list[Position]] = {}
    for contribution in contributions:
        for key in sorted(contribution.output.decisions):
            taken.setdefault(key, []).append(Position(contribution.output.decisions[key], contribution.source))
    conflicts = tuple(
        _conflict(key, positions, owners.get(key)) for key, positions in taken.items() if _disagree(positions)
    )
    resolved = {conflict.key: conflict for conflict in conflicts}
    decisions = {key: _value_in_force(saga, key, positions, resolved.get(key)) for key, positions in taken.items()}
    decisions |= {key: saga.decisions[key] for key in sorted(saga.decisions) if key not in taken}
    return decisions, conflicts


def same_value(value: str, other: str) -> bool:
    """True if two values of a decision are equal but for case and spacing."""
    return _plain(value) == _plain(other)


def _plain(value: str) -> str:
    return "".join(value.casefold().split())


def _disagree(positions: Sequence[Position]) -> bool:
    return len(positions) > 1 and len({_plain(position.value) for position in positions}) > 1


def _conflict(key: str, positions: Sequence[Position], owner: str | None) -> Conflict:
    """Build the conflict. An owner that contradicts itself (in two steps) does not resolve it."""
    values = [position.value for position in positions if position.source.agent == owner]
    if values and len({_plain(value) for value in values}) == 1:
        return Conflict(key, ConflictKind.DECISION, tuple(positions), values[0], owner)
    return Conflict(key, ConflictKind.DECISION, tuple(positions))


def _value_in_force(saga: Saga, key: str, positions: Sequence[Position], conflict: Conflict | None) -> Decision:
    if conflict is not None and conflict.resolution is not None and conflict.resolved_by is not None:
        return Decision(conflict.resolution, conflict.resolved_by)
    current = saga.decisions.get(key)
    if current is not None and any(same_value(current.value, position.value) for position in positions):
        return current
    return Decision(positions[0].value, positions[0].source.agent)
