"""Ids of outbox and quarantine rows."""

from __future__ import annotations

import time

import pytest
from creatorflow_orchestrator.shell.store.rows import Ids


def test_ids_grow_even_if_the_clock_stands_still_or_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10**18, 10**18, 10**18, 10**18 - 10**12, 10**18 + 1])
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    ids = Ids()
    generated = [ids.next() for _ in range(5)]
    assert generated == sorted(generated)
    assert len(set(generated)) == 5


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    before = time.time_ns() // 1_000_000
    row_id = Ids().next()
    assert (row_id.version, row_id.variant) == (7, "specified in RFC 4122")
    assert before - 1 <= row_id.int >> 80 <= time.time_ns() // 1_000_000


def test_two_sources_never_give_the_same_id() -> None:
    first, second = Ids(), Ids()
    assert {first.next() for _ in range(1000)}.isdisjoint({second.next() for _ in range(1000)})
