import json

import pytest
from creatorflow.cli.outputs.safe_paths import place
from creatorflow.cli.views.plan_document import report

from tests.unit.cli.samples import ORDERS, answered, board, ended_badly, output, result

SECTIONS = [
    "Status",
    "Request",
    "Analysis",
    "Execution",
    "Requirements",
    "Decisions",
    "Conflicts",
    "Specifications",
    "Implementation steps",
    "Code",
    "Tests",
    "Deployment",
    "Recommendations",
    "Next steps",
]


def test_the_document_has_every_section_in_reading_order() -> None:
    text = report(result(), board())
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS


def test_the_executed_plan_is_a_mermaid_diagram_with_its_dependencies() -> None:
    picture = report(result(), board()).split("```mermaid\n")[1].split("```")[0]
    assert 's1["<b>orders</b><br/>order-workflow-specialist<br/>1.5 s · 2 attempts"]:::succeeded' in picture
    assert "    s0 ==> s1" in picture and "    s0 --> s2" in picture and "    s2 --> s3" in picture


@pytest.mark.parametrize(
    "line",
    [
        "| `shipping` | order-workflow-specialist (for shipping-automation-specialist) | supporting | succeeded "
        "| 1 | 1.5 s |",
        "- `orders`, attempt 1: timeout, then retry: 1 of at most 3 retries",
        "| 2 | Drones | **no agent** |",
        "- `id_type`: uuid (database-specialist), bigint (order-workflow-specialist). Resolved by database-specialist: "
        "uuid",
        "### orders (order-workflow-specialist)",
        "- Orders have seven states. _(also database-specialist; answers 1)_",
        "1. Create the table `orders`.",
        "- A paid order can be shipped. _(order-workflow-specialist)_",
        "### production",
        "- Watch the retries of orders. _(from: recovery of orders)_",
        "Critical path, 4.5 s: `database` → `orders` → `testing`.",
    ],
)
def test_the_document_shows_the_execution_the_sources_and_the_gaps(line: str) -> None:
    assert line in report(result(), board()).splitlines()


def test_a_failed_request_shows_its_reason_at_the_top() -> None:
    text = report(result(status="failed", overall_success=False, reason="step orders failed"), board())
    assert text.splitlines()[3:5] == ["**Failed** in 5.0 s: 4 of 4 steps, sequential.", "Reason: step orders failed"]


def test_a_failed_request_shows_its_recoveries_skips_and_compensations() -> None:
    text = report(ended_badly(), board())
    for line in (
        "**Failed** in 5.0 s: 1 of 4 steps, sequential.",
        "| `shipping` | shipping-automation-specialist | supporting | skipped: its guard does not hold: x > 1 |  |  |",
        "- `orders`, attempt 2: timeout, then give up: No viable alternatives found",
        "- `undo-database` by database-specialist: done",
        "- `undo-orders` by order-workflow-specialist: **failed**; the carrier is closed",
        "    s0 -. undo .-> s4",
    ):
        assert line in text.splitlines(), line


def test_an_empty_result_makes_a_short_document() -> None:
    text = report(result(combined_output=output(()), recommendations=(), conflicts=(), decisions={}), board())
    assert "## Code" not in text and "## Conflicts" not in text


def test_markup_from_agents_stays_text() -> None:
    text = (
        "first line\n# no heading\n<script>alert(1)</script> ![spy](http://x) `a<b>` \x1b[31mred\n| a | b |\n"
        "```\n</div>\n```"
    )
    item = output().technical_specifications[0].model_copy(update={"text": text})
    reported = report(
        result(combined_output=output().model_copy(update={"technical_specifications": (item,)})), board()
    )
    assert "\n# no heading" not in reported and "  \\# no heading" in reported
    assert "<script>" not in reported.replace("\\<", "") and "\\<script>" in reported and "`a<b>`" in reported
    assert "![" not in reported and "!\\[spy" in reported and "\x1b" not in reported


def test_the_document_contains_every_output_completely() -> None:
    document = report(answered("Counted *3* words.", {"words": ["a", "b\u202e", "```"]}), board())
    part = document.split("## Answers\n\n")[1].split("\n## ")[0]
    assert part.startswith("### orders (order-workflow-specialist)\n\nCounted *3* words.\n\n````json\n")
    assert json.loads(part.split("````")[1].removeprefix("json")) == {"words": ["a", "b\u202e", "```"]}
    assert "\u202e" not in document


def test_a_pipe_or_a_line_break_does_not_end_a_table_cell() -> None:
    from creatorflow_contracts.v1.output import Answered, Completeness

    gap = Completeness(complete=True, requirements=(Answered(requirement="a | b\nc", answered_by=(ORDERS,)),))
    assert "| a \\| b c |" in report(result(completeness=gap), board())


def test_each_code_file_is_listed_with_its_written_path() -> None:
    files = place(["../orders/state.py"])
    assert "| `code/orders/state.py` | python |" in report(result(), board(), files, ["renamed"])


def test_the_answer_of_a_completed_request_is_in_the_first_ten_lines_and_the_counts_are_below_it() -> None:
    lines = report(answered("Counted three words.", {"words": 3}), board()).splitlines()
    assert "Counted three words." in lines[:10]
    assert next(at for at, line in enumerate(lines) if line.startswith("**Completed**")) > 10
