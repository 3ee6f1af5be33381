"""Generates the secrets of compose.yaml: a password for the database, and one for each broker user.

It runs once in its own container before all others. The secrets of a service are in a volume that only the service and
this container mount, here as a folder of /secrets. Existing secrets are kept; `docker compose down --volumes` deletes
them together with the data. The files are readable by all users in a container, because the images run as users with
different ids; outside the containers that mount them they are not visible.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from urllib.parse import quote

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.rabbitmq_definitions import definitions, with_passwords

ROOT = Path("/secrets")
BROKER, DATABASE, ORCHESTRATOR = "rabbitmq", "postgres", "orchestrator"
DEFINITIONS = "definitions.json"
PASSWORD = "amqp-password"  # noqa: S105 - the name of its file


def kept(file: Path) -> str:
    """Read the password in this file; it is generated if the file does not exist."""
    if not file.exists():
        write(file, secrets.token_urlsafe(24))
    return file.read_text()


def write(file: Path, text: str) -> None:
    """Write a file atomically."""
    temporary = file.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.chmod(0o444)
    temporary.replace(file)


def main(root: Path = ROOT) -> None:
    """Generate the missing secrets, and write the broker's definitions with the passwords at every start."""
    broker = definitions(card.name for card in load_cards())
    users = {user["name"]: kept(root / user["name"] / PASSWORD) for user in broker["users"]}
    write(root / BROKER / DEFINITIONS, json.dumps(with_passwords(broker, users)))
    password = quote(kept(root / DATABASE / "password"), safe="")
    write(root / ORCHESTRATOR / "store-url", f"postgresql://creatorflow:{password}@postgres/creatorflow")
    print(f"secrets: passwords of {len(users)} broker users and of the database")


if __name__ == "__main__":
    main()
