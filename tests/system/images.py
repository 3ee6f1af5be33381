"""Images of ours, built by the tests under names of their own."""

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
ALONE = (*HARDENED, "--network", "none")


@contextmanager
def built(name: str, folder: Path, *arguments: str) -> Iterator[str]:
    """An image built from this folder, removed in the end."""
    tag = f"creatorflow-test/{name}:{secrets.token_hex(4)}"
    docker("build", "--quiet", *arguments, "--tag", tag, str(folder), timeout=BUILD_S)
    try:
        yield tag
    finally:
        docker("rmi", "--force", tag)


@contextmanager
def service_image(service: str) -> Iterator[str]:
    """The image of a service; where none can be built the test is skipped."""
    try:
        for base in BASES:
            need_image(base, "images")
    except Unavailable as reason:
        pytest.skip(f"no image can be built here: {reason}")
    file = ("--file", str(ROOT / "ops" / "Dockerfile"), "--build-arg", f"SERVICE={service}")
    with built(service, ROOT, *file) as image:
        yield image


def python(image: str, code: str) -> str:
    """What the code prints, run in the image as it may run."""
    return docker("run", "--rm", *ALONE, "--entrypoint", "python", image, "-c", code)


def distributions(image: str) -> set[str]:
    """The names of what is installed in it."""
    names = "import importlib.metadata as m, json; print(json.dumps([each.name for each in m.distributions()]))"
    return {normal(name) for name in json.loads(python(image, names))}


def locked(service: str) -> set[str]:
    """The names in the lock of an image."""
    lines = (ROOT / "ops" / "locks" / f"{service}.lock").read_text().splitlines()
    pinned = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
    return {normal(line.partition("==")[0]) for line in pinned if " ;" not in line}


def normal(name: str) -> str:
    """As an index compares names."""
    return name.replace("_", "-").replace(".", "-").lower()
