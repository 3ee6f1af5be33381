import io
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from creatorflow.cli.errors import CommandError
from creatorflow.cli.inputs.arguments import (
    agent_alone,
    deadline,
    duration,
    message_prefixes,
    new_request_id,
    only_plans,
    plain_name,
    request_prefix,
    request_text,
    since,
    statuses,
    tags,
)

ID = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"


def test_the_request_comes_from_arguments_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "request.txt"
    file.write_bytes(b"\xef\xbb\xbfBuild \xe2\x82\xac orders")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from $HOME 'stdin'")))
    assert request_text('say "hi" $PATH') == 'say "hi" $PATH'
    assert request_text(f"@{file}") == "Build € orders"
    assert request_text("-") == "from $HOME 'stdin'"


@pytest.mark.parametrize("argument", [None, "-"])
def test_piped_input_is_the_request_where_one_is_needed(argument: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"- orders\n- labels\n")))
    assert request_text(None, required=False) is None
    assert request_text(argument) == "- orders\n- labels\n"


@pytest.mark.parametrize("argument", [None, "-"])
@pytest.mark.parametrize("piped", [b"", b" \n"])
def test_an_empty_standard_input_gives_a_hint_for_writing_a_request(
    argument: str | None, piped: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    with pytest.raises(CommandError) as error:
        request_text(argument)
    assert error.value.exit_code == 2 and "empty" in str(error.value) and "@FILE" in error.value.problem.hint


def test_a_missing_request_on_a_terminal_is_an_error_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(ours, "rb"), open(theirs) as terminal:  # noqa: PTH123 - descriptors
        monkeypatch.setattr(sys, "stdin", terminal)
        with pytest.raises(CommandError) as error:
            request_text(None)
    assert "there is no request" in str(error.value) and "@FILE" in error.value.problem.hint


@pytest.mark.parametrize("argument", ["@/no/such/file", "@/", "@nul\x00byte"])
def test_a_file_that_cannot_be_read_is_a_usage_error(argument: str) -> None:
    with pytest.raises(CommandError) as error:
        request_text(argument)
    assert error.value.exit_code == 2


def test_a_request_that_is_not_text_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        request_text(f"@{tmp_path / 'x'}")


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("1.5h", timedelta(hours=1.5)),
        ("7 d", timedelta(days=7)),
        ("2026-12-01T18:00+00:00", datetime(2026, 12, 1, 18, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_deadline_is_relative_or_absolute(argument: str | None, expected: object) -> None:
    assert deadline(argument) == expected


def test_a_deadline_without_a_zone_is_in_local_time() -> None:
    reported = deadline("2026-12-01T18:00")
    assert isinstance(reported, datetime) and reported.tzinfo is not None


@pytest.mark.parametrize("argument", ["soon", "", "-5m", "2026-13-01", "9" * 400 + "d"])
def test_an_invalid_deadline_gives_the_accepted_forms(argument: str) -> None:
    with pytest.raises(CommandError) as error:
        deadline(argument)
    assert "30m" in error.value.problem.hint


def test_tags_are_key_value_pairs() -> None:
    assert tags(["team=orders", "note=a=b"]) == {"team": "orders", "note": "a=b"}
    with pytest.raises(CommandError):
        tags(["team"])


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("3f0d", "3f0d"),
        ("3F0D7C1E-8a", "3f0d7c1e8a"),
        ("3f0d7c1e-", "3f0d7c1e"),
        (" 3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11 ", ID.replace("-", "")),
        ("urn:uuid:" + ID, ID.replace("-", "")),
    ],
)
def test_an_id_may_be_shortened_to_its_beginning(typed: str, digits: str) -> None:
    assert request_prefix(typed) == digits


@pytest.mark.parametrize("typed", ["", "42", "3f0", "orders", ID + "0", "3f0d*"])
def test_an_invalid_id_prefix_gives_an_example(typed: str) -> None:
    with pytest.raises(CommandError) as error:
        request_prefix(typed)
    assert (
        error.value.exit_code == 2 and "creatorflow list" in error.value.problem.hint and ID in error.value.problem.hint
    )


def test_a_new_request_has_a_whole_id() -> None:
    assert str(new_request_id(ID)) == ID
    with pytest.raises(CommandError):
        new_request_id("3f0d7c1e")


def test_since_is_an_age_a_date_or_a_time() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert since(None, now) is None
    assert since("2h", now) == datetime(2026, 11, 30, 10, tzinfo=UTC)
    assert since("3d", now) == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert since("2026-11-29", now) == datetime(2026, 11, 29).astimezone()
    assert since("2026-11-29T18:00+02:00", now) == datetime(2026, 11, 29, 16, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "soon", "-2h", "2", "999999d", "2026-13-01"])
def test_an_invalid_since_gives_the_accepted_forms(typed: str) -> None:
    with pytest.raises(CommandError) as error:
        since(typed, datetime(2026, 11, 30, tzinfo=UTC))
    assert "2h" in error.value.problem.hint


def test_states_are_repeated_or_joined_by_commas_and_an_unknown_state_lists_the_known_ones() -> None:
    assert statuses(["running, failed", "FAILED", "completed"]) == ("running", "failed", "completed")
    with pytest.raises(CommandError) as error:
        statuses(["parked"])
    assert "compensating" in error.value.problem.hint


def test_plans_and_runs_are_listed_together_or_separately() -> None:
    assert only_plans(plans=False, runs=False) is None
    assert only_plans(plans=True, runs=False) is True
    assert only_plans(plans=False, runs=True) is False
    with pytest.raises(CommandError):
        only_plans(plans=True, runs=True)


def test_an_age_is_a_number_and_a_unit() -> None:
    assert duration("30d", "--older-than") == timedelta(days=30)
    for wrong in ("soon", "", "-1d", "2026-12-01", "9" * 400 + "d"):
        with pytest.raises(CommandError):
            duration(wrong, "--older-than")


def test_message_ids_are_deduplicated() -> None:
    assert message_prefixes([ID, ID.upper(), ID[:8]]) == (ID.replace("-", ""), ID[:8])


@pytest.mark.parametrize("wrong", ["", "Orders", "a b", "a.b", "*", "a" * 65, "orders\n", "-a"])
def test_an_invalid_name_is_refused_before_sending(wrong: str) -> None:
    assert plain_name("order-workflow_2", "STEP") == "order-workflow_2"
    with pytest.raises(CommandError) as error:
        plain_name(wrong, "STEP")
    assert error.value.exit_code == 2


@pytest.mark.parametrize(("out", "as_json"), [(Path("x"), False), (None, True)])
def test_an_agent_to_read_excludes_files_and_json(out: Path | None, as_json: bool) -> None:
    with pytest.raises(CommandError) as refused:
        agent_alone("database-specialist", out, as_json=as_json)
    assert refused.value.exit_code == 2 and "--agent" in refused.value.problem.where


def test_an_agent_to_read_is_named_by_its_name() -> None:
    assert agent_alone("database-specialist", None, as_json=False) == "database-specialist"
    with pytest.raises(CommandError):
        agent_alone("../etc", None, as_json=False)
