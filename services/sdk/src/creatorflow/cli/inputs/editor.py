"""A message in a person's editor: JSON is laid out for reading, and what comes back is told from what went out."""

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
    """`body` as the editor leaves it. Raises CommandError when there is none, it fails, or nothing was changed."""
    command = next((told for editor in _EDITORS if (told := os.environ.get(editor))), "vi")
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        hint = "use `creatorflow quarantine show ID --body FILE`, and redrive it with --body FILE"
        raise CommandError.usage("there is no terminal for an editor", "--edit", hint)
    told = laid_out(body)
    before = body if told is None else told.encode() + b"\n"
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
    """Indented JSON; None for what is no sound object: a key that is there twice would be lost by reading it."""
    try:
        return json.dumps(parse(body), indent=2, ensure_ascii=False)
    except Refusal:
        return None
