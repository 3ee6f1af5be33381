from collections.abc import AsyncGenerator

import pytest
from creatorflow.cli.actions.follow import Watcher
from creatorflow.cli.outputs.console import Printer
from creatorflow_contracts.v1.event import SagaEvent

from tests.unit.cli.reading_samples import READING
from tests.unit.cli.samples import SAGA, event


async def happening(*events: SagaEvent) -> AsyncGenerator[SagaEvent, None]:
    for each in events:
        yield each


async def test_where_nothing_is_drawn_the_reading_is_printed_below_the_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    planned = event("planned", steps=[], analysis={}, reading=READING.model_dump(mode="json", exclude_none=True))
    await Watcher(Printer(), SAGA).follow(happening(planned, event("completed", seq=2)), None)
    lines = capsys.readouterr().err.splitlines()
    assert lines[1:5] == [
        "  understood   build: packing slips, a scarf; fix: the same order",
        "  left out     No charts; no test plan",
        "  no agent for a scarf",
        "  not read     Blah blah.",
    ]
    assert lines[5].endswith("completed")


async def test_with_json_the_reading_is_in_its_event_alone(capsys: pytest.CaptureFixture[str]) -> None:
    planned = event("planned", steps=[], reading=READING.model_dump(mode="json", exclude_none=True))
    await Watcher(Printer(as_json=True), SAGA).follow(happening(planned), None)
    captured = capsys.readouterr()
    assert (captured.err, len(captured.out.splitlines())) == ("", 1)
