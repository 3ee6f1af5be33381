"""The segments of a request's text, and the requirements made from them."""

from __future__ import annotations

from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.planning.analyzer import analyze
from creatorflow_orchestrator.core.planning.segments import Kind, segments
from creatorflow_orchestrator.translate.tasks import to_card

CARDS = tuple(map(to_card, load_cards()))


def _segments(text: str) -> list[tuple[str, str]]:
    return [(part.kind.value, text[part.start : part.end]) for part in segments(text)]


def _requirements(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(requirement.text, requirement.domains) for requirement in analyze(text, CARDS).requirements]


def test_a_numbered_list_has_a_lead_and_items() -> None:
    assert _segments("We grow. Build a system that:\n1. prints labels\n2) syncs stock,\n   everywhere\n\nThanks.") == [
        ("sentence", "We grow"),
        ("lead", "Build a system"),
        ("item", "prints labels"),
        ("item", "syncs stock,\n   everywhere"),
        ("sentence", "Thanks"),
    ]


def test_bullets_of_any_kind_are_items() -> None:
    assert [kind for kind, _ in _segments("Do:\n- one\n* two\n• three\na) four\n(5) five")] == ["lead"] + ["item"] * 5


def test_a_list_within_a_line_is_a_list() -> None:
    assert [body for kind, body in _segments("Build: 1. labels 2. stock 3. tests") if kind == Kind.ITEM] == [
        "labels",
        "stock",
        "tests",
    ]


def test_a_line_after_the_list_is_not_part_of_its_last_item() -> None:
    assert _segments("- labels\n- stock\nFinally test it all")[-1] == ("sentence", "Finally test it all")


def test_each_item_is_a_requirement_of_its_own_domains() -> None:
    assert _requirements("We need:\n- Stripe invoices\n- parcels tracked\n- a drone fleet") == [
        ("Stripe invoices", ("billing",)),
        ("parcels tracked", ("shipping",)),
        ("a drone fleet", ()),
    ]


def test_a_sentence_is_split_where_another_agent_is_needed() -> None:
    assert _requirements("Print the shipping labels and send dunning emails") == [
        ("Print the shipping labels", ("shipping",)),
        ("send dunning emails", ("billing",)),
    ]


def test_a_requirement_of_the_lead_alone_is_kept() -> None:
    assert _requirements("Build an order management system with:\n- shipping labels\n- Stripe invoices")[0] == (
        "Build an order management system",
        ("order_management",),
    )


def test_a_requirement_without_an_agent_is_reported_as_unanswered() -> None:
    analysis = analyze("Build shipping labels, a dashboard and a drone fleet", CARDS)
    assert analysis.unanswered == ("a drone fleet",)


def test_an_excluded_thing_is_no_requirement() -> None:
    analysis = analyze("Print shipping labels. We don't need billing or tests.", CARDS)
    assert list(analysis.domains) == ["shipping"]
    assert [requirement.text for requirement in analysis.requirements] == ["Print shipping labels"]


def test_small_talk_is_no_requirement() -> None:
    assert _requirements("Hi there! We are two friends from Leeds. Please print postage. Thanks a lot") == [
        ("Please print postage", ("shipping",))
    ]


def test_numbers_stay_with_their_requirement() -> None:
    analysis = analyze("- print 200 labels a day\n- invoices for $49/month", CARDS)
    assert [[number.text for number in requirement.quantities] for requirement in analysis.requirements] == [
        ["200 labels a day"],
        ["$49/month"],
    ]


def test_a_thousand_lines_are_few_requirements_and_no_line_is_lost() -> None:
    lines = [f"- print label kind{number}" for number in range(1000)]
    found = analyze("\n".join(lines), CARDS).requirements
    assert len(found) <= 200 and all(len(segment.text) <= 4000 for segment in found)
    reported = " ".join(segment.text for segment in found)
    assert all(f"kind{number}" in reported for number in range(1000))
