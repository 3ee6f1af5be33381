"""Checks in Jaeger that each request is one trace, also if processes were killed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from ops.local.wait import until
from ops.stack.compose import Project, StackFailure
from ops.stack.jaeger import Jaeger, Trace
from ops.stack.report import Say
from ops.stack.requests import Ended
from ops.stack.traces import faults

THERE_S = 20
"""Seconds; a service sends its spans several times a second, and Jaeger stores them at once."""
CLIENT, ORCHESTRATOR = "creatorflow-cli", "creatorflow-orchestrator"


def one_trace_each(project: Project, say: Say, requests: list[Ended]) -> None:
    """Check that each of these requests is one complete trace. Raises StackFailure."""
    jaeger = Jaeger.of(project)
    for request in requests:
        say(_check(jaeger, request))


def _check(jaeger: Jaeger, request: Ended) -> str:
    """Check the trace of a request, return its description. Raises StackFailure."""
    wrong: list[str] = []
    traces: list[Trace] = []

    def complete() -> bool:
        ids = jaeger.traces_of(request.saga)
        traces[:] = [jaeger.trace(trace_id) for trace_id in ids]
        wrong[:] = _wrong(request, ids, traces)
        return not wrong

    try:
        until(complete, THERE_S, "the trace", every=0.5)
    except TimeoutError:
        raise StackFailure(f"request {request.saga} in Jaeger: {'; '.join(wrong[:10])}") from None
    (trace,) = traces
    instances = len(trace.processes[ORCHESTRATOR])
    return (
        f"{request.saga} is one trace: {len(trace.spans)} spans by the client, {instances} orchestrator processes and "
        f"{len(request.agents)} agents; no orphan, each below its parent"
    )


def _wrong(request: Ended, ids: set[str], traces: list[Trace]) -> list[str]:
    if len(traces) != 1:
        return [f"there are {len(traces)} traces of it"]
    (trace,) = traces
    return [*trace_id_mismatch(request, ids), *absent(request, trace), *faults(trace.spans)]


def trace_id_mismatch(request: Ended, ids: set[str]) -> Iterator[str]:
    """Report if the client printed another trace id, or none."""
    printed = {line["trace_id"] for line in request.lines if "trace_id" in line}
    if printed != ids:
        yield f"the client printed the trace {', '.join(printed) or 'none'}, and it is {', '.join(ids)}"


def absent(request: Ended, trace: Trace) -> Iterator[str]:
    """Report the participants of a request that are missing from its trace."""
    yield from (f"nothing of {service}" for service in (CLIENT, ORCHESTRATOR) if service not in trace.processes)
    if len(trace.processes.get(ORCHESTRATOR, ())) < 2:  # the one that was killed and the one that completed it
        yield "only one orchestrator process took part, although the first one was killed during the request"
    names = {span.name for span in trace.spans}
    for operation in ("plan", "invoke_workflow"):
        if not any(name.startswith(operation) for name in names):
            yield f"no span {operation}"
    worked = {str(span.attributes.get("gen_ai.agent.name")) for span in trace.spans if "invoke_agent" in span.name}
    yield from (f"nothing of the work of {agent}" for agent in sorted(request.agents - worked))
