import pytest
from creatorflow.cli.views.markdown import block, cell, code, fenced, heading, item
from markdown_it import MarkdownIt


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (r"\`<img src=http://x>\`", r"\`\<img src=http://x>\`"),
        ("`<img>` and ![a](http://x)", r"`<img>` and !\[a\](http://x)"),
        ("<http://x> [a]\n\n[a]: http://x", "\\<http://x> \\[a\\]\n\n\\[a\\]: http://x"),
        ("*a* **b** snake_case 2 * 3", r"*a* **b** snake_case 2 \* 3"),
        ("- a\n- b\n  1. c", "- a\n- b\n  1. c"),
        ("a | b\n--- | ---", "a \\| b\n--- \\| ---"),
        ("a\n:-:", "a\n\\:-:"),
        (r"\~~~", r"\~\~\~"),
        ("# no heading\n\ntext\n===", "\\# no heading\n\ntext\n\\==="),
        ("```mermaid\nclick a\n```", "```\nclick a\n```"),
        ("```python\na | b\n```", "```python\na | b\n```"),
        ("AT&T &lt; &#60;b>", r"AT&T \&lt; \&#60;b>"),
        ("", ""),
    ],
)
def test_what_a_text_says_stays_and_what_it_would_do_is_escaped(text: str, written: str) -> None:
    assert block(text) == written


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 30, 300])
@pytest.mark.parametrize("mark", ["- ", "> "])
def test_however_deeply_a_text_is_nested_nothing_of_it_is_lost(mark: str, depth: int) -> None:
    text = f"{mark * depth}deep"
    assert "deep" in MarkdownIt("commonmark").render(item(text))


@pytest.mark.parametrize(
    ("text", "written"), [(r"a\|b", r"a\|b"), (r"a\\|b", r"a\\\|b"), ("`a|b` \n c", r"\`a\|b\` c"), ("`a`", "`a`")]
)
def test_a_pipe_in_a_tables_cell_is_a_pipe(text: str, written: str) -> None:
    assert cell(text) == written


def test_a_heading_is_one_line_and_keeps_its_last_sign() -> None:
    assert heading("# C\n#") == "C \\#" and heading(" # ") == "untitled"


def test_a_name_in_backticks_ends_neither_its_code_nor_its_cell() -> None:
    assert code("a`b|c") == "`a'b/c`" and code("") == "`-`"


def test_a_block_of_code_is_not_ended_by_one_of_its_lines() -> None:
    assert list(fenced(["```", "a"], "text")) == ["````text", "```", "a", "````"]


def test_a_list_item_holds_all_lines_of_its_text() -> None:
    assert item("a\n\n```\nb\n```", mark="1.", end="_(c)_") == "1. a\n\n   ```\n   b\n   ```\n\n   _(c)_"
