"""The meaning of headings and labels."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.blocks import Section
from creatorflow_orchestrator.core.reading.section_names import section_labelled, section_named, section_titled


@pytest.mark.parametrize(
    ("title", "section"),
    [
        ("2. Key requirements of the first release", Section.GOALS),
        ("Explicit non-goals", Section.NON_GOALS),
        ("Out of scope (v1)", Section.NON_GOALS),
        ("Background & context", Section.BACKGROUND),
        ("Technical constraints", Section.CONSTRAINTS),
        ("Legal requirements", Section.GOALS),
        ("Glossary", Section.GLOSSARY),
        ("Steps to reproduce", Section.EVIDENCE),
        ("EXPECTED RESULT", Section.EXPECTED),
        ("What we don’t want", Section.NON_GOALS),
        ("Order import", None),
        ("Non-functional requirements", Section.CONSTRAINTS),
        ("x" * 100, None),
    ],
)
def test_a_heading_opens_the_section_that_its_words_name(title: str, section: Section | None) -> None:
    assert section_named(title, loose=True) is section


@pytest.mark.parametrize(
    "name", ["Not in this ticket", "Don't build", "What you should not touch", "No need for", "Leave out for now"]
)
def test_a_label_that_refuses_and_names_nothing_opens_what_is_not_wanted(name: str) -> None:
    assert section_labelled(name, valued=True) is Section.NON_GOALS


@pytest.mark.parametrize(
    "name", ["Don't touch billing", "Except for subscriptions", "Without downtime", "Don't forget", "No charts"]
)
def test_a_label_that_names_what_it_refuses_is_read_as_prose(name: str) -> None:
    assert section_labelled(name, valued=True) is None


@pytest.mark.parametrize("line", ["now", "tasks", "features", "please", "Goals, please"])
def test_an_everyday_word_alone_in_a_line_is_no_heading(line: str) -> None:
    assert section_titled(line) is None


def test_a_label_that_may_be_what_is_asked_opens_a_section_only_if_nothing_stands_behind_it() -> None:
    assert section_labelled("Links", valued=False) is Section.BACKGROUND
    assert section_labelled("Links", valued=True) is None
