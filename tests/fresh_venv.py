"""A fresh virtual environment with plain pip, for tests of what is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.waiting import patient

LIMIT_S = 600.0


class FreshVenv:
    """A virtual environment in `folder`, with pip and nothing else."""

    def __init__(self, folder: Path) -> None:
        if importlib.util.find_spec("ensurepip") is None:
            pytest.skip("this Python makes no virtual environment with pip (Debian: apt-get install python3-venv)")
        self.folder = folder
        venv.create(folder, with_pip=True, symlinks=True)

    def run(self, program: str, *arguments: str) -> str:
        """Run one of its programs outside the repository and return its output. Fail the test if the program fails."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        own["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{own['PATH']}"
        command = [str(self.folder / "bin" / program), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=own, capture_output=True, text=True, timeout=patient(LIMIT_S), check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add_third_parties(self) -> None:
        """Make the packages of this test's environment visible in it, without those of CreatorFlow."""
        parties = self.folder / "third-parties"
        parties.mkdir()
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if "creatorflow" not in entry.name and entry.suffix != ".pth":
                (parties / entry.name).symlink_to(entry)
        (site,) = self.folder.glob("lib/python*/site-packages")
        (site / "third-parties.pth").write_text(f"{parties}\n")
        (self.folder / "bin" / "uv-build").symlink_to(Path(sysconfig.get_path("scripts")) / "uv-build")
