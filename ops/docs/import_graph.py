"""Draws the packages and their imports as a Mermaid flowchart, from the import graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import grimp

ROOTS = ("creatorflow_specialists", "creatorflow_orchestrator", "creatorflow", "creatorflow_contracts")
FRAMES = ("creatorflow_orchestrator", "creatorflow_orchestrator.shell", "creatorflow_orchestrator.core", "creatorflow")
"""Packages that are drawn as a frame around their parts: their packages, and each module that builds on those.

The modules that build on no package of the frame are one part together.
"""
MODULES, NAMES = "modules", "public names"
Graph = dict[str, set[str]]
"""A part to the parts that it imports."""


def package_diagram() -> str:
    """Return the flowchart of all parts. An import that others lead to as well is left out."""
    return _mermaid(without_implied(import_graph()))


def import_graph() -> Graph:
    """Return which part imports which."""
    imports = grimp.build_graph(*ROOTS, cache_dir=None)
    parts = {name for name in imports.modules if imports.find_children(name) or _builds_on_packages(imports, name)}
    graph: Graph = {}
    for module in imports.modules:
        importer = part_of(module, parts)
        for imported in (part_of(name, parts) for name in imports.find_modules_directly_imported_by(module)):
            graph.setdefault(imported, set())
            graph.setdefault(importer, set()).update({imported} - {importer})
    return graph


def part_of(module: str, parts: set[str]) -> str:
    """Return the part that a module belongs to."""
    frame = _innermost_frame(module)
    if not frame:
        return module.partition(".")[0]
    if module == frame:
        return f"{frame}.{NAMES}"
    child = f"{frame}.{module.removeprefix(f'{frame}.').partition('.')[0]}"
    return child if child in parts else f"{frame}.{MODULES}"


def without_implied(graph: Mapping[str, set[str]]) -> Graph:
    """Return a graph in which the same parts can be reached from each part, with as few imports as possible."""
    fewer = {part: set(imported) for part, imported in graph.items()}
    for part in sorted(graph):
        for imported in sorted(graph[part]):
            fewer[part].remove(imported)
            if imported not in _reachable(fewer, part):
                fewer[part].add(imported)
    return fewer


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [*graph[start]]
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting += graph[part]
    return found


def _innermost_frame(module: str) -> str:
    return max((frame for frame in FRAMES if f"{module}.".startswith(f"{frame}.")), key=len, default="")


def _builds_on_packages(imports: grimp.ImportGraph, module: str) -> bool:
    frame = _innermost_frame(module)
    siblings = imports.find_children(frame) if frame else set()
    packages = tuple(f"{name}." for name in siblings if imports.find_children(name))
    used = imports.find_modules_directly_imported_by(module)
    return module == f"{frame}.__main__" or any(f"{name}.".startswith(packages) for name in used)


def _mermaid(graph: Graph) -> str:
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"  {_id(part)}[{part}]" for part in sorted(graph) if not _frame(part)]
    lines += [line for frame in FRAMES if not _frame(frame) for line in _framed(frame, graph, "  ")]
    lines += [f"  {_id(part)} --> {_id(imported)}" for part in sorted(graph) for imported in sorted(graph[part])]
    return "\n".join([*lines, "```"])


def _framed(frame: str, graph: Graph, indent: str) -> Iterator[str]:
    """Yield the frame with its parts and the frames inside it."""
    yield f"{indent}subgraph {_id(frame)}_frame[{frame.rpartition('.')[2]}]"
    for part in sorted(part for part in graph if _frame(part) == frame):
        yield f'{indent}  {_id(part)}["{part.rpartition(".")[2]}"]'
    for inner in FRAMES:
        if _frame(inner) == frame:
            yield from _framed(inner, graph, f"{indent}  ")
    yield f"{indent}end"


def _frame(part: str) -> str:
    """Return the frame that a part is drawn in; empty where it stands alone."""
    parent = part.rpartition(".")[0]
    return parent if parent in FRAMES else ""


def _id(part: str) -> str:
    return part.replace(".", "_").replace(" ", "_")
