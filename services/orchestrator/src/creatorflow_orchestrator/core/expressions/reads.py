"""Analysis of the text of a guard or check: the values it reads and the macros it calls. Pure text work.

Knows just enough of CEL's grammar for that. `results` and `shared_state` are only ever read by name
(`results.tests.output.passed`, `results["load-test"].status`), so what an expression reads is known before it runs,
and it gets nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
RESULTS, SHARED_STATE = "results", "shared_state"
_TOKEN = re.compile(
    r"""//[^\n]*|\s+
    |(?P<raw>[bB]?[rR][bB]?(?:\"\"\".*?\"\"\"|'''.*?'''|"[^"\n]*"|'[^'\n]*'))
    |(?P<string>[bB]?(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
    |(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""[^"']*(?P<quote>"{3}|'{3}|"|')(?P<text>.*)(?P=quote)""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of the text: a `string`, `name`, `number` or `mark`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """One value that the expression reads, by its path: `("results", "tests", "output", "passed")`."""

    path: tuple[str, ...]
    asks: bool
    """True if only its existence is tested: `has(...)`."""
    macro: str | None
    """The macro around it, if any: then it may be read once for every element of a list."""


@dataclass(frozen=True, slots=True)
class ExpressionReads:
    """The result of the analysis of an expression's text."""

    reads: tuple[Read, ...]
    macros: int
    bound: frozenset[str]
    """Names that macros bind."""
    unbounded: str
    """The reason why the cost of evaluating it has no bound; empty if it has one."""


@lru_cache(maxsize=1024)
def read(expression: str) -> ExpressionReads:
    """Analyse the expression: the values that it reads, and if its cost has a bound."""
    tokens = tuple(_tokens(expression))
    inside = _macros(tokens)
    macros = [at for at in range(len(tokens)) if _begins_macro(tokens, at)]
    return ExpressionReads(
        tuple(_reads(tokens, inside)),
        len(macros),
        frozenset(_text(tokens, at + 3) for at in macros),
        next(_unbounded(tokens, inside, macros), ""),
    )


def _tokens(expression: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(expression):
        if match.lastgroup:
            yield Token("string" if match.lastgroup == "raw" else match.lastgroup, match[0])


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _begins_macro(tokens: Sequence[Token], at: int) -> bool:
    """True if a macro call (`.all(`) begins at this token."""
    return _text(tokens, at) == "." and _text(tokens, at + 1) in MACROS and _text(tokens, at + 2) == "("


def _macros(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """Return for each token the macros around it, the outermost first."""
    macros: list[tuple[str, ...]] = []
    opened: list[str] = []
    for at, token in enumerate(tokens):
        macros.append(tuple(filter(None, opened)))
        if token.text in "([{" and token.kind == "mark":
            opened.append(_text(tokens, at - 1) if _begins_macro(tokens, at - 2) else "")
        elif token.text in ")]}" and token.kind == "mark" and opened:
            opened.pop()
    return macros


def _reads(tokens: Sequence[Token], inside: Sequence[tuple[str, ...]]) -> Iterator[Read]:
    for at, token in enumerate(tokens):
        if token.kind == "name" and token.text in (RESULTS, SHARED_STATE) and _text(tokens, at - 1) != ".":
            path, end = _path(tokens, at)
            asks = (_text(tokens, at - 2), _text(tokens, at - 1), _text(tokens, end)) == ("has", "(", ")")
            yield Read(path, asks, inside[at][0] if inside[at] else None)


def _path(tokens: Sequence[Token], at: int) -> tuple[tuple[str, ...], int]:
    """Return the path of names that begins at this token, and the position after it."""
    path = [tokens[at].text]
    at += 1
    while True:
        if _text(tokens, at) == "." and at + 1 < len(tokens) and tokens[at + 1].kind == "name":
            if _text(tokens, at + 2) == "(":  # a function of it
                break
            path.append(tokens[at + 1].text)
            at += 2
        elif _text(tokens, at) == "[" and _text(tokens, at + 2) == "]" and tokens[at + 1].kind == "string":
            path.append(_unquoted(tokens[at + 1].text))
            at += 3
        else:
            break
    return tuple(path), at


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return quoted["text"] if quoted else text


def _unbounded(tokens: Sequence[Token], inside: Sequence[tuple[str, ...]], macros: Sequence[int]) -> Iterator[str]:
    """Yield reasons why the cost has no bound: nested macros, and lists or texts that are built inside a macro."""
    if any(inside[at] for at in macros):
        yield "goes through a list inside a list's macro (all, exists, filter, map); that has no bound"
    for at, (before, token) in enumerate(pairwise((Token("mark", ""), *tokens))):
        if token.text == "matches" and token.kind == "name" and _text(tokens, at + 1) == "(":
            pattern = tokens[at + 2] if at + 2 < len(tokens) else token
            if inside[at] or pattern.kind != "string" or "{" in pattern.text or _text(tokens, at + 3) != ")":
                yield "may use matches() only with a pattern that it states, without {counts}, outside of macros"
        if inside[at] and token == Token("mark", "+"):
            yield "joins or adds inside a macro (all, exists, filter, map); that has no bound"
        if "map" in inside[at] and (token.text == RESULTS or _begins_collection(before, token)):
            yield "makes lists inside map(); that has no bound"


def _begins_collection(before: Token, token: Token) -> bool:
    index = before.kind in ("name", "string") or before.text in (")", "]", "}")
    return token.kind == "mark" and (token.text == "{" or (token.text == "[" and not index))
