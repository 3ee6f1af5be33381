"""Images of this project, built by tests under names of their own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.local.console import Unavailable
from ops.local.docker import docker, need_image

ROOT = Path(__file__).parents[2]
BASES = ("python:3.13-slim", "ghcr.io/astral-sh/uv:0.13")
BUILD_S = 600.0
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
ISOLATED = (*HARDENED, "--network", "none")


@contextmanager
def build_image(name: str, folder: Path, *arguments: str) -> Iterator[str]:
    """Builds an image from this folder; removes it at the end."""
    tag = f"creatorflow-test/{name}:{secrets.token_hex(4)}"
    docker("build", "--quiet", *arguments, "--tag", tag, str(folder), timeout=BUILD_S)
    try:
        yield tag
    finally:
        docker("rmi", "--force", tag)


@contextmanager
def service_image(service: str) -> Iterator[str]:
    """Builds the image of a service; skips the test where none can be built."""
    try:
        for base in BASES:
            need_image(base, "images")
    except Unavailable as reason:
        pytest.skip(f"no image can be built here: {reason}")
    file = ("--file", str(ROOT / "ops" / "Dockerfile"), "--build-arg", f"SERVICE={service}")
    with build_image(service, ROOT, *file) as image:
        yield image


def python(image: str, code: str) -> str:
    """Runs code in the image, without network and rights; returns what it prints."""
    return docker("run", "--rm", *ISOLATED, "--entrypoint", "python", image, "-c", code)


def distributions(image: str) -> set[str]:
    """The names of the installed distributions."""
    listing = "import importlib.metadata as m, json; print(json.dumps([found.name for found in m.distributions()]))"
    return {normalised(name) for name in json.loads(python(image, listing))}


def locked_distributions(service: str) -> set[str]:
    """The names in the lock file of an image."""
    lines = (ROOT / "ops" / "locks" / f"{service}.lock").read_text().splitlines()
    pinned = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
    return {normalised(line.partition("==")[0]) for line in pinned if " ;" not in line}


def normalised(name: str) -> str:
    """Normalises a distribution's name as package indexes do."""
    return name.replace("_", "-").replace(".", "-").lower()
