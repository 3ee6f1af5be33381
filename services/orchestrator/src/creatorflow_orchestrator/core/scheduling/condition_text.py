"""Says in words why a guard or a loop's check does not hold. The expression itself is in the plan, not in a reason.

A person wants to know what did not pass and why, so a step whose output says that it did not pass is described by its
findings, and any other value that the expression reads by what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from creatorflow_orchestrator.core.expressions.reads import RESULTS, SHARED_STATE, Read, read
from creatorflow_orchestrator.core.state.saga_state import StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition

MAX_VALUE = 80
"""Characters of a value that are repeated."""
MAX_SAID = 5
"""Values that are named."""
_PASSED = "passed"
_WITHOUT_RESULT = {StepStatus.SKIPPED: "was skipped", StepStatus.FAILED: "failed"}


def why_not(transition: Transition, expression: str, iteration: int) -> str:
    """Say what the expression reads: "step tests did not pass: no figure for p95 < 400 ms"."""
    accesses = read(expression).reads
    findings = [*_of_results(transition, accesses), *_of_decisions(transition, accesses)]
    return "; ".join(dict.fromkeys(findings[:MAX_SAID])) or f"this is round {iteration}"


def _of_results(transition: Transition, accesses: Sequence[Read]) -> Iterator[str]:
    by_step: dict[str, list[Sequence[str]]] = {}
    for access in accesses:
        if access.path[0] == RESULTS and len(access.path) > 1:
            by_step.setdefault(access.path[1], []).append(access.path[2:])
    for name, paths in by_step.items():
        state = transition.steps[name]
        if state.result_seq is None:
            yield f"step {name} {_WITHOUT_RESULT.get(state.status, 'has no result')}"
        elif state.verdict:
            yield f"step {name} did not pass: {state.verdict}"
        elif any(path and path[-1] == _PASSED for path in paths):
            yield _of_pass(name, transition.outputs.get(name, {}), paths)
        else:
            yield from _of_values(name, state, transition.outputs.get(name, {}), paths)


def _of_pass(name: str, output: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> str:
    values = [_at(output, path[1:]) for path in paths if path[-1:] == (_PASSED,)]
    return f"step {name} did not pass" if False in values else f"step {name} passed"


def _of_values(name: str, state: StepState, output: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> Iterator[str]:
    for path in dict.fromkeys(map(tuple, paths)):
        if path[:1] == ("status",):
            yield f"step {name} is {state.status.value}"
        elif len(path) > 1:
            value = _at(output, path[1:])
            field = ".".join(path[1:])
            yield f"{field} of step {name} is {_shown(value)}" if value is not None else f"step {name} gives no {field}"
        else:
            yield f"the answer of step {name} is another"


def _of_decisions(transition: Transition, accesses: Sequence[Read]) -> Iterator[str]:
    for access in accesses:
        if access.path[0] == SHARED_STATE and len(access.path) > 1:
            key = access.path[1]
            decision = transition.decisions.get(key)
            yield f"{key} is not decided" if decision is None else f"{key} is {_shown(decision.value)}"


def _at(value: Any, path: Sequence[str]) -> Any:
    """Return the value at a path of an output; `None` if there is none."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _shown(value: object) -> str:
    """Return a plain value as it is; a list or an object only by its size."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        flat = " ".join(value[: 4 * MAX_VALUE].split())
        return f'"{flat}"' if len(flat) <= MAX_VALUE else f'"{flat[: MAX_VALUE - 1]}…"'
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return f"{len(value)} entries" if isinstance(value, Mapping | Sequence) else "something else"
