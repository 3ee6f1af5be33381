"""What a request leaves out, in the ways people say it, and the negations that leave nothing out."""

from __future__ import annotations

import pytest

from tests.unit.core.reading.requests import reading_of

LEFT_OUT = [
    ("Print shipping labels, no analytics please.", "analytics", "shipping"),
    ("Add refunds without billing", "billing", "order_management"),
    ("Build the order import. Don't touch the billing.", "billing", "tiktok_integration"),
    ("We need labels from DHL, but no dashboard.", "ui_dashboard", "shipping"),
    ("Labels and tracking, everything else is out of scope. Analytics is not needed.", "analytics", "shipping"),
    ("Sync our stock; analytics can wait.", "analytics", "inventory_sync"),
    ("Track parcels. Subscriptions are handled by Chargebee.", "billing", "shipping"),
    ("Print labels. Testing is done by another team.", "testing", "shipping"),
    ("Everything except billing: refunds, labels, stock.", "billing", "shipping"),
    ("Refunds please, and leave the stock sync alone.", "inventory_sync", "order_management"),
    ("Refunds please. Leave analytics out.", "analytics", "order_management"),
    ("Write the schema. Skip the tests.", "testing", "database"),
    ("Write the schema, skip the dashboard", "ui_dashboard", "database"),
    ("A table for refunds. Nothing about shipping.", "shipping", "database"),
    ("Index the orders table. Ignore billing for now.", "billing", "database"),
    ("This is not about performance: labels come out blank.", "performance", "shipping"),
    ("It's no security topic, just print the labels", "security", "shipping"),
    ("We don't need a dashboard, only the weekly report.", "ui_dashboard", "analytics"),
    ("I don't want charts. Print labels.", "analytics", "shipping"),
    ("Print labels. Not now: analytics, billing", "billing", "shipping"),
    ("Out of scope: billing. Print labels.", "billing", "shipping"),
    ("Instead of our own billing use Stripe's page; print labels", "billing", "shipping"),
    ("Print labels. There is no need for tests.", "testing", "shipping"),
    ("Print labels. No need for a load test.", "testing", "shipping"),
    ("Print labels, forget about the dashboard", "ui_dashboard", "shipping"),
    ("Do not build any screens. Print labels.", "ui_dashboard", "shipping"),
    ("Please don't add tests; print labels", "testing", "shipping"),
    ("Print labels. Stock is none of our business.", "inventory_sync", "shipping"),
    ("Print labels. Analytics later.", "analytics", "shipping"),
    ("Print labels. Billing comes later.", "billing", "shipping"),
    ("Print labels. Billing is not part of this.", "billing", "shipping"),
    ("Print labels. The dashboard stays as it is.", "ui_dashboard", "shipping"),
    ("Print labels. Hands off the billing.", "billing", "shipping"),
    ("Print labels. Stay away from the database.", "database", "shipping"),
    ("All but analytics: labels, refunds, stock", "analytics", "shipping"),
    ("Print labels. Neither analytics nor billing.", "billing", "shipping"),
    ("Print labels. We have no interest in analytics.", "analytics", "shipping"),
    ("Print labels, not the dashboard", "ui_dashboard", "shipping"),
    ("Print labels. We are not asking for a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. Billing isn't in scope.", "billing", "shipping"),
    ("Print labels. Payments belong to the other team.", "billing", "shipping"),
    ("Print labels. No UI, no QA.", "testing", "shipping"),
    ("Print labels. Spare me the test plan.", "testing", "shipping"),
    ("Print labels. Please no dashboard", "ui_dashboard", "shipping"),
    ("Print labels (no tests).", "testing", "shipping"),
    ("Print labels minus the tests", "testing", "shipping"),
    ("Only the labels. Chargebee handles billing.", "billing", "shipping"),
    ("Print labels. Don't bother with tests.", "testing", "shipping"),
    ("Print labels. We won't need analytics.", "analytics", "shipping"),
    ("Print labels. You can leave out the tests.", "testing", "shipping"),
    ("Print labels. Analytics: not now.", "analytics", "shipping"),
    ("Print labels. Billing: out of scope", "billing", "shipping"),
    ("Print labels. Analytics is for another day.", "analytics", "shipping"),
    ("Print labels. Testing is QA's job.", "testing", "shipping"),
    ("Print labels. I am not interested in charts.", "analytics", "shipping"),
    ("Print labels; exclude analytics", "analytics", "shipping"),
    ("Print labels excluding analytics", "analytics", "shipping"),
    ("Print labels. No tests or dashboards.", "testing", "shipping"),
    ("Print labels. No dashboards, charts or tests.", "testing", "shipping"),
    ("Print labels. The billing must not be touched.", "billing", "shipping"),
    ("Print labels. Please keep your hands off the billing.", "billing", "shipping"),
    ("Print labels and don't worry about performance.", "performance", "shipping"),
    ("Print labels. Performance isn't an issue.", "performance", "shipping"),
    ("Print labels. We do the tests ourselves.", "testing", "shipping"),
    ("Print labels. Our designer does the screens.", "ui_dashboard", "shipping"),
    ("Print labels, nothing else. No analytics!", "analytics", "shipping"),
    ("Print labels. Tests we write ourselves.", "testing", "shipping"),
    ("Print labels. Security has been dealt with by the platform team.", "security", "shipping"),
    ("Refunds by line. Stripe keeps doing the billing.", "billing", "order_management"),
    ("Weekly sales report. Whatever touches billing stays out of it.", "billing", "analytics"),
    ("Print labels; the dashboard we already have.", "ui_dashboard", "shipping"),
    ("Print labels. Please do not propose a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. I can do without charts.", "analytics", "shipping"),
    ("Print labels. We're not touching the database this time.", "database", "shipping"),
    ("Print labels. We have people for testing.", "testing", "shipping"),
    ("Print labels. QA writes the tests.", "testing", "shipping"),
    ("Print labels. Testing happens elsewhere.", "testing", "shipping"),
    ("Print labels. Charts would be overkill.", "analytics", "shipping"),
    ("Print labels. A dashboard would be nice one day, not now.", "ui_dashboard", "shipping"),
    ("Print labels. Analytics is somebody else's.", "analytics", "shipping"),
    ("Print labels. Billing - no.", "billing", "shipping"),
    ("Print labels. Billing? No.", "billing", "shipping"),
    ("Print labels. Billing? Not needed.", "billing", "shipping"),
    ("Print labels (billing is not part of it).", "billing", "shipping"),
    ("Print labels. But not the billing.", "billing", "shipping"),
    ("Print labels. Not billing, not analytics.", "billing", "shipping"),
    ("Print labels only; nothing with analytics.", "analytics", "shipping"),
    ("Print labels, no need to look at the database.", "database", "shipping"),
    ("Print labels. Without a dashboard, please.", "ui_dashboard", "shipping"),
    ("Print labels. We'd rather not have tests in the answer.", "testing", "shipping"),
    ("Print labels. Please leave tests out of the answer.", "testing", "shipping"),
    ("Print labels. Drop the load test from the plan.", "testing", "shipping"),
    ("Print labels. Don't include any tests.", "testing", "shipping"),
    ("Print labels. Don't you dare touch the database.", "database", "shipping"),
    ("Print labels. The database must stay the way it is.", "database", "shipping"),
    ("Print labels. The database is frozen.", "database", "shipping"),
    ("Print labels. Nobody touches billing.", "billing", "shipping"),
    ("Print labels. Billing is fine as it is.", "billing", "shipping"),
    ("Print labels. Billing works, leave it.", "billing", "shipping"),
    ("Print labels. As for billing: Chargebee does that.", "billing", "shipping"),
    ("Print labels. For billing we use Chargebee.", "billing", "shipping"),
    ("Print labels. Our billing runs through Chargebee and stays there.", "billing", "shipping"),
    ("Print labels. Billing has its own project.", "billing", "shipping"),
    ("Print labels. Billing is another story.", "billing", "shipping"),
    ("Print labels. Let's not talk about billing.", "billing", "shipping"),
    ("Print labels. Let us leave billing for later.", "billing", "shipping"),
    ("Print labels. Please ignore everything about billing.", "billing", "shipping"),
    ("Print labels. I don't care about charts.", "analytics", "shipping"),
    ("Print labels. Charts don't interest me.", "analytics", "shipping"),
    ("Print labels. Nobody asked for charts.", "analytics", "shipping"),
    ("Print labels. Nobody needs a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. There will be no dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. There shall be no dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. It needs no dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. This needs no tests.", "testing", "shipping"),
    ("Print labels. You needn't write tests.", "testing", "shipping"),
    ("Print labels. You do not have to write tests.", "testing", "shipping"),
    ("Print labels. Tests are superfluous.", "testing", "shipping"),
    ("Print labels. Tests aren't your job.", "testing", "shipping"),
    ("Print labels. We have tests.", "testing", "shipping"),
    ("Print labels. Refunds stay manual.", "order_management", "shipping"),
    ("Print labels. Refunds we keep doing by hand.", "order_management", "shipping"),
    ("Print labels. Finance does the refunds by hand, keep it so.", "order_management", "shipping"),
    ("Print labels. Refunds are postponed to next year.", "order_management", "shipping"),
    ("Print labels. Rule out analytics.", "analytics", "shipping"),
    ("Print labels. Analytics has been ruled out.", "analytics", "shipping"),
    ("Print labels. Analytics was decided against.", "analytics", "shipping"),
    ("Print labels. We decided against a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. The board said no to a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. Not in this project: dashboards, analytics", "ui_dashboard", "shipping"),
    ("Print labels. What I don't need is a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. What we don't want: analytics.", "analytics", "shipping"),
    ("Print labels. The last thing we need is a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels, definitely no analytics", "analytics", "shipping"),
    ("Print labels. Zero analytics.", "analytics", "shipping"),
    ("Print labels - tests excluded.", "testing", "shipping"),
    ("Print labels, tests not included.", "testing", "shipping"),
    ("Print labels. TikTok is not involved.", "tiktok_integration", "shipping"),
    ("Print labels. TikTok is off for now.", "tiktok_integration", "shipping"),
    ("Print labels. TikTok plays no role here.", "tiktok_integration", "shipping"),
    ("Print labels. This has nothing to do with TikTok.", "tiktok_integration", "shipping"),
    ("Print labels. It is not a TikTok problem.", "tiktok_integration", "shipping"),
    ("Print labels. Avoid analytics.", "analytics", "shipping"),
    ("Print labels. Stick to labels, no analytics.", "analytics", "shipping"),
    ("Print labels. Cut analytics from the scope.", "analytics", "shipping"),
    ("Print labels. Analytics is a later phase.", "analytics", "shipping"),
    ("Print labels. Analytics stays with the BI team.", "analytics", "shipping"),
    ("Print labels. Someone else is on billing.", "billing", "shipping"),
    ("Print labels. Billing we've got covered.", "billing", "shipping"),
    ("Print labels. Billing is sorted.", "billing", "shipping"),
    ("Print labels. Save the dashboard for another day.", "ui_dashboard", "shipping"),
    ("Print labels. Don't waste words on billing.", "billing", "shipping"),
    ("Print labels. The dashboard I'll do myself.", "ui_dashboard", "shipping"),
    ("Print labels. Keep billing out of this.", "billing", "shipping"),
    ("Print labels. Billing stays out of this.", "billing", "shipping"),
    ("Print labels. I'm not paying for a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. There is no budget for a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. A mail instead of a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. Not a dashboard but a mail.", "ui_dashboard", "shipping"),
    ("Print labels. A dashboard we do not need.", "ui_dashboard", "shipping"),
    ("Print labels. We do not use TikTok.", "tiktok_integration", "shipping"),
    ("Print labels. This is about labels, not about billing.", "billing", "shipping"),
    ("Print labels. It is about labels, not billing.", "billing", "shipping"),
    ("Print labels. Before anyone asks: no dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. Resist the temptation to build a dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. No one should touch the database.", "database", "shipping"),
    ("Print labels. The database remains untouched.", "database", "shipping"),
    ("Print labels. The dashboard at a later date.", "ui_dashboard", "shipping"),
    ("Print labels. The dashboard is next in line, not now.", "ui_dashboard", "shipping"),
    ("Print labels. The dashboard next month.", "ui_dashboard", "shipping"),
    ("Print labels. The dashboard is on hold until spring.", "ui_dashboard", "shipping"),
    ("Print labels. Skip anything about billing.", "billing", "shipping"),
    ("Print labels. Everything to do with billing is done by finance.", "billing", "shipping"),
    ("Print labels. Billing, analytics and the dashboard are not your concern.", "billing", "shipping"),
    ("Print labels. Do not extend it to billing.", "billing", "shipping"),
    ("Print labels. Limit yourself to labels; billing is none of it.", "billing", "shipping"),
    ("Print labels. I do not want to hear about billing.", "billing", "shipping"),
    ("Print labels. Please say nothing about billing.", "billing", "shipping"),
    ("Print labels. I need no dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. We need neither a dashboard nor tests.", "testing", "shipping"),
    ("Print labels. I'd skip the dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. You can skip the tests.", "testing", "shipping"),
    ("Print labels. Tests can be skipped.", "testing", "shipping"),
    ("Print labels. Tests may be left out.", "testing", "shipping"),
    ("Print labels. Tests should be left out.", "testing", "shipping"),
    ("Print labels. Tests are to be left out.", "testing", "shipping"),
    ("Print labels. Tests, please not.", "testing", "shipping"),
    ("Print labels. Anything but tests.", "testing", "shipping"),
    ("Print labels. Leave the tests to us.", "testing", "shipping"),
    ("Print labels. We'll write the tests.", "testing", "shipping"),
    ("Print labels. We are writing the tests ourselves.", "testing", "shipping"),
    ("Print labels. The dashboard is made by an agency.", "ui_dashboard", "shipping"),
    ("Print labels. An agency makes the dashboard.", "ui_dashboard", "shipping"),
    ("Print labels. The dashboard was ordered elsewhere.", "ui_dashboard", "shipping"),
    ("Print labels. The dashboard is not your department.", "ui_dashboard", "shipping"),
    ("Print labels. Nothing on the dashboard changes.", "ui_dashboard", "shipping"),
    ("Print labels. Nothing changes in the database.", "database", "shipping"),
    ("Print labels. Make no changes to the database.", "database", "shipping"),
    ("Print labels. No changes to the database.", "database", "shipping"),
    ("Print labels. No work on the database.", "database", "shipping"),
    ("Print labels. No touching the database.", "database", "shipping"),
    ("Print labels. No new tables.", "database", "shipping"),
    ("Print labels. No billing whatsoever.", "billing", "shipping"),
    ("Print labels. Absolutely no billing.", "billing", "shipping"),
    ("Print labels. And please, no billing.", "billing", "shipping"),
    ("Print labels. Also no billing.", "billing", "shipping"),
    ("Print labels. So no billing.", "billing", "shipping"),
    ("Print labels. But no billing please.", "billing", "shipping"),
    ("Print labels. Just no billing.", "billing", "shipping"),
    ("Print labels. Obviously no billing.", "billing", "shipping"),
    ("Print labels. Billing obviously not.", "billing", "shipping"),
    ("Print labels. Billing rather not.", "billing", "shipping"),
    ("Print labels. Billing isn't part of the deal.", "billing", "shipping"),
    ("Print labels. Billing doesn't belong here.", "billing", "shipping"),
    ("Print labels. Billing does not belong in this.", "billing", "shipping"),
    ("Print labels. That doesn't include billing.", "billing", "shipping"),
    ("Print labels. This does not cover billing.", "billing", "shipping"),
    ("Print labels. Billing excepted.", "billing", "shipping"),
    ("Print labels. Billing aside.", "billing", "shipping"),
    ("Print labels. Leaving billing aside.", "billing", "shipping"),
    ("Print labels. Setting billing aside.", "billing", "shipping"),
    ("Print labels. Let's forget billing.", "billing", "shipping"),
    ("Print labels. Forget about billing.", "billing", "shipping"),
    ("Print labels. Hold the billing.", "billing", "shipping"),
    ("Print labels. Billing: parked.", "billing", "shipping"),
    ("Print labels. Billing: someone else.", "billing", "shipping"),
    ("Print labels. Billing (no).", "billing", "shipping"),
    ("Print labels. (Not billing.)", "billing", "shipping"),
    ("Print labels. Don't get me started on billing.", "billing", "shipping"),
    ("Print labels. Do not even think of billing.", "billing", "shipping"),
    ("Print labels. I'd rather you did not touch billing.", "billing", "shipping"),
    ("Print labels. You must not touch billing.", "billing", "shipping"),
    ("Print labels. You may not touch billing.", "billing", "shipping"),
    ("Print labels. You shouldn't touch billing.", "billing", "shipping"),
    ("Print labels. Billing may not be touched.", "billing", "shipping"),
    ("Print labels. Billing must not change.", "billing", "shipping"),
    ("Print labels. Billing shall remain as it is.", "billing", "shipping"),
    ("Print labels. Billing will remain as it is.", "billing", "shipping"),
]
STATED = [
    ("Migrate the orders table with no downtime", "database"),
    ("Switch the carrier without losing orders", "shipping"),
    ("Never sell the same item twice", "inventory_sync"),
    ("Make sure we don't oversell", "inventory_sync"),
    ("We need not only labels but also tracking", "shipping"),
    ("I can't wait to see the labels printed", "shipping"),
    ("Why is there no label for order 123?", "shipping"),
    ("Some orders have no label", "shipping"),
    ("There is no audit log", "security"),
    ("Our tests do not cover refunds", "testing"),
    ("We have no tests", "testing"),
    ("Push stock changes without a page refresh", "inventory_sync"),
    ("Customers cannot log in without an error", "security"),
    ("Nobody without permission sees customer data", "security"),
    ("A packer must not see prices", "security"),
    ("Labels must not print twice", "shipping"),
    ("Do not charge customers twice", "database"),
    ("Don't ship unpaid orders", "order_management"),
    ("Ignore duplicate webhooks from TikTok", "tiktok_integration"),
    ("Retry the payment, if there is no answer cancel the subscription", "billing"),
    ("The dashboard shows no numbers on Monday", "ui_dashboard"),
    ("Our labels have no barcode", "shipping"),
    ("Print labels without me clicking each one", "shipping"),
    ("Stock should never go below zero", "inventory_sync"),
    ("The label is not printed later than 5 minutes after payment", "shipping"),
    ("Customers don't get their tracking number", "shipping"),
    ("Staff without the admin role must not refund", "security"),
    ("Refund an order even without a receipt", "order_management"),
    ("Why don't the tests run on Friday?", "testing"),
    ("Sellers who do not pay are locked out", "security"),
    ("We do not know which products make money", "analytics"),
    ("Buyers who don't want a parcel any more can cancel the order", "order_management"),
    ("Fail over to the second region without interruption", "performance"),
    ("Nothing is as important as the stock sync", "inventory_sync"),
    ("The import ignores refunds", "order_management"),
    ("Customers skip the login page", "security"),
    ("Users leave the checkout page", "ui_dashboard"),
    ("No customer should see another shop's data", "security"),
    ("No label is printed for express orders", "shipping"),
    ("The webhook does not arrive", "tiktok_integration"),
    ("Let a seller postpone a payment", "billing"),
    ("Let buyers exclude a carrier", "shipping"),
]


