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
def test_text_is_kept_and_its_markup_is_escaped(text: str, written: str) -> None:
    assert block(text) == written


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 30, 300])
@pytest.mark.parametrize("mark", ["- ", "> "])
def test_deeply_nested_text_is_kept_completely(mark: str, depth: int) -> None:
    text = f"{mark * depth}deep"
    assert "deep" in MarkdownIt("commonmark").render(item(text))


@pytest.mark.parametrize(
    ("text", "written"), [(r"a\|b", r"a\|b"), (r"a\\|b", r"a\\\|b"), ("`a|b` \n c", r"\`a\|b\` c"), ("`a`", "`a`")]
)
def test_a_pipe_in_a_table_cell_stays_a_pipe(text: str, written: str) -> None:
    assert cell(text) == written


def test_a_heading_is_one_line_and_keeps_its_last_character() -> None:
    assert heading("# C\n#") == "C \\#" and heading(" # ") == "untitled"


def test_backticks_in_a_name_end_neither_the_code_span_nor_the_cell() -> None:
    assert code("a`b|c") == "`a'b/c`" and code("") == "`-`"


def test_no_line_of_a_code_block_ends_it() -> None:
    assert list(fenced(["```", "a"], "text")) == ["````text", "```", "a", "````"]


def test_a_list_item_contains_all_lines_of_its_text() -> None:
    assert item("a\n\n```\nb\n```", mark="1.", end="_(c)_") == "1. a\n\n   ```\n   b\n   ```\n\n   _(c)_"


@pytest.mark.parametrize("text", ["~~~\nabc", "- ~~~\n  abc", "> ```\n> abc", "```"])
def test_a_block_of_code_left_open_ends_with_its_text(text: str) -> None:
    html = MarkdownIt("commonmark").render(f"{block(text)}\n\n# The document goes on\n")
    assert html.endswith("<h1>The document goes on</h1>\n")
