import pytest
from creatorflow.cli.views.ten_lines import LINES, WIDTH, ten_lines
from creatorflow_contracts.v1.output import Completeness, SynthesizedResult

from tests.unit.cli.reading_samples import ASSUMED, JUDGED, NOT_HONOURED, READING, read_result
from tests.unit.cli.samples import answered, result


def plain(whole: SynthesizedResult) -> list[str]:
    return [line.plain for line in ten_lines(whole).lines]


def with_steps(whole: SynthesizedResult, number: int, summary: str = "Done.") -> SynthesizedResult:
    step = whole.execution_summary.steps[0]
    steps = tuple(step.model_copy(update={"step": f"s{at}", "summary": summary}) for at in range(number))
    ran = whole.execution_summary.model_copy(update={"steps": steps})
    return whole.model_copy(update={"execution_summary": ran})


def test_the_lines_say_what_was_understood_brought_assumed_left_out_not_answered_and_what_to_do_first() -> None:
    whole = with_steps(read_result(), 1, "One schema.")
    assert plain(whole) == [
        "Understood: build: packing slips, a scarf; fix: the same order",
        "s0 (database-specialist): One schema.",
        "Assumed: three carriers",
        "Left out, as asked: No charts; no test plan",
        "Not answered: Knit a scarf for every buyer (no agent); print packing slips (partly, missing: DHL)",
        'Not read: "Blah blah."',
        "Not honoured: MySQL 8 only (the schema is for PostgreSQL)",
        "First: Name the carrier.",
    ]


def test_a_result_without_a_reading_begins_with_its_answers() -> None:
    lines = plain(answered("Counted.", {"words": 3, "longest": "hello"}))
    assert lines == [
        "orders (order-workflow-specialist): Counted.",
        "  words: 3",
        "  longest: hello",
        "Not answered: Drones (not answered)",
        "First: Find somebody for the drone fleet.",
    ]


def test_an_answer_that_is_shown_whole_is_not_left_for_later() -> None:
    ten = ten_lines(answered("Counted.", {"words": 3}))
    assert (ten.cut, ten.further) == ((), ())


@pytest.mark.parametrize("summary", ["x" * 200, "First.\nSecond."])
@pytest.mark.parametrize("fields", [1, 12])
def test_a_summary_that_a_line_cannot_show_is_left_for_later(summary: str, fields: int) -> None:
    ten = ten_lines(answered(summary, {f"key{at}": at for at in range(fields)}))
    assert [answer.summary for answer in ten.cut] == [summary] and ten.further == ()


def test_data_that_does_not_fit_is_left_for_later_without_the_summary_that_is_shown() -> None:
    whole = answered("Counted.", {f"key{at}": at for at in range(12)})
    ten = ten_lines(whole)
    assert plain(whole)[0] == "orders (order-workflow-specialist): Counted."
    assert [(answer.summary, len(answer.data)) for answer in ten.cut] == [("", 12)]


def test_an_answer_of_data_alone_shows_the_beginning_of_its_data() -> None:
    lines = plain(answered("", {f"key{at}": at for at in range(12)}))
    assert lines[0].startswith("orders (order-workflow-specialist): key0: 0; key1: 1; ")


def test_agents_beyond_the_tenth_line_are_named_with_the_section_that_has_them() -> None:
    whole = with_steps(read_result(), 8)
    lines = plain(whole)
    assert len(lines) == LINES
    assert lines[1:4] == [
        "s0 (database-specialist): Done.",
        "s1 (database-specialist): Done.",
        "And 6 more: s2; s3; s4; s5; s6; s7 (Answers)",
    ]
    assert [answer.step for answer in ten_lines(whole).further] == ["s2", "s3", "s4", "s5", "s6", "s7"]


def test_agents_that_just_fit_have_a_line_each() -> None:
    lines = plain(with_steps(read_result(), 3, "A long word. " * 20))
    assert [line[:2] for line in lines[1:4]] == ["s0", "s1", "s2"] and len(lines) == LINES


def test_of_several_long_gaps_each_keeps_its_reason() -> None:
    long = tuple(each.model_copy(update={"requirement": each.requirement + " and so on" * 30}) for each in JUDGED)
    missing = long[0].model_copy(update={"missing": ("DHL", "a very long fact " * 9)})
    whole = read_result(completeness=Completeness(complete=False, requirements=(missing, *long[1:])))
    [line] = [line for line in plain(with_steps(whole, 4, "x" * 200)) if line.startswith("Not answered")]
    assert len(line) <= WIDTH and line.startswith("Not answered: Knit a scarf for every ")
    assert "; print packing slips and so on" in line
    assert all(reason in line for reason in ("… (no agent)", " (partly, missing: DHL"))


