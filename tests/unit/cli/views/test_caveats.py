from creatorflow.cli.views.caveats import assumption, exclusions, not_honoured
from creatorflow_contracts.v1.output import Answered, CombinedAssumption, Completeness

from tests.unit.cli.reading_samples import ASSUMED, JUDGED, NOT_HONOURED, read_result
from tests.unit.cli.samples import result


def test_an_assumption_names_its_steps_and_how_to_state_it_otherwise() -> None:
    assert assumption(ASSUMED) == "three carriers, in orders, database; to state it: name the carriers"
    assert assumption(CombinedAssumption(text="30 days")) == "30 days"


def test_an_assumption_names_its_subject_where_its_text_does_not() -> None:
    assert assumption(CombinedAssumption(text="30 days", subject="return window")) == "30 days (return window)"
    assert assumption(CombinedAssumption(text="Three Carriers", subject="carriers")) == "Three Carriers"


def test_a_constraint_that_was_not_honoured_has_its_step_and_reason() -> None:
    assert not_honoured(NOT_HONOURED) == "MySQL 8 only, in database: the schema is for PostgreSQL"


def test_what_was_left_out_is_listed_once_with_what_that_takes_away() -> None:
    excluded = (
        Answered(requirement="no charts", verdict="excluded"),
        Answered(requirement="Screens", verdict="excluded"),
    )
    whole = read_result(completeness=Completeness(complete=False, requirements=(*JUDGED, *excluded)))
    assert list(exclusions(whole)) == [
        "No charts (takes away analytics)",
        "no test plan (takes away integration-testing-specialist, testing requirements)",
        "Screens",
    ]
    assert list(exclusions(result())) == []
