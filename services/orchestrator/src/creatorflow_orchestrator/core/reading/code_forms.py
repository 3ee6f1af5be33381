"""How code looks without a fence: for each language, the line that begins it and the lines that go on in it.

Every pattern is matched at the start of a line, and its repetitions are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.lines import Line

_LEVEL = r"(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE|CRITICAL|SEVERE)"
_SQL_START = re.compile(
    r"(?:(?:mysql|sqlite|\w{1,30}=[#>]?)>?\s)?(?:SELECT(?:\s|$)|INSERT\s{1,4}INTO\s|UPDATE\s{1,4}[\w.\"]+(?:\s{1,4}SET\b|$)|DELETE\s{1,4}FROM\s"
    r"|MERGE\s{1,4}INTO\s|CREATE\s{1,4}(?:OR\s{1,4}REPLACE\s{1,4})?(?:UNIQUE\s|MATERIALIZED\s|TEMP\s)?\s{0,4}"
    r"(?:TABLE|INDEX|VIEW|TRIGGER|FUNCTION|POLICY)\b|ALTER\s{1,4}TABLE\s|DROP\s{1,4}(?:TABLE|INDEX)\s|TRUNCATE\s"
    r"|WITH\s{1,4}\w{1,60}\s{1,4}AS\s{0,4}\(|EXPLAIN\s{1,4}[A-Z(]|BEGIN;)"
)
_SQL_LOWER = re.compile(
    r"(?:select\s[^.!?]{1,300}\sfrom\s{1,4}[\w.\"]+|insert\s{1,4}into\s{1,4}[\w.\"]+\s{0,4}\("
    r"|update\s{1,4}[\w.\"]+\s{1,4}set\s{1,4}\w{1,60}\s{0,4}=|delete\s{1,4}from\s{1,4}[\w.\"]+\s{1,4}where\s"
    r"|create\s{1,4}(?:unique\s{1,4})?(?:table|index)\s{1,4}\w{1,60}\s{0,4}(?:\(|on\s{1,4}\w{1,60}\s{0,4}\()"
    r"|alter\s{1,4}table\s{1,4}[\w.\"]+\s{1,4}(?:add|alter|drop|rename)\s|select\s{1,4}\*)",
    re.IGNORECASE,
)
_SQL_SIGNS = re.compile(r"[*=;_(]|\w\.\w|\b(?:where|join|limit|offset)\b")
_SQL_GOES_ON = re.compile(
    r"(?:SELECT|FROM|WHERE|AND|OR|ON|USING|SET|VALUES|LIMIT|OFFSET|HAVING|RETURNING|UNION|GROUP\s{1,4}BY"
    r"|ORDER\s{1,4}BY|FOR\s{1,4}UPDATE|(?:(?:LEFT|RIGHT|INNER|OUTER|CROSS|FULL|NATURAL)\s{1,4}){0,2}JOIN|WITH|INSERT"
    r"|DELETE|UPDATE|END|CASE|WHEN|ELSE|THEN|PARTITION|BEGIN|COMMIT|CREATE|ALTER|DROP|GRANT)(?:\W|$)|--|[(),;]"
)
_SQL_GOES_ON_LOWER = re.compile(
    r"(?:from\s{1,4}[\w.]+|where\s.{0,80}(?:=|<|>|\bin\b|\bis\b)|and\s{1,4}[\w.]+\s{0,4}[=<>]|(?:left\s|inner\s)?join\s.{1,80}\son\s"
    r"|order\s{1,4}by\s|group\s{1,4}by\s|limit\s{1,4}\d|offset\s{1,4}\d|having\s|values\s{0,4}\(|set\s{1,4}\w{1,60}\s{0,4}=)",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"</[A-Za-z][\w.:-]{0,60}>|<[A-Za-z][\w.:-]{0,60}(?:\s[^<>]{0,300}[=/{][^<]{0,300}?)?\s{0,4}/?>|</?>|<!(?:--|DOCTYPE)"
)
_TAG_OPEN = re.compile(r"<[A-Za-z][\w.:-]{0,60}(?:\s{1,4}[\w:@.-]{1,40}(?:=|$)|$)")
_TAG_ALONE = re.compile(
    r"<(?:script|style|template|html|head|body|form|table|div|span|ul|ol|section|main|nav|select|button|input)"
    r"(?:\s[^<>]{0,300})?>$"
)
_RAW_TAG = re.compile(r"<(?:script|style)\b")
_INSIDE_TAG = re.compile(r"[\w:@.-]{1,40}=[\"{]|/?>|\{/?\*|\{[\w.!]+|\)\}|\}")
_JSON = re.compile(r"[\[{]\s{0,4}(?:$|\"[^\"]{0,80}\"\s{0,4}[:,\]]|\{\s{0,4}(?:$|\"))")
_LOG = re.compile(
    rf"\[?\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{{0,12}}\]?\s{{1,4}}(?:.{{0,40}}\b{_LEVEL}\b|\S{{1,40}}[\]=:]|\w+=|\[)"
    rf"|\[?\d\d:\d\d:\d\d[.,]?\d{{0,6}}\]?\s{{1,4}}\[?{_LEVEL}\b"
    rf"|\[?{_LEVEL}\]?(?::\s|\s{{1,4}}(?:\[|\w+\.\w|\d{{4}}-|.{{0,80}}[=(/\[]))"
    r"|[A-Z][a-z]{2}\s{1,2}\d{1,2}\s\d\d:\d\d:\d\d\s\S{1,80}\s\S{1,80}:"
    r"|\d{1,3}(?:\.\d{1,3}){3}\s.{0,60}\"(?:GET|POST|PUT|PATCH|DELETE|HEAD)\s|(?:level|ts|time|lvl|msg)=\S{1,80}\s{1,4}\w+="
    r"|(?:GET|POST|PUT|PATCH|DELETE)\s{1,4}/\S{0,200}(?:$|\s{1,4}(?:\d{3}\b|HTTP/|->))"
    r"|(?:->\s{1,4})?.{0,100}\((?:cost=|actual\s{1,4}time=)|(?:Planning|Execution)\s{1,4}[Tt]ime:\s{1,4}\d|Rows\sRemoved|Buffers:\s"
    r"|\#\s(?:Time|User@Host|Query_time):|[\w{}()]{2,60}\.{4,60}:\s"
)
_TRACE = re.compile(
    r"Traceback\s\(most\srecent|File\s\"[^\"]{1,200}\",\sline\s\d|at\s{1,4}[\w$.<>/]{1,160}\s?\([^)]{0,200}\)"
    r"|at\s{1,4}\S{1,200}:\d{1,6}:\d|Caused\sby:\s|Exception\sin\sthread|[\w.]{0,120}(?:Error|Exception):\s|panic:\s"
    r"|goroutine\s\d|\.{3}\s\d{1,4}\smore$|Fatal\serror:|Uncaught\s\w{0,60}(?:Error|Exception)"
)
_TRACE_REST = re.compile(
    r"[\w./$]{1,120}\([^)]{0,120}\)$|\S{1,120}\.\w{1,4}:\d{1,6}\b|exit\sstatus\s\d|\w+Error(?::|$)"
)
_SHELL = re.compile(
    r"\$\s{1,2}[a-z./]|(?:curl|wget)\s{1,4}(?:-|http|['\"])|(?:sudo\s{1,4})?(?:docker|kubectl|npm|npx|pip|git|psql|mysql|helm|"
    r"redis-cli|yarn|poetry|systemctl|ssh|scp|rsync|rabbitmqctl|rabbitmqadmin)\s{1,4}(?:-|(?:run|install|get|describe|logs|"
    r"exec|clone|compose|apply|list_queues|status|restart|push|checkout)\s.{0,60}(?:\s-|[./_]\w))|\#!/"
)
_PROGRAM = re.compile(
    r"(?:async\s{1,4})?def\s{1,4}\w+\(|class\s{1,4}\w+(?:\(.{0,80}\))?:$|class\s{1,4}\w+.{0,60}\{$"
    r"|(?:export\s{1,4})?(?:default\s{1,4})?(?:async\s{1,4})?function\s{0,4}\w*\s{0,4}\("
    r"|(?:export\s{1,4})?(?:const|let|var)\s{1,4}[\w{\[].{0,80}=|import\s{1,4}.{1,120}\sfrom\s{1,4}['\"]|import\s{1,4}['\"]"
    r"|from\s{1,4}[\w.]+\s{1,4}import\s{1,4}[\w*(]|(?:public|private|protected)\s{1,4}(?:static\s{1,4})?\w+.{0,80}[({;]"
    r"|\#include\s|func\s{1,4}(?:\(.{1,40}\)\s{0,4})?\w+\(|<\?php|use\s{1,4}[\w\\]+;|@[A-Za-z][\w.]*\(.{0,80}\)$|@media\s"
    r"|fn\s{1,4}\w+\(|(?:type|interface|enum)\s{1,4}\w+.{0,40}\{|(?:query|mutation|subscription)\s{1,4}\w{0,60}.{0,60}\{$"
    r"|(?:if|for|while)\s{0,2}\(.{1,200}\)\s{0,2}\{$|[.#]?[a-z][\w-]{0,40}\s\{$|await\s{1,4}[\w.]+\(|return\s\($"
    r"|[\w.]{1,80}\(.{0,200}=>\s?\{$|\w+(?:\.\w+)+\([^)]{0,200}\).{0,200}[)\];]$"
)
_PYTHON = re.compile(r"(?:async\s{1,4})?def\s|from\s{1,4}[\w.]+\s{1,4}import|class\s{1,4}\w+(?:\(.{0,80}\))?:$")
_JAVA = re.compile(
    r"(?:public|private|protected)\s{1,4}(?:static\s{1,4})?\w+.{0,80}[({;]|package\s{1,4}[\w.]+;|import\s{1,4}[\w.]+;"
)
_GRAPHQL = re.compile(r"(?:query|mutation|subscription)\s{1,4}\w{0,60}.{0,60}\{$")
_CSS = re.compile(
    r"@media\s|[.#]?[a-z][\w-]{0,40}(?:[\s>:][.#\w:-]{1,40}){0,3}\s?\{(?:$|\s?[a-z-]{2,40}:\s?[^;{}]{1,80};.{0,200}\}$)"
)
_PHP = re.compile(r"<\?php|use\s{1,4}[\w\\]+;")
_PROGRAM_GOES_ON = re.compile(
    r".{0,300}(?:[;{}]|=>|\):|\)\s?\{|,)$|[}\])]{1,9}[;,)]{0,9}$|return\b|(?:if|for|while|elif|with|switch)\b.{0,200}[:{]$"
    r"|(?:else|try|finally|except.{0,60}):$|\w[\w.\[\]'\"]{0,80}\s{0,4}(?:[-+*/|]?=|:=)\s{0,4}\S"
    r"|(?:await|yield|raise|throw)\s|[\w.]{1,80}\([^)]{0,200}\)[;,]?$|//\s|/\*|\*/|#\s|\.\w{1,60}\(|@\w"
)
_SETTING = re.compile(r"(?:export\s{1,4})?[A-Z][A-Z0-9_]{2,60}=\S{0,200}$")
_YAML = re.compile(r"(?:-\s{1,4})?[a-z][\w./-]{0,40}:(?:\s{1,4}\S{1,120})?$|-\s{1,4}\S{1,120}$|#\s")
_YAML_KEY = re.compile(r"[a-z][\w./-]{0,40}:(?:\s{1,4}[^\s,]{1,120})?$")
_DIFF = re.compile(r"diff\s--git\s|@@\s.{1,60}@@|\+\+\+\s\S|---\s[ab]/")
_UNFINISHED = (",", "(", "=", "AND", "OR", "+", "||", "\\", "[", "{")


@dataclass(frozen=True, slots=True)
class CodeForm:
    """One language: whether a line begins it, and whether a line goes on in what began at another."""

    language: str
    begins: Callable[[str], object]
    goes_on: Callable[[Line, Line, Line], object]
    """Asked with the first line, the line before, and the line."""
    at_least: int = 1
    """Lines, below which it is no code."""
    spans_blanks: bool = False
    balanced: bool = False
    """Ends where its brackets are closed, whatever its lines are."""
    accepts: Callable[[list[str]], object] = lambda contents: True


def _begins_sql(content: str) -> bool:
    if _SQL_START.match(content):
        return True
    return bool(_SQL_LOWER.match(content) and len(_SQL_SIGNS.findall(content, 0, 300)) >= 2)


def _sql_goes_on(first: Line, before: Line, line: Line) -> bool:
    if before.content.endswith(";"):
        return _begins_sql(line.content)
    return bool(
        _SQL_GOES_ON.match(line.content)
        or _SQL_GOES_ON_LOWER.match(line.content)
        or line.indent > first.indent
        or before.content.endswith(_UNFINISHED)
        or before.content.upper() in ("SELECT", "FROM", "WHERE", "SET", "BEGIN")
    )


def _accepts_sql(contents: list[str]) -> bool:
    """Whether more than a first word in capitals speaks for SQL."""
    return _SQL_SIGNS.search(" ".join(contents)[:2000]) is not None


def _begins_page(content: str) -> bool:
    if content[0] == "{":
        return content[-1] in "})" and ("/>" in content or "</" in content)
    found = _TAG.match(content)
    if found is None:
        return bool(_TAG_OPEN.match(content) or _TAG_ALONE.match(content))
    return (
        found.end() == len(content) or content[1] == "!" or "</" in content or "/>" in content or "=" in found.group()
    )


def _page_goes_on(first: Line, before: Line, line: Line) -> bool:
    if _RAW_TAG.match(first.content) and not before.content.startswith("</"):
        return True
    return bool(
        _TAG.match(line.content)
        or _TAG_OPEN.match(line.content)
        or _INSIDE_TAG.match(line.content)
        or line.indent > first.indent
        or (line.content.endswith((">", "}", ")")) and "<" in line.content)
    )


def _trace_goes_on(first: Line, before: Line, line: Line) -> bool:
    return bool(
        _TRACE_REST.match(line.content)
        or _TRACE.match(line.content)
        or _LOG.match(line.content)
        or line.indent > first.indent
    )


def _program_goes_on(first: Line, before: Line, line: Line) -> bool:
    return bool(
        line.indent > first.indent
        or _PROGRAM.match(line.content)
        or _PROGRAM_GOES_ON.match(line.content)
        or before.content.endswith(("(", "{", ",", "["))
    )


def _accepts_program(contents: list[str]) -> bool:
    return len(contents) > 1 or contents[0][-1] in ";{})]"


def _accepts_yaml(contents: list[str]) -> bool:
    keys = sum(bool(_YAML_KEY.match(content)) for content in contents)
    return keys * 2 >= len(contents) and sum(":" in content and content[-1] != ":" for content in contents) >= 2


_RESPONSE = re.compile(r"(?:<\s)?HTTP/\d(?:\.\d)?\s\d{3}\b")
_HEADER = re.compile(r"(?:<\s)?[A-Za-z][\w-]{1,40}:\s?\S")
FORMS: tuple[CodeForm, ...] = (
    CodeForm("diff", _DIFF.match, lambda first, before, line: True),
    CodeForm("sql", _begins_sql, _sql_goes_on, accepts=_accepts_sql),
    CodeForm("jsx", _begins_page, _page_goes_on),
    CodeForm("json", _JSON.match, lambda first, before, line: True, spans_blanks=True, balanced=True),
    CodeForm("log", _LOG.match, _trace_goes_on),
    CodeForm("log", _TRACE.match, _trace_goes_on),
    CodeForm("http", _RESPONSE.match, lambda first, before, line: _HEADER.match(line.content)),
    CodeForm(
        "shell", _SHELL.match, lambda first, before, line: before.content.endswith("\\") or _SHELL.match(line.content)
    ),
    *(
        CodeForm(language, begins.match, _program_goes_on, spans_blanks=True, accepts=_accepts_program)
        for language, begins in (
            ("python", _PYTHON),
            ("php", _PHP),
            ("java", _JAVA),
            ("graphql", _GRAPHQL),
            ("css", _CSS),
            ("javascript", _PROGRAM),
        )
    ),
    CodeForm("env", _SETTING.match, lambda first, before, line: _SETTING.match(line.content)),
    CodeForm(
        "yaml",
        _YAML_KEY.match,
        lambda first, before, line: _YAML.match(line.content),
        at_least=4,
        accepts=_accepts_yaml,
    ),
)
"""In the order in which they are tried."""
