"""Makes what no repository may hold: a password for the database, and one for each user of the broker.

It runs once in a container of its own before all others. Each service's secrets are a volume that only it (and this)
mounts, here as /secrets/<service>. What is there already is kept; `docker compose down --volumes` forgets it together
with the data. The files may be read by anybody in the container, because the images run as users of different numbers;
who is in no container that mounts them does not see them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

ROOT = Path("/secrets")
BROKER = "rabbitmq"
DATABASE = "postgres"
ORCHESTRATOR = "orchestrator"
NO_USERS = frozenset({BROKER, DATABASE})


def hashed(password: str) -> str:
    """As RabbitMQ's definitions have it: SHA-256 over four bytes of salt and the password, behind the salt."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def kept(file: Path) -> str:
    """The password in this file, which is made when there is none."""
    if not file.exists():
        write(file, secrets.token_urlsafe(24))
    return file.read_text()


def write(file: Path, text: str) -> None:
    """The whole file or nothing."""
    aside = file.with_suffix(".tmp")
    aside.write_text(text)
    aside.chmod(0o444)
    aside.replace(file)


def definitions(passwords: Mapping[str, str]) -> dict[str, object]:
    """What the broker loads at its start: a user for each service."""
    everything = {"vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
    users = [
        {
            "name": name,
            "password_hash": hashed(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
        }
        for name, password in passwords.items()
    ]
    return {
        "vhosts": [{"name": "/"}],
        "users": users,
        "permissions": [{"user": name, **everything} for name in passwords],
    }


def main() -> None:
    """Every secret, once."""
    services = sorted(path.name for path in ROOT.iterdir())
    users = {name: kept(ROOT / name / "amqp-password") for name in services if name not in NO_USERS}
    write(ROOT / BROKER / "definitions.json", json.dumps(definitions(users)))
    password = kept(ROOT / DATABASE / "password")
    store = f"postgresql://creatorflow:{quote(password, safe='')}@postgres/creatorflow"
    write(ROOT / ORCHESTRATOR / "store-url", store)
    print(f"secrets: the broker's users {', '.join(users)}; the database's")


if __name__ == "__main__":
    main()
