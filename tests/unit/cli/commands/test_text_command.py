import pytest
from creatorflow.cli.commands.text_command import text_last

NAMES, VALUED = {"--json", "--constraint", "-h"}, {"--constraint"}


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        (["- a list"], ["--", "- a list"]),
        (["-a\n-b", "--json"], ["--json", "--", "-a\n-b"]),
        (["--json", "--dry-run it, please"], ["--json", "--", "--dry-run it, please"]),
        (["--json and more"], ["--", "--json and more"]),
        (["--constraint", "- keep it", "- a list"], ["--constraint", "- keep it", "--", "- a list"]),
        (["--constraint=keep it short", "x"], ["--constraint=keep it short", "x"]),
        (["--size=as large as it gets"], ["--", "--size=as large as it gets"]),
        (["-"], ["-"]),
        (["x", "--nonsense"], ["x", "--nonsense"]),
        (["--", "- a list"], ["--", "- a list"]),
        ([], []),
    ],
)
def test_a_text_that_begins_with_a_dash_is_distinguished_from_an_option(typed: list[str], parsed: list[str]) -> None:
    assert text_last(typed, NAMES, VALUED) == parsed
