"""JSON from a server of the project, on the loopback."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from ops.stack.compose import StackFailure


def get(address: str, **parameters: str) -> Any:
    """What it answers. Raises StackFailure when there is no answer, or none in JSON; the text says what came."""
    url = f"{address}?{urlencode(parameters)}" if parameters else address
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own, on the loopback
            return json.load(answer)
    except HTTPError as error:
        raise StackFailure(f"{url}: {error.code}: {error.read(500).decode(errors='replace')}") from None
    except (OSError, ValueError) as error:
        raise StackFailure(f"{url}: {error}") from None
