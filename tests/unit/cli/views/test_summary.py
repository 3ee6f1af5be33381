from creatorflow.cli.views.summary import summary

from tests.unit.cli.samples import ended_badly, result


def test_a_result_is_summarized_in_a_few_lines() -> None:
    lines = list(summary(result()))
    assert lines[0] == "completed in 5.0 s: 4 of 4 steps"
    assert "  recovery: orders: timeout, then retry: 1 of at most 3 retries" in lines
    assert "  not answered: Drones" in lines


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
