from creatorflow.cli.views.reading_lines import LABEL, WIDTH, reading_lines, short_reading, understood
from creatorflow_contracts.v1.reading import Ask, Reading

from tests.unit.cli.reading_samples import READING


def test_asks_are_grouped_by_kind_and_named_by_their_object() -> None:
    assert understood(READING, 120) == "build: packing slips, a scarf; fix: the same order"


def test_asks_beyond_the_line_are_counted() -> None:
    asks = tuple(Ask(start=0, end=1, text="x", kind="speed_up", object=f"report number {n}") for n in range(40))
    text = understood(Reading(asks=asks), 120)
    assert text.startswith("speed up: report number 0, report number 1") and text.endswith(" more (Reading)")
    assert len(text) <= 120


def test_a_short_reading_says_what_was_understood_left_out_and_covered_by_nobody() -> None:
    assert list(short_reading(READING)) == [
        "understood   build: packing slips, a scarf; fix: the same order",
        "left out     No charts; no test plan",
        "no agent for a scarf",
        "not read     Blah blah.",
    ]


def test_an_ask_that_an_agent_answers_is_not_covered_by_nobody_though_no_card_has_its_words() -> None:
    deploy = Reading(asks=(Ask(start=0, end=6, text="deploy", kind="build", object="deploy"),))
    assert list(short_reading(deploy, agents=["performance-engineering"])) == ["understood   build: deploy"]
    assert "no agent for deploy" in list(short_reading(deploy))


def test_a_whole_reading_has_every_element() -> None:
    assert list(reading_lines(READING)) == [
        'asks         1. build: packing slips [shipping]: "print packing slips"',
        '             2. fix: the same order [order_management, database]: "Why do two pickers get the same order?"',
        '             3. build: a scarf [no agent]: "Knit a scarf for every buyer."',
        "facts        300 orders/hour (orders = 300 orders/hour; ask 1); DHL (carrier)",
        "constraints  MySQL 8 only",
        "left out     No charts (takes away analytics)",
        "             no test plan (takes away integration-testing-specialist, testing requirements)",
        "attachments  sql, 2 lines: SELECT 1;",
        "context      1 greeting",
        'not read     "Blah blah."',
    ]


def test_a_text_that_is_its_object_is_not_repeated() -> None:
    ask = Ask(start=0, end=6, text="labels", kind="build", object="labels", domains=("shipping",))
    assert list(reading_lines(Reading(asks=(ask,)))) == ["asks         1. build: labels [shipping]"]


def test_another_language_and_dropped_elements_of_a_model_are_named() -> None:
    lines = list(reading_lines(Reading(language="de", dropped=2)))
    assert lines == ["language     de", "dropped      2 elements whose text is not in the request"]


def test_elements_that_do_not_fit_a_message_are_counted() -> None:
    assert list(reading_lines(Reading(omitted=1))) == ["omitted      1 element of the reading, too many for a message"]


def test_an_empty_reading_takes_no_line() -> None:
    assert [*reading_lines(Reading()), *short_reading(Reading())] == []


def test_hostile_text_of_a_request_stays_on_its_line_without_control_sequences() -> None:
    hostile = "a\x1b[2J\nb\u202e" + "x" * 500
    ask = Ask(start=0, end=1, text=hostile, kind="build", object=hostile)
    for line in (
        *reading_lines(Reading(asks=(ask,), unread=(ask,))),
        *short_reading(Reading(asks=(ask,), unread=(ask,))),
    ):
        assert not set("\x1b\n\u202e") & set(line) and len(line) <= 2 * WIDTH and line[LABEL:].strip()
