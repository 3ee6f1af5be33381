import json
from dataclasses import replace

import pytest
from creatorflow.cli.outputs.safe_paths import place
from creatorflow.cli.views.plan_document.page_budget import BUDGET, height
from creatorflow.cli.views.plan_document.plan import plan_document
from creatorflow_contracts.v1.output import Answered, Completeness, Suggestion, SynthesizedResult

from tests.unit.cli.reading_samples import ASSUMED, NOT_HONOURED, READING, read_result
from tests.unit.cli.samples import ORDERS, answered, board, ended_badly, output, result

SECTIONS = [
    "Answers",
    "Status",
    "Request",
    "Analysis",
    "Execution",
    "Requirements",
    "Decisions",
    "Conflicts",
    "Code",
    "Recommendations",
    "Next steps",
]


def test_the_document_has_every_section_in_reading_order() -> None:
    text = plan_document(answered("Counted.", {}), board())
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS


def test_the_executed_plan_is_a_mermaid_diagram_with_its_dependencies() -> None:
    picture = plan_document(result(), board()).split("```mermaid\n")[1].split("```")[0]
    assert 's1["<b>orders</b><br/>order-workflow-specialist<br/>1.5 s · 2 attempts"]:::succeeded' in picture
    assert "    s0 ==> s1" in picture and "    s0 --> s2" in picture and "    s2 --> s3" in picture


@pytest.mark.parametrize(
    "line",
    [
        "| `shipping` | order-workflow-specialist (for shipping-automation-specialist) | supporting | succeeded "
        "| 1 | 1.5 s |",
        "- `orders`, attempt 1: timeout, then retry: 1 of at most 3 retries",
        "| 1 | Order sync | answered | order-workflow-specialist (orders) |",
        "| 2 | Drones | **not answered** |  |",
        "- `id_type`: uuid (database-specialist), bigint (order-workflow-specialist). Resolved by database-specialist: "
        "uuid",
        "- **orders** (order-workflow-specialist): Counted.",
        "- order-workflow-specialist: `orders/state.py` (2)",
        "- Watch the retries of orders. _(from: recovery of orders)_",
        "Critical path, 4.5 s: `database` → `orders` → `testing`.",
    ],
)
def test_the_document_shows_the_execution_the_sources_and_the_gaps(line: str) -> None:
    assert line in plan_document(answered("Counted.", {}), board()).splitlines()


def test_a_failed_request_shows_its_reason_at_the_top() -> None:
    text = plan_document(result(status="failed", overall_success=False, reason="step orders failed"), board())
    assert text.splitlines()[3:5] == ["**Failed** in 5.0 s: 4 of 4 steps, sequential.", "Reason: step orders failed"]


def test_a_failed_request_shows_its_recoveries_skips_and_compensations() -> None:
    text = plan_document(ended_badly(), board())
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
    text = plan_document(result(combined_output=output(()), recommendations=(), conflicts=(), decisions={}), board())
    assert "## Code" not in text and "## Conflicts" not in text


def test_markup_from_agents_stays_text() -> None:
    text = (
        "first line\n# no heading\n<script>alert(1)</script> ![spy](http://x) `a<b>` \x1b[31mred\n| a | b |\n"
        "```\n</div>\n```"
    )
    reported = plan_document(answered(text, {}), board())
    assert "\n# no heading" not in reported and "  \\# no heading" in reported
    assert "<script>" not in reported.replace("\\<", "") and "\\<script>" in reported and "`a<b>`" in reported
    assert "![" not in reported and "!\\[spy" in reported and "\x1b" not in reported


def test_the_document_contains_every_output_completely() -> None:
    document = plan_document(answered("Counted *3* words.", {"words": ["a", "b\u202e", "```"]}), board())
    part = document.split("## Answers\n\n")[1].split("\n## ")[0]
    assert part.startswith("- **orders** (order-workflow-specialist): Counted *3* words.\n\n  ````json\n")
    assert json.loads(part.split("````")[1].removeprefix("json")) == {"words": ["a", "b\u202e", "```"]}
    assert "\u202e" not in document


def test_the_items_of_a_numbered_list_in_a_request_keep_their_numbers() -> None:
    assert "> 1. a\n> 2. b" in plan_document(result(request="1. a\n2. b"), board())


def test_a_pipe_or_a_line_break_does_not_end_a_table_cell() -> None:
    gap = Completeness(complete=True, requirements=(Answered(requirement="a | b\nc", answered_by=(ORDERS,)),))
    assert "| a \\| b c |" in plan_document(result(completeness=gap), board())


def test_each_code_file_is_listed_with_its_written_path() -> None:
    files = place(["../orders/state.py"])
    text = plan_document(result(), board(), files, ["renamed"])
    assert "- order-workflow-specialist: `code/orders/state.py` (2)" in text and "- renamed" in text


