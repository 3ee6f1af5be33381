"""Requests that were read wrongly once, each with others of its kind."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.request import AskKind, ContextKind, Fact, FactKind, Reading

from tests.unit.core.reading.requests import agents_of, reading_of

SHIPPING, ORDERS, BILLING = "shipping-automation", "order-workflow", "subscription-billing"
TIKTOK, STOCK, PERFORMANCE = "tiktok-integration", "real-time-sync", "performance-engineering"
SECURITY, TESTING, SCREENS = "security-architecture", "integration-testing", "ui-ux"
ANALYTICS, DATABASE = "ecommerce-analytics", "database"


def excluded(reading: Reading) -> set[str]:
    """Return all domains that the exclusions take away."""
    return {domain for exclusion in reading.exclusions for domain in exclusion.domains}


def texts(reading: Reading) -> list[str]:
    """Return the texts of the asks."""
    return [ask.text for ask in reading.asks]


def without_database(reading: Reading) -> set[str]:
    """Return the agents besides a database step that their work may need."""
    return agents_of(reading) - {DATABASE}


def figure(reading: Reading, text: str) -> Fact:
    """Return the figure whose text contains `text`."""
    return next(fact for fact in reading.facts if fact.kind is FactKind.QUANTITY and text in fact.text)


@pytest.mark.parametrize(
    ("text", "agent", "domains"),
    [
        (
            "Just the packing slips please. No charts, no screens and no test plan.",
            SHIPPING,
            {"analytics", "ui_dashboard", "testing"},
        ),
        ("Only the invoices. No dashboards and no load test.", BILLING, {"ui_dashboard", "testing"}),
        ("Weekly revenue report, nothing else. No screens.", ANALYTICS, {"ui_dashboard"}),
        (
            "Let sellers refund one line of an order. Billing is Chargebee's business, don't touch it.",
            ORDERS,
            {"billing"},
        ),
        ("Split an order into two parcels. Payments stay with Adyen, leave them alone.", ORDERS, {"billing"}),
    ],
)
def test_what_is_left_out_starts_nobody(text: str, agent: str, domains: set[str]) -> None:
    reading = reading_of(text)
    assert without_database(reading) == {agent}
    assert excluded(reading) >= domains


def test_a_test_plan_that_is_not_wanted_takes_its_section_away() -> None:
    reading = reading_of("Just the packing slips please. No charts, no screens and no test plan.")
    assert "testing_requirements" in {section for exclusion in reading.exclusions for section in exclusion.sections}
    assert "integration-testing-specialist" in {agent for exclusion in reading.exclusions for agent in exclusion.agents}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        (
            "Everything but subscriptions: order import from TikTok, stock, labels, weekly report.",
            ["order import from TikTok", "stock", "labels", "weekly report"],
        ),
        ("All of it except analytics: stock sync, labels and refunds.", ["stock sync", "labels", "refunds"]),
        (
            "Everything apart from the dashboard: refunds, stock alerts, tracking mails.",
            ["refunds", "stock alerts", "tracking mails"],
        ),
    ],
)
def test_everything_but_something_is_a_list_of_asks(text: str, asks: list[str]) -> None:
    reading = reading_of(text)
    assert texts(reading) == asks
    assert len(excluded(reading)) == 1
    assert all(ask.domains for ask in reading.asks)


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("Stock sync is finished (other team). What is missing: OAuth for new shops.", {TIKTOK}),
        ("Label printing is done already. Still open: refunds for single items.", {ORDERS}),
        ("We're done with billing (finance team). Now we need roles for our staff.", {SECURITY}),
    ],
)
def test_what_is_done_is_context_and_no_ask(text: str, agents: set[str]) -> None:
    reading = reading_of(text)
    assert len(reading.asks) == 1
    assert without_database(reading) == agents
    assert ContextKind.DONE in {context.kind for context in reading.context}


@pytest.mark.parametrize(
    ("text", "agent", "domain"),
    [
        ("This is no performance topic: why do two pickers get the same order?", ORDERS, "performance"),
        ("Not a security question: how come the same label is printed two times?", SHIPPING, "security"),
    ],
)
def test_a_topic_that_is_denied_is_excluded_and_the_question_is_one_to_fix(text: str, agent: str, domain: str) -> None:
    reading = reading_of(text)
    assert without_database(reading) == {agent}
    assert [ask.kind for ask in reading.asks] == [AskKind.FIX]
    assert excluded(reading) == {domain}


def test_prices_allowances_and_tries_are_three_asks_with_all_their_figures() -> None:
    reading = reading_of(
        "Plans: Basic $12, Team $48, first 250 labels free, then 3.5 cents each; a failed card is tried 5 times in 10 "
        "days, then the shop is locked."
    )
    assert [list(ask.domains) for ask in reading.asks] == [["billing"]] * 3
    assert agents_of(reading) == {BILLING}
    assert [figure(reading, text).value for text in ("$12", "$48", "250", "3.5", "5 times", "10 days")] == [
        12,
        48,
        250,
        0.035,
        5,
        10,
    ]
    assert not reading.unread


def test_carriers_compared_by_price_are_asked_of_shipping() -> None:
    reading = reading_of(
        "Compare DPD, GLS and Royal Mail for each parcel, cheapest that arrives within 2 days, labels for a 203 dpi "
        "Zebra"
    )
    assert agents_of(reading) == {SHIPPING}
    assert {"DPD", "GLS", "Royal Mail"} <= {fact.name for fact in reading.facts}


@pytest.mark.parametrize(
    ("text", "agent", "nobody"),
    [
        ("Print return labels and knit a scarf for every buyer", SHIPPING, "knit a scarf for every buyer"),
        ("Sync stock and book a flight to Rome", STOCK, "book a flight to Rome"),
        ("Translate our settings page and water the plants", SCREENS, "water the plants"),
    ],
)
def test_work_that_nobody_does_is_an_ask_of_its_own_without_domains(text: str, agent: str, nobody: str) -> None:
    reading = reading_of(text)
    assert without_database(reading) == {agent}
    assert [ask.text for ask in reading.asks if not ask.domains] == [nobody]


def test_targets_of_speed_and_load_are_asked_of_performance() -> None:
    reading = reading_of(
        "Answers under 350 ms at p95, at 9,000 orders in the first hour of a drop, thirty times the usual"
    )
    assert PERFORMANCE in agents_of(reading)
    assert figure(reading, "350").comparison == "<"
    assert figure(reading, "9,000").unit == "orders/hour"
    assert figure(reading, "thirty").comparison == "x"


def test_a_date_behind_until_is_a_date() -> None:
    reading = reading_of("Returns are possible until 31 January")
    assert [fact.name for fact in reading.facts if fact.kind is FactKind.DATE] == ["--01-31"]
    assert without_database(reading) == {ORDERS}


def test_a_loop_with_a_decision_keeps_its_parts() -> None:
    reading = reading_of("Tune it and test again until p95 is below 250 ms, if it passes deploy, otherwise roll back")
    assert agents_of(reading) == {PERFORMANCE, TESTING}
    assert not reading.unread


@pytest.mark.parametrize(
    "text",
    [
        "- sign in with Apple\n- roles: owner, packer, bookkeeper\n- who refunded what: log\n- delete a person's data",
        "1. two factor login\n2. roles for owner and bookkeeper\n3. audit log of refunds\n4. GDPR export",
    ],
)
def test_items_of_a_list_are_asks_and_a_role_named_in_one_starts_nobody(text: str) -> None:
    reading = reading_of(text)
    assert len(reading.asks) == 4
    assert agents_of(reading) == {SECURITY}


def test_the_title_and_the_criteria_of_a_ticket_are_asks() -> None:
    reading = reading_of(
        "CF-88 · Bug · P2\nSummary: Stock goes negative when two live sellers sell the last item\n"
        "Assignee: unassigned\nSteps:\n1. Open two live streams\n2. Sell the last item in both\n"
        "Expected: one sale wins\nActual: stock is -1\n"
        "AC1 The second sale is refused\nAC2 The seller sees a message within 2 s\nOut of scope: mobile app"
    )
    assert [ask.text.split()[0] for ask in reading.asks] == ["Stock", "The", "The"]
    assert reading.asks[0].kind is AskKind.FIX
    assert without_database(reading) == {STOCK}
    assert excluded(reading) == {"ui_dashboard"}
    evidence = " ".join(context.text for context in reading.context if context.kind is ContextKind.EVIDENCE)
    assert "Open two live streams" in evidence and "stock is -1" in evidence


def test_the_points_of_a_forwarded_mail_are_asks_and_its_frame_is_none() -> None:
    reading = reading_of(
        "Subject: Fwd: wishes\n\nHi,\n\n> we need from you\n> (a) labels as PDF\n> (b) returns by mail\n"
        "> (c) low stock alerts\n> (d) log in with Google\n\nNot now: analytics\n\nBest regards\nTom"
    )
    assert texts(reading) == ["labels as PDF", "returns by mail", "low stock alerts", "log in with Google"]
    assert excluded(reading) == {"analytics"}


SPEC = """# Product requirements: Returns

