import pytest
from creatorflow.cli.text import clean, folded, one_line, seconds


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;another title\x07done", "done"),
        ("\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bP1$tdevice\x1b\\string", "string"),
        ("back\x08\x08\x08\x08over", "backover"),
        ("first\rsecond", "firstsecond"),
        ("ring\x07", "ring"),
        ("del\x7f", "del"),
        ("turned \u202eround\u202c", "turned round"),
        ("isolated \u2067x\u2069", "isolated x"),
        ("nothing \ufeffmarks \u2028lines", "nothing marks lines"),
        ("\x1b", ""),
    ],
)
def test_terminal_control_sequences_are_stripped_from_texts(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@pytest.mark.parametrize("text", ["two\nlines\tand a tab", "Grüße, 注文, 👩‍💻, naïve", "plain"])
def test_plain_text_of_any_language_is_unchanged(text: str) -> None:
    assert clean(text) == text


def test_a_single_line_text_is_cut_with_an_ellipsis() -> None:
    assert one_line("a  request\nof several\n\nlines") == "a request of several lines"
    assert one_line("a request of several lines", 10) == "a request…"


@pytest.mark.parametrize(
    ("duration_ms", "expected"),
    [(0, "0 ms"), (340, "340 ms"), (4_200, "4.2 s"), (185_000, "3 min 05 s"), (7_800_000, "2 h 10 min")],
)
def test_durations_are_formatted_for_people(duration_ms: int, expected: str) -> None:
    assert seconds(duration_ms) == expected


def test_a_long_line_wraps_at_a_word_and_is_indented() -> None:
    assert folded("  next: " + "word " * 6, 24) == "  next: word word word\n    word word word"


def test_a_long_word_is_never_split() -> None:
    path = "a/path/that-is-copied/and-would-be-useless-in-two-parts"
    assert path in folded(f"  written: {path}", 20).splitlines()[-1]
