import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from creatorflow.cli.arguments import deadline, duration, message_ids, plain_name, request_text, saga_id, tags
from creatorflow.cli.errors import CommandError


def test_the_request_is_the_words_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "request.txt"
    file.write_bytes(b"\xef\xbb\xbfBuild \xe2\x82\xac orders")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from $HOME 'stdin'")))
    assert request_text('say "hi" $PATH') == 'say "hi" $PATH'
    assert request_text(f"@{file}") == "Build € orders"
    assert request_text("-") == "from $HOME 'stdin'"


@pytest.mark.parametrize("argument", ["@/no/such/file", "@/", "@nul\x00byte"])
def test_a_file_that_cannot_be_read_is_a_usage_error(argument: str) -> None:
    with pytest.raises(CommandError) as error:
        request_text(argument)
    assert error.value.exit_code == 2


def test_a_request_that_is_no_text_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        request_text(f"@{tmp_path / 'x'}")


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("1.5h", timedelta(hours=1.5)),
        ("7 d", timedelta(days=7)),
        ("2026-12-01T18:00+00:00", datetime(2026, 12, 1, 18, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_deadline_is_a_time_from_now_or_a_time(argument: str | None, told: object) -> None:
    assert deadline(argument) == told


def test_a_deadline_without_a_zone_is_in_this_machines() -> None:
    told = deadline("2026-12-01T18:00")
    assert isinstance(told, datetime) and told.tzinfo is not None


@pytest.mark.parametrize("argument", ["soon", "", "-5m", "2026-13-01", "9" * 400 + "d"])
def test_a_deadline_that_cannot_be_read_says_how_to_write_one(argument: str) -> None:
    with pytest.raises(CommandError) as error:
        deadline(argument)
    assert "30m" in error.value.problem.hint


def test_tags_are_pairs() -> None:
    assert tags(["team=orders", "note=a=b"]) == {"team": "orders", "note": "a=b"}
    with pytest.raises(CommandError):
        tags(["team"])


def test_an_id_that_is_none_says_what_one_looks_like() -> None:
    with pytest.raises(CommandError) as error:
        saga_id("42")
    assert error.value.exit_code == 2 and "creatorflow list" in error.value.problem.hint


def test_an_age_is_a_number_and_a_unit() -> None:
    assert duration("30d", "--older-than") == timedelta(days=30)
    for wrong in ("soon", "", "-1d", "2026-12-01", "9" * 400 + "d"):
        with pytest.raises(CommandError):
            duration(wrong, "--older-than")


def test_messages_are_named_by_id_each_once() -> None:
    saga = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
    assert [str(each) for each in message_ids([saga, saga.upper()])] == [saga]


@pytest.mark.parametrize("wrong", ["", "Orders", "a b", "a.b", "*", "a" * 65, "orders\n", "-a"])
def test_what_is_no_name_is_refused_before_it_is_sent(wrong: str) -> None:
    assert plain_name("order-workflow_2", "STEP") == "order-workflow_2"
    with pytest.raises(CommandError) as error:
        plain_name(wrong, "STEP")
    assert error.value.exit_code == 2