def test_the_document_of_a_completed_request_begins_with_the_ten_lines_and_the_counts_are_below_them() -> None:
    lines = plan_document(answered("Counted three words.", {"words": 3}), board()).splitlines()
    assert lines[3:7] == [
        "- **orders (order-workflow-specialist):** Counted three words.",
        "  - words: 3",
        "- **Not answered:** Drones (not answered)",
        "- **First:** Find somebody for the drone fleet.",
    ]
    assert next(at for at, line in enumerate(lines) if line.startswith("**Completed**")) > 10


def test_the_document_of_a_request_that_was_read_has_its_reading_verdicts_and_caveats() -> None:
    analysis = {"complexity": "high", "requirements": ["of an older planner"]}
    text = plan_document(read_result(), replace(board(), analysis=analysis, notes=("Stock is not there.",)))
    assert "older planner" not in text
    for line in (
        "note         Stock is not there.",
        "- **Understood:** build: packing slips, a scarf; fix: the same order",
        "constraints  MySQL 8 only",
        "complexity   high",
        "| 1 | print packing slips | **partly, missing: DHL** | order-workflow-specialist (orders) |",
        "| 2 | Why do two pickers get the same order? | answered | order-workflow-specialist (orders) |",
        "| 3 | Knit a scarf for every buyer. | **no agent** |  |",
        "- three carriers, in orders, database; to state it: name the carriers",
        "- No charts (takes away analytics)",
        "- MySQL 8 only, in database: the schema is for PostgreSQL",
        "Complete: no: 1 of 3 asks not answered, 1 in part, 1 passage not read.",
    ):
        assert line in text.splitlines(), line
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert titles[3:8] == ["## Execution", "## Requirements", "## Assumptions", "## Left out", "## Not honoured"]
    assert "## Reading" in titles and "## Analysis" not in titles


def test_of_many_recommendations_and_next_steps_the_first_seven_are_shown_and_the_others_counted() -> None:
    many = tuple(Suggestion(text=f"Do {at}.", follows_from="x") for at in range(20))
    text = plan_document(result(recommendations=many, next_steps=many), board())
    for section in ("## Recommendations", "## Next steps"):
        part = text.split(f"{section}\n\n")[1].split("\n## ")[0]
        assert part.strip().splitlines() == [
            *(f"- Do {at}. _(from: x)_" for at in range(7)),
            "",
            "_And 13 more: `specialists/`, `result.json`._",
        ]


def test_data_longer_than_its_share_is_cut_and_its_lines_are_counted() -> None:
    text = plan_document(answered("Counted.", {f"key{at}": at for at in range(300)}), board())
    assert '"key0": 0' in text and '"key299"' not in text and "_And 262 more lines._" in text
    assert height([text]) <= BUDGET


def test_an_agent_without_a_summary_still_has_its_link() -> None:
    text = plan_document(result(), board(), links={"database-specialist": "specialists/database-specialist.md"})
    assert "- database-specialist. [Full text](specialists/database-specialist.md)" in text


def huge() -> SynthesizedResult:
    """Return a result that is larger in every part than any real one."""
    long = "a long text " * 300
    whole = read_result(
        request="word " * 10_000,
        status="failed",
        reason=long,
        degraded=tuple(f"s{at}" for at in range(300)),
        completeness=Completeness(
            complete=False,
            requirements=tuple(
                Answered(requirement=long, answered_by=(ORDERS,) * 50, verdict="partly", missing=(long,), note=long)
                for _ in range(300)
            ),
        ),
        assumptions=(ASSUMED.model_copy(update={"text": long}),) * 300,
        not_honoured=(NOT_HONOURED.model_copy(update={"reason": long}),) * 300,
        recommendations=(Suggestion(text=long, follows_from=long),) * 300,
        next_steps=(Suggestion(text=long, follows_from=long),) * 300,
        conflicts=result().conflicts * 300,
        decisions={f"{at} {long}": long for at in range(300)},
        combined_output=output(tuple((f"orders/{at}.py", "x\n") for at in range(500))),
        reading=READING.model_copy(update={"asks": READING.asks * 100, "facts": READING.facts * 100}),
    )
    step = whole.execution_summary.steps[1]
    steps = tuple(
        step.model_copy(update={"step": f"s{at}", "summary": long, "status": "failed", "reason": long})
        for at in range(200)
    )
    undone = tuple(each.model_copy(update={"step": f"u{each.step}", "type": "compensation"}) for each in steps)
    names = tuple(each.step for each in steps)
    ran = whole.execution_summary.model_copy(update={"steps": (*steps, *undone), "critical_path": names})
    return whole.model_copy(update={"execution_summary": ran})


def test_the_largest_result_takes_five_pages_at_most_and_keeps_every_section() -> None:
    links = {f"agent-{at}": f"specialists/agent-{at}.md" for at in range(200)}
    text = plan_document(huge(), board(), notes=["renamed " * 99] * 300, links=links)
    assert BUDGET * 0.8 < height(text.splitlines()) <= BUDGET
    titles = ("Answers", "Request", "Reading", "Execution", "Requirements", "Assumptions", "Left out", "Not honoured")
    assert [title for title in (*titles, "Decisions", "Conflicts", "Code") if f"\n## {title}\n" not in text] == []
    assert "_The plan is too large for a picture._" in text
