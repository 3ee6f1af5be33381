"""Graphs of steps: a topological order that keeps to the given one, and reachability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def in_order(after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Sort nodes topologically, otherwise in the given order; nodes of a cycle are left out.

    `after` maps a node to the nodes that it depends on; dependents of an unknown node are left out too.
    """
    waiting = {node: set(bases) for node, bases in after.items()}
    dependents: dict[str, list[str]] = {}
    for node, bases in waiting.items():
        for base in bases:
            dependents.setdefault(base, []).append(node)
    ordered: list[str] = []
    level = [node for node, bases in waiting.items() if not bases]
    place = {node: position for position, node in enumerate(after)}
    while level:
        ordered += level
        freed: set[str] = set()
        for node in level:
            for dependent in dependents.get(node, ()):
                waiting[dependent].discard(node)
                if not waiting[dependent]:
                    freed.add(dependent)
        level = sorted(freed, key=place.__getitem__)
    return tuple(ordered)


def reach(after: Mapping[str, Sequence[str]], start: str) -> frozenset[str]:
    """Return all nodes that a node depends on, directly or through others; itself only if it is in a cycle."""
    reached: set[str] = set()
    todo = list(after.get(start, ()))
    while todo:
        node = todo.pop()
        if node not in reached:
            reached.add(node)
            todo += after.get(node, ())
    return frozenset(reached)
