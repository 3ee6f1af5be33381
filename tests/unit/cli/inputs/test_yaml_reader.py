import pytest
from creatorflow.cli.inputs.yaml_reader import Unsound, yaml_value

from tests.call_count import calls

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def refused(text: str) -> str:
    with pytest.raises(Unsound) as error:
        yaml_value(text)
    return str(error.value)


def test_scalars_are_read_as_in_yaml_1_2() -> None:
    text = "[no, yes, on, 2026-12-01, 1:30, 012, 0x1f, 1_000, <<, =, .inf, ~, null, true, False, 12, -3, 1.5, 1e3, 'x']"
    assert yaml_value(text) == [
        "no", "yes", "on", "2026-12-01", "1:30", "012", "0x1f", "1_000", "<<", "=", ".inf",
        None, None, True, False, 12, -3, 1.5, 1000.0, "x",
    ]  # fmt: skip


def test_an_alias_is_replaced_by_its_value() -> None:
    assert yaml_value("a: &one {x: [1]}\nb: *one\n") == {"a": {"x": [1]}, "b": {"x": [1]}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: 1\nloops: 2\nsteps: 3", "line 3: the key `steps` is a duplicate"),
        ("a:\n  b: 1\n  b: 1", "line 3: the key `b` is a duplicate"),
        ("1: x", "line 1: a key is not text"),
        ("? [a]\n: b", "line 1: a key is not text"),
        ("!!python/object/apply:os.system [x]", "line 1: this tag is not supported"),
        ("a: !!int x", "line 1: this tag is not supported"),
        ("a: !!timestamp x", "line 1: this tag is not supported"),
        ("!!set {a, b}", "line 1: this tag is not supported"),
        ("a: 1e999", "line 1: a number is not finite"),
        ("a: " + "9" * 5000, "line 1: a number needs more than 64 bits"),
        ("a: 1\n---\nb: 2", "line 2: but found another document"),
        ("a: *b", "line 1: found undefined alias"),
        ("a: [", "line 1: expected the node content, but found '<stream end>'"),
        ("a: \x07", "unacceptable character"),
    ],
)
def test_a_construct_that_json_lacks_is_refused_with_its_line(text: str, message: str) -> None:
    assert message in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]",
        "a: &a {b: *a}",
        "[" * 100_000,
        "{" * 100_000,
        "? " * 100_000,
        "- " * 100_000,
        "[" + "a," * 500_000 + "]",
        "".join(f"k{n}: 1\n" for n in range(90_000)),
    ],
    ids=["bomb", "itself", "itself-by-key", "lists", "objects", "keys", "dashes", "long", "wide"],
)
def test_a_yaml_bomb_is_refused_at_low_cost(text: str) -> None:
    assert calls(lambda: refused(text)) < 6_000_000  # measured: at most 2,900,000
    assert "more than 20000 values" in (reported := refused(text)) or "nested deeper" in reported