@pytest.mark.parametrize(("text", "left_out", "asked"), LEFT_OUT)
def test_what_is_not_wanted_is_excluded_and_asked_of_nobody(text: str, left_out: str, asked: str) -> None:
    reading = reading_of(text)
    domains = {domain for ask in reading.asks for domain in ask.domains}
    assert left_out in {domain for exclusion in reading.exclusions for domain in exclusion.domains}
    assert asked in domains
    assert left_out not in domains


@pytest.mark.parametrize(("text", "asked"), STATED)
def test_a_negation_that_states_a_quality_or_a_problem_excludes_nothing(text: str, asked: str) -> None:
    reading = reading_of(text)
    assert not reading.exclusions
    assert asked in {domain for ask in reading.asks for domain in ask.domains}


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("Print labels, no tests.", "testing_requirements"),
        ("Print labels. No code examples.", "code_examples"),
        ("Print labels. Leave out the deployment.", "deployment_considerations"),
        ("Print labels. Skip the documentation.", "technical_specifications"),
        ("Print labels. We don't need recommendations.", "recommendations"),
    ],
)
def test_a_section_of_the_answer_that_is_not_wanted_is_taken_away(text: str, section: str) -> None:
    assert section in {name for exclusion in reading_of(text).exclusions for name in exclusion.sections}


