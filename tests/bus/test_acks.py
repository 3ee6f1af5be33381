"""Merged acknowledgements, without a broker."""

from creatorflow.bus.ack_merging import OpenTags
from hypothesis import given
from hypothesis import strategies as st


def opened(count: int) -> OpenTags:
    tags = OpenTags()
    for tag in range(1, count + 1):
        tags.add(tag)
    return tags


def test_a_run_from_the_lowest_open_tag_is_one_multiple_ack() -> None:
    assert opened(5).merge([1, 2, 3]) == (3, [])


def test_order_and_repetition_of_what_is_acknowledged_do_not_matter() -> None:
    assert opened(5).merge([3, 1, 2, 3]) == (3, [])


def test_what_lies_behind_a_gap_is_acknowledged_singly() -> None:
    assert opened(6).merge([1, 2, 4, 6]) == (2, [4, 6])


def test_a_lower_open_tag_forbids_the_multiple_ack() -> None:
    assert opened(4).merge([2, 3]) == (None, [2, 3])


def test_one_alone_is_a_single_ack() -> None:
    assert opened(2).merge([1]) == (None, [1])


def test_a_settled_tag_is_never_sent_again() -> None:
    tags = opened(3)
    assert tags.answer(2)
    assert not tags.answer(2)
    assert tags.merge([1, 2, 3]) == (3, [])
    assert tags.merge([1, 2, 3]) == (None, [])


def test_after_the_channel_is_gone_nothing_is_sent() -> None:
    tags = opened(3)
    tags.clear()
    assert tags.merge([1, 2, 3]) == (None, [])
    assert not tags.answer(1)


@given(st.integers(1, 30), st.lists(st.sets(st.integers(1, 30)), max_size=8))
def test_the_broker_would_settle_exactly_what_was_asked_and_no_multiple_ack_hits_a_settled_tag(
    count: int, rounds: list[set[int]]
) -> None:
    tags, broker = opened(count), set(range(1, count + 1))
    for asked in rounds:
        expected = broker - asked
        through, singles = tags.merge(asked)
        if through is not None:
            assert through in broker
            broker = {tag for tag in broker if tag > through}
        assert broker.issuperset(singles)
        broker -= set(singles)
        assert broker == expected
