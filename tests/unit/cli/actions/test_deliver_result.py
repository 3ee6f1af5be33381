from pathlib import Path

import pytest
from creatorflow.cli.actions.deliver_result import specialist_text, write
from creatorflow.cli.errors import CommandError
from creatorflow.cli.outputs.out_folder import OutFolder

from tests.unit.cli.samples import answered, board, output, result


def test_a_file_that_would_act_on_a_visitor_of_the_folder_is_renamed_and_reported(tmp_path: Path) -> None:
    (note,) = write(OutFolder(tmp_path), result(combined_output=output(((".envrc", "rm -rf ~"),))), board())
    assert note == "an agent named a file '.envrc'; it is code/_.envrc"
    assert (tmp_path / "code" / "_.envrc").exists() and not (tmp_path / "code" / ".envrc").exists()
    assert "an agent named a file '.envrc'" in (tmp_path / "PLAN.md").read_text()


def test_every_specialist_has_a_document_beside_the_plan_that_the_plan_links(tmp_path: Path) -> None:
    assert write(OutFolder(tmp_path), answered("Counted.", {}), board()) == []
    written = {path.name for path in (tmp_path / "specialists").iterdir()}
    assert written == {"database-specialist.md", "order-workflow-specialist.md"}
    plan = (tmp_path / "PLAN.md").read_text()
    for name in written:
        assert f"[Full text](specialists/{name})" in plan


def test_the_document_of_one_specialist_is_shown_alone() -> None:
    text = specialist_text(result(), "order-workflow-specialist")
    assert text.splitlines()[1] == "# order-workflow-specialist" and "Orders have seven states." in text


def test_a_specialist_without_an_answer_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(CommandError) as refused:
        specialist_text(result(), "ui-ux-specialist")
    problem = refused.value.problem
    assert refused.value.exit_code == 2 and "ui-ux-specialist has no answer" in problem.message
    assert problem.hint == "use one of database-specialist, order-workflow-specialist"
