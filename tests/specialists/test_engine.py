"""Selection, decisions, rendering and answers, shown with minimal playbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_specialists.engine import Specialist, answer, load_specialist, render, select
from creatorflow_specialists.playbook import PlaybookError, read

from tests.call_count import calls

from .readings import figure, task_with_reading
from .tasks import make_task, specialist

BODY = """
## Specification

- Labels are bought once for every order.
- Carriers are compared by price.

## Steps

1. Do it.

## Code

```python path=labels/one.py
WORKERS = {{ ceil(q.rate("order", "hour", 500) / 100) }}
```

## Tests

- [labels] Buy one twice.
- Anything else.

## Deployment

- [production] Alert.
- Run it.

## Recommendations

- Good.

## Next steps

- More.
"""
HEAD = {"capability": "label-generation", "title": "Label buying", "summary": "Labels.", "subject": "shipping"}


def written(body: str = BODY, applies: str = 'phrases = { "label" = 2 }', decides: str = "", **head: Any) -> str:
    """Return a playbook's text; keyword arguments are TOML values of its head."""
    values = {**{key: f'"{value}"' for key, value in HEAD.items()}, **head}
    lines = [f"{key} = {value}" for key, value in values.items()]
    return "\n".join(["+++", *lines, f"[applies]\n{applies}", decides, "+++"]) + body


def card(*capabilities: str, **more: Any) -> AgentCard:
    body = {
        "name": "test-agent",
        "group": "core_systems",
        "summary": "Tests.",
        "expertise": (),
        "domains": ("shipping",),
        "capabilities": tuple({"name": name, "description": name} for name in capabilities),
    }
    return AgentCard.model_validate({**body, **more})


