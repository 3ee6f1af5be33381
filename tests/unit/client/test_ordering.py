from datetime import UTC, datetime

from creatorflow.client.ordering import EventOrder
from creatorflow_contracts.v1.event import SagaEvent
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def event(seq: int, name: str = "step_dispatched") -> SagaEvent:
    return SagaEvent(seq=seq, at=NOW, event=name)


def progress(seq: int, far: float) -> SagaEvent:
    return SagaEvent(seq=seq, at=NOW, event="step_progressed", step="orders", data={"progress": far})


def seqs(events: list[SagaEvent]) -> list[int]:
    return [event.seq for event in events]


@given(st.permutations(range(1, 8)), st.lists(st.integers(1, 7), max_size=20), st.integers(1, 4))
def test_events_are_delivered_once_and_in_order_however_they_arrive(
    order: list[int], repeats: list[int], size: int
) -> None:
    ordering, arriving = EventOrder(), [*order, *repeats]
    given_out: list[int] = []
    for at in range(0, len(arriving), size):
        given_out += seqs(ordering.take([event(seq) for seq in arriving[at : at + size]]))
    assert given_out == list(range(1, 8)) and not ordering.gap


def test_a_gap_is_reported_until_it_is_filled() -> None:
    ordering = EventOrder()
    assert seqs(ordering.take([event(1), event(3)])) == [1] and ordering.gap
    assert seqs(ordering.take([event(2), event(3)])) == [2, 3] and not ordering.gap


def test_delivery_begins_after_the_given_number() -> None:
    assert seqs(EventOrder(5).take([event(4), event(5), event(6)])) == [6]


def test_progress_is_passed_on_and_fills_no_gap() -> None:
    ordering = EventOrder()
    assert seqs(ordering.take([event(1), progress(1, 0.1), progress(1, 0.2)])) == [1, 1, 1]
    assert seqs(ordering.take([event(3), progress(3, 0.3)])) == []
    assert seqs(ordering.take([event(2)])) == [2, 3]


def test_the_stream_is_finished_once_the_final_event_was_delivered() -> None:
    ordering = EventOrder()
    ordering.take([event(2, "completed")])
    assert not ordering.finished
    ordering.take([event(1)])
    assert ordering.finished


def test_progress_sent_by_two_replicas_is_delivered_once() -> None:
    ordering = EventOrder()
    assert len(ordering.take([event(1), progress(1, 0.5), progress(1, 0.5), progress(1, 0.6)])) == 3
