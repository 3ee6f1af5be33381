"""The template sandbox, and the filters through which text of others may enter an answer. Pure.

Rules for this file. Every string that a template outputs is data unless it is `Safe`. In prose, data becomes one line
with all Markdown escaped; in a code block, data that no filter has quoted is an error. So no request and no agent can
add a section, a file or a line of code to an answer.
"""

from __future__ import annotations

import json
import math
import re
from keyword import iskeyword
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateRuntimeError
from jinja2.sandbox import SandboxedEnvironment

from .figures import Figure, largest, root, smallest, whole
from .safe_string import Safe
from .unit_conversion import plain_number

MAX_INLINE = 300
_PUNCTUATION = re.compile(r"([!\"#$%&()*+,\-./:;<=>?@\[\\\]^_{|}~])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_EXPRESSION = re.compile(r"\{\{(-?)(.*?)(-?)\}\}")
_HEADING = re.compile(r"## ([A-Za-z ]+)")
_RESERVED = re.compile(
    r"all|and|any|as|case|check|class|column|const|default|delete|desc|do|else|end|enum|export|false|for|from|function|"
    r"group|if|import|in|let|limit|new|not|null|on|or|order|primary|references|return|select|switch|table|then|this|to|"
    r"true|union|unique|user|using|var|void|when|where|while|window|with"
)


def one_line(value: object, limit: int = MAX_INLINE) -> str:
    """Return the value's text on one line, without control characters, at most `limit` characters."""
    text = " ".join(_CONTROL.sub(" ", str(value)).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(value: object) -> Safe:
    """Return text for prose: one line, with all Markdown escaped."""
    return Safe(_PUNCTUATION.sub(r"\\\1", one_line(value).replace("`", "'")))


def unescaped(text: str) -> str:
    """Return text in which Markdown is not read, with the escapes of `plain` taken back."""
    return _ESCAPE.sub(r"\1", text)


def number(value: float) -> Safe:
    """Return a number in plain notation: `5000`, `0.25`; at most four decimals. Raises if it is not finite.

    A figure is used by that: the answer rests on its assumptions.
    """
    if not math.isfinite(value):
        raise TemplateRuntimeError("a number in a template is not finite")
    if isinstance(value, Figure):
        value.use()
    return Safe(plain_number(value))


def python_literal(value: object) -> Safe:
    """Return a Python string literal."""
    return javascript_literal(value)


def javascript_literal(value: object) -> Safe:
    """Return a JavaScript string literal (and JSON, and Python): ASCII, in double quotes."""
    return Safe(json.dumps(one_line(value)))


def sql_literal(value: object) -> Safe:
    """Return an SQL string literal in single quotes (standard_conforming_strings on, PostgreSQL's default)."""
    return Safe("'" + one_line(value).replace("'", "''") + "'")


def comment(value: object) -> Safe:
    """Return text for a comment line of any language: letters, digits and characters that cannot end a comment."""
    return Safe(one_line(re.sub(r"[^\w .,;:%+=/<>-]", " ", str(value), flags=re.ASCII).replace("--", "-"), 100))


def identifier(value: object) -> Safe:
    """Return a name in snake case, valid in Python, SQL and JavaScript, at most 40 characters."""
    words = re.findall(r"[a-z0-9]+", str(value).lower())
    name = "_".join(words)[:40].strip("_") or "item"
    if name[0].isdigit() or iskeyword(name) or _RESERVED.fullmatch(name):
        name = f"x_{name}"
    return Safe(name)


def slug(value: object) -> Safe:
    """Return a name in kebab case, for files and keys."""
    return Safe(identifier(value).replace("_", "-"))


def _in_prose(value: Any) -> Any:
    if isinstance(value, Safe):
        return value
    if isinstance(value, bool) or value is None:
        raise TemplateRuntimeError("a template outputs a bool or None: use a condition")
    return number(value) if isinstance(value, int | float) else plain(value)


def _in_code(value: Any, line: int) -> Any:
    if isinstance(value, str) and value and not isinstance(value, Safe):
        raise TemplateRuntimeError(
            f"line {line}: text in code needs a filter: py, js, sql, ident, slug, comment or lit"
        )
    return _in_prose(value)


def guard(source: str) -> str:
    """Return the template as it is compiled, with the same lines.

    Inside a fenced block every `{{ expression }}` is checked by the rule for code; a heading tells its section to the
    ledger of assumptions.
    """
    inside, lines = False, []
    for number, line in enumerate(source.split("\n"), start=1):
        if line.lstrip().startswith("```"):
            inside = not inside
        if inside:
            line = _EXPRESSION.sub(rf"{{{{\1 (\2) | _code({number}) \3}}}}", line)
        elif heading := _HEADING.fullmatch(line):
            line = f'{{{{ _section("{heading[1]}") }}}}{line}'
        lines.append(line)
    return "\n".join(lines)


def environment() -> SandboxedEnvironment:
    """Return the sandbox of all playbooks: no unsafe attributes, no undefined names, no HTML escaping."""
    sandbox = SandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # Markdown, not HTML: every output goes through _in_prose or _in_code
        finalize=_in_prose,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    sandbox.filters.update(
        py=python_literal, js=javascript_literal, sql=sql_literal, ident=identifier, slug=slug, comment=comment,
        plain=plain, lit=Safe, _code=_in_code, ceil=math.ceil, floor=math.floor, int=whole,
    )  # fmt: skip
    sandbox.globals.update(min=smallest, max=largest, round=round, ceil=math.ceil, floor=math.floor, sqrt=root)
    return sandbox
