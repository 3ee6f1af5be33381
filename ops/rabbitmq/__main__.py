"""`python -m ops.rabbitmq [--folder FOLDER] [AGENT ...]`: passwords and definitions for the broker.

Makes a password file for each user that has none, also for each AGENT of one's own, and `definitions.json` with their
hashes, in .local/secrets unless said. What is there already stays; an agent once added is remembered by its file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from creatorflow_contracts.errors import NameInvalid

from ops.rabbitmq.credentials import write_credentials

FOLDER = Path(__file__).resolve().parents[2] / ".local" / "secrets"


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0, or 78 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m ops.rabbitmq", description=__doc__)
    parser.add_argument("agents", nargs="*", metavar="AGENT", help="an agent of your own")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    told = parser.parse_args(arguments)
    try:
        made = write_credentials(told.folder, told.agents)
    except (NameInvalid, OSError) as error:
        print(f"users: {error}", file=sys.stderr)
        return 78
    print(f"users: new passwords in {told.folder} for {', '.join(made) or 'nobody: all have one'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
