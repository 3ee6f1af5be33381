from creatorflow.cli.views.summary import summary
from creatorflow.cli.views.ten_lines import ten_lines

from tests.unit.cli.reading_samples import ASSUMED, read_result
from tests.unit.cli.samples import answered, ended_badly, result


def test_a_result_is_summarized_in_a_few_lines() -> None:
    lines = list(summary(result()))
    assert lines[:3] == [
        "Not answered: Drones (not answered)",
        "First: Find somebody for the drone fleet.",
        "completed in 5.0 s: 4 of 4 steps",
    ]
    assert "  recovery: orders: timeout, then retry: 1 of at most 3 retries" in lines


def test_a_failed_request_summarizes_recoveries_skips_and_compensations() -> None:
    lines = list(summary(ended_badly()))
    assert lines[0] == "failed in 5.0 s: 1 of 4 steps; step orders failed: too slow"
    for line in (
        "  recovery: orders: timeout, then give up: No viable alternatives found",
        "  skipped: shipping: its guard does not hold: x > 1",
        "  compensated: undo-database by database-specialist",
        "  compensated: undo-orders by order-workflow-specialist, failed: the carrier is closed",
    ):
        assert line in lines, line


def test_the_last_line_says_if_the_result_is_complete() -> None:
    assert list(summary(result()))[-1] == "  complete: no: 1 of 2 requirements not answered"
    assert list(summary(read_result()))[-1] == (
        "  complete: no: 1 of 3 asks not answered, 1 in part, 1 passage not read"
    )


def test_the_result_of_a_request_that_was_read_begins_with_what_was_understood() -> None:
    lines = list(summary(read_result()))
    assert lines[0] == "Understood: build: packing slips, a scarf; fix: the same order"
    assert lines[:7] == [line.plain for line in ten_lines(read_result()).lines]


def test_in_full_mode_the_lists_that_the_ten_lines_cut_are_whole() -> None:
    assumed = tuple(ASSUMED.model_copy(update={"text": f"assumption {at}"}) for at in range(40))
    lines = list(summary(read_result(assumptions=assumed), full=True))
    assert all(any(line.startswith(f"  assumption {at} ") for line in lines) for at in range(40))
    titles = ["Reading:", "Assumptions:", "Left out:", "Requirements:", "Not honoured:"]
    assert [line for line in lines if line in titles] == titles
    assert "  Knit a scarf for every buyer: no agent" in lines
    assert not any(line in titles for line in summary(read_result(assumptions=assumed)))


def test_a_summary_that_the_ten_lines_cut_is_not_repeated_but_its_data_is_shown() -> None:
    lines = list(summary(answered("word " * 60, {f"key{at}": at for at in range(9)})))
    assert sum(line.startswith("orders (order-workflow-specialist): word") for line in lines) == 1
    at = lines.index("orders (order-workflow-specialist):")
    assert lines[at + 1] == "  key0: 0" and lines[at + 7].startswith("  ... 3 more lines: creatorflow result ")
