"""Records the output of a command in a real terminal of a fixed size."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TerminalRecord:
    """The output of a command to its terminal, with the terminal's control sequences."""

    text: str
    exit_code: int = 0


def record(command: Sequence[str], environment: Mapping[str, str], columns: int, rows: int) -> TerminalRecord:
    """Run a command on its own terminal, to its end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    child = subprocess.Popen(
        command, env=dict(environment), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    output = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return TerminalRecord(output.decode(errors="replace"), child.wait())


def _read(terminal: int) -> bytes:
    """Read the next output; empty when the last process on the terminal has ended."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