def test_a_kind_of_work_that_is_not_wanted_is_taken_away() -> None:
    reading = reading_of("Add dark mode, but no redesign and no migration.")
    assert {kind for exclusion in reading.exclusions for kind in exclusion.kinds} == {"change", "migrate"}


def test_a_part_that_is_left_out_takes_nothing_from_an_ask_about_the_whole() -> None:
    reading = reading_of("Create return labels. No customs forms.")
    assert [one.text for one in reading.exclusions] == ["No customs forms"]
    assert "shipping" in reading.asks[0].domains


def test_it_names_what_the_exclusion_before_it_does() -> None:
    reading = reading_of("Print labels. Billing is not our job, so leave it alone.")
    assert [one.domains for one in reading.exclusions] == [("billing",), ("billing",)]


@pytest.mark.parametrize(
    "text",
    [
        "The dashboard does not work.",
        "The dashboard is not up to date.",
        "Reports are not on time.",
        "We have no tests.",
        "Our tests never run.",
        "Billing is broken.",
        "Billing is not right.",
        "The dashboard does not change when an order comes in.",
        "The database is slow.",
        "Nobody understands the dashboard.",
        "Nobody can read the reports.",
        "The tests are not good.",
        "Nothing works in the dashboard.",
        "Payments don't go through.",
        "The dashboard never loads.",
        "I cannot use the dashboard.",
        "We need a dashboard, not later but now.",
        "The screens are not readable.",
        "Charts are wrong.",
        "Tests must not take longer than 5 minutes.",
        "No payment may be lost.",
        "Payments are not included in the report.",
        "Security is not good enough.",
        "Nobody should change a payment.",
        "Performance is bad.",
    ],
)
def test_a_problem_of_an_area_leaves_nothing_out(text: str) -> None:
    reading = reading_of(text)
    assert not reading.exclusions
    assert reading.asks


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Add partial refunds. Invoicing lives in Lago, leave it alone.", "billing"),
        ("Payments go through Mollie, so keep your hands off them. We want stock alerts.", "billing"),
        ("Print the labels. The dashboard is fine, leave it.", "ui_dashboard"),
    ],
)
def test_what_is_left_alone_without_a_name_is_what_was_named_before_it(text: str, domain: str) -> None:
    reading = reading_of(text)
    assert domain in {name for exclusion in reading.exclusions for name in exclusion.domains}
    assert domain not in {name for ask in reading.asks for name in ask.domains}


