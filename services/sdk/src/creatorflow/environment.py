"""The broker's address and secrets from the environment, also from files that it names.

Standard library only, so that a command can read them before it loads anything. A secret in a file
(`CREATORFLOW_AMQP_URL_FILE=/run/secrets/...`) is in no list of processes and in no description of a container. No error
here shows the content of a variable or a file.
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
"""Settings, and the names of the broker's client for them in the address: the authorities that may sign the broker's
certificate (by default the system's), and our own certificate."""
AMQP_FILES = frozenset({AMQP_URL + "_FILE", PASSWORD_FILE, *TLS_FILES})


class ConfigurationError(Exception):
    """The configuration is unusable. The message is one line: what, where, what to do. It shows no value."""


def secret(name: str) -> str | None:
    """Return the value of `name`, or the content of the file named by `name`_FILE, without the newline at its end.

    Raises ConfigurationError if both are set, or the file cannot be read or is empty.
    """
    value, file = os.environ.get(name), name + "_FILE"
    if not os.environ.get(file):
        return value
    if value:
        raise ConfigurationError(f"{name} and {file} are both set: keep one of them")
    return _content(file)


def amqp_url() -> str | None:
    """Return the broker's whole address from the environment; None if there is none. Raises ConfigurationError."""
    url = secret(AMQP_URL)
    if url and os.environ.get(PASSWORD_FILE) and _parts(url)[1]:
        raise ConfigurationError(f"{AMQP_URL} has a password and {PASSWORD_FILE} is set: keep one of them")
    return complete(url) if url else None


def complete(url: str) -> str:
    """Add to `url` the password from its file, unless it has one, and the files for TLS if it is `amqps`.

    Raises ConfigurationError. A URL that cannot be parsed is returned unchanged: its reader reports the error.
    """
    user, password = _parts(url)
    if user and not password and os.environ.get(PASSWORD_FILE):
        scheme, _, remainder = url.partition("://")
        login, _, place = remainder.rpartition("@")
        url = f"{scheme}://{login.partition(':')[0]}:{quote(_content(PASSWORD_FILE), safe='')}@{place}"
    files = {option: os.environ[name] for name, option in TLS_FILES.items() if os.environ.get(name)}
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
