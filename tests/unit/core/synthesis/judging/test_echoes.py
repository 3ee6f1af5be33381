from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.synthesis.judging.echoes import NEW_WORDS, asked, says
from creatorflow_orchestrator.core.synthesis.judging.passages import Passage, passages
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item

ASKED = asked(("Print return labels for every order", "labels for a 203 dpi Zebra"))


def says_something(text: str) -> bool:
    return says([Passage(text)], ASKED, NEW_WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "Print return labels for every order.",
        "Requirement 2: labels for a 203 dpi Zebra. We will build labels for a 203 dpi Zebra as asked.",
        "Done when these work: print return labels for every order; labels for a 203 dpi Zebra",
        "Test that return labels are printed for every order (see requirement 4)",
        "Requirement 2, point 7: print return labels",
        "A robust, scalable solution for return labels that follows best practices",
        "Return labels should be printed for every order, which improves satisfaction and saves time",
    ],
)
def test_an_item_that_only_repeats_or_praises_the_ask_is_an_echo(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize(
    "text",
    ["A return label swaps sender and recipient", "Labels are ZPL, 812 x 1218 dots", "One label for each of 3 parcels"],
)
def test_an_item_with_words_or_figures_of_its_own_says_something(text: str) -> None:
    assert says_something(text)


def test_a_sentence_that_asks_back_refuses_or_puts_the_work_off_is_no_passage() -> None:
    texts = [
        "Return labels: TBD.",
        "Refunds are out of scope. Labels are ZPL.",
        "Ask your carrier about return labels.",
    ]
    texts += ["Which carriers do you use?", "Refunds of one line are not supported.", "Returns will be considered."]
    found = [passage.text for text in texts for passage in passages(Item(text))]
    assert found == ["Labels are ZPL."]


def test_a_file_is_split_into_runs_of_lines_that_know_its_path() -> None:
    file = Item("\n".join(f"line {number}" for number in range(20)), about="shipping/labels.py", language="python")
    found = list(passages(file))
    assert len(found) == 3
    assert all({"label", "shipping"} <= passage.concepts for passage in found)


def test_the_words_of_a_language_of_code_say_nothing_about_the_subject() -> None:
    file = Item("def label(order):\n    return find(order)\nCREATE TABLE t (id int)", language="python")
    (passage,) = passages(file)
    assert {"return", "creat", "tabl"}.isdisjoint(passage.concepts)
    (named,) = passages(Item("def return_label(order): ...", language="python"))
    assert "return" in named.concepts
    (month_passage,) = passages(Item("A return is open for a month."))
    assert "return" in month_passage.concepts