@pytest.fixture
def agent(tmp_path: Path) -> Specialist:
    """Return an agent with a core capability, one of its own, and one borrowed from another agent."""
    files = {
        "test-agent/core.md": written(capability='"core"', core="true", applies='phrases = { "parcel" = 1 }'),
        "test-agent/label-generation.md": written(order="20"),
        "shared/lent.md": written(
            capability='"lent"', home='"other-agent"', core="true", applies='phrases = { "label" = 2, "rule" = 2 }'
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    words = {"vocabulary": {"shipping": {"post office": 2.0}}}
    return load_specialist(card("lent", "core", "label-generation", **words), tmp_path)


def chosen(agent: Specialist, *requirements: str, **more: Any) -> list[str]:
    return [playbook.name for playbook in select(make_task("test-agent", requirements, **more), agent)]


def test_the_core_capability_is_chosen_when_nothing_else_is(agent: Specialist) -> None:
    assert chosen(agent) == ["core"]
    assert chosen(agent, "paint the fence") == ["core"]
    assert chosen(agent, "buy a label") == ["label-generation"]


def test_a_capability_is_chosen_for_any_form_of_its_words(agent: Specialist) -> None:
    assert chosen(agent, "Automates labelling of orders") == ["label-generation"]
    assert "label-generation" in chosen(agent, "LABELS, please")
    assert "label-generation" not in chosen(agent, "a relabelled unlabel")


def test_a_word_inside_a_quantity_does_not_match(agent: Specialist) -> None:
    assert chosen(agent, "at 40 labels/hour", quantities=["labels = 40 labels/hour"]) == ["core"]


def test_a_borrowed_capability_is_chosen_only_for_requirements_without_an_own_one(agent: Specialist) -> None:
    assert "lent" not in chosen(agent, "buy a label")
    assert "lent" in chosen(agent, "buy a label", "follow a rule")
    assert chosen(agent, "follow a rule") == ["lent"]


def test_the_core_capability_covers_requirements_found_by_the_words_of_the_card(agent: Specialist) -> None:
    assert chosen(agent, "buy a label", "take it to the post office") == ["label-generation", "core"]
    assert chosen(agent, "buy a label at the post office") == ["label-generation"]
    output = answer(make_task("test-agent", ["take it to the post office"]), agent).output
    assert output.technical_specifications[0].answers == (0,)


def test_the_words_of_the_card_hide_no_matching_capability(agent: Specialist) -> None:
    assert chosen(agent, "a rule for the post office") == ["lent"]
    task = make_task("test-agent", ["labels at the post office", "one parcel"])
    core = answer(task, agent).output.technical_specifications[2:]
    assert {position for item in core for position in item.answers} == {1}


def test_a_validation_task_prefers_a_validating_capability() -> None:
    book = read(written(validation="true"), "x.md")
    plain = read(written(capability='"other"'), "y.md")
    agent = Specialist(card("label-generation", "other"), (book, plain))
    assert chosen(agent, "the whole thing", type="validation") == ["label-generation"]
    assert chosen(agent, "the whole thing") == []


def test_an_item_answers_only_the_requirement_it_is_about() -> None:
    task = make_task("test-agent", ["Generate shipping labels", "Compare label prices of carriers", "Paint the fence"])
    output = render(task, read(written(), "x.md"))
    assert [s.answers for s in output.technical_specifications] == [(0, 1), (1,)]
    assert [t.answers for t in output.testing_requirements] == [(0, 1), ()]
    assert output.code_examples[0].answers == (0, 1)


def test_the_first_statement_answers_the_capabilitys_requirement_unless_another_names_it() -> None:
    book = read(written(title='"Postage"', applies='phrases = { "franking" = 2 }'), "x.md")
    output = render(make_task("test-agent", ["Franking, please", "Franking of carriers"]), book)
    assert [s.answers for s in output.technical_specifications] == [(0,), (1,)]


def test_every_item_of_a_capability_with_one_requirement_answers_it() -> None:
    output = render(make_task("test-agent", ["Generate shipping labels", "Paint the fence"]), read(written(), "x.md"))
    assert {item.answers for item in (*output.technical_specifications, *output.next_steps)} == {(0,)}
    assert {test.answers for test in output.testing_requirements} == {(0,)}


def test_a_default_counts_as_no_agents_decision() -> None:
    body = "\n## Specification\n\n- Ids are {{ decisions.id_type }}, decided by {{ decided_by.id_type }}.\n"
    book = read(written(body, depends_on='["id_type"]'), "x.md")
    expected = [render(make_task("test-agent", decisions=d), book) for d in ({}, {"id_type": "bigint"})]
    assert [output.technical_specifications[0].text for output in expected] == [
        "Ids are uuid, decided by nobody yet.",
        "Ids are bigint, decided by an-earlier-agent.",
    ]


def test_markers_give_subject_and_environment() -> None:
    output = render(make_task("test-agent"), read(written(), "x.md"))
    assert [(t.subject, t.text) for t in output.testing_requirements] == [
        ("labels", "Buy one twice."),
        ("shipping", "Anything else."),
    ]
    assert [(d.environment, d.text) for d in output.deployment_considerations] == [
        ("production", "Alert."),
        ("all", "Run it."),
    ]


FOLLOW = '[decides.id_type]\nvalue = "bigint"'
OWN = '[decides.id_type]\nvalue = "bigint"\nrule = "own"'


@pytest.mark.parametrize(
    ("rule", "earlier", "value"),
    [(FOLLOW, {}, "bigint"), (FOLLOW, {"id_type": "uuid"}, "uuid"), (OWN, {"id_type": "uuid"}, "bigint")],
)
def test_an_earlier_decision_is_followed_unless_the_capability_fixes_its_own(
    rule: str, earlier: dict[str, str], value: str
) -> None:
    output = render(make_task("test-agent", decisions=earlier), read(written(decides=rule), "x.md"))
    assert output.decisions == {"id_type": value}


def test_a_decision_may_follow_from_a_quantity() -> None:
    rule = "[decides.retry_budget]\nvalue = \"{{ 1 if q.rate('order', 'hour', 500) > 1000 else 4 }}\""
    book = read(written(decides=rule), "x.md")
    assert render(make_task("test-agent"), book).decisions == {"retry_budget": "4"}
    busy = make_task("test-agent", quantities=["orders > 5000 orders/hour"])
    assert render(busy, book).decisions == {"retry_budget": "1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no head", "front matter"),
        (written(capability='"Bad Name"'), "capability"),
        (written(surprise="1"), "surprise"),
        (written(depends_on='["moon_phase"]'), "unknown decision keys ['moon_phase']"),
        (written(applies="phrases = {}"), "applies.phrases"),
        (written("\n## Specification\n\n- {{ unclosed\n"), "template"),
        (written("\n## Specification\n\n- {{ request | lit }}\n"), "must follow a literal string"),
    ],
)
def test_a_broken_playbook_is_refused_with_its_name_at_load_time(text: str, expected: str) -> None:
    with pytest.raises(PlaybookError, match=r"broken\.md") as refused:
        read(text, "broken.md")
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("\n## Surprise\n\n- x\n", "'Surprise' is not a section"),
        ("\nHello.\n", "outside of a section"),
        ("\n## Steps\n\n```python path=a/b.py\n1\n```\n", "outside of '## Code'"),
        ("\n## Code\n\n```python\n1\n```\n", "needs 'language path=folder/file.ext'"),
        ("\n## Code\n\n```python path=../b.py\n1\n```\n", "needs 'language path=folder/file.ext'"),
        ("\n## Code\n\n```cobol path=a/b.py\n1\n```\n", "needs 'language path=folder/file.ext'"),
        ("\n## Steps\n\n- {{ decisions.id_type }}\n", "id_type"),
        ("\n## Steps\n\n- {{ no_such_name }}\n", "no_such_name"),
        ("\n## Steps\n\n- {{ q.duration('x', 'moon', 1) }}\n", "'moon' is not a unit of time"),
        ("\n## Steps\n\n- {{ 1 / 0 }}\n", "division by zero"),
        ("\n## Steps\n\n- {{ request.__class__.__mro__ }}\n", "unsafe"),
        ("\n## Code\n\n```python path=a/b.py\nx = {{ request ~ 'x' }}\n```\n", "needs a filter"),
    ],
)
def test_a_playbook_that_cannot_be_rendered_stops_its_agent_at_startup(
    body: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "test-agent").mkdir()
    (tmp_path / "test-agent" / "label-generation.md").write_text(written(body, core="true"))
    with pytest.raises(PlaybookError, match=r"test-agent/label-generation\.md") as refused:
        load_specialist(card("label-generation"), tmp_path)
    assert expected in str(refused.value)


def test_a_capability_without_a_playbook_stops_its_agent_at_startup(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="capability 'label-generation' has no playbook"):
        load_specialist(card("label-generation"), tmp_path)


def test_a_request_is_read_once_for_all_capabilities_of_an_agent() -> None:
    asks = [f"Print {n} labels a day of shop {n} with the cheapest carrier in {n} days" for n in range(10, 70)]
    facts = [figure(f"{n} labels a day", n, "labels/day", subject="labels") for n in range(10, 70)]
    task = task_with_reading("shipping-automation-specialist", asks, facts)
    shipping = specialist(task.agent)
    assert calls(lambda: answer(task, shipping)) < 300_000  # measured: 217,000; read for each capability it was 513,000
