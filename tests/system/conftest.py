"""A system of real processes for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .processes import System


@pytest.fixture
def system(broker_url: str, tmp_path: Path) -> Iterator[System]:
    """Starts orchestrators and agents on this test's own virtual host and SQLite store."""
    running = System(broker_url, tmp_path)
    yield running
    running.stop()
