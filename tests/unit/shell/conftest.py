from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .orchestrator_in_memory import InMemoryOrchestrator, open_orchestrator


@pytest.fixture
async def orchestrator(tmp_path: Path) -> AsyncIterator[InMemoryOrchestrator]:
    """Provide an orchestrator without a broker over a fresh store."""
    async with open_orchestrator(tmp_path) as orchestrator:
        yield orchestrator
