"""JSON from a server of the project, on the loopback."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from ops.stack.compose import StackFailure

_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without a proxy: one that the machine uses for the outside has no business here."""


def get(address: str, **parameters: str) -> Any:
    """What it answers. Raises StackFailure when there is no answer, or none in JSON; the text says what came."""
    url = f"{address}?{urlencode(parameters)}" if parameters else address
    try:
        with _DIRECTLY.open(url, timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise StackFailure(f"{url}: {error.code}: {error.read(500).decode(errors='replace')}") from None
    except (OSError, ValueError) as error:
        raise StackFailure(f"{url}: {error}") from None
