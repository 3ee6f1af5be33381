"""`python -m ops.docs`: write the drawn parts of docs/ anew; with `--check`, only name the pages that differ."""

from __future__ import annotations

import sys
from pathlib import Path

from ops.docs.drawn_parts import redrawn
from ops.docs.import_graph import package_diagram
from ops.docs.lifecycle_table import lifecycle_table
from ops.docs.recovery_table import recovery_table
from ops.docs.wire_table import wire_table

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "docs/architecture.md": {"packages": package_diagram, "lifecycle": lifecycle_table},
    "docs/recovery.md": {"decisions": recovery_table},
    "docs/wire.md": {"messages": wire_table},
}


def pages(root: Path) -> dict[Path, str]:
    """Return the text that each page with drawn parts should have."""
    return {root / name: redrawn((root / name).read_text(), parts) for name, parts in PAGES.items()}


def different(root: Path) -> list[str]:
    """Return the pages whose drawn parts are not those of the code, by their path from the root."""
    return [str(page.relative_to(root)) for page, text in pages(root).items() if page.read_text() != text]


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write the pages; with `--check` exit 1 if any would change."""
    changed = different(root)
    if "--check" in arguments:
        for name in changed:
            print(f"docs: {name} is not what the code is; run make docs")
        return int(bool(changed))
    for page, text in pages(root).items():
        page.write_text(text)
    print(f"docs: wrote {', '.join(changed) or 'nothing; all is up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
