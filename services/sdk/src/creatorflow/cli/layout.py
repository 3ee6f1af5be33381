"""A message's body laid out for reading, where that loses nothing."""

from __future__ import annotations

import json

from creatorflow_contracts.parsing import parse
from creatorflow_contracts.refusals import Refusal


def laid_out(body: bytes) -> str | None:
    """Indented JSON; None for what is no sound object: a key that is there twice would be lost by reading it."""
    try:
        return json.dumps(parse(body), indent=2, ensure_ascii=False)
    except Refusal:
        return None
