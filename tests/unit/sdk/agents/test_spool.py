"""Stored results are complete or absent."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from creatorflow.agents.spool import FileSpool, MemorySpool, Spool, SpooledResult, open_spool


def finished() -> SpooledResult:
    return SpooledResult(uuid.uuid4(), uuid.uuid4(), "an-agent", b'{"body": "\n"}', {"traceparent": "00-x"})


@pytest.fixture(params=["memory", "file"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Spool:
    return open_spool(tmp_path if request.param == "file" else None)


def test_a_stored_result_is_kept_until_it_is_removed(spool: Spool) -> None:
    first, second = finished(), finished()
    spool.put(first)
    spool.put(second)
    assert {item.task_id for item in spool} == {first.task_id, second.task_id}
    spool.remove(first.task_id)
    spool.remove(first.task_id)
    assert list(spool) == [second]


def test_a_spooled_file_outlives_its_process(tmp_path: Path) -> None:
    item = finished()
    FileSpool(tmp_path).put(item)
    assert list(FileSpool(tmp_path)) == [item]
    assert list(MemorySpool()) == []


def test_a_partly_written_file_is_skipped(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path)
    item = finished()
    spool.put(item)
    (tmp_path / "results" / f"{uuid.uuid4()}.result").write_bytes(b'{"agent": ')
    (tmp_path / "results" / "notes.result").write_bytes(b"{}\n{}")
    (tmp_path / "results" / f"{uuid.uuid4()}.1.tmp").write_bytes(b"{}")
    assert list(spool) == [item]


def test_an_unwritable_directory_is_an_error_at_startup(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        open_spool(tmp_path / "file")
