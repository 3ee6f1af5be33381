"""A system of real processes for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .processes import System


@pytest.fixture
def system(broker_url: str, tmp_path: Path) -> Iterator[System]:
    """Starts orchestrators and agents on a virtual host and a SQLite store of this test's own."""
    running = System(broker_url, tmp_path)
    yield running
    running.stop()
