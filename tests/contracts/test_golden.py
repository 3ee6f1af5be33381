"""Samples of every released version are still parsed, with their original meaning.

The files under `tests/golden/v1` are never changed; new ones may be added.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from creatorflow_contracts import CONTRACTS, Delivery, Problem, admit

FOLDER = Path(__file__).parents[1] / "golden" / "v1"
SAMPLES = sorted(FOLDER.glob("*.json"))
UNKNOWN = "added_later"
"""The name that samples give to fields which a later minor version adds."""


def meaning(value: Any) -> Any:
    """Return an equal value for equal meanings: ids in upper case, times with another offset."""
    if isinstance(value, dict):
        return {key: meaning(field) for key, field in value.items() if key != UNKNOWN}
    if isinstance(value, list):
        return [meaning(item) for item in value]
    for read in (UUID, datetime.fromisoformat):
        try:
            return read(value)
        except (ValueError, TypeError, AttributeError):
            continue
    return value


def is_part_of(part: Any, whole: Any) -> bool:
    """Return True if everything in `part` is in `whole`, which may have defaults besides."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_part_of(field, whole[key]) for key, field in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(is_part_of, part, whole))
    return bool(part == whole)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_still_parsed_without_loss(path: Path) -> None:
    found = admit(Delivery(path.read_bytes()))
    assert type(found) is CONTRACTS[json.loads(path.read_bytes())["contract"]], found
    reported, read = (meaning(json.loads(text)) for text in (path.read_bytes(), found.to_json()))
    if path.stem == "agent-result.unknown-error":
        reported["error"]["type"] = "unknown"
    assert is_part_of(reported, read)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_keeps_its_meaning_when_serialized_again(path: Path) -> None:
    found = admit(Delivery(path.read_bytes()))
    assert admit(Delivery(found.to_json())) == found


def test_every_contract_has_a_sample() -> None:
    assert {json.loads(path.read_bytes())["contract"] for path in SAMPLES} == set(CONTRACTS)


def test_a_sample_that_no_longer_parses_is_detected() -> None:
    body = json.loads((FOLDER / "agent-task.json").read_bytes())
    del body["step"]
    assert isinstance(admit(Delivery(json.dumps(body).encode())), Problem)
    assert not is_part_of(meaning({"step": "a"}), meaning({}))
