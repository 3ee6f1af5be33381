import pytest
from creatorflow.cli.outputs.console import Printer
from creatorflow_contracts.problem import Problem
from rich.rule import Rule


@pytest.mark.parametrize(("columns", "width"), [("80", 160), ("", 160), ("0", 160)])
def test_a_pipe_is_160_wide_whatever_the_environment_says(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    Printer().show(Rule())
    assert len(capsys.readouterr().out.strip()) == width


def test_a_problem_that_passes_says_when_the_same_command_may_work(capsys: pytest.CaptureFixture[str]) -> None:
    full = Problem(code="OVERLOADED", message="full", where="request", hint="wait", retry_after_ms=5000)
    Printer().problem(full)
    assert "retry: the same command may work in 5.0 s" in capsys.readouterr().err
