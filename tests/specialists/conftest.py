"""PostgreSQL for the SQL examples: the server of CREATORFLOW_STORE_URL."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The address of a server on which databases may be made."""
    url = os.environ.get("CREATORFLOW_STORE_URL", "")
    if not url.startswith("postgresql"):
        pytest.skip("set CREATORFLOW_STORE_URL to a PostgreSQL server to run the SQL examples")
    return url
