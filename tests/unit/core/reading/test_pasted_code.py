"""Code in a fence, pasted without one, and sentences that look like code."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.inline_code import code_in_line
from creatorflow_orchestrator.core.reading.lines import split_lines
from creatorflow_orchestrator.core.reading.pasted_code import find_code


def languages(text: str) -> list[str]:
    lines, _ = split_lines(text, 1000)
    return [code.language for code in find_code(lines)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("SELECT *\nFROM orders\nOFFSET 40000;", "sql"),
        ("select * from orders where id = 5;", "sql"),
        ("<Row order={order} />", "jsx"),
        ('{\n  "id": 5\n}', "json"),
        ("2026-03-12T09:14:03Z ERROR [orders] died", "log"),
        ("KeyError: 'sku'\n  at run (a.js:1:2)", "log"),
        ("curl -X POST https://x.example", "shell"),
        ("def f(x):\n    return x", "python"),
        ("const a = 5;", "javascript"),
        ("REDIS_URL=redis://localhost", "env"),
        ("diff --git a/x b/x\n-a\n+b", "diff"),
        ("services:\n  api:\n    image: shop/api\n    port: 80", "yaml"),
        ("```\nSELECT 1 FROM a\n```", "sql"),
        ("~~~ruby\nputs 1\n~~~", "ruby"),
    ],
)
def test_code_is_found_with_its_language(text: str, language: str) -> None:
    assert languages(text) == [language]


@pytest.mark.parametrize(
    "text",
    [
        "Select the cheapest carrier from the list for each parcel.",
        "Update our documentation and set the price to $12.",
        "With recursive categories we need a tree view.",
        "import orders from TikTok",
        "return labels must print\nfor every order: a label\nif paid: ship",
        "if price < 10 and weight > 2 then DPD else GLS",
        "<kim@shop.example> wants labels",
        "SELECT our best carrier for each parcel, please.",
        "labels:\n- print\n- void\nreturns:\n- portal",
        "Error messages must be in French: please translate them.",
        "git is our tool",
    ],
)
def test_a_sentence_that_looks_like_code_is_none(text: str) -> None:
    assert languages(text) == []
    assert code_in_line(text) is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("slow: SELECT * FROM orders OFFSET 9; please help", "SELECT * FROM orders OFFSET 9;"),
        ('Why is "SELECT a FROM b" slow?', "SELECT a FROM b"),
        ("SELECT a FROM b -- 12 s on prod", "SELECT a FROM b"),
        ("DELETE FROM logs WHERE old runs for hours", "DELETE FROM logs WHERE old"),
        ("Make <b onClick={x}>this</b> accessible", "<b onClick={x}>this</b>"),
        ('payload: {"a": {"b": 1}} is sent', '{"a": {"b": 1}}'),
        ('sent: [{"a": 1}, {"b": [2]}] daily', '[{"a": 1}, {"b": [2]}]'),
    ],
)
def test_code_within_a_line_ends_where_prose_begins(line: str, code: str) -> None:
    start, end, _ = code_in_line(line) or (0, 0, "")
    assert line[start:end] == code


def test_a_fence_without_its_end_reaches_to_the_blank_line() -> None:
    lines, _ = split_lines("```sql\nSELECT 1\n\nPlease make it fast.\n- a\n- b", 100)
    assert [(code.first, code.last) for code in find_code(lines)] == [(0, 2)]
