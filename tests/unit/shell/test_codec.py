"""A saga as text for the store, and back."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.shell.codec import decode


def test_a_state_that_cannot_be_read_is_refused_without_showing_what_was_asked() -> None:
    with pytest.raises(ValueError, match="cannot be read by this release") as raised:
        decode('{"saga": {"definition": {"request": "the secret of our shop"}}}')
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__
