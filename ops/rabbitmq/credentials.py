"""Passwords in files, one a user, and the broker's definitions with their hashes.

The folder is its owner's alone (0700). The files in it can be read by whoever gets to them (0644): the process in a
container is another user than the one who made them, and sees only those that are mounted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.definitions import definitions
from creatorflow_contracts.permissions import SERVICE_USERS, agent_user

DEFINITIONS = "definitions.json"
SUFFIX = ".password"


def own_agents(folder: Path) -> list[str]:
    """Agents that have a password in `folder` and no card of ours: they were added by hand."""
    known = {*SERVICE_USERS, *(card.name for card in load_cards())}
    return sorted(name for file in folder.glob("*" + SUFFIX) if (name := file.name.removesuffix(SUFFIX)) not in known)


def write_credentials(folder: Path, added: Iterable[str] = ()) -> list[str]:
    """Make a password for each user that has none, and write the definitions; the names of those who got one.

    Raises NameInvalid for an added agent that cannot be called so, and OSError.
    """
    added = [agent_user(name).name for name in added]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    agents = list(dict.fromkeys([*(card.name for card in load_cards()), *own_agents(folder), *added]))
    told = definitions(agents)
    names = [user["name"] for user in told["users"]]
    made = [name for name in names if not password_file(folder, name).is_file()]
    for name in made:
        _write(password_file(folder, name), secrets.token_urlsafe(24))
    passwords = {name: password_file(folder, name).read_text("utf-8").strip() for name in names}
    _write(folder / DEFINITIONS, json.dumps(with_passwords(told, passwords), indent=1) + "\n")
    return made


def password_file(folder: Path, user: str) -> Path:
    """Where a user's password is."""
    return folder / f"{user}{SUFFIX}"


def with_passwords(told: Mapping[str, Any], passwords: Mapping[str, str]) -> dict[str, Any]:
    """Definitions in which each user has the hash of its password."""
    users = [{**user, "password_hash": hashed(passwords[user["name"]])} for user in told["users"]]
    return {**told, "users": users}


def hashed(password: str) -> str:
    """As RabbitMQ keeps a password: a salt of four bytes, and the SHA-256 of both, in base64."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _write(file: Path, text: str) -> None:
    """Whole, or not at all."""
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(text, "utf-8")
    fresh.chmod(0o644)
    fresh.replace(file)