1 Background
We ship 400 parcels a day and get 30 returns.

2 Goals
2.1 Buyers request a return themselves
2.2 Prepaid return labels from DHL
2.3 Refund after the parcel is scanned
2.4 Stock goes up when an item comes back
2.5 Reasons of returns in a weekly report
2.6 Staff sign in with two factors

3 Non-goals
- A mobile app
- Changes to billing

4 Constraints
- Supabase, Next.js
- EU region only
- Budget 20 k€
- Live by 1 May
"""


def test_the_goals_of_a_specification_are_its_asks() -> None:
    reading = reading_of(SPEC)
    assert len(reading.asks) == 6
    assert excluded(reading) >= {"billing", "ui_dashboard"}
    assert len(reading.constraints) >= 4
    assert not any(fact.text.startswith("2.") for fact in reading.facts)
    assert not {BILLING, SCREENS} & agents_of(reading)


def test_the_open_items_of_an_incident_review_are_its_asks() -> None:
    reading = reading_of(
        "# Incident: oversold mugs\n\n## Timeline\n09:02 drop starts, 9,000 orders in 20 minutes\n"
        "09:14 stock shows -31\n09:40 import stopped\n\n## Impact\n31 orders lost\n\n## Action items\n"
        "- [ ] reserve stock at checkout\n"
        "- [ ] alert when stock goes below zero\n- [x] restart the import\n- [ ] load test the checkout\n"
        "- [ ] write a runbook for drops\n"
    )
    assert [ask.text.split()[0] for ask in reading.asks] == ["reserve", "alert", "load", "write"]
    assert "restart the import" in {one.text for one in reading.context if one.kind is ContextKind.DONE}
    assert not any("31" in fact.text for fact in reading.facts)


@pytest.mark.parametrize(
    "text",
    [
        "slow, 12 s:\n\n```sql\nSELECT * FROM order_lines JOIN labels USING (id) OFFSET 400000\n```\n80M rows",
        "This takes 9 seconds with 40M rows, please make it fast:\n\n```sql\nSELECT status FROM shipments\n```",
    ],
)
def test_a_query_is_attached_to_the_ask_that_the_database_answers(text: str) -> None:
    reading = reading_of(text)
    assert [(ask.kind, ask.attachments) for ask in reading.asks] == [(AskKind.SPEED_UP, (0,))]
    assert agents_of(reading) == {DATABASE}
    assert reading.attachments[0].language == "sql"


def test_a_line_of_code_is_attached_and_its_words_start_nobody() -> None:
    reading = reading_of(
        "`<button onClick={ship}>Ship</button>` make it usable with a keyboard, and live on `order.shipped`"
    )
    assert agents_of(reading) <= {SCREENS, STOCK, "database"}
    assert SCREENS in agents_of(reading)
    assert reading.attachments


@pytest.mark.parametrize(
    "text",
    [
        "contract tests between orders and shipping, so that a renamed field breaks the build",
        "Contract tests for what billing sends to analytics, so nobody breaks the invoice event again",
    ],
)
def test_what_is_tested_is_the_object_of_testing(text: str) -> None:
    reading = reading_of(text)
    assert [ask.kind for ask in reading.asks] == [AskKind.VERIFY]
    assert agents_of(reading) == {TESTING}


@pytest.mark.parametrize(
    "text",
    [
        "Etiketten drucken, sobald bezahlt ist",
        "sincronizar el inventario en tiempo real",
        "实现部分退款",
        "Imprimer les étiquettes dès que la commande est payée",
        "Stampare le etichette appena pagato",
        "Drukuj etykiety po opłaceniu",
        "在庫を同期する",
        "Synchronisiere den Bestand mit Shopify und TikTok Shop",
    ],
)
def test_another_language_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        reading_of(text)
    assert refused.value.code == "LANGUAGE_NOT_READ"
    assert "knows English, and the request is in" in str(refused.value)


def test_a_stack_and_a_region_are_constraints() -> None:
    reading = reading_of("Print the labels. MySQL 8 and Laravel, DHL only, EU data only")
    assert [one.text for one in reading.constraints] == ["MySQL 8 and Laravel", "DHL only", "EU data only"]
    assert agents_of(reading) == {SHIPPING}


def test_a_figure_binds_the_ask_that_it_stands_in() -> None:
    reading = reading_of("Print 20 labels a day. Send a weekly report.")
    assert figure(reading, "20 labels").asks == (0,)


@pytest.mark.parametrize(
    "text",
    [
        "Write a limerick about refunds",
        "Recommend a coffee machine",
        "find us an office",
        "how much disk is left",
        "recommend products on the product page",
        "Sing a song about shipping labels",
        "Tell me a joke about OAuth",
        "Write a haiku on packing slips",
        "Recommend a restaurant near the warehouse",
    ],
)
def test_what_no_card_covers_starts_nobody(text: str) -> None:
    reading = reading_of(text)
    assert agents_of(reading) == set()
    assert len(reading.asks) == 1


@pytest.mark.parametrize(
    ("text", "kind", "fair"),
    [
        ("Our search is slow", AskKind.SPEED_UP, {PERFORMANCE, DATABASE}),
        ("upload a CSV with 8,000 products", AskKind.BUILD, {STOCK, DATABASE}),
        ("the printer spits every label out double", AskKind.FIX, {SHIPPING}),
        ("two channels sold the last mug", AskKind.FIX, {STOCK, DATABASE}),
        ("Which of three couriers is cheapest and there in two days?", AskKind.DECIDE, {SHIPPING}),
        ("The export takes ages", AskKind.SPEED_UP, {PERFORMANCE}),
        ('Orders sit in "paid" for hours and nobody notices', AskKind.FIX, {ORDERS, DATABASE}),
        ("Zebra prints blank labels", AskKind.FIX, {SHIPPING}),
    ],
)
def test_a_problem_that_is_told_is_asked_to_be_solved(text: str, kind: AskKind, fair: set[str]) -> None:
    reading = reading_of(text)
    assert [ask.kind for ask in reading.asks] == [kind]
    assert agents_of(reading) and agents_of(reading) <= fair


def test_a_tool_of_work_that_is_mentioned_starts_nobody() -> None:
    reading = reading_of("Please automate the labels and show the revenue on our dashboard.")
    assert SCREENS not in agents_of(reading)
