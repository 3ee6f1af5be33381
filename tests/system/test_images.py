"""Each image holds its own service and what its lock names, nothing of the others; it needs no more than it gets."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from ops.local.console import Unavailable
from ops.local.docker import docker, remove
from tests.system.images import ALONE, distributions, locked, python, service_image
from tests.waiting import until

PACKAGES = {"sdk": "creatorflow", "orchestrator": "creatorflow_orchestrator", "specialists": "creatorflow_specialists"}
PROGRAMS = {"sdk": "creatorflow.cli.app"}
"""What a service's command runs, where it is not the package's `__main__`."""
MEMBERS = {"creatorflow", "creatorflow-contracts"}


@pytest.fixture(scope="module", params=PACKAGES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def image(service: str) -> Iterator[str]:
    """The service's image, built."""
    with service_image(service) as image:
        yield image


def test_it_holds_its_lock_and_the_members_and_nothing_else(image: str, service: str) -> None:
    own = {PACKAGES[service].replace("_", "-")}
    assert distributions(image) == locked(service) | MEMBERS | own


def test_its_service_can_be_imported_and_no_other(image: str, service: str) -> None:
    program = PROGRAMS.get(service, f"{PACKAGES[service]}.__main__")
    others = [package for package in PACKAGES.values() if package not in ("creatorflow", PACKAGES[service])]
    seen = f"import importlib.util as u, {program}; print([u.find_spec(each) for each in {others}])"
    assert python(image, seen) == str([None for _ in others])


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
    assert "Usage" in docker("run", "--rm", *ALONE, image, "--help")
    asked = json.loads(docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", image))
    assert asked[1:] == ["python", "-I", "-m", "creatorflow.health", "ready"]
    with pytest.raises(Unavailable, match="docker run"):  # exit 1: nobody runs
        docker("run", "--rm", *ALONE, "--entrypoint", asked[1], image, *asked[2:])


@pytest.mark.parametrize("service", ["orchestrator"], indirect=True)
def test_two_orchestrators_on_one_sqlite_file_are_refused_with_the_reason(image: str) -> None:
    first = docker("run", "--detach", *ALONE, image, "serve")
    try:
        until(lambda: _holds_the_store(first), "the first has its store", every=0.2)
        with pytest.raises(Unavailable, match=r"orchestrator\.db"):
            docker("run", "--rm", *ALONE, "--volumes-from", first, image, "serve")
    finally:
        remove([first])


def _holds_the_store(container: str) -> bool:
    """It waits for the broker then, which here is none."""
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return "broker_awaited" in done.stdout + done.stderr
