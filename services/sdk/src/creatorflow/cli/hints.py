"""What a person can do next, as commands to copy."""

from __future__ import annotations

from uuid import UUID


def repairs(saga: UUID | str, step: str) -> list[str]:
    """What can be done for a step that rests, a command a line."""
    return [
        f"  try it again:   creatorflow step retry {saga} {step} [--agent AGENT]",
        f"  go on without:  creatorflow step skip {saga} {step}",
        f"  do it yourself: creatorflow step complete {saga} {step} --output FILE",
    ]
