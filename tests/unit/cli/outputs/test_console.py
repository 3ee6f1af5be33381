import pytest
from creatorflow.cli.outputs.console import Printer
from rich.rule import Rule


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("", 160), ("0", 160)])
def test_a_pipe_is_as_wide_as_the_environment_says_else_160(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    Printer().show(Rule())
    assert len(capsys.readouterr().out.strip()) == width
