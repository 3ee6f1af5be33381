"""The longest request that is accepted costs a bounded number of calls, whatever it consists of."""

from __future__ import annotations

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.planning.analyzer import MAX_TEXT, analyze
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.reading.reader import read
from creatorflow_orchestrator.translate.knowledge import knowledge
from creatorflow_orchestrator.translate.tasks import to_card

from tests.call_count import calls

CARDS = tuple(map(to_card, load_cards()))
READ = [
    "a ", "and ", "no ", ", ", "(", "x:y ", "DHL, ", "A. ", "- x\n", "> q\n", "if it is paid, ", "not now ", "`a` ",
    "print labels and ", "1,", "everything but ", "when ", "10 ms ", "| a | b |\n", "a", "\n",
]  # fmt: skip
PLANNED = [
    "a", " ", "\n", "!", ",", "-", "- ", "\n- label", "1. label ", "order ", "order order volume ",
    "if pass ", "until ", "if it passes ", "test until it ", "unless they don't ", "if it is ok:\n- a\n",
    "print x label ", "label, and ", "10 orders ", "Part 1\n", "# stock\n", "don't need ", "keep ing ", "“label” ",
    "print the shipping label of the order status dashboard, and login to the stripe invoice. ",
]  # fmt: skip
FACTS = [
    "1", "1 ", "1-", "1,", "1,111 ", "9 a ", "$", "10 orders ", "under ", "1.1.", "5-5-", "one ", "half ", "twenty-",
    "a quarter ", "1 and ", "1/", "between 1 ", "$1 ", "Foo ", "`a` ", "a_b ", "DHL ", "May ", "five hundred and ",
    "usually 1 ", "1 a day ", "EUR ", "Team $1 ", "from 1 to ", "Go ", " ", "\n", "a ", "zero ", "1 in ", "İ",
]  # fmt: skip


def longest(piece: str) -> str:
    return (piece * (MAX_TEXT // len(piece) + 1))[:MAX_TEXT]


def _read(text: str) -> None:
    try:
        read(text, CARDS, (), knowledge())
    except Refusal:
        return


def _plan(text: str) -> None:
    try:
        make_plan(text, analyze(text, CARDS), CARDS)
    except Refusal:
        return


@pytest.mark.parametrize("piece", READ)
def test_reading_is_bounded(piece: str) -> None:
    _read("warm")
    assert calls(lambda: _read(longest(piece))) < 80 * MAX_TEXT


@pytest.mark.parametrize("piece", PLANNED)
def test_planning_is_bounded(piece: str) -> None:
    _plan("warm")
    assert calls(lambda: _plan(longest(piece))) < 150 * MAX_TEXT


@pytest.mark.parametrize("piece", FACTS)
def test_finding_facts_is_bounded(piece: str) -> None:
    find_facts("warm")
    assert calls(lambda: find_facts(longest(piece))) < 20 * MAX_TEXT
