"""The completeness check: the verdict on each requirement, with the steps that answer it, or the reason why none does.

A verdict is judged, not claimed: an item that names a requirement is evidence, and the evidence has to cover what was
asked (`judging`). Where the reading does not fit the plan, an item that names a requirement answers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from creatorflow_orchestrator.core.expressions.evaluate import named_steps
from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.saga_state import Saga

from .judging.judge import Judge, Judgement
from .judging.question import Question
from .questions import excluded_by, questions
from .synthesis_values import (
    Completeness,
    Contribution,
    Item,
    RequirementAnswer,
    Source,
    StepOutcome,
    StepOutput,
    StepReport,
    Verdict,
)

MAX_DESCRIBED = 5
"""Steps whose outcome a note describes."""
MAX_REASON = 500
"""Characters of a step's reason that a note repeats."""
MAX_MISSING = 20
_OUTCOME_TEXT = {
    StepOutcome.FAILED: "failed",
    StepOutcome.SKIPPED: "was skipped",
    StepOutcome.CANCELLED: "was cancelled",
    StepOutcome.NOT_REACHED: "was not reached",
}
_RAN = frozenset((StepOutcome.SUCCEEDED, StepOutcome.FAILED))
Objections = Mapping[int, Sequence[str]]
"""Position of a requirement to what stands against an answer to it: facts that it contradicts, findings about it."""
Pointing = Sequence[tuple[Source, Item]]
"""The items that point to a requirement, in plan order."""


def check(
    saga: Saga,
    contributions: Sequence[Contribution],
    reports: Sequence[StepReport],
    success: bool,
    judge: Judge,
    objections: Objections,
) -> Completeness:
    """Judge each requirement by the items of succeeded steps that name it.

    A plan that states no requirements is complete when it succeeded.
    """
    checked = _Checked(saga, contributions, reports, judge, objections)
    requirements = tuple(checked.requirement(position) for position in range(len(saga.plan.requirements)))
    whole = all(requirement.verdict in (Verdict.ANSWERED, Verdict.EXCLUDED) for requirement in requirements)
    return Completeness(whole and (success or bool(requirements)), requirements)


