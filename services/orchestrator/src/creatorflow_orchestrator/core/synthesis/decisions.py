"""Who decided what, where agents differ, and whose word settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.state.saga_state import Decision, Saga

from .synthesis_values import Conflict, ConflictKind, Contribution, Position


def resolve_decisions(
    saga: Saga, contributions: Sequence[Contribution], owners: Mapping[str, str]
) -> tuple[dict[str, Decision], tuple[Conflict, ...]]:
    """The decisions in force at the end, and the conflicts, both by key in order of the plan.

    The owner's word settles its key. What nobody settled stays as it was in force while the saga ran.
    """
    taken: dict[str, list[Position]] = {}
    for contribution in contributions:
        for key in sorted(contribution.output.decisions):
            taken.setdefault(key, []).append(Position(contribution.output.decisions[key], contribution.source))
    conflicts = tuple(_conflict(key, said, owners.get(key)) for key, said in taken.items() if _differ(said))
    settled = {conflict.key: conflict for conflict in conflicts}
    decisions = {key: _in_force(saga, key, said, settled.get(key)) for key, said in taken.items()}
    decisions |= {key: saga.decisions[key] for key in sorted(saga.decisions) if key not in taken}
    return decisions, conflicts


def same_value(value: str, other: str) -> bool:
    """Whether two values of a decision are the same: case and spacing make no difference."""
    return _plain(value) == _plain(other)


def _plain(value: str) -> str:
    return "".join(value.casefold().split())


def _differ(said: Sequence[Position]) -> bool:
    return len(said) > 1 and len({_plain(each.value) for each in said}) > 1


def _conflict(key: str, said: Sequence[Position], owner: str | None) -> Conflict:
    """An owner that contradicts itself (in two steps) settles nothing."""
    words = [each.value for each in said if each.source.agent == owner]
    if words and len({_plain(word) for word in words}) == 1:
        return Conflict(key, ConflictKind.DECISION, tuple(said), words[0], owner)
    return Conflict(key, ConflictKind.DECISION, tuple(said))


def _in_force(saga: Saga, key: str, said: Sequence[Position], conflict: Conflict | None) -> Decision:
    if conflict is not None and conflict.resolution is not None and conflict.resolved_by is not None:
        return Decision(conflict.resolution, conflict.resolved_by)
    held = saga.decisions.get(key)
    if held is not None and any(same_value(held.value, each.value) for each in said):
        return held
    return Decision(said[0].value, said[0].source.agent)
