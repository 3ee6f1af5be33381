"""Build backend of the SDK: uv_build, and in a checkout a requirement that plain pip can find.

`pip install ./services/sdk` can get `creatorflow-contracts` from no index: the package lies beside the SDK in the
checkout. Standard metadata cannot hold a relative path, so a wheel that is built in a checkout requires
`creatorflow-contracts @ file://<checkout>/contracts`; it is for this machine only. A wheel that is built from an sdist,
as `make dist` does, has the requirement of pyproject.toml.

The optional `prepare_metadata_for_build_*` hooks are left out: a frontend then reads the metadata of the wheel.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from pathlib import Path

import uv_build
from uv_build import (
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

Settings = dict[str, str | list[str]]

REQUIREMENT = re.compile(r"^Requires-Dist: creatorflow-contracts\b.*$", re.MULTILINE)


def build_wheel(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Build a wheel of the SDK; its file name."""
    return _for_checkout(Path(wheel_directory, uv_build.build_wheel(wheel_directory, config_settings)))


def build_editable(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Build a wheel that points to the sources of the SDK; its file name."""
    return _for_checkout(Path(wheel_directory, uv_build.build_editable(wheel_directory, config_settings)))


def contracts_of_checkout(project: Path) -> Path | None:
    """Find the contracts beside the SDK in a checkout; None in an unpacked sdist, which has a PKG-INFO."""
    contracts = project.resolve().parents[1] / "contracts"
    in_checkout = not (project / "PKG-INFO").exists() and (contracts / "src" / "creatorflow_contracts").is_dir()
    return contracts if in_checkout else None


def _for_checkout(wheel: Path) -> str:
    """Make the wheel require the contracts of the checkout that it is built in, if there is one; its file name."""
    if contracts := contracts_of_checkout(Path.cwd()):
        with zipfile.ZipFile(wheel) as archive:
            content = {entry: archive.read(entry) for entry in archive.infolist()}
        _require(content, f"creatorflow-contracts @ {contracts.as_uri()}")
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, data in content.items():
                archive.writestr(entry, data)
    return wheel.name


def _require(content: dict[zipfile.ZipInfo, bytes], requirement: str) -> None:
    """Replace the requirement in METADATA, and the hash and size of METADATA in RECORD."""
    entries = {entry.filename.partition(".dist-info/")[2]: entry for entry in content}
    metadata, record = entries["METADATA"], entries["RECORD"]
    text, count = REQUIREMENT.subn(lambda _: f"Requires-Dist: {requirement}", content[metadata].decode())
    if count != 1:
        raise ValueError(f"pyproject.toml must require creatorflow-contracts once, not {count} times: correct it there")
    data = content[metadata] = text.encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    line = re.compile(rf"^{re.escape(metadata.filename)},.*$", re.MULTILINE)
    content[record] = line.sub(f"{metadata.filename},sha256={digest},{len(data)}", content[record].decode()).encode()
