from datetime import timedelta

from creatorflow.cli.actions.show_history import Columns

from tests.unit.cli.samples import event

LONG = "shipping-automation-specialist"


def test_events_are_shown_in_columns_with_number_time_agent_attempt_and_reason() -> None:
    events = [
        event("accepted", message="Build"),
        event("step_dispatched", "shipping", seq=3, at=1.25, agent=LONG, attempt=2),
    ]
    columns = Columns(events)
    day, first = columns.lines(events[0])
    (second,) = columns.lines(events[1])
    assert day == events[0].at.astimezone().strftime("%Y-%m-%d")
    assert first.split() == ["1", f"{events[0].at.astimezone():%H:%M:%S}.000", "accepted", "-", "-", "Build"]
    assert second.endswith(f"step_dispatched  shipping  {LONG} #2") and ".250  " in second
    assert first.index("Build") == len(second) + 2


def test_a_new_day_is_shown_once() -> None:
    later = event("completed", seq=2).model_copy(update={"at": event("accepted").at + timedelta(days=1)})
    columns = Columns([event("accepted"), later])
    assert [len(columns.lines(shown)) for shown in (event("accepted"), later, later)] == [2, 2, 1]


def test_no_events_give_no_columns() -> None:
    assert len(Columns([]).lines(event("accepted"))) == 2
