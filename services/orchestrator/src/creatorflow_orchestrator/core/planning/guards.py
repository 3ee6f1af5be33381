"""The guards of steps, and the check that a step has passed, as CEL over the results of earlier steps.

A step passes or fails by `data.passed` in its output. Without that field it has passed: only an explicit `false` skips
guarded steps, or starts another iteration.
"""

from __future__ import annotations

from .outline import Outline
from .work import Work


def passed_expression(step_id: str) -> str:
    """Return a CEL expression that is true unless the step's output says that it did not pass."""
    data = f"results.{step_id}.output.data"
    return f"(!has({data}) || !has({data}.passed) || {data}.passed == true)"


def judges_of(work: Work, plan: Outline) -> tuple[str, ...]:
    """Return the steps whose results decide if a work in a branch is done; none for work that is always done."""
    if work.branch is None:
        return ()
    names = (plan.id_of(judge, None) for judge in plan.division.judges)
    return tuple(name for name in names if name is not None)


def guard_of(work: Work, plan: Outline) -> str | None:
    """Return the guard of a work in a branch; `None` for work that is always done."""
    if work.branch is None:
        return None
    passed = " && ".join(map(passed_expression, judges_of(work, plan)))
    return passed if plan.division.branches[work.branch].passed else f"!({passed})"
