"""The eleven agents' cards, which are data of this package: `agents/<name>.toml`."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from .errors import CardsInvalid
from .v1.card import DOMAINS, AgentCard


@cache
def load_cards() -> tuple[AgentCard, ...]:
    """Return the agent cards in the order of precedence of their domains.

    Raises CardsInvalid, which names the file and the fields.
    """
    folder = files(__package__).joinpath("agents")
    cards = [_card(file) for file in folder.iterdir() if file.name.endswith(".toml")] if folder.is_dir() else []
    return tuple(sorted(cards, key=_precedence))


@cache
def known_agents() -> frozenset[str]:
    """Return the agents' names, as on the cards."""
    return frozenset(card.name for card in load_cards())


def read_card(text: str, name: str) -> AgentCard:
    """Return the card in `text` (TOML); `name` is its file's name. Raises CardsInvalid."""
    try:
        # By way of JSON, because only there does a strict model accept a list for a tuple.
        card = AgentCard.model_validate_json(json.dumps(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise CardsInvalid(f"the agent card {name} is not TOML: {error}") from error
    except (TypeError, ValueError) as error:
        raise CardsInvalid(f"the agent card {name} is not valid: {_reasons(error)}") from error
    if name != f"{card.name}.toml":
        raise CardsInvalid(f"the agent card {name} is named {card.name}: rename the file to {card.name}.toml")
    return card


def _card(file: Traversable) -> AgentCard:
    return read_card(file.read_text(encoding="utf-8"), file.name)


def _reasons(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, error_item['loc']))}: {error_item['msg']}" for error_item in error.errors())


def _precedence(card: AgentCard) -> tuple[int, str]:
    """Return the sort key of a card: its first domain is its own, in the others it supports."""
    own = next(iter(card.domains), "")
    return DOMAINS.index(own) if own in DOMAINS else len(DOMAINS), card.name
