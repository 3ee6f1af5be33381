"""Each image holds its own service and what its lock names, nothing of the others; it needs no more than it gets."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local.console import Unavailable
from ops.local.docker import docker, need_image, remove
from ops.local.waiting import until

ROOT = Path(__file__).parents[2]
BASES = ("python:3.13-slim", "ghcr.io/astral-sh/uv:0.13")
PACKAGES = {"orchestrator": "creatorflow_orchestrator", "specialists": "creatorflow_specialists"}
MEMBERS = {"creatorflow", "creatorflow-contracts"}
BUILD_S = 600.0
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none")


@pytest.fixture(scope="module", params=PACKAGES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def image(service: str) -> Iterator[str]:
    """The service's image, built."""
    try:
        for base in BASES:
            need_image(base, "images")
    except Unavailable as reason:
        pytest.skip(f"no image can be built here: {reason}")
    name = f"creatorflow-test/{service}:{secrets.token_hex(4)}"
    build = ("build", "--quiet", "--file", str(ROOT / "ops" / "Dockerfile"), "--build-arg", f"SERVICE={service}")
    docker(*build, "--tag", name, str(ROOT), timeout=BUILD_S)
    yield name
    docker("rmi", "--force", name)


def python(image: str, code: str) -> str:
    """What the code prints, run in the image as it may run."""
    return docker("run", "--rm", *HARDENED, "--entrypoint", "python", image, "-c", code)


def test_it_holds_its_lock_and_the_members_and_nothing_else(image: str, service: str) -> None:
    names = "import importlib.metadata as m, json; print(json.dumps([each.name for each in m.distributions()]))"
    held = {normal(name) for name in json.loads(python(image, names))}
    lock = (ROOT / "ops" / "locks" / f"{service}.lock").read_text()
    locked = {normal(name) for name, marker in re.findall(r"^([\w.-]+)==\S+( ;)?", lock, re.MULTILINE) if not marker}
    assert held == locked | MEMBERS | {f"creatorflow-{service}"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_its_service_can_be_imported_and_no_other(image: str, service: str) -> None:
    (other,) = (package for name, package in PACKAGES.items() if name != service)
    seen = f"import importlib.util as u, {PACKAGES[service]}.__main__; print(u.find_spec('{other}'))"
    assert python(image, seen) == "None"


def test_it_is_nobody_special_and_writes_its_state_directory_alone(image: str) -> None:
    assert docker("inspect", "--format", "{{.Config.User}}", image) == "10001:10001"
    tried = (
        "import os, pathlib\n"
        "pathlib.Path(os.environ['CREATORFLOW_STATE_DIR'], 'file').touch()\n"
        "try: pathlib.Path('/app/file').touch()\n"
        "except OSError as error: print(error.errno)\n"
    )
    assert python(image, tried) == "30"  # a read-only file system


def test_it_tells_how_it_is_used_and_is_asked_for_its_health(image: str, service: str) -> None:
    assert "Usage" in docker("run", "--rm", *HARDENED, image, "--help")
    asked = json.loads(docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", image))
    assert asked[1:] == ["python", "-I", "-m", "creatorflow.health", "ready"]
    with pytest.raises(Unavailable, match="docker run"):  # exit 1: nobody runs
        docker("run", "--rm", *HARDENED, "--entrypoint", asked[1], image, *asked[2:])


@pytest.mark.parametrize("service", ["orchestrator"], indirect=True)
def test_two_orchestrators_on_one_sqlite_file_are_refused_with_the_reason(image: str) -> None:
    first = docker("run", "--detach", *HARDENED, image, "serve")
    try:
        until(lambda: _holds_the_store(first), 30, "the first has its store", every=0.2)
        with pytest.raises(Unavailable, match=r"orchestrator\.db"):
            docker("run", "--rm", *HARDENED, "--volumes-from", first, image, "serve")
    finally:
        remove([first])


def _holds_the_store(container: str) -> bool:
    """It waits for the broker then, which here is none."""
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return "broker_awaited" in done.stdout + done.stderr
