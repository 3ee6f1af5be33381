"""Where the local tools keep what they write: everything is under .local of the clone, or where LOCAL_DIR says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = Path(os.environ.get("LOCAL_DIR", ROOT / ".local")).resolve()
LOGS = LOCAL / "logs"
STATE = LOCAL / "state"
"""What runs and what it has stored; gone after `make down`, unless the broker was given by URL."""
ENV_FILE = LOCAL / "env"
"""`export CREATORFLOW_AMQP_URL=...`: how the command line finds the running system."""
DEMO = LOCAL / "demo"
BIN = Path(sys.executable).parent
EXAMPLES = ROOT / "ops" / "examples"
