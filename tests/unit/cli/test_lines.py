from creatorflow.cli.lines import line

from .samples import event


def test_an_event_is_one_line_with_step_agent_attempt_and_message() -> None:
    told = line(event("step_dispatched", "orders", agent="order-workflow-specialist", attempt=2))
    assert told is not None and told.split("  ", 1)[1] == "orders  sent to order-workflow-specialist (attempt 2)"


def test_a_failure_tells_its_reason_on_the_same_line() -> None:
    told = line(event("attempt_failed", "orders", agent="a", attempt=1, message="no\nJSON \x1b[31mhere"))
    assert told is not None and told.endswith("orders  failed at a: no JSON here")


def test_events_that_only_move_a_bar_are_no_line() -> None:
    assert line(event("step_progressed", "orders", progress=0.4)) is None


def test_an_unknown_event_is_told_in_its_own_words() -> None:
    told = line(event("decision_contested", "orders", agent="a", message="id_type: two differ"))
    assert told is not None and told.endswith("orders  decision contested: id_type: two differ")
