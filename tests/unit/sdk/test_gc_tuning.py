"""Garbage collection in a service's process."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from creatorflow.gc_tuning import YOUNG, freeze_loaded_objects


@pytest.fixture
def collector() -> Iterator[None]:
    """Restore Python's garbage collector after the test."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collector")
def test_loaded_modules_are_excluded_from_garbage_collection_and_later_objects_are_not() -> None:
    kept = [{} for _ in range(100)]  # type: ignore[var-annotated]
    freeze_loaded_objects()
    later: list[object] = []
    collected = {id(tracked) for tracked in gc.get_objects()}
    assert kept and id(kept) not in collected
    assert id(later) in collected and gc.isenabled()
    assert gc.get_threshold()[0] == YOUNG
