"""The vocabulary of named things."""

from __future__ import annotations

import pytest
from creatorflow_contracts.errors import NamesInvalid
from creatorflow_contracts.names import NamedThing, load_names, read_names

NAMES = """
category = "carrier"
context = ["courier"]
[names]
DHL = ["DHL Express"]
[as_written]
UPS = []
[in_context]
Hermes = []
"""


def test_a_file_says_for_each_name_how_it_is_found() -> None:
    context = ("courier",)
    assert read_names(NAMES, "carriers.toml") == (
        NamedThing("DHL", "carrier", ("DHL Express",), context=context),
        NamedThing("UPS", "carrier", as_written=True, context=context),
        NamedThing("Hermes", "carrier", as_written=True, in_context=True, context=context),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("category = ", "not TOML"),
        ("[names]\nDHL = []", "no category"),
        ("category = 'carrier'\nversion = true", "version"),
        ("category = 'carrier'\nversions = 'yes'", "versions"),
        ("category = 'carrier'\n[names]\nDHL = []\n[groups]\nyellow = ['Post']", "no name there: .'Post'"),
        ("category = 'carrier'\n[names]\nDHL = 'dhl'", "the forms of 'DHL'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(NamesInvalid, match=says) as caught:
        read_names(text, "carriers.toml")
    assert "carriers.toml" in str(caught.value)


def test_a_name_knows_its_groups() -> None:
    things = read_names(
        "category = 'carrier'\n[names]\nDHL = []\nUPS = []\n[groups]\nyellow = ['DHL']", "carriers.toml"
    )
    assert [thing.groups for thing in things] == [("yellow",), ()]


def test_several_hundred_names_come_with_the_package() -> None:
    assert len(load_names()) >= 500


def test_no_two_entries_claim_one_form() -> None:
    forms = [(form, thing.name) for thing in load_names() for form in {thing.name, *thing.forms}]
    written = [form for form, _ in forms]
    assert sorted({form for form in written if written.count(form) > 1}) == []


def test_a_name_that_needs_its_context_has_one() -> None:
    assert [thing.name for thing in load_names() if thing.in_context and not thing.context] == []
