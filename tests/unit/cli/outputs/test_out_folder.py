import json
import os
from pathlib import Path

import pytest
from creatorflow.cli.actions.deliver_result import write
from creatorflow.cli.errors import CommandError
from creatorflow.cli.outputs.out_folder import OutFolder

from tests.unit.cli.samples import board, output, result


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_holds_the_plan_the_result_and_every_file_of_code(tmp_path: Path) -> None:
    notes = write(OutFolder(tmp_path / "new" / "out"), result(), board())
    assert notes == []
    out = tmp_path / "new" / "out"
    assert json.loads((out / "result.json").read_text())["contract"] == "synthesized-result.v1"
    assert (out / "PLAN.md").read_text().startswith("<!-- creatorflow plan")
    assert (out / "code" / "orders" / "state.py").read_text() == "STATES = ()\n"


def test_nothing_is_written_outside_the_folder_and_renamed_files_are_reported(tmp_path: Path) -> None:
    hostile = (("../../escaped.py", "x"), ("/absolute.py", "x"), ("ok.py", "x"))
    notes = write(OutFolder(tmp_path / "out"), result(combined_output=output(hostile)), board())
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out" / "code") == ["absolute.py", "escaped.py", "ok.py"]
    assert len(notes) == 2 and "code/escaped.py" in notes[0]
    assert "code/escaped.py" in (tmp_path / "out" / "PLAN.md").read_text()


def test_a_second_run_overwrites_the_files_of_the_first(tmp_path: Path) -> None:
    write(OutFolder(tmp_path), result(), board())
    write(OutFolder(tmp_path), result(combined_output=output((("orders/state.py", "NEW = 1\n"),))), board())
    assert (tmp_path / "code" / "orders" / "state.py").read_text() == "NEW = 1\n"


@pytest.mark.parametrize("name", ["PLAN.md", "result.json"])
def test_a_file_of_another_user_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("my own notes")
    with pytest.raises(CommandError) as refused:
        OutFolder(tmp_path)
    assert refused.value.exit_code == 2 and name in refused.value.problem.where
    assert (tmp_path / name).read_text() == "my own notes"


def test_a_link_in_place_of_an_own_file_is_refused(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("<!-- creatorflow plan, but elsewhere")
    out = tmp_path / "out"
    out.mkdir()
    (out / "PLAN.md").symlink_to(victim)
    with pytest.raises(CommandError):
        OutFolder(out)


@pytest.mark.parametrize("planted", ["code", "code/orders"])
def test_a_planted_link_to_a_folder_is_not_followed(tmp_path: Path, planted: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tmp_path / "out" / planted
    link.parent.mkdir(parents=True)
    link.symlink_to(outside, target_is_directory=True)
    notes = write(OutFolder(tmp_path / "out"), result(), board())
    assert len(notes) == 1 and "was not written" in notes[0]
    assert names(outside) == []


@pytest.mark.parametrize("hard", [False, True])
def test_a_planted_link_to_a_file_is_replaced_and_not_followed(tmp_path: Path, hard: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    link = tmp_path / "out" / "code" / "orders" / "state.py"
    link.parent.mkdir(parents=True)
    link.hardlink_to(victim) if hard else link.symlink_to(victim)
    write(OutFolder(tmp_path / "out"), result(), board())
    assert victim.read_text() == "precious"
    assert link.read_text() == "STATES = ()\n" and not link.is_symlink()


def test_a_folder_in_place_of_a_file_is_reported_and_the_other_files_are_written(tmp_path: Path) -> None:
    (tmp_path / "code" / "orders" / "state.py" / "x").mkdir(parents=True)
    notes = write(OutFolder(tmp_path), result(), board())
    assert len(notes) == 1 and (tmp_path / "PLAN.md").exists()
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_in_place_of_the_folder_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError) as refused:
        OutFolder(tmp_path / "file")
    assert refused.value.exit_code == 2


def specialist_of(folder: Path) -> Path:
    return folder / "specialists" / "database-specialist.md"


def test_a_second_run_overwrites_the_documents_of_the_specialists(tmp_path: Path) -> None:
    write(OutFolder(tmp_path), result(), board())
    specialist_of(tmp_path).write_text("<!-- creatorflow specialist of an earlier run -->")
    assert write(OutFolder(tmp_path), result(), board()) == []
    assert "# database-specialist" in specialist_of(tmp_path).read_text()


def test_a_document_of_another_user_is_kept_and_reported(tmp_path: Path) -> None:
    specialist_of(tmp_path).parent.mkdir()
    specialist_of(tmp_path).write_text("my own notes")
    (note,) = write(OutFolder(tmp_path), result(), board())
    assert note == ("specialists/database-specialist.md was not written: it exists and was not written by creatorflow")
    assert specialist_of(tmp_path).read_text() == "my own notes"
    plan = (tmp_path / "PLAN.md").read_text()
    assert note in plan and "(specialists/order-" in plan and "(specialists/database-" not in plan


@pytest.mark.parametrize("marked", [False, True])
def test_a_planted_link_in_place_of_a_document_is_not_followed(tmp_path: Path, marked: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("<!-- creatorflow specialist, but elsewhere" if marked else "precious")
    before = victim.read_text()
    out = tmp_path / "out"
    specialist_of(out).parent.mkdir(parents=True)
    specialist_of(out).symlink_to(victim)
    (note,) = write(OutFolder(out), result(), board())
    assert "was not written" in note and victim.read_text() == before and specialist_of(out).is_symlink()


def test_a_planted_pipe_in_place_of_a_document_does_not_hold_the_command_up(tmp_path: Path) -> None:
    specialist_of(tmp_path).parent.mkdir()
    os.mkfifo(specialist_of(tmp_path))
    (note,) = write(OutFolder(tmp_path), result(), board())
    assert "was not written" in note
