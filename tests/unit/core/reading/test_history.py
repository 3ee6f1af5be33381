"""Which quoted text is history, and which is what is asked."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.history import find_history
from creatorflow_orchestrator.core.reading.lines import split_lines

ASK = "Please build the returns portal first."
POINTER = "FYI, can you take this on?"
OLD = "We could also build analytics."


def history(text: str) -> list[str]:
    """Return the lines that are history."""
    lines, _ = split_lines(text, 100)
    return [lines[position].content for position in sorted(find_history(lines)) if lines[position].content]


@pytest.mark.parametrize(
    "below",
    [
        f"On Mon, 2 March 2026, Kim <kim@x.example> wrote:\n> {OLD}",
        f"On Mon, 2 March 2026 at 09:12, Kim Ito\n<kim@x.example> wrote:\n> {OLD}",
        f"-----Original Message-----\nFrom: Kim\nSubject: portal\n\n{OLD}",
        f"From: Kim\nSent: Monday\nTo: Lee\nSubject: portal\n\n{OLD}",
    ],
)
def test_what_stands_below_an_answer_is_history_and_below_a_pointer_it_is_asked(below: str) -> None:
    assert OLD in history(f"{ASK}\n\n{below}")
    assert history(f"{POINTER}\n\n{below}") == []


def test_quoted_lines_of_an_answered_mail_are_history() -> None:
    assert history(f"Subject: Re: portal\n\n> {OLD}\n\n{ASK}") == [OLD]


def test_quoted_lines_of_a_forwarded_mail_and_of_no_mail_are_not() -> None:
    assert history(f"Subject: Fwd: portal\n\n{ASK}\n\n> {OLD}") == []
    assert history(f"{ASK}\n\n> {OLD}") == []


def test_history_within_a_forwarded_text_stays_history() -> None:
    assert OLD in history(f"Subject: Fwd: portal\n\n> {ASK}\n>\n> On Mon, 2 March, Tom wrote:\n>> {OLD}")


def test_text_below_the_quoted_lines_is_not_history() -> None:
    assert history(f"{ASK}\n\nOn Mon, 2 March, Kim wrote:\n> {OLD}\n\nAnd a report.")[-1] == OLD
