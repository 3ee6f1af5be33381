"""Writes the synchronous client from the asynchronous one: `python -m ops.generate_sync_client`, `--check` to compare.

Each public method keeps its name, parameters, defaults and docstring. It runs the asynchronous method in the client's
thread: a coroutine to its end, an asynchronous generator as a generator. mypy checks the result like other code.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "services" / "sdk" / "src" / "creatorflow" / "client"
TARGET: Final = FOLDER / "sync_client.py"


@dataclass(frozen=True)
class Twin:
    """An asynchronous class, and the synchronous one that is made of it."""

    module: str
    name: str
    doc: str

    @property
    def sync_name(self) -> str:
        """The name of the synchronous class."""
        return f"Sync{self.name}"


CLIENT_DOC: Final = """Submits requests and asks about them, without an event loop: `with SyncClient(url) as client:`.

    The arguments, methods and errors are those of `Client`. The connection lives in a thread of its own, so that it is
    kept while the program does other work. Any thread may call, also one in which an event loop runs (a notebook); that
    loop stands still until the call returns. Ctrl-C cancels the call. The end of the `with` ends the calls that other
    threads wait for: they raise BrokerUnavailable. `execute` alone needs no `with`.
    """
TWINS: Final = (
    Twin("async_client", "Client", CLIENT_DOC),
    Twin("run", "Run", "A submitted request. It belongs to its client, and needs it open."),
    Twin(
        "quarantine_client",
        "Quarantine",
        """The messages that could not be processed, with payload and error. It needs its client open.

    Every method raises NoAnswer, and Refused for what the orchestrator does not take.
    """,
    ),
)
SYNC_NAMES: Final = {twin.name: twin.sync_name for twin in TWINS}

HEAD: Final = '''"""Client without an event loop. Written by `python -m ops.generate_sync_client`; do not edit."""

from __future__ import annotations

from .loop_thread import LoopThread
'''
CLIENT_EDGE: Final = '''
def __enter__(self) -> Self:
    """Connect. Raises BrokerUnavailable, BrokerConfiguration."""
    self._thread.open()
    try:
        self._thread.run(self._client.__aenter__())
    except BaseException:
        self._thread.close()
        raise
    return self

def __exit__(
    self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
) -> None:
    try:
        self._thread.run(self._client.__aexit__(kind, error, traceback))
    finally:
        self._thread.close()
'''

Method = ast.FunctionDef | ast.AsyncFunctionDef


def generated() -> str:
    """Compose the module from what the asynchronous modules are now."""
    modules = {twin.module: ast.parse((FOLDER / f"{twin.module}.py").read_text("utf-8")) for twin in TWINS}
    classes = [_sync_class(twin, _class(modules[twin.module], twin.name)) for twin in TWINS]
    body = ast.Module([*_imports(modules, classes), *classes], [])
    return _formatted(HEAD + ast.unparse(ast.fix_missing_locations(body)))


def _class(module: ast.Module, name: str) -> ast.ClassDef:
    return next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name)


def _sync_class(twin: Twin, source: ast.ClassDef) -> ast.ClassDef:
    inner = f"_{twin.name.lower()}"
    methods = [node for node in source.body if isinstance(node, Method)]
    init = next(method for method in methods if method.name == "__init__")
    body: list[ast.stmt] = [ast.Expr(ast.Constant(twin.doc)), *_construction(twin, init, inner)]
    body += _attributes(init, inner)
    body += [_forwarding(method, inner) for method in methods if not method.name.startswith("_")]
    return ast.ClassDef(twin.sync_name, bases=[], keywords=[], body=body, decorator_list=[])


def _construction(twin: Twin, init: Method, inner: str) -> list[ast.stmt]:
    """Make the constructor: the client's with the same parameters, the others' from what the client has returned."""
    if twin.name != "Client":
        code = f"def __init__(self, thread: LoopThread, {inner[1:]}: {twin.name}) -> None:\n"
        return ast.parse(code + f"    self._thread = thread\n    self.{inner} = {inner[1:]}\n").body
    made = ast.FunctionDef("__init__", init.args, [], [], init.returns)
    made.body = ast.parse(f"self._thread = LoopThread(name)\nself.{inner} = Client({_arguments(init)})").body
    return [made, *ast.parse(CLIENT_EDGE).body]


def _attributes(init: Method, inner: str) -> Iterator[ast.stmt]:
    """Make properties of the public attributes that the constructor sets."""
    types = {argument.arg: argument.annotation for argument in (*init.args.args, *init.args.kwonlyargs)}
    for node, after in zip(init.body, [*init.body[1:], None], strict=True):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not isinstance(target, ast.Attribute) or target.attr.startswith("_"):
            continue
        annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
        if annotation is None and isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            annotation = types.get(node.value.id)
        if annotation is None:
            raise SystemExit(f"generate_sync_client: {target.attr}: annotate it where __init__ sets it")
        code = (
            f"@property\ndef {target.attr}(self) -> {ast.unparse(annotation)}:\n    return self.{inner}.{target.attr}"
        )
        made = ast.parse(code).body[0]
        if isinstance(made, ast.FunctionDef) and _is_text(after):
            made.body.insert(0, after)
        yield made


def _is_text(node: ast.stmt | None) -> TypeGuard[ast.stmt]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _forwarding(method: Method, inner: str) -> ast.stmt:
    """Make the synchronous method, or property, of the same name."""
    returns = ast.unparse(method.returns) if method.returns else "None"
    call = f"self.{inner}.{method.name}"
    if not method.decorator_list:
        call += f"({_arguments(method)})"
    if returns.startswith("AsyncGenerator["):
        item = returns.removeprefix("AsyncGenerator[").removesuffix(", None]")
        returns, call = f"Generator[{item}, None, None]", f"self._thread.iterate({call})"
    elif isinstance(method, ast.AsyncFunctionDef):
        call = f"self._thread.run({call})"
    if returns in SYNC_NAMES:
        returns = SYNC_NAMES[returns]
        call = f"{returns}(self._thread, {call})"
    body = [*filter(_is_text, method.body[:1]), *ast.parse(f"return {call}").body]
    result = ast.parse(returns, mode="eval").body
    return ast.FunctionDef(method.name, method.args, body, method.decorator_list, result)


def _arguments(method: Method) -> str:
    """Write the arguments that pass on every parameter but `self`."""
    given = method.args
    passed = [argument.arg for argument in (*given.posonlyargs, *given.args)][1:]
    passed += [f"*{given.vararg.arg}"] if given.vararg else []
    passed += [f"{argument.arg}={argument.arg}" for argument in given.kwonlyargs]
    passed += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return ", ".join(passed)


def _imports(modules: dict[str, ast.Module], classes: list[ast.ClassDef]) -> list[ast.stmt]:
    """Import each name that the classes use from where the asynchronous modules have it."""
    used = {node.id for made in classes for node in ast.walk(made) if isinstance(node, ast.Name)}
    found: dict[str, ast.stmt] = {}
    for name, module in modules.items():
        for node in module.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found.setdefault(alias.name, ast.ImportFrom(node.module, [alias], node.level))
            for defined in _defined(node):
                found[defined] = ast.ImportFrom(name, [ast.alias(defined)], 1)
    found["Generator"] = ast.ImportFrom("collections.abc", [ast.alias("Generator")], 0)
    return [statement for name, statement in sorted(found.items()) if name in used]


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef):
        return [node.name]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def _formatted(code: str) -> str:
    """Sort the imports and format, as `make lint` wants it."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["check", "--fix", "--quiet", "--select", "I"], ["format", "--quiet"]):
        arguments = [ruff, *command, "--stdin-filename", str(TARGET), "-"]
        code = subprocess.run(arguments, input=code, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return code


def main(arguments: list[str] | None = None) -> int:
    """Write the module; with --check exit 1 if it is not what it should be."""
    parser = argparse.ArgumentParser(prog="python -m ops.generate_sync_client", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the committed module differs")
    if not parser.parse_args(arguments).check:
        TARGET.write_text(generated(), "utf-8")
    elif TARGET.read_text("utf-8") != generated():
        print(f"{TARGET.relative_to(ROOT)} differs from the asynchronous client: run `make contracts`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
