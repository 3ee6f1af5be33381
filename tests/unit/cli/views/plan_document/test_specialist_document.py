import json

import pytest
from creatorflow.cli.outputs.safe_paths import place
from creatorflow.cli.views.plan_document.specialist_document import (
    NOBODY,
    specialist_document,
    specialist_link,
    specialist_paths,
    specialists,
)
from creatorflow_contracts.v1.output import CombinedItem, Source, Suggestion

from tests.unit.cli.reading_samples import read_result
from tests.unit.cli.samples import DATABASE, ORDERS, answered, ended_badly, output, result

AGENT = "order-workflow-specialist"


def test_the_specialists_are_those_that_answered_in_the_order_of_their_steps() -> None:
    assert specialists(result()) == ["database-specialist", AGENT]
    empty = output().model_copy(update={name: () for name in type(output()).model_fields if name != "data"})
    assert specialists(result(combined_output=empty)) == []
    assert specialists(answered("Counted.", {}).model_copy(update={"combined_output": empty})) == [AGENT]


def test_an_agent_of_which_only_a_failure_is_known_has_no_document() -> None:
    fix = Suggestion(text="Fix it.", follows_from="failure", sources=(Source(agent="lost-agent", step="orders"),))
    assert "lost-agent" not in specialists(ended_badly().model_copy(update={"next_steps": (fix,)}))


@pytest.mark.parametrize(
    "line",
    [
        f"# {AGENT}",
        "## Specifications",
        "### orders",
        "- Orders have seven states. _(also database-specialist; answers 1)_",
        "| `code/orders/state.py` | python | 2 |  |",
        "### orders",
        "- A paid order can be shipped.",
        "- three carriers, in orders, database; to state it: name the carriers",
        "The numbers of requirements are those in [PLAN.md](../PLAN.md).",
    ],
)
def test_a_document_has_all_that_its_agent_answered(line: str) -> None:
    assert line in specialist_document(read_result(), AGENT, place(["orders/state.py"])).splitlines()


def test_a_document_has_nothing_of_other_agents() -> None:
    text = specialist_document(result(), AGENT)
    assert "Create the table" not in text and "migration" not in text
    other = specialist_document(result(), "database-specialist").splitlines()
    assert "1. Create the table `orders`." in other and "- Run the migration first." in other


def test_summary_and_data_of_the_agent_are_whole() -> None:
    data = {f"key{at}": "```" for at in range(300)}
    text = specialist_document(answered("First *line*.\n\nSecond.", data), AGENT)
    assert "## Answer\n\nFirst *line*.\n\nSecond.\n\n````json\n" in text
    assert json.loads(text.split("````")[1].removeprefix("json")) == data


def test_all_recommendations_and_next_steps_of_the_agent_are_there_and_no_others() -> None:
    many = tuple(Suggestion(text=f"Do {at}.", follows_from="x", sources=(ORDERS,)) for at in range(20))
    other = Suggestion(text="Not mine.", follows_from="x", sources=(DATABASE,))
    text = specialist_document(result(recommendations=(*many, other), next_steps=(*many, other)), AGENT)
    assert all(text.count(f"- Do {at}. _(from: x)_") == 2 for at in range(20)) and "Not mine." not in text


def test_items_that_name_no_agent_have_a_document_of_their_own() -> None:
    item = CombinedItem(text="From nowhere.", sources=())
    whole = result(combined_output=output().model_copy(update={"technical_specifications": (item,)}))
    assert specialists(whole)[-1] == NOBODY
    text = specialist_document(whole, NOBODY)
    assert "From nowhere" not in specialist_document(whole, AGENT)
    assert "# From no agent in particular" in text and "- From nowhere." in text and "Drones" not in text


def test_a_document_begins_with_the_mark_by_which_it_is_known_as_ours() -> None:
    assert specialist_document(result(), AGENT).startswith("<!-- creatorflow specialist 3f0d7c1e-")


def test_every_agent_has_a_safe_file_name_of_its_own_and_a_link() -> None:
    paths = specialist_paths(["con", "no-agent", NOBODY])
    assert [path.path for path in paths.values()] == ["_con.md", "no-agent.md", "no-agent-2.md"]
    assert specialist_link(paths["con"]) == "specialists/_con.md"


def test_markup_from_an_agent_stays_text() -> None:
    item = CombinedItem(text="one\n# no heading\n<script> ![spy](http://x) \x1b[31m", sources=(ORDERS,))
    whole = result(combined_output=output().model_copy(update={"technical_specifications": (item,)}))
    text = specialist_document(whole, AGENT)
    assert "\n# no heading" not in text and "\\<script>" in text and "!\\[spy" in text and "\x1b" not in text
