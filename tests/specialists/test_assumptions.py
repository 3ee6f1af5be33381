"""An answer lists every default that it uses, once; a figure of the request has none."""

from __future__ import annotations

import pytest
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_specialists.engine import Specialist, answer, render
from creatorflow_specialists.playbook import read

from .readings import figure, task_with_reading, thing
from .tasks import make_task
from .test_engine import card, written

ORDERS = 'q.rate("order", "hour", 500)'


def answered(body: str, *quantities: str, **head: str) -> SpecialistOutput:
    return render(make_task("test-agent", ["labels"], quantities), read(written(body, **head), "x.md"))


def assumed(body: str, *quantities: str, **head: str) -> list[str]:
    return [assumption.text for assumption in answered(body, *quantities, **head).assumptions]


SECTION = "\n## Specification\n\n"


@pytest.mark.parametrize(
    "body",
    [
        f"{SECTION}- {{{{ {ORDERS} }}}}\n",
        f"{SECTION}- {{{{ ceil({ORDERS} / 100) }}}} workers\n",
        f"{SECTION}- {{{{ {ORDERS} | round(2) }}}} an hour\n",
        f"{SECTION}- {{% if {ORDERS} > 100 %}}many{{% endif %}}\n",
        f"\n## Code\n\n```python path=a/b.py\nWORKERS = {{{{ max(2, {ORDERS} / 100) }}}}\n```\n",
        f"\n## Code\n\n```sql path=a/b.sql\n-- of {{{{ {ORDERS}.said | comment }}}}\n```\n",
        f"\n{{% set orders = {ORDERS} %}}\n{{% set rows = orders * 24 %}}\n{SECTION}- {{{{ rows }}}}\n",
    ],
)
def test_a_default_in_prose_in_code_or_behind_a_condition_is_an_assumption(body: str) -> None:
    assert assumed(body) == ["500 orders/hour"]
    assert assumed(body, "orders = 40 orders/minute") == []


def test_a_default_in_the_summary_is_an_assumption() -> None:
    summary = "\"{{ q.count('carrier', 3).said }}\""
    assert answered(f"{SECTION}- x\n", summary=summary).summary == "3 carriers (assumed)"
    assert assumed(f"{SECTION}- x\n", summary=summary) == ["3 carriers"]


def test_what_is_computed_and_not_shown_is_no_assumption() -> None:
    unused = f"\n{{% set orders = {ORDERS} %}}\n{{% set days = q.duration('keep', 'days', 730) %}}\n{SECTION}"
    assert assumed(f"{unused}- {{{{ orders }}}}{{% if asks('retention') %}}{{{{ days }}}}{{% endif %}}\n") == [
        "500 orders/hour"
    ]


def test_equal_assumptions_are_listed_once_whatever_words_and_parts_have_them() -> None:
    body = f"{SECTION}- {{{{ {ORDERS} }}}} and {{{{ q.rate('order|sale', 'hour', 500) }}}}\n"
    assert assumed(body) == ["500 orders/hour"]
    books = (read(written(body), "x.md"), read(written(body, capability='"other"'), "y.md"))
    agent = Specialist(card("label-generation", "other"), books)
    assert [a.text for a in answer(make_task("test-agent", ["labels"]), agent).output.assumptions] == [
        "500 orders/hour"
    ]


def test_a_default_that_follows_from_a_stated_figure_is_no_assumption() -> None:
    body = f"{SECTION}- {{{{ q.count('row', {ORDERS} * 24) }}}} rows\n"
    assert assumed(body) == ["500 orders/hour"]
    assert assumed(body, "orders = 60 orders/hour") == []


def test_a_section_that_is_excluded_uses_no_default() -> None:
    body = f"{SECTION}- {{{{ q.count('carrier', 3) }}}}\n\n## Tests\n\n- {{{{ {ORDERS} }}}}\n"
    exclusion = {"text": "no tests", "sections": ["testing_requirements"]}
    task = task_with_reading("test-agent", ["labels"], exclusions=[exclusion])
    output = render(task, read(written(body), "x.md"))
    assert [assumption.text for assumption in output.assumptions] == ["3 carriers"]


def test_a_name_of_its_own_tells_what_a_default_is_of() -> None:
    assert assumed(f"{SECTION}- {{{{ q.duration('return|refund', 'days', 30, 'return window') }}}}\n") == [
        "return window: 30 days"
    ]
    assert assumed(f"{SECTION}- {{{{ q.time('cut off', '14:00', 'cut-off').said }}}}\n") == ["cut-off: 14:00"]
    assert assumed(f"{SECTION}- {{{{ q.plans(49)[0].said }}}}\n") == ["price of a plan: 49 USD/month"]


def test_named_things_are_a_count_of_their_kind() -> None:
    book = read(
        written(f"{SECTION}- {{{{ q.count('carrier', 3).said }}}} {{{{ listed(named('carrier')) }}}}\n"), "x.md"
    )
    task = task_with_reading(
        "test-agent", ["labels of DPD and GLS"], [thing("DPD", "carrier"), thing("GLS", "carrier")]
    )
    output = render(task, book)
    assert output.technical_specifications[0].text == "2 carriers DPD and GLS"
    assert output.assumptions == ()


def test_a_figure_of_another_ask_counts_only_by_its_own_words() -> None:
    asks = ["Print the label within 3 s of an order", "Keep every invoice for ten years"]
    facts = [figure("3 s", 3, "s"), figure("ten years", 10, "year")]
    body = f"{SECTION}- {{{{ q.duration('keep|print', 's', 7, 'time').said }}}}\n"
    output = render(task_with_reading("test-agent", asks, facts), read(written(body), "x.md"))
    assert output.technical_specifications[0].text == "3 s", "the label's own, though `keep` is asked for first"
