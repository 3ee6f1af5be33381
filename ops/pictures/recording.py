"""A command in a real terminal of a fixed size, and what it wrote there, with the times."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Chunk(NamedTuple):
    """Bytes that came at one moment, in seconds since the command was started."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """All that a command wrote to its terminal."""

    columns: int
    rows: int
    chunks: tuple[Chunk, ...]
    exit_code: int = 0

    @property
    def text(self) -> str:
        """What it wrote, with the terminal's commands in it."""
        return b"".join(chunk.data for chunk in self.chunks).decode(errors="replace")


def record(
    command: Sequence[str],
    environment: Mapping[str, str],
    columns: int,
    rows: int,
    seen: Callable[[bytes], object] = bytes,
) -> Recording:
    """Run a command on a terminal of its own, to its end; `seen` is told what it writes, as it comes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    began, chunks = time.monotonic(), []
    child = subprocess.Popen(
        command, env=dict(environment), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    while data := _read(ours):
        chunks.append(Chunk(time.monotonic() - began, data))
        seen(data)
    os.close(ours)
    return Recording(columns, rows, tuple(chunks), child.wait())


def _read(terminal: int) -> bytes:
    """What is there next; nothing when the last who had the terminal has left it."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
