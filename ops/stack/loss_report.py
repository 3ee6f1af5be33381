"""Counts lost, duplicate and stuck requests, in the database and at the broker."""

from __future__ import annotations

from ops.local.wait import until
from ops.stack.compose import Project
from ops.stack.report import Say, expect

EMPTY_S = 30
ENDS = "SELECT count(*), count(DISTINCT saga_id) FROM history WHERE event IN ('completed', 'failed', 'cancelled')"


def nothing_is_left(project: Project, say: Say, requests: int) -> None:
    """Check that this number of requests completed, each once, and that quarantine, outbox and queues are empty.

    Raises StackFailure, TimeoutError.
    """
    rows = project.sql("SELECT status, count(*) FROM saga GROUP BY status").splitlines()
    expect("requests", dict(row.split("|") for row in rows), {"completed": str(requests)})
    expect("ends, and requests that have ended", project.sql(ENDS), f"{requests}|{requests}")
    expect("messages in quarantine", project.sql("SELECT count(*) FROM quarantine WHERE settled IS NULL"), "0")
    until(lambda: project.sql("SELECT count(*) FROM outbox") == "0", EMPTY_S, "the outbox is empty", every=1)
    until(lambda: not queued(project), EMPTY_S, "every queue is empty", every=1)
    say(f"lost 0, duplicate 0, stuck 0: {requests} requests have completed, each once; every queue and outbox is empty")


def queued(project: Project) -> dict[str, int]:
    """Map the queues that are not empty to their number of messages."""
    listed = ("exec", "--no-TTY", "rabbitmq", "rabbitmqctl", "--quiet", "list_queues", "name", "messages")
    rows = (line.split("\t") for line in project.run(*listed).splitlines())
    return {row[0]: int(row[1]) for row in rows if row[-1].isdigit() and row[-1] != "0"}
