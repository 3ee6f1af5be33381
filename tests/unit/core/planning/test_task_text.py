"""The instructions of tasks."""

from __future__ import annotations

from creatorflow_orchestrator.core.request import AskKind

from tests.unit.core.planning.readings import Request


def test_an_instruction_names_the_objects_of_its_asks_in_the_users_words() -> None:
    request = Request("please print packing slips, and invoices")
    request.ask("please print packing slips", "shipping", object="packing slips").ask("invoices", "billing")
    words = request.planned().step("shipping").description
    assert words.startswith("Automate shipping for: packing slips. Asked for: please print packing slips.")


def test_an_instruction_names_its_bases_and_figures() -> None:
    request = (
        Request("a schema, print 200 labels a day").ask("a schema", "database").ask("print 200 labels", "shipping")
    )
    words = request.fact("200 labels a day", 200, "labels/day", "=", 1).planned().step("shipping").description
    assert "Build on the results of database." in words
    assert words.endswith("a test that fails without it, and these figures hold: 200 labels a day.")


def test_an_exclusion_is_not_named_where_its_words_could_be_taken_for_work() -> None:
    request = Request("labels, no charts").ask("labels", "shipping").without("no charts", "analytics")
    assert "charts" not in request.planned().step("shipping").description


def test_follow_up_work_is_instructed_in_the_words_of_the_branch() -> None:
    request = Request("labels, test them, if they pass roll it out to 5 % first")
    request.ask("labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY).ask("roll it out to 5 % first")
    words = request.planned().step("roll_out").description
    assert words.startswith("Do this with what was delivered: roll it out to 5 % first.")


def test_a_long_list_of_asks_is_cut() -> None:
    text = ", ".join(f"label {number}" for number in range(30))
    request = Request(f"{text}, end")
    for number in range(30):
        request.ask(f"label {number},", "shipping")
    assert ", and 10 more." in request.planned().step("shipping").description