def test_one_kind_of_tests_that_is_left_out_takes_nothing_from_asks_for_tests() -> None:
    reading = reading_of("Contract tests for the carriers. Browser tests for the cart. Out of scope: a test team.")
    assert [list(exclusion.sections) for exclusion in reading.exclusions] == [[]]
    assert "testing" in {name for ask in reading.asks for name in ask.domains}


@pytest.mark.parametrize(
    ("section", "domains"),
    [
        ("Anti-objectives: charging for early access.", {"billing"}),
        ("## D. What we leave be\n- figures on what sells best", {"analytics"}),
        ("Section D — withheld\n- invoices for the storage", {"billing"}),
        ("## What needn't happen\n- invoices for the storage", {"billing"}),
        ("Please don't: build a report.", {"analytics"}),
        ("- print the slips\n- monthly report: withdrawn", {"analytics"}),
        ("| wish | state |\n|---|---|\n| print the slips | open |\n| monthly report | rejected |", {"analytics"}),
    ],
)
def test_what_stands_below_a_heading_or_beside_a_word_that_rejects_it_is_asked_of_nobody(
    section: str, domains: set[str]
) -> None:
    reading = reading_of(f"# Labels\n\n## Goals\n- print the labels at noon\n\n{section}")
    assert domains <= {name for exclusion in reading.exclusions for name in exclusion.domains}
    assert not domains & {name for ask in reading.asks for name in ask.domains}


def test_a_run_of_tests_is_a_thing_and_nobody_who_runs_them() -> None:
    assert not reading_of("- browser tests for the cart\n- a nightly run of all tests").exclusions
