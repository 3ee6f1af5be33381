"""Names in backticks and snake_case: tables, columns, events, statuses, files."""

from __future__ import annotations

import re

from .fact_tokens import Tokens

_WORDS = {
    "table": "table tables rows view", "column": "column columns field fields", "event": "event events webhook topic",
    "status": "status statuses state states", "file": "file files", "endpoint": "endpoint endpoints route",
    "index": "index", "queue": "queue", "function": "function", "setting": "setting flag",
}  # fmt: skip
_BESIDE = {word: category for category, words in _WORDS.items() for word in words.split()}
_FILE = re.compile(r"[\w-]{1,80}\.(?:csv|xlsx?|pdf|json|xml|zip|sql|py|php|tsx?|jsx?|ya?ml|toml|txt|md|zpl|log|env)")
_PLAIN = re.compile(r"[\w./:@$-]{1,80}")
_DOTTED = re.compile(r"[A-Za-z_]\w{0,60}\.[A-Za-z_]\w{0,60}")
_ID = re.compile(r"_(?=[A-Za-z]*\d)(?=\w*[a-z])(?=\w*[A-Z])\w{4,40}$")
"""The end of a record's id: "sub_1PqX"."""
_SHOUTED = re.compile(r"[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,8}")


def identifier(tokens: Tokens, at: int) -> tuple[str, str] | None:
    """Return the name of a token in backticks or snake_case, and its category: `column`, `table`, ..., `identifier`.

    `None` for code that is no name.
    """
    name = tokens.raw(at).strip("`").strip()
    if tokens.raw(at)[0] != "`" and _ID.search(name):
        return None
    beside = _BESIDE.get(tokens.lows[at + 1]) or _BESIDE.get(tokens.lows[at - 1])
    if _FILE.fullmatch(name):
        return name, "file"
    if name.startswith("/") or name.split(" ")[0] in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        return name, "endpoint"
    if not _PLAIN.fullmatch(name):
        return None
    if beside:
        return name, beside
    if _SHOUTED.fullmatch(name):
        return name, "status"
    return name, "column" if _DOTTED.fullmatch(name) and "_" in name else "identifier"
