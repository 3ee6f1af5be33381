"""What the orchestrators of a world have in common: sagas as they are kept, and the processes that keep them."""

from __future__ import annotations

from dataclasses import dataclass, field

from creatorflow_orchestrator.core.state.saga_state import Saga

from .witness import Witness


@dataclass(slots=True)
class Replica:
    """One orchestrator process."""

    skew_ms: int
    up: bool = True
    listening_since: int = 0


@dataclass(slots=True)
class Kept:
    """A saga in the store."""

    saga: Saga
    witness: Witness = field(default_factory=Witness)
    ended: int | None = None
