"""Quarantine filters of the client."""

from __future__ import annotations

from typing import Any, cast

import pytest
from creatorflow.client.connection import ClientConnection
from creatorflow.client.quarantine_client import Quarantine


async def test_an_unknown_filter_is_an_error_and_selects_nothing() -> None:
    quarantine, mistyped = Quarantine(cast(ClientConnection, None)), cast(Any, {"codes": "DEAD_LETTERED"})
    with pytest.raises(TypeError, match="codes"):
        await quarantine.groups(**mistyped)
    with pytest.raises(TypeError, match="codes"):
        await anext(quarantine.items(**mistyped))
