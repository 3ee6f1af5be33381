"""Properties of every task, whatever the outputs of the steps before it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.work import AgentTask
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.saga_state import SagaStatus
from creatorflow_orchestrator.translate.context import ContextTooLarge, Outputs
from creatorflow_orchestrator.translate.tasks import to_task
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.synthesis_builders import DATABASE, ORDERS, START, final_saga, step

NAMES = ("a", "b", "c")
EARLIER = tuple(step(name, DATABASE, number) for number, name in enumerate(NAMES))
SAGA = final_saga(*EARLIER, step("d", ORDERS, after=NAMES), requirements=NAMES, status=SagaStatus.RUNNING)
COMMAND = DispatchTask("d", ORDERS, UUID(int=2), 1, 1, 1000, START)


def build(kind: str, size: int) -> Any:
    """Return a value of a kind and size: the drawn value stays small enough to be printed."""
    if kind == "text":
        return "\u00e9" * size
    if kind == "keys":
        return {str(number): 0 for number in range(size)}
    value: Any = []
    for level in range(size):
        value = {"inner": value} if level % 2 else [value]
    return value


class Large:
    """Placeholder of a large value, built when it is needed."""

    def __init__(self, kind: str, size: int) -> None:
        self.kind, self.size = kind, size

    def __repr__(self) -> str:
        return f"{self.kind} {self.size}"


def whole(value: Any) -> Any:
    if isinstance(value, Large):
        return build(value.kind, value.size)
    return {key: whole(part) for key, part in value.items()} if isinstance(value, dict) else value


SIZES = [("text", 1_000), ("text", 60_000), ("text", 300_000), ("keys", 10), ("keys", 3_000), ("keys", 9_900)]
SIZES += [("levels", 5), ("levels", 23), ("levels", 24), ("levels", 29), ("levels", 60)]
values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.integers(-(2**53), 2**53),
    st.sampled_from(SIZES).map(lambda arguments: Large(*arguments)),
)
outputs = st.dictionaries(
    st.sampled_from(["summary", "data", "decisions", "technical_specifications", "of its own"]),
    st.one_of(values, st.dictionaries(st.sampled_from(["x", "y"]), values, max_size=2)),
    max_size=4,
)


@given(st.dictionaries(st.sampled_from(NAMES), outputs))
def test_every_task_is_readable_by_its_agent_and_covers_all_its_dependencies(drawn: dict[str, Any]) -> None:
    found = whole(drawn)
    try:
        task = to_task(SAGA, COMMAND, Outputs(found))
    except ContextTooLarge:
        return
    read = admit(Delivery(body=task.to_json()))
    assert isinstance(read, AgentTask), read
    assert [result.step for result in read.context.previous_results] == [name for name in NAMES if name in found]
    for result in read.context.previous_results:
        assert result.summarised or result.output == found[result.step]
