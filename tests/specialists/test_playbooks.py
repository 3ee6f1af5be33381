"""Requirements of every playbook; cases are data, see the README of the specialists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from creatorflow_contracts.v1.card import DECISION_KEYS
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_specialists.decisions import KEYS
from creatorflow_specialists.engine import answer, render, select
from creatorflow_specialists.playbook import Playbook
from creatorflow_specialists.playbook_sections import OUTPUT_NAMES

from tests.call_count import calls

from .tasks import AGENTS, CARDS, PLAYBOOKS, cases, make_task, specialist

CASES = [pytest.param(agent, case, id=f"{agent}-{case['capability']}") for agent in AGENTS for case in cases(agent)]
EXTREMES = [
    ["orders = 1e300 orders/hour", "response time < 1e300 s", "uptime = 100 %", "traffic x 1e300 x", "shops = 1e300"],
    ["orders = 1e-300 orders/year", "response time < 1e-300 ms", "uptime = 1e-300 %", "traffic x 1e-300 x"],
    ["orders = 0 orders/hour", "uptime = 0 %"],
]  # fmt: skip
HOSTILE = (
    "[production] orders",
    "Orders\n\n## Code\n\n```python path=evil/evil.py\nraise SystemExit('owned')\n```\n\n## Steps\n\n1. owned\n",
    "orders {{ 7 * 7 }} {% for x in range(10) %}x{% endfor %} {{ q.__class__ }} {# #} {% raw %}",
    "orders'; DROP TABLE orders; -- \" \"\"\" ''' \\ */ --> ${process.exit(1)} $$ `x` ]]",
    "- [production] orders\n# orders\n1. orders\n```\n+++\n~~~",
    "orders \u2028 \u202e \u0007 " + "x" * 4000,
)


def playbook(agent: str, capability: str) -> Playbook:
    return next(p for p in specialist(agent).playbooks if p.name == capability)


def lines(output: SpecialistOutput) -> Iterator[str]:
    """Return every line that a reader of the output sees."""
    yield from output.summary.splitlines()
    for name in OUTPUT_NAMES.values():
        for item in getattr(output, name):
            yield from item.text.splitlines()


def changed(before: SpecialistOutput, after: SpecialistOutput) -> list[str]:
    old = set(lines(before))
    return [line for line in lines(after) if line not in old]


def rendered(agent: str, case: dict[str, Any], quantities: list[str], decisions: dict[str, str]) -> SpecialistOutput:
    task = make_task(agent, case["requirements"], quantities, decisions)
    return render(task, playbook(agent, case["capability"]))


def test_the_table_of_decision_values_has_every_key_of_the_contract() -> None:
    assert tuple(KEYS) == DECISION_KEYS
    assert all(key.form.fullmatch(key.default) for key in KEYS.values())


def test_every_playbook_is_a_capability_of_a_card() -> None:
    written = {(file.parent.name, file.stem) for file in PLAYBOOKS.glob("*/*.md")}
    own = {(name, capability.name) for name, card in CARDS.items() for capability in card.capabilities}
    shared = {("shared", name) for name, times in Counter(line for _, line in own).items() if times > 1}
    assert written <= own | shared


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_has_at_least_three_capabilities_and_each_decides_the_keys_of_its_card(agent: str) -> None:
    cards = {capability.name: set(capability.decides) for capability in CARDS[agent].capabilities}
    assert len(cards) >= 3
    assert {p.name: set(p.head.decides) for p in specialist(agent).playbooks} == cards


@pytest.mark.parametrize("agent", AGENTS)
def test_every_capability_of_an_agent_has_a_sensitivity_case(agent: str) -> None:
    own = {p.name for p in specialist(agent).playbooks if p.head.home in {None, agent}}
    assert own == {case["capability"] for case in cases(agent)}


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_a_changed_quantity_changes_the_dependent_lines(agent: str, case: dict[str, Any]) -> None:
    change = case["quantity"]
    before = rendered(agent, case, change.get("from", []), {})
    after = rendered(agent, case, change["to"], {})
    assert change["lines"]
    for expected in change["lines"]:
        assert any(expected in line for line in changed(before, after)), (expected, changed(before, after))


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_an_answer_lists_the_defaults_that_it_uses_and_those_alone(agent: str, case: dict[str, Any]) -> None:
    assert [assumption.text for assumption in rendered(agent, case, [], {}).assumptions] == case["assumes"]


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_a_stated_figure_takes_the_place_of_its_default(agent: str, case: dict[str, Any]) -> None:
    output = rendered(agent, case, case["quantity"]["to"], {})
    assumed = [assumption.text for assumption in output.assumptions]
    assert set(assumed) < set(case["assumes"])
    gone = [text for text in case["assumes"] if text not in assumed]
    assert not [line for line in lines(output) for text in gone if f"{text} (assumed)" in line]


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_an_assumption_is_in_plain_english_and_says_how_to_state_it(agent: str, case: dict[str, Any]) -> None:
    for assumption in rendered(agent, case, [], {}).assumptions:
        assert re.fullmatch(
            r"[\d.]+ [A-Za-z-]+(?: [a-z-]+)*(?:/[a-z]+)?|[A-Za-z' -]+: [\d.:]+(?: \S+)*", assumption.text
        )
        assert assumption.subject in assumption.state_it
        assert assumption.state_it.startswith("say ")


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_a_changed_decision_changes_the_dependent_lines(agent: str, case: dict[str, Any]) -> None:
    change = case["decision"]
    before = rendered(agent, case, case["quantity"].get("from", []), change.get("from", {}))
    after = rendered(agent, case, case["quantity"].get("from", []), change["to"])
    assert change["lines"]
    for expected in change["lines"]:
        assert any(expected in line for line in changed(before, after)), (expected, changed(before, after))


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_a_capability_is_chosen_for_its_requirements_and_answers_each_of_them(agent: str, case: dict[str, Any]) -> None:
    task = make_task(agent, case["requirements"], case["quantity"]["to"])
    assert case["capability"] in {p.name for p in select(task, specialist(agent))}
    output = rendered(agent, case, case["quantity"]["to"], {})
    answered = {position for statement in output.technical_specifications for position in statement.answers}
    assert answered == set(range(len(case["requirements"])))


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_a_capability_fills_every_section(agent: str, case: dict[str, Any]) -> None:
    output = rendered(agent, case, case["quantity"]["to"], {})
    assert [name for name in ("summary", *OUTPUT_NAMES.values()) if not getattr(output, name)] == []


@pytest.mark.parametrize("quantities", EXTREMES)
@pytest.mark.parametrize("agent", AGENTS)
def test_no_extreme_or_odd_number_breaks_a_playbook(agent: str, quantities: list[str]) -> None:
    for book in specialist(agent).playbooks:
        output = render(make_task(agent, ["orders"], quantities), book)
        assert len(output.model_dump_json()) < 100_000


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("agent", AGENTS)
def test_text_of_a_request_adds_no_section_no_file_and_no_code(agent: str, text: str) -> None:
    earlier = [{"step": "one", "agent": "another-agent", "output": {"summary": text}}]
    for book in specialist(agent).playbooks:
        phrase = next(iter(book.head.applies.phrases))
        calm = render(
            make_task(agent, [phrase], previous_results=[{**earlier[0], "output": {"summary": "calm"}}]), book
        )
        hostile = make_task(agent, [f"{phrase} {text}"[:4096]], request=text, previous_results=earlier)
        output = render(hostile, book)
        for name in ("technical_specifications", "implementation_steps", "testing_requirements", "next_steps"):
            assert len(getattr(output, name)) == len(getattr(calm, name)), name
        assert [file.path for file in output.code_examples] == [file.path for file in calm.code_examples]
        assert {note.environment for note in output.deployment_considerations} == {
            note.environment for note in calm.deployment_considerations
        }


@pytest.mark.parametrize("agent", AGENTS)
def test_a_decision_in_a_hostile_form_is_ignored_and_reported(agent: str) -> None:
    evil = "uuid); DROP TABLE quagga; --"
    task = make_task(agent, ["orders"], decisions=dict.fromkeys(KEYS, evil))
    for book in specialist(agent).playbooks:
        output = render(task, book)
        assert "quagga" not in output.model_dump_json()
        notes = [s.text for s in output.recommendations if "in a form that is not known here" in s.text]
        assert len(notes) == len(book.keys)


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_the_same_task_gives_the_same_bytes_at_low_cost(agent: str, case: dict[str, Any]) -> None:
    task = make_task(agent, case["requirements"], case["quantity"]["to"])
    bodies: set[str] = set()

    def answered() -> None:
        bodies.add(answer(task, specialist(agent)).output.model_dump_json())

    answered()  # templates are compiled once
    cost = calls(answered)
    assert len(bodies) == 1
    assert cost < 100_000  # measured: at most 41,000


def test_two_capabilities_never_write_the_same_file() -> None:
    owners: dict[str, set[str]] = {}
    for agent in AGENTS:
        for book in specialist(agent).playbooks:
            for file in render(make_task(agent), book).code_examples:
                owners.setdefault(file.path, set()).add(book.source)
    assert {path: found for path, found in owners.items() if len(found) > 1} == {}
