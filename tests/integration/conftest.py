"""A system of real processes that the tests of one module share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.processes import System

AGENTS = ("database-specialist", "order-workflow-specialist", "shipping-automation-specialist")
SLOW = "subscription-billing-specialist"


@pytest.fixture(scope="module")
def shared_system(module_broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """An orchestrator, a process of three agents whose work takes 0.1 s, and an agent that never ends its work."""
    system = System(module_broker_url, tmp_path_factory.mktemp("system"))
    system.orchestrator()
    system.agents(*AGENTS, work_s=0.1)
    system.agents(SLOW, work_s=3600)
    yield system
    system.stop()


@pytest.fixture
def system(broker_url: str, tmp_path: Path) -> Iterator[System]:
    """Starts orchestrators and agents on this test's own virtual host and store."""
    own = System(broker_url, tmp_path)
    yield own
    own.stop()
