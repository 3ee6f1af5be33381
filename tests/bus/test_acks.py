"""The merging of acknowledgements, without a broker."""

from creatorflow.bus.ack_merging import OpenTags
from hypothesis import given
from hypothesis import strategies as st


def opened(count: int) -> OpenTags:
    tags = OpenTags()
    for tag in range(1, count + 1):
        tags.add(tag)
    return tags


def test_consecutive_tags_from_the_lowest_open_one_give_one_multiple_ack() -> None:
    assert opened(5).merge([1, 2, 3]) == (3, [])


def test_order_and_repetition_of_tags_do_not_matter() -> None:
    assert opened(5).merge([3, 1, 2, 3]) == (3, [])


def test_tags_behind_a_gap_are_acknowledged_singly() -> None:
    assert opened(6).merge([1, 2, 4, 6]) == (2, [4, 6])


def test_a_lower_open_tag_forbids_the_multiple_ack() -> None:
    assert opened(4).merge([2, 3]) == (None, [2, 3])


def test_one_tag_gives_a_single_ack() -> None:
    assert opened(2).merge([1]) == (None, [1])


def test_an_acknowledged_tag_is_never_sent_again() -> None:
    tags = opened(3)
    assert tags.answer(2)
    assert not tags.answer(2)
    assert tags.merge([1, 2, 3]) == (3, [])
    assert tags.merge([1, 2, 3]) == (None, [])


def test_nothing_is_sent_after_the_channel_is_closed() -> None:
    tags = opened(3)
    tags.clear()
    assert tags.merge([1, 2, 3]) == (None, [])
    assert not tags.answer(1)


@given(st.integers(1, 30), st.lists(st.sets(st.integers(1, 30)), max_size=8))
def test_acks_cover_exactly_the_given_tags_and_no_multiple_ack_names_an_acknowledged_tag(
    count: int, batches: list[set[int]]
) -> None:
    tags, broker = opened(count), set(range(1, count + 1))
    for tags_to_ack in batches:
        expected = broker - tags_to_ack
        through, singles = tags.merge(tags_to_ack)
        if through is not None:
            assert through in broker
            broker = {tag for tag in broker if tag > through}
        assert broker.issuperset(singles)
        broker -= set(singles)
        assert broker == expected
