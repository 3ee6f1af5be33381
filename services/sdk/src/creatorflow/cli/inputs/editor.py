"""Opens a message in the user's editor, with JSON indented for reading, and detects if it was changed."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Final

from creatorflow_contracts.json_parsing import parse
from creatorflow_contracts.refusals import Refusal

from creatorflow.cli.errors import CommandError

from .arguments import read_bytes

_EDITORS: Final = ("VISUAL", "EDITOR")


async def edited(body: bytes, name: str) -> bytes:
    """Let the user edit `body`, return the new one. Raises CommandError without editor, or if nothing was changed."""
    command = next((value for name in _EDITORS if (value := os.environ.get(name))), "vi")
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        hint = "use `creatorflow quarantine show ID --body FILE`, and redrive it with --body FILE"
        raise CommandError.usage("there is no terminal for an editor", "--edit", hint)
    text = laid_out(body)
    before = body if text is None else text.encode() + b"\n"
    with tempfile.TemporaryDirectory(prefix="creatorflow-") as folder:
        file = Path(folder, f"{name}.json")
        await asyncio.to_thread(file.write_bytes, before)
        await _run(command, file)
        after = read_bytes(file, "the edited body")
    if after == before:
        raise CommandError.usage("nothing was changed, and nothing was sent", "--edit", "redrive it without --edit")
    return after


async def _run(command: str, file: Path) -> None:
    try:
        child = await asyncio.create_subprocess_exec(*shlex.split(command), str(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError.usage(f"the editor cannot be started: {reason}", "--edit", "set EDITOR") from None
    if await child.wait():
        raise CommandError.usage("the editor failed, and nothing was sent", "--edit", "try again, or use --body FILE")


def laid_out(body: bytes) -> str | None:
    """Indent a JSON body; None if it is not a valid object (of a duplicate key, one value would be lost)."""
    try:
        return json.dumps(parse(body), indent=2, ensure_ascii=False)
    except Refusal:
        return None
