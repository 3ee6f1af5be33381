"""Each request is one trace, whoever died meanwhile: asked of Jaeger."""

from __future__ import annotations

from collections.abc import Iterator

from ops.local.wait import until
from ops.stack.compose import Project, StackFailure
from ops.stack.jaeger import Jaeger, Trace
from ops.stack.report import Say
from ops.stack.requests import Ended
from ops.stack.traces import faults

THERE_S = 20
"""A service sends its spans several times a second, and Jaeger keeps them at once."""
CLIENT, ORCHESTRATOR = "creatorflow-cli", "creatorflow-orchestrator"


def one_trace_each(project: Project, say: Say, requests: list[Ended]) -> None:
    """Raises StackFailure."""
    jaeger = Jaeger.of(project)
    for request in requests:
        say(_of(jaeger, request))


def _of(jaeger: Jaeger, request: Ended) -> str:
    """What is found of a request's trace, in words. Raises StackFailure."""
    wrong: list[str] = []
    found: list[Trace] = []

    def complete() -> bool:
        ids = jaeger.traces_of(request.saga)
        found[:] = [jaeger.trace(each) for each in ids]
        wrong[:] = _wrong(request, ids, found)
        return not wrong

    try:
        until(complete, THERE_S, "the trace", every=0.5)
    except TimeoutError:
        raise StackFailure(f"request {request.saga} in Jaeger: {'; '.join(wrong[:10])}") from None
    (trace,) = found
    lives = len(trace.processes[ORCHESTRATOR])
    return (
        f"{request.saga} is one trace: {len(trace.spans)} spans by the client, {lives} lives of orchestrators and "
        f"{len(request.agents)} agents; no orphan, each below its parent"
    )


def _wrong(request: Ended, ids: set[str], found: list[Trace]) -> list[str]:
    if len(found) != 1:
        return [f"{len(found)} traces tell of it"]
    (trace,) = found
    return [*not_as_told(request, ids), *absent(request, trace), *faults(trace.spans)]


def not_as_told(request: Ended, ids: set[str]) -> Iterator[str]:
    """Whether the client told of another trace, or of none."""
    told = {line["trace_id"] for line in request.lines if "trace_id" in line}
    if told != ids:
        yield f"the client says that its trace is {', '.join(told) or 'none'}, and it is {', '.join(ids)}"


def absent(request: Ended, trace: Trace) -> Iterator[str]:
    """Who took part and is not in it."""
    yield from (f"nothing of {service}" for service in (CLIENT, ORCHESTRATOR) if service not in trace.processes)
    if len(trace.processes.get(ORCHESTRATOR, ())) < 2:  # the one that died and the one that ended it
        yield "only one life of an orchestrator took part, and the first one was killed amid it"
    names = {span.name for span in trace.spans}
    for operation in ("plan", "invoke_workflow"):
        if not any(name.startswith(operation) for name in names):
            yield f"no span {operation}"
    worked = {str(span.attributes.get("gen_ai.agent.name")) for span in trace.spans if "invoke_agent" in span.name}
    yield from (f"nothing of the work of {agent}" for agent in sorted(request.agents - worked))