def test_gaps_that_fit_a_line_together_are_whole_whatever_their_lengths() -> None:
    long, short = (JUDGED[2].model_copy(update={"requirement": text}) for text in ("x" * 100, "y"))
    whole = read_result(
        completeness=Completeness(complete=False, requirements=(long, short)),
        reading=READING.model_copy(update={"unread": ()}),
    )
    assert f"Not answered: {'x' * 100} (no agent); y (no agent)" in plain(with_steps(whole, 4, "x" * 200))


def test_lists_get_the_lines_that_are_left_the_gaps_before_the_assumptions() -> None:
    gap = JUDGED[2].model_copy(update={"requirement": "x" * 100})
    whole = read_result(
        completeness=Completeness(complete=False, requirements=(gap,) * 3),
        assumptions=tuple(ASSUMED.model_copy(update={"text": f"{at}{'y' * 90}"}) for at in range(3)),
        not_honoured=(),
        reading=READING.model_copy(update={"unread": (), "exclusions": ()}),
    )
    lines = plain(with_steps(whole, 5))  # leaves one line
    assert len(lines) == LINES
    assert [line.lstrip()[:12] for line in lines[6:]] == [
        "Assumed: 0yy",
        "Not answered",
        "xxxxxxxxxxxx",
        "First: Name ",
    ]
    assert lines[6].endswith("; and 1 more (Assumptions)")
    assert lines[7].count("(no agent)") == 2 and lines[8].count("(no agent)") == 1


def test_what_was_understood_takes_the_lines_that_are_left_too() -> None:
    asks = tuple(READING.asks[0].model_copy(update={"object": f"report number {at}"}) for at in range(20))
    whole = read_result(reading=READING.model_copy(update={"asks": asks}))
    lines = plain(with_steps(whole, 1))
    assert lines[0].startswith("Understood: build: report number 0, ") and lines[1].startswith("  report number ")
    assert lines[1].endswith(" more (Reading)") and lines[2].startswith("s0 "), "two lines at most"


def test_elements_without_words_leave_no_hollow_line() -> None:
    blank = READING.asks[0].model_copy(update={"object": " ", "text": " "})
    whole = read_result(
        assumptions=(ASSUMED.model_copy(update={"text": " "}),),
        not_honoured=(),
        completeness=Completeness(complete=True),
        reading=READING.model_copy(update={"asks": (blank,), "exclusions": (), "unread": ()}),
    )
    assert plain(with_steps(whole, 1)) == ["s0 (database-specialist): Done.", "First: Name the carrier."]


def test_the_first_line_shows_the_action_alone() -> None:
    whole = read_result()
    step = whole.next_steps[0].model_copy(update={"text": "Confirm 99 %, which step a assumes, or say the share"})
    assert plain(whole.model_copy(update={"next_steps": (step,)}))[-1] == "First: Confirm 99 %"


def test_names_too_long_for_a_line_are_cut_to_the_step() -> None:
    whole = with_steps(result(), 1)
    step = whole.execution_summary.steps[0].model_copy(update={"step": "s" * 64, "agent": "a" * 64})
    ran = whole.execution_summary.model_copy(update={"steps": (step,)})
    assert plain(whole.model_copy(update={"execution_summary": ran}))[0] == f"{'s' * 64}: Done."


def test_a_line_has_160_characters_at_most_and_there_are_ten() -> None:
    assert (LINES, WIDTH) == (10, 160)


def test_there_are_never_more_than_ten_lines_of_160_characters() -> None:
    long = "long\x1b[31m text\n" * 200
    whole = read_result(
        assumptions=tuple(ASSUMED.model_copy(update={"text": f"{at} {long}"}) for at in range(90)),
        not_honoured=tuple(NOT_HONOURED.model_copy(update={"reason": f"{at} {long}"}) for at in range(90)),
        reading=READING.model_copy(
            update={
                "asks": tuple(READING.asks[0].model_copy(update={"object": f"{at} {long}"}) for at in range(90)),
                "exclusions": tuple(
                    READING.exclusions[0].model_copy(update={"text": f"{at} {long}"}) for at in range(90)
                ),
                "unread": READING.unread * 90,
            }
        ),
    )
    for number in (1, 4, 5, 60):
        lines = plain(with_steps(whole, number, long))
        assert len(lines) <= LINES and all(len(line) <= WIDTH for line in lines)
        assert not any(set("\n\x1b") & set(line) for line in lines)
        assert any(line.startswith("Assumed: ") and line.endswith("more (Assumptions)") for line in lines)
