import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from creatorflow.cli.text import clean
from creatorflow.cli.views.quarantine_tables import body_lines, groups_table, item_lines, items_table
from creatorflow_contracts.v1.operate import QuarantineGroup, QuarantineItem
from rich.console import Console
from rich.table import Table

ITEM = QuarantineItem(
    id=UUID("019abcde-f012-7345-8678-9abcdef01234"),
    at=datetime(2026, 11, 22, 10, 0, 2, tzinfo=UTC),
    kind="dead_letter",
    code="DEAD_LETTERED",
    message="the task was dead-lettered\x1b[2J",
    where="agent-task.v1",
    hint="See the agent's log.",
    size=1482,
    headers={"x": "\x1b]0;title\x07"},
)


def test_a_message_is_shown_line_by_line_without_unknown_fields() -> None:
    lines = list(item_lines(ITEM))
    assert "code      DEAD_LETTERED" in lines and "next      See the agent's log." in lines
    assert not any(line.startswith(("agent", "request")) for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_repeated_message_shows_its_count_and_its_last_time() -> None:
    again = ITEM.model_copy(update={"times": 20_000, "last_at": datetime(2026, 11, 22, 11, tzinfo=UTC)})
    (line,) = [line for line in item_lines(again) if line.startswith("received")]
    assert "20000 times, last 2026-11-22" in line
    assert not any(line.startswith("received") for line in item_lines(ITEM))
    assert "20000 times: the task was dead-lettered" in shown(items_table([again]))


@pytest.mark.parametrize("times", [None, 2])
def test_groups_show_a_count_only_where_a_message_was_repeated(times: int | None) -> None:
    once = QuarantineGroup(code="NOT_JSON", count=2, times=times, oldest=ITEM.at, newest=ITEM.at)
    assert "received" not in shown(groups_table([once]))
    again = once.model_copy(update={"times": 500})
    assert "500 times" in shown(groups_table([once, again])) and "2 times" in shown(groups_table([once, again]))


def shown(table: Table) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_json_is_indented() -> None:
    assert list(body_lines(b'{"a":[1,"\xe2\x82\xac"]}')) == ["{", '  "a": [', "    1,", '    "€"', "  ]", "}"]


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b'{"a": NaN}', b"hello", b"[1, 2]", b'{"a":'])
def test_invalid_json_is_shown_unchanged(body: bytes) -> None:
    assert list(body_lines(body)) == [body.decode()]


def test_binary_bytes_are_shown_in_hexadecimal() -> None:
    assert list(body_lines(b"\xff\x1b[2Jhello")) == [f"00000000  {'ff 1b 5b 32 4a 68 65 6c 6c 6f':<48} ..[2Jhello"]


def test_a_large_body_is_cut_with_a_hint_for_the_whole() -> None:
    assert list(body_lines(b"x" * 100_000))[-1].endswith("--body FILE writes all of it")
    assert list(body_lines(b"\xff" * 100_000))[-1].startswith("... 100000 bytes in all")


def test_no_terminal_control_sequence_survives() -> None:
    shown = "\n".join(clean(line) for line in body_lines(b'{"a": "\\u001b[2J\xc2\x9b2J"}'))
    assert "\x1b" not in shown and "\x9b" not in shown
