"""Makes what no repository may hold: a password for the database, and one for each user of the broker.

It runs once in a container of its own before all others. The secrets of a service are a volume that only it (and this)
mounts, here as a folder of /secrets. What is there already is kept; `docker compose down --volumes` forgets it together
with the data. The files may be read by anybody in the container, because the images run as users of different numbers;
who is in no container that mounts them does not see them.
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


def main(root: Path = ROOT) -> None:
    """Every secret, once; the broker's definitions with them, at every start."""
    told = definitions(card.name for card in load_cards())
    users = {user["name"]: kept(root / user["name"] / PASSWORD) for user in told["users"]}
    write(root / BROKER / DEFINITIONS, json.dumps(with_passwords(told, users)))
    password = quote(kept(root / DATABASE / "password"), safe="")
    write(root / ORCHESTRATOR / "store-url", f"postgresql://creatorflow:{password}@postgres/creatorflow")
    print(f"secrets: {len(users)} users of the broker, and the database's")


if __name__ == "__main__":
    main()
