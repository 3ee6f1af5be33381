"""PLAN.md and the documents of the specialists as rendered by a Markdown reader: no text of an agent or a request
changes their structure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from creatorflow.cli.outputs.safe_paths import place
from creatorflow.cli.text import one_line
from creatorflow.cli.views.markdown import cell
from creatorflow.cli.views.plan_document.plan import plan_document
from creatorflow.cli.views.plan_document.specialist_document import specialist_document
from creatorflow.cli.views.step_answers import answers
from creatorflow_contracts.v1.output import (
    Answered,
    CombinedAssumption,
    CombinedDeployment,
    CombinedFile,
    CombinedItem,
    CombinedNotHonoured,
    CombinedOutput,
    CombinedTest,
    Completeness,
    Conflict,
    Position,
    Suggestion,
    SynthesizedResult,
)
from creatorflow_contracts.v1.reading import Ask, Attachment, Constraint, Context, Exclusion, Fact, Passage, Reading
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from tests.unit.cli.samples import DATABASE, ORDERS, answered, board

MARKUP = (
    *("\\", "`", "```", "~~~", "|", "\\|", "<", ">", "[", "]", "(", ")", "!", "*", "_", "~", "#", "&", ";", ":", "-"),
    *(
        "---",
        ":-:",
        "===",
        "1.",
        "+",
        " ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\x00",
        "\x1b[",
        "\u2028",
        "\x0b",
        "\x85",
    ),
    *("<img src=http://x>", "<!--", "-->", "<script>", "</div>", "<?", "<![CDATA[", "<http://x>", "<a@b.c>"),
    *(
        "[a](http://x)",
        "![a](http://x)",
        "[a]: http://x",
        "[a]",
        "[^1]",
        "&lt;",
        "&#60;",
        "&#10;",
        "| a | b |",
        "a",
        "é",
    ),
)
TEXTS = st.lists(st.sampled_from(MARKUP) | st.text(max_size=4), max_size=12).map("".join)
STRUCTURE = ("html_block", "table_open", "tr_open", "th_open", "heading_open")
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
"""An escape, as GitHub's reader recognizes it when it looks for the end of a cell."""


def documents(text: str) -> tuple[str, str]:
    """Return PLAN.md and a specialist's document of a result in which every free text is `text`."""
    item: dict[str, Any] = {"text": text, "sources": (ORDERS, DATABASE)}
    combined = CombinedOutput(
        technical_specifications=(CombinedItem(**item),),
        implementation_steps=(CombinedItem(**item), CombinedItem(**item)),
        code_examples=(CombinedFile(**item, path=text[:200] or "a", language=text),),
        testing_requirements=(CombinedTest(**item, subject=text),),
        deployment_considerations=(CombinedDeployment(**item, environment=text),),
        data={"orders": {text: [text]}},
    )
    suggestion = Suggestion(text=text, follows_from=text, sources=(ORDERS,))
    asked = Answered(requirement=text, answered_by=(ORDERS,), note=text, verdict="partly", missing=(text,))
    conflict = Conflict(key=text, positions=(Position(value=text, source=ORDERS),))
    whole = answered(
        text,
        {},
        request=text,
        reason=text,
        recommendations=(suggestion,),
        next_steps=(suggestion,),
        completeness=Completeness(complete=False, requirements=(asked,), unanswered=(f"{text}!",)),
        conflicts=(conflict, conflict.model_copy(update={"resolution": text, "resolved_by": "a"})),
        decisions={text: text},
        reading=read(text),
        assumptions=(CombinedAssumption(text=text, subject=text, state_it=text, sources=(ORDERS,)),),
        not_honoured=(CombinedNotHonoured(constraint=text, reason=text, sources=(ORDERS,)),),
    )
    return written(whole.model_copy(update={"combined_output": combined}), text)


def read(text: str) -> Reading:
    place: dict[str, Any] = {"start": 0, "end": len(text), "text": text}
    return Reading(
        language=text,
        asks=(Ask(**place, kind="build", object=text),),
        exclusions=(Exclusion(**place),),
        facts=(Fact(**place, kind="name", subject=text, category=text),),
        constraints=(Constraint(**place),),
        attachments=(Attachment(**place, language=text),),
        context=(Context(**place, kind=text),),
        unread=(Passage(**place),),
    )


def written(whole: SynthesizedResult, text: str) -> tuple[str, str]:
    went = tuple(
        step.model_copy(
            update={"reason": text, "recoveries": tuple(r.model_copy(update={"reason": text}) for r in step.recoveries)}
        )
        for step in whole.execution_summary.steps
    )
    ran = whole.execution_summary.model_copy(update={"steps": went, "pattern": "sequential"})
    whole = whole.model_copy(update={"execution_summary": ran})
    assert len(answers(whole)) == 1
    paths = place(file.path for file in whole.combined_output.code_examples)
    plan = plan_document(whole, board(), paths, [f"renamed {text}"], {ORDERS.agent: "specialists/orders.md"})
    return plan, specialist_document(whole, ORDERS.agent, paths)


def counted(tokens: list[Token]) -> Counter[str]:
    return Counter(token.type for token in tokens if token.type in STRUCTURE)


def inner(tokens: list[Token]) -> Counter[str]:
    """Count what stands within lines: links, images, HTML."""
    types = (child.type for token in tokens for child in token.children or ())
    return Counter(name for name in types if name.startswith(("html", "link", "image")))


PLAIN = [READER.parse(each) for each in documents("plain")]


@given(TEXTS)
@example("\\`<img src=http://x>\\`")
@example("a\\|b")
@example("a | b\n:-")
@example("\\~~~")
def test_no_text_adds_html_links_images_or_structure_to_a_document(text: str) -> None:
    for written, plain, kind in zip(documents(text), PLAIN, ("plan", "specialist"), strict=True):
        tokens = READER.parse(written)
        assert counted(tokens) == counted(plain)
        [html] = [token.content for token in tokens if token.type == "html_block"]
        assert html.startswith(f"<!-- creatorflow {kind} ")
        assert inner(tokens) == inner(plain) == {"link_open": 1, "link_close": 1}


@given(TEXTS)
def test_no_text_changes_the_number_of_columns_of_a_table_row(text: str) -> None:
    found = [re.findall(r"(?m)(?:^\|.*\|$\n)+", written) for written in documents(text)]
    assert [len(tables) for tables in found] == [counted(tokens)["table_open"] for tokens in PLAIN]
    for table in (table for tables in found for table in tables):
        rows = table.splitlines()
        for columns in (lambda row: len(escapedSplit(row)), lambda row: ESCAPED.sub("", row).count("|")):
            assert len({columns(row) for row in rows}) == 1, rows


def visible_text(tokens: list[Token]) -> str:
    """Return the characters that a reader sees."""
    return "".join(child.content for token in tokens for child in token.children or ())


@given(TEXTS.filter(lambda text: "`" not in text))
@example("a\\|b")
@example("a\\\\|b")
def test_a_table_cell_reads_the_same_as_its_text_alone(text: str) -> None:
    alone = MarkdownIt("zero").enable(["escape", "emphasis"]).parseInline(one_line(text))
    *_, inside = READER.parse(f"| x |\n| --- |\n| ({cell(text)}) |\n")[:-4]
    assert visible_text([inside]) == f"({visible_text(alone)})"
