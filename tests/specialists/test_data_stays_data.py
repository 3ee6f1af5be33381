"""Text from a request or another agent never becomes part of an output's structure or of its code."""

from __future__ import annotations

import ast
import json

import pytest
from creatorflow_contracts.v1.work import AgentTask
from creatorflow_specialists.engine import render
from creatorflow_specialists.playbook import read
from creatorflow_specialists.playbook_sections import OUTPUT_NAMES

from .readings import figure, task_with_reading, thing
from .tasks import AGENTS, make_task, specialist
from .test_engine import written
from .test_playbooks import HOSTILE

BODY = """
## Specification

- {{ request }}
- Wanted: {{ requirements[0] }} and {{ requirements | join(", ") }}
{% for r in requirements %}
- {{ r | upper }}
{% endfor %}

{{ request }}

## Steps

1. {% for e in earlier %}{{ e.summary }}{% endfor %}

## Code

```python path=data/one.py
# {{ request | comment }}
TEXT = {{ request | py }}
{{ request | ident }} = 1
```

```sql path=data/one.sql
-- {{ request | comment }}
SELECT {{ request | sql }}
```

```json path=data/one.json
{"text": {{ request | js }}}
```

## Deployment

- {{ request }}
"""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_place(text: str) -> None:
    earlier = [{"step": "one", "agent": "another-agent", "output": {"summary": text}}]
    text = text[:4096]
    output = render(make_task("a", [text], request=text, previous_results=earlier), read(written(BODY), "x.md"))
    assert len(output.technical_specifications) == 4
    assert len(output.implementation_steps) == 1
    assert [file.path for file in output.code_examples] == ["data/one.py", "data/one.sql", "data/one.json"]
    assert [note.environment for note in output.deployment_considerations] == ["all"]
    assert "49" not in output.technical_specifications[0].text
    python, sql, data = (file.text for file in output.code_examples)
    only = [type(statement) for statement in ast.parse(python).body]
    assert only == [ast.Assign, ast.Assign]
    assert isinstance(json.loads(data)["text"], str)
    comment, select = sql.splitlines()
    assert comment.startswith("-- ")
    assert select.removeprefix("SELECT '").removesuffix("'").replace("''", "").count("'") == 0


def test_prose_repeats_the_words_unchanged() -> None:
    text = 'Keep <2s for 50% of a*b_c [x](y) & "quotes" \\ 1. #2'
    output = render(make_task("a", [text], request=text), read(written(BODY), "x.md"))
    assert output.technical_specifications[0].text == text


CATEGORIES = (
    "carrier", "plan", "plan", "printer", "file format", "size", "role", "role", "region", "marketplace", "platform",
)  # fmt: skip
UNITS = ("labels/", "printers ", "dpi ", "warehouses ", "channels ", "people ", "shops ", "customers ")


def named(agent: str, names: tuple[str, ...]) -> AgentTask:
    """Return a task whose named things have these names, and whose figures have them in their units."""
    notes = [
        thing(names[at % len(names)][:60], category, text=category, value=9, unit=f"USD/{names[0][:60]}")
        for at, category in enumerate(CATEGORIES)
    ]
    notes += [figure(f"{at} orders", 7, f"{unit}{names[at % len(names)][:60]}") for at, unit in enumerate(UNITS)]
    asks = [" and ".join(note["text"] for note in notes)]
    return task_with_reading(agent, asks, notes)


@pytest.mark.parametrize("agent", AGENTS)
def test_hostile_names_and_units_add_no_item_no_file_and_no_environment(agent: str) -> None:
    for book in specialist(agent).playbooks:
        calm, hostile = (render(named(agent, names), book) for names in (("calm", "quiet"), HOSTILE))
        for section in OUTPUT_NAMES.values():
            assert len(getattr(hostile, section)) == len(getattr(calm, section)), (book.source, section)
        assert [file.path for file in hostile.code_examples] == [file.path for file in calm.code_examples]
        environments = [[note.environment for note in part.deployment_considerations] for part in (calm, hostile)]
        assert environments[0] == environments[1]
