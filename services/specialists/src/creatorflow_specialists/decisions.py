"""The decisions that agents share: the possible values of the keys, and the values in force in an answer. Pure.

A value decided elsewhere comes from another agent: it is used only in a form known here, so that it is safe in code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from creatorflow_contracts.v1.work import Decision


@dataclass(frozen=True, slots=True)
class Key:
    """One key: the form of its values, and the value in force without a decision."""

    form: re.Pattern[str]
    default: str
    meaning: str


def _key(form: str, default: str, meaning: str) -> Key:
    return Key(re.compile(form), default, meaning)


KEYS: Mapping[str, Key] = {
    "id_type": _key("uuid|bigint", "uuid", "SQL type of primary keys"),
    "money_type": _key(
        r"bigint|numeric\([1-9][0-9]?,[0-9]\)", "bigint", "SQL type of amounts; bigint counts minor units (cents)"
    ),
    "time_zone": _key(
        r"UTC|[A-Z][A-Za-z_]{1,30}/[A-Z][A-Za-z_]{1,30}", "UTC", "zone of stored and reported times, an IANA name"
    ),
    "idempotency_key": _key(
        r"[a-z][a-z0-9_]{0,30}(\+[a-z][a-z0-9_]{0,30}){0,3}", "shop_id+order_id", "fields that make work unique, by +"
    ),
    "tenant_column": _key(r"[a-z][a-z0-9_]{0,30}_id", "shop_id", "column that says whose row it is"),
    "auth_scheme": _key(r"[a-z][a-z0-9_]{1,40}", "jwt_rs256", "how a caller proves who they are"),
    "event_names": _key("dotted|pascal|snake", "dotted", "order.paid, OrderPaid or order_paid"),
    "retry_budget": _key("[0-9]|1[0-9]|20", "3", "how often outside work is tried again"),
}


NOBODY = "nobody yet"


@dataclass(frozen=True, slots=True)
class ResolvedDecisions:
    """The decisions of one answer: the value in force and the agent by key, and keys with unknown values."""

    values: Mapping[str, str]
    by: Mapping[str, str]
    unreadable: tuple[str, ...]


def resolve(keys: tuple[str, ...], own: Mapping[str, str], stubborn: frozenset[str], state: Mapping[str, Decision],
           agent: str) -> ResolvedDecisions:  # fmt: skip
    """Resolve `keys`: the earlier decision counts, else the agent's `own` value, else the default.

    For a key in `stubborn` the agent's own value counts even against an earlier decision: a conflict that the synthesis
    resolves. A default is attributed to NOBODY.
    """
    values, by, unreadable = {}, {}, []
    for key in keys:
        earlier = state.get(key)
        readable = earlier is not None and KEYS[key].form.fullmatch(earlier.value) is not None
        if earlier is not None and not readable:
            unreadable.append(key)
        if earlier is not None and readable and key not in stubborn:
            values[key], by[key] = earlier.value, earlier.by
        else:
            values[key], by[key] = own.get(key, KEYS[key].default), agent if key in own else NOBODY
    return ResolvedDecisions(values, by, tuple(unreadable))
