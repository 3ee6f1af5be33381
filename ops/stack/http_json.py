"""Reads JSON from a server of the project, on the loopback."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from ops.stack.compose import StackFailure

_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""An opener without the machine's proxy, which is for addresses outside."""


def get(address: str, **parameters: str) -> Any:
    """Get and parse an answer. Raises StackFailure if there is none, or it is not JSON; the text quotes it."""
    url = f"{address}?{urlencode(parameters)}" if parameters else address
    try:
        with _DIRECTLY.open(url, timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise StackFailure(f"{url}: {error.code}: {error.read(500).decode(errors='replace')}") from None
    except (OSError, ValueError) as error:
        raise StackFailure(f"{url}: {error}") from None
