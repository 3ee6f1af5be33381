"""Plain pip installs the SDK from a checkout, with what it needs from the index that pip is configured for."""

from __future__ import annotations

from pathlib import Path

from tests.fresh_venv import FreshVenv
from tests.system.processes import ROOT


def test_pip_install_services_sdk_works_in_a_fresh_environment(tmp_path: Path) -> None:
    fresh = FreshVenv(tmp_path / "venv")
    fresh.run("pip", "install", str(ROOT / "services/sdk"))
    assert fresh.run("creatorflow", "--version") == "creatorflow 1.0.0\n"
    assert fresh.run("python", "-c", "import creatorflow; print(creatorflow.SyncClient.__name__)") == "SyncClient\n"
    assert "No broken requirements" in fresh.run("pip", "check")
