import posixpath

import pytest
from creatorflow.cli.outputs.safe_paths import MAX_NAME_BYTES, place
from hypothesis import given
from hypothesis import strategies as st

HOSTILE = [
    ("../../etc/passwd", "etc/passwd"),
    ("/etc/cron.d/job", "etc/cron.d/job"),
    ("..\\..\\windows\\system.ini", "windows/system.ini"),
    ("C:\\Users\\x.py", "Users/x.py"),
    ("c:x.py", "x.py"),
    ("\\\\server\\share\\x", "server/share/x"),
    ("a/./b//c/../d.py", "a/b/c/d.py"),
    ("nul\x00byte.py", "nul_byte.py"),
    ("new\nline.py", "new_line.py"),
    ("CON", "_CON"),
    ("com1.txt", "_com1.txt"),
    ("aux.tar.gz", "_aux.tar.gz"),
    ("lpt³", "_lpt³"),
    ("trailing. . .", "trailing"),
    ("what?.py", "what_.py"),
    ("stream.py:hidden", "stream.py_hidden"),
    ("-rf", "_-rf"),
    ("~/x", "_~/x"),
    (".git/config", "_.git/config"),
    (".GIT/hooks/post-commit", "_.GIT/hooks/post-commit"),
    (".envrc", "_.envrc"),
    (".vscode/tasks.json", "_.vscode/tasks.json"),
    ("shop/.Envrc", "shop/_.Envrc"),
    ("turned\u202etxt.exe", "turned_txt.exe"),
    ("...", "_"),
    ("..", "unnamed"),
    ("/", "unnamed"),
    ("", "unnamed"),
]


@pytest.mark.parametrize(("original", "placed"), HOSTILE)
def test_a_hostile_path_is_mapped_into_the_folder(original: str, placed: str) -> None:
    (place_,) = place([original])
    assert place_.path == placed and place_.changed


@pytest.mark.parametrize(
    "original", ["orders/state.py", "sql/001_orders.sql", ".env.example", ".github/workflows/ci.yml"]
)
def test_a_harmless_path_stays_unchanged(original: str) -> None:
    assert not place([original])[0].changed


def test_names_that_differ_only_in_case_get_separate_files() -> None:
    assert [file.path for file in place(["A.py", "a.py", "a.py", "a-2.PY"])] == ["A.py", "a-2.py", "a-3.py", "a-2-2.PY"]


def test_a_name_is_the_same_in_every_unicode_normalization() -> None:
    assert [file.path for file in place(["é.py", "e\u0301.py"])] == ["é.py", "é-2.py"]


def test_a_file_and_a_folder_of_the_same_name_are_kept_apart() -> None:
    assert [file.path for file in place(["a", "a/b.py", "c/d.py", "c"])] == ["a", "a-2/b.py", "c/d.py", "c-2"]


def test_a_very_long_name_is_shortened_and_keeps_its_extension_and_its_identity() -> None:
    first, second = place(["x" * 400 + "1.py", "x" * 400 + "2.py"])
    assert first.path.endswith(".py") and first.path != second.path
    assert len(first.path.encode()) <= MAX_NAME_BYTES


@given(st.lists(st.text(max_size=300), max_size=8))
def test_all_paths_stay_inside_the_folder_and_are_distinct(paths: list[str]) -> None:
    placed = place(paths)
    assert len({file.path.casefold() for file in placed}) == len(paths)
    for file in placed:
        assert file.parts and not file.path.startswith("/")
        assert posixpath.normpath(file.path) == file.path and ".." not in file.parts
        assert all(0 < len(part.encode(errors="replace")) <= MAX_NAME_BYTES + 4 for part in file.parts)
        assert "\x00" not in file.path
