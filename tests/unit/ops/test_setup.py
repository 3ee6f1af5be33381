"""Set-up on machines that lack something prints one line with the remedy and exits with 78."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ["bash", "dirname", "mkdir", "flock", "cat", "sha256sum", "cut", "grep", "id", "rm", "uname"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy the inputs of set-up, and none of its products, into a folder whose name contains a space."""
    folder = tmp_path / "a clone"
    for name in ["ops/local/setup", "ops/local/uv.lock", "requirements.lock"] + [
        f"{member}/pyproject.toml"
        for member in ("contracts", "services/sdk", "services/orchestrator", "services/specialists")
    ]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def set_up(clone: Path, programs: Path) -> subprocess.CompletedProcess[str]:
    """Run set-up with only the usual tools and `programs` on PATH."""
    programs.mkdir(exist_ok=True)
    for tool in TOOLS:
        found = shutil.which(tool)
        if found and not (programs / tool).exists():
            (programs / tool).symlink_to(found)
    command = [str(clone / "ops/local/setup"), "python"]
    return subprocess.run(command, env={"PATH": str(programs)}, cwd="/", capture_output=True, text=True, check=False)


def test_a_machine_without_uv_and_python_gets_an_installation_hint(clone: Path, tmp_path: Path) -> None:
    done = set_up(clone, tmp_path / "bin")
    assert done.returncode == 78
    assert "install uv, or Python >= 3.11" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_machine_with_only_an_old_python_gets_a_hint_and_nothing_is_downloaded(clone: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv") or ROOT / ".local/uv/bin/uv"
    if not Path(uv).exists():
        pytest.skip("no uv here: it is in an environment of its own maker")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "uv").write_text(f'#!{shutil.which("bash")}\nexport HOME={tmp_path}\nexec "{uv}" "$@"\n')
    (programs / "uv").chmod(0o755)
    done = set_up(clone, programs)
    assert done.returncode == 78
    assert "no Python >= 3.11" in done.stderr
    assert not (clone / ".venv" / "bin" / "python").exists()


def test_set_up_is_quick_when_nothing_has_changed() -> None:
    """Set-up created the environment that runs this test; its stamp must still match."""
    if not (ROOT / ".venv" / ".set-up").exists():
        pytest.skip("this environment was not made by make setup")
    before = (ROOT / ".venv" / ".set-up").stat().st_mtime_ns
    done = subprocess.run([str(ROOT / "ops/local/setup")], env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert (ROOT / ".venv" / ".set-up").stat().st_mtime_ns == before
