"""Description of a handler's exception: its type and text, and the line of the author's code that it comes from.

Nothing here raises, whatever the exception's methods do: the task must be answered.
"""

from __future__ import annotations

import functools
import inspect
import os
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import PurePath
from types import CodeType, TracebackType
from typing import Any

from creatorflow.redaction import redacted

from .errors import DependencyMissing, GiveUp, HandlerError, OutputInvalid, RetryLater

MAX_MESSAGE = 1000
MAX_NAMED = 3
"""Exceptions of a group that are described; the others are counted."""
MAX_GROUPED = 1000
MAX_PLACE = 200
_OURS = frozenset({"creatorflow", "creatorflow_contracts"})
_PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})
_STANDARD_LIBRARY = tuple(f"{os.path.realpath(sysconfig.get_path(name))}{os.sep}" for name in ("stdlib", "platstdlib"))
_BY_WEIGHT: tuple[type[HandlerError], ...] = (GiveUp, DependencyMissing, RetryLater)


def decisive(error: BaseException) -> BaseException:
    """Return the exception by which a failure is classified: of a group of `HandlerError`s only, the most severe; else
    the exception itself."""
    inner = grouped(error)
    if not inner or not all(isinstance(leaf, HandlerError) for leaf in inner):
        return error
    return next((leaf for kind in _BY_WEIGHT for leaf in inner if isinstance(leaf, kind)), inner[0])


def described(error: BaseException, handler: Callable[..., Any]) -> str:
    """Return type, text and place of an exception, such as `ValueError: bad code (product_code_agent.py:41 in check)`.

    Of a group those of its first exceptions. At most 1000 characters, without secrets.
    """
    inner = grouped(error)
    if not inner:
        return _sentence(error, handler, MAX_MESSAGE)
    room = MAX_MESSAGE // MAX_NAMED - 20
    named = [_sentence(leaf, handler, room) for leaf in inner[:MAX_NAMED]]
    more = [f"and {len(inner) - MAX_NAMED} more"] if len(inner) > MAX_NAMED else []
    return "; ".join([*named, *more])


def place_of(error: BaseException, handler: Callable[..., Any]) -> str:
    """Return `file.py:41 in check`: the innermost line that is neither ours nor a library's.

    If there is none (a handler returned an invalid output), the handler itself; empty if neither is known.
    """
    root = _root(getattr(_function(handler), "__module__", None))
    place = ""
    for code, line, module in _frames(error.__traceback__):
        if _is_the_authors(code.co_filename, module, root):
            place = _place(code, line)
    if place:
        return place
    own = getattr(_function(handler), "__code__", None)
    return _place(own, own.co_firstlineno) if isinstance(own, CodeType) else ""


def grouped(error: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions in a group and its inner groups, in order, at most 1000; empty for other exceptions."""
    if not isinstance(error, BaseExceptionGroup):
        return ()
    leaves: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting and len(leaves) < MAX_GROUPED:
        first = waiting.pop()
        if isinstance(first, BaseExceptionGroup):
            waiting.extend(reversed(first.exceptions))
        else:
            leaves.append(first)
    return tuple(leaves)


def _sentence(error: BaseException, handler: Callable[..., Any], room: int) -> str:
    text, place, name = _text(error), place_of(error, handler), type(error).__name__
    if not text:
        text = name
    elif not isinstance(error, HandlerError | OutputInvalid):
        text = f"{name}: {text}"
    end = f" ({place})" if place else ""
    return redacted(text)[: max(0, room - len(end))] + end


def _text(error: BaseException) -> str:
    """Return the exception's own text, in a form that can be sent."""
    try:
        text = str(error)[: 4 * MAX_MESSAGE]
    except BaseException as failure:  # raised by its __str__; a task is answered whatever that does
        return f"its text cannot be read, __str__ raised {type(failure).__name__}"
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _frames(traceback: TracebackType | None) -> Iterator[tuple[CodeType, int, object]]:
    while traceback is not None:
        frame = traceback.tb_frame
        yield frame.f_code, traceback.tb_lineno or 0, frame.f_globals.get("__name__")
        traceback = traceback.tb_next


def _is_the_authors(file: str, module: object, handlers_package: str) -> bool:
    package = _root(module)
    if package in _OURS or file.startswith("<"):
        return False
    if package == handlers_package:
        return True
    path = os.path.realpath(file)
    return not path.startswith(_STANDARD_LIBRARY) and _PACKAGE_FOLDERS.isdisjoint(PurePath(path).parts)


def _root(module: object) -> str:
    return module.partition(".")[0] if isinstance(module, str) else ""


def _function(handler: Callable[..., Any]) -> object:
    """Return the author's function, below decorators and partial calls; of an object, its `__call__`."""
    function: Any = handler
    while isinstance(function, functools.partial):
        function = function.func
    try:
        function = inspect.unwrap(function)
    except ValueError:  # it wraps itself
        return None
    if hasattr(function, "__code__"):
        return function
    return getattr(type(function), "__call__", None)  # noqa: B004 - its code is wanted, not whether there is one


def _place(code: CodeType, line: int) -> str:
    return f"{PurePath(code.co_filename).name}:{line} in {code.co_name}"[:MAX_PLACE]
