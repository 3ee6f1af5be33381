"""What the environment says of the broker's address, and secrets that it names by their file: standard library only,
so that a command can ask before it loads anything.

A secret named by its file (`CREATORFLOW_AMQP_URL_FILE=/run/secrets/...`) is in no list of processes and in no
description of a container. No error here shows what was in a variable or in a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

PREFIX = "CREATORFLOW_"
AMQP_URL = PREFIX + "AMQP_URL"
PASSWORD_FILE = PREFIX + "AMQP_PASSWORD_FILE"
TLS_FILES: Mapping[str, str] = {
    PREFIX + "AMQP_CA_FILE": "cafile",
    PREFIX + "AMQP_CERT_FILE": "certfile",
    PREFIX + "AMQP_KEY_FILE": "keyfile",
}
"""Settings, and what the broker's client calls them in the address: who may sign for the broker (the system's
authorities unless said), and the certificate that we show."""
AMQP_FILES = frozenset({AMQP_URL + "_FILE", PASSWORD_FILE, *TLS_FILES})


class ConfigurationError(Exception):
    """The configuration cannot work. The message is one line: what, where, what to do. It shows no value."""


def secret(name: str) -> str | None:
    """The value of `name`, or what is in the file that `name`_FILE names, without the newline at its end.

    Raises ConfigurationError when both are said, or the file cannot be read or is empty.
    """
    told, file = os.environ.get(name), name + "_FILE"
    if not os.environ.get(file):
        return told
    if told:
        raise ConfigurationError(f"{name} and {file} are both set: keep one of them")
    return _content(file)


def amqp_url() -> str | None:
    """The broker's whole address as the environment says it; None when it says none. Raises ConfigurationError."""
    url = secret(AMQP_URL)
    if url and os.environ.get(PASSWORD_FILE) and _parts(url)[1]:
        raise ConfigurationError(f"{AMQP_URL} has a password and {PASSWORD_FILE} is set: keep one of them")
    return complete(url) if url else None


def complete(url: str) -> str:
    """`url` with the password from its file, unless it has one, and with the files for TLS when it is `amqps`.

    Raises ConfigurationError. What cannot be taken apart is returned as it is: whoever reads it will say so.
    """
    user, password = _parts(url)
    if user and not password and os.environ.get(PASSWORD_FILE):
        scheme, _, rest = url.partition("://")
        login, _, place = rest.rpartition("@")
        url = f"{scheme}://{login.partition(':')[0]}:{quote(_content(PASSWORD_FILE), safe='')}@{place}"
    files = {told: os.environ[name] for name, told in TLS_FILES.items() if os.environ.get(name)}
    if not files or not url.startswith("amqps://"):
        return url
    for name in TLS_FILES:
        if os.environ.get(name):
            _content(name)
    address, _, query = url.partition("?")
    return f"{address}?{urlencode(files | dict(parse_qsl(query)))}"


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.username or "", parts.password or ""


def _content(name: str) -> str:
    try:
        text = Path(os.environ[name]).read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the file that {name} names cannot be read ({type(error).__name__}): correct the path or its permissions"
        ) from None
    if not text:
        raise ConfigurationError(f"the file that {name} names is empty: write the value into it")
    return text