class _Checked:
    """All that the requirements of one saga are judged by."""

    def __init__(
        self,
        saga: Saga,
        contributions: Sequence[Contribution],
        reports: Sequence[StepReport],
        judge: Judge,
        objections: Objections,
    ) -> None:
        self._saga = saga
        self._objections = objections
        self._questions = questions(saga.plan.requirements, saga.definition.reading)
        self._judge = judge
        self._pointing = _pointing(contributions)
        by_step = {report.step: report for report in reports}
        self._outcomes = {report.step: report.outcome for report in reports}
        assigned = _assigned_steps(saga.plan.steps)
        self._asked = {position: [by_step[name] for name in names] for position, names in assigned.items()}

    def requirement(self, position: int) -> RequirementAnswer:
        """Judge one requirement."""
        pointing, asked = self._pointing.get(position, ()), self._asked.get(position, [])
        text = self._saga.plan.requirements[position]
        if not pointing and not asked:
            return self._unassigned(position, text)
        if not pointing and self._is_of_another_branch(asked):
            note = f"left out, as asked: {_describe(asked[0])}"
            return RequirementAnswer(position, text, Verdict.EXCLUDED, note=note)
        judgement = self._judgement(self._questions[position], pointing, self._objections.get(position, ()))
        if judgement.verdict is Verdict.NOT_ANSWERED:
            return self._unanswered(position, text, asked, bool(pointing))
        missing = [report for report in asked if report.outcome is not StepOutcome.SUCCEEDED]
        others = [f"also asked of {_describe(report, ', which ')}" for report in missing[:MAX_DESCRIBED]]
        sources = tuple(dict.fromkeys(source for source, _ in self._telling(position, pointing)))
        note = _join_described(others, len(missing))
        return RequirementAnswer(position, text, judgement.verdict, sources, judgement.missing, note)

    def _judgement(self, question: Question | None, pointing: Pointing, against: Sequence[str]) -> Judgement:
        if not pointing:
            return Judgement(Verdict.NOT_ANSWERED)
        found = Judgement(Verdict.ANSWERED)
        if question is not None:
            found = self._judge.judge(question, (item for _, item in pointing))
        if found.verdict is Verdict.NOT_ANSWERED or not against:
            return found
        return Judgement(Verdict.PARTLY, tuple(dict.fromkeys((*found.missing, *against)))[:MAX_MISSING])

    def _telling(self, position: int, pointing: Pointing) -> Pointing:
        """Return the items that say something; all of them for a requirement that is not judged."""
        if self._questions[position] is None:
            return pointing
        return [(source, item) for source, item in pointing if self._judge.says_something(item)]

    def _is_of_another_branch(self, asked: Sequence[StepReport]) -> bool:
        """True for the part of "if it passes deploy, otherwise roll back" that the words do not want in this case."""
        from_words = self._saga.definition.reading is not None
        return from_words and all(
            report.outcome is StepOutcome.SKIPPED and self._other_branch_ran(report.step) for report in asked
        )

    def _other_branch_ran(self, skipped: str) -> bool:
        """True if a step ran whose guard decides by the same results as that of a skipped step, but otherwise."""
        plan = self._saga.plan
        guard = plan.step(skipped).when
        ran = (step.when for step in plan.steps if self._outcomes[step.id] in _RAN)
        return guard is not None and any(
            other is not None and other != guard and named_steps(other) == named_steps(guard) for other in ran
        )

    def _unassigned(self, position: int, text: str) -> RequirementAnswer:
        exclusion = excluded_by(self._saga.definition.reading, position)
        if exclusion is not None:
            note = f"left out, as asked: {' '.join(exclusion.text.split())[:MAX_REASON]}"
            return RequirementAnswer(position, text, Verdict.EXCLUDED, note=note)
        return RequirementAnswer(position, text, Verdict.NOBODY, note="no agent can answer it")

    def _unanswered(self, position: int, text: str, asked: Sequence[StepReport], pointed: bool) -> RequirementAnswer:
        remark = self._unsaid(position) if pointed else "no item of its answer names it"
        note = _join_described([_describe(report, remark=remark) for report in asked[:MAX_DESCRIBED]], len(asked))
        if self._saga.definition.dry_run:
            note = "dry run: nothing was dispatched"
        blamed = tuple(report.step for report in asked)
        return RequirementAnswer(position, text, Verdict.NOT_ANSWERED, note=note, blamed=blamed)

    def _unsaid(self, position: int) -> str:
        """Say what the items that name a requirement leave out: all of it."""
        question = self._questions[position]
        facts = ", ".join(fact.text for fact in question.facts[:MAX_MISSING]) if question else ""
        return "no item of its answer says anything about it" + (f": nothing of {facts[:MAX_REASON]}" if facts else "")


def _pointing(contributions: Sequence[Contribution]) -> Mapping[int, Pointing]:
    """Map each requirement's position to the items that name it."""
    pointing: dict[int, list[tuple[Source, Item]]] = {}
    for contribution in contributions:
        for item in items_of(contribution.output):
            for position in contribution.answered(item):
                pointing.setdefault(position, []).append((contribution.source, item))
    return pointing


def items_of(output: StepOutput) -> Iterator[Item]:
    """Yield the items that may answer a requirement: any file, even an empty one, and no blank statement."""
    yield from output.code_examples
    for section in (
        output.technical_specifications,
        output.implementation_steps,
        output.testing_requirements,
        output.deployment_considerations,
    ):
        yield from (item for item in section if item.text.strip())


def _assigned_steps(steps: Sequence[Step]) -> Mapping[int, list[str]]:
    """Map each requirement's position to the steps that it is assigned to."""
    assigned: dict[int, list[str]] = {}
    for step in steps:
        for position in dict.fromkeys(step.requirements):
            assigned.setdefault(position, []).append(step.id)
    return assigned


def _join_described(descriptions: Sequence[str], count: int) -> str:
    more = f"; and {count - len(descriptions)} more" if count > len(descriptions) else ""
    return "; ".join(descriptions) + more


def _describe(report: StepReport, separator: str = " ", remark: str = "") -> str:
    name = f"step {report.step} ({report.source.agent})"
    if report.outcome is StepOutcome.SUCCEEDED:
        return f"{name} succeeded, but {remark}"
    description = f"{name}{separator}{_OUTCOME_TEXT[report.outcome]}"
    return f"{description}: {report.reason[:MAX_REASON]}" if report.reason else description
