"""What sort of thing goes to quarantine: by the queue that it was taken from."""

from __future__ import annotations

from collections.abc import Mapping

from creatorflow_contracts import topology

REQUEST, COMMAND, RESULT, DEAD_LETTER = "request", "command", "result", "dead_letter"
OUTBOX = "outbox"
"""A message of ours that could not be sent."""

KINDS: Mapping[str, str] = {
    topology.SUBMIT_QUEUE: REQUEST,
    topology.COMMANDS_QUEUE: COMMAND,
    topology.RESULTS_QUEUE: RESULT,
    topology.DEAD_LETTERS_QUEUE: DEAD_LETTER,
}
QUEUES: Mapping[str, str] = {kind: queue for queue, kind in KINDS.items()}
