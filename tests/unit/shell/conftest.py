from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .orchestrator_in_memory import House, opened


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """An orchestrator without a broker."""
    async with opened(tmp_path) as house:
        yield house
