"""The paths of the local tools' files: everything is under .local of the clone, or under LOCAL_DIR."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = Path(os.environ.get("LOCAL_DIR", ROOT / ".local")).resolve()
LOGS = LOCAL / "logs"
STATE = LOCAL / "state"
"""The marks and stored data of running services; removed by `make down`, unless the broker was given by URL."""
ENV_FILE = LOCAL / "env"
"""The file with `export CREATORFLOW_AMQP_URL=...`, by which the command line finds the running system."""
DEMO = LOCAL / "demo"
BIN = Path(sys.executable).parent
EXAMPLES = ROOT / "ops" / "examples"
