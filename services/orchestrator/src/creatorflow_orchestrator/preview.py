"""The command `plan`: prints a request's analysis and plan, as JSON or as text. Uses no broker and no store."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from creatorflow.cli.views.reading_lines import LABEL, agents_by_ask, reading_lines
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.errors import CardsInvalid
from creatorflow_contracts.problem import Problem

from .core.errors import Refusal
from .core.plan import Analysis, Plan, Step
from .core.planning.analyzer import analyze
from .core.planning.planner import check_plan, make_plan
from .shell.processing.request_planning import problem_of
from .translate.analysis import analysis_data
from .translate.definitions import to_plan
from .translate.knowledge import knowledge
from .translate.reading import reading_data, to_wire
from .translate.schema_check import check_schemas
from .translate.tasks import to_card

OK, REFUSED, CONFIGURATION = 0, 5, 78
_NOT_SHOWN = ("plan", "concern")
"""Fields of a step that are not in its data: its child plan is added in the same form, what concerns it is internal."""


def preview(text: str, constraints: tuple[str, ...] = (), as_json: bool = False) -> int:
    """Print the analysis and plan of a request, or the problem if it is refused; return the exit code."""
    try:
        cards = tuple(map(to_card, load_cards()))
        analysis = analyze(text, cards, constraints, knowledge())
        plan = make_plan(text, analysis, cards)
    except (Refusal, CardsInvalid) as error:
        return _report_refusal(error, as_json)
    _write(json.dumps(plan_data(analysis, plan), ensure_ascii=False) if as_json else plan_text(analysis, plan))
    return OK


def check_plan_file(file: Path, as_json: bool = False) -> int:
    """Print the plan in a file as it would run with the agents whose cards are known here, or the problem with it.

    Returns the exit code.
    """
    from creatorflow.cli.errors import CommandError
    from creatorflow.cli.inputs.plan_file import read_plan

    try:
        cards = tuple(map(to_card, load_cards()))
        plan = to_plan(read_plan(file), cards)
        check_plan(plan, cards)
        check_schemas(plan)
    except CommandError as error:
        return _print_problem(error.problem, int(error.exit_code), as_json)
    except (Refusal, CardsInvalid) as error:
        return _report_refusal(error, as_json)
    data = {"pattern": plan.pattern.value, **_graph_data(plan)}
    _write(json.dumps(data, ensure_ascii=False) if as_json else "\n".join(_graph_text(plan)))
    return OK


def plan_data(analysis: Analysis, plan: Plan) -> dict[str, Any]:
    """Return `{"analysis": ..., "reading": ..., "notes": [...], "steps": [...], "loops": [...]}`, ready for JSON."""
    read = {"analysis": analysis_data(analysis, plan.pattern), "reading": reading_data(analysis.reading)}
    return {**read, "notes": list(plan.notes), **_graph_data(plan)}


def _graph_data(plan: Plan) -> dict[str, Any]:
    return {"steps": [_step_data(step) for step in plan.steps], "loops": [asdict(loop) for loop in plan.loops]}


def plan_text(analysis: Analysis, plan: Plan) -> str:
    """Return what was understood of a request, and its plan, as text for people."""
    domains = ", ".join(f"{name} {score:g}" for name, score in analysis.domains.items())
    agents = agents_by_ask(analysis_data(analysis, plan.pattern))
    head = (
        ("complexity", analysis.complexity.value + _indicator_note(analysis.indicators)),
        ("pattern", plan.pattern.value),
        ("domains", domains),
    )
    lines = [
        *(f"{label:<{LABEL}}{text}" for label, text in head),
        *reading_lines(to_wire(analysis.reading), plan.notes, agents),
    ]
    return "\n".join([*lines, "", "Plan", *_step_lines(plan)])


def _graph_text(plan: Plan) -> list[str]:
    return [f"{'pattern':<{LABEL}}{plan.pattern.value}", "", "Plan", *_step_lines(plan)]


def _step_lines(plan: Plan) -> list[str]:
    loops = [
        f"  repeat until {loop.until}, at most {loop.limit} iterations: {', '.join(loop.steps)}" for loop in plan.loops
    ]
    return [*(line for number, step in enumerate(plan.steps, 1) for line in _lines_of_step(number, step)), *loops]


def _conditions(step: Step) -> list[str]:
    conditions = [f"only if {step.when}"] if step.when else []
    conditions += ["optional: the request goes on without it"] if step.optional else []
    conditions += [f"undone by {step.compensate} if the request fails"] if step.compensate else []
    return [f"     {condition}" for condition in conditions]


def _indicator_note(indicators: Sequence[str]) -> str:
    return f"  ({', '.join(indicators)})" if indicators else ""


def _lines_of_step(number: int, step: Step) -> list[str]:
    worker = step.agent or "a child request"
    after = f"  after {', '.join(step.depends_on)}" if step.depends_on else ""
    answers = ", ".join(str(position + 1) for position in step.requirements)
    bounds = f"; bound by {', '.join(step.constraints)}" if step.constraints else ""
    lines = [f"  {number}. {step.id}: {worker} ({step.type.value}){after}"]
    if answers or bounds:
        lines.append(f"     answers {answers}{bounds}")
    child = [f"    {line}" for line in _step_lines(step.plan)] if step.plan else []
    return [*lines, *_conditions(step), *child]


def _step_data(step: Step) -> dict[str, Any]:
    data = {name: value for name, value in asdict(step).items() if value is not None and name not in _NOT_SHOWN}
    return data | {"type": step.type.value} | ({"plan": _graph_data(step.plan)} if step.plan else {})


def _report_refusal(error: Refusal | CardsInvalid, as_json: bool) -> int:
    if isinstance(error, Refusal):
        return _print_problem(problem_of(error, None), REFUSED, as_json)
    problem = Problem(code="CARDS_INVALID", message=str(error), where="agents", hint="Correct the card that it names.")
    return _print_problem(problem, CONFIGURATION, as_json)


def _print_problem(problem: Problem, code: int, as_json: bool) -> int:
    if as_json:
        _write(problem.model_dump_json(exclude_none=True))
    else:
        sys.stderr.write(f"{problem.code}: {problem.message} ({problem.where}).\n{problem.hint}\n")
    return code


def _write(text: str) -> None:
    # UTF-8 whatever the locale; bytes of an argument that are no character are shown as "?".
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
