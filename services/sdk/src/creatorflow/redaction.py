"""Removal of passwords, tokens and keys that this process knows from a text before it is logged or sent.

A traceback or an exception's text is written by other code, and may quote an address or a header with a secret in it.
Known are the secrets in the environment, those in the files that it names, and those in any URL.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

MASK = "***"
SHORTEST = 6
"""Characters of the shortest secret that is masked: a shorter one would mask ordinary words."""
MAX_FILE = 4096
_SECRET_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|_HEADERS$")
_IN_URL = re.compile(r"(?<=://)([^\s/:@]*):([^\s/]+)@")


def redacted(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Mask every known secret in `text`; `environment` is by default this process's. Never raises."""
    known = set(_secrets(os.environ if environment is None else environment))
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _IN_URL.sub(rf"\1:{MASK}@", text)


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in tuple(environment.items()):
        for match in _IN_URL.finditer(value):
            yield from _long_enough(match[2], unquote(match[2]))
        if not _SECRET_NAME.search(name.upper()):
            continue
        if name.endswith("_FILE"):
            yield from _long_enough(_content(value))
        elif name.endswith("_HEADERS"):
            yield from _long_enough(*(pair.partition("=")[2].strip() for pair in value.split(",")))
        else:
            yield from _long_enough(value.strip())


def _long_enough(*secrets: str) -> Iterator[str]:
    return (secret for secret in secrets if len(secret) >= SHORTEST)


def _content(file: str) -> str:
    try:
        with Path(file).open("rb") as stream:
            return stream.read(MAX_FILE).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return ""
