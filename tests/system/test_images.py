"""Each image contains its own service and the packages of its lock, and runs without further rights."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from ops.local.console import Unavailable
from ops.local.docker import docker, remove
from tests.system.images import ISOLATED, distributions, locked_distributions, python, service_image
from tests.waiting import until

PACKAGES = {"sdk": "creatorflow", "orchestrator": "creatorflow_orchestrator", "specialists": "creatorflow_specialists"}
PROGRAMS = {"sdk": "creatorflow.cli.app"}
"""The module of a service's command, if it is not the package's `__main__`."""
MEMBERS = {"creatorflow", "creatorflow-contracts"}


@pytest.fixture(scope="module", params=PACKAGES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def image(service: str) -> Iterator[str]:
    """The service's image, built."""
    with service_image(service) as image:
        yield image


def test_an_image_contains_its_locked_packages_and_the_members_and_nothing_else(image: str, service: str) -> None:
    own = {PACKAGES[service].replace("_", "-")}
    assert distributions(image) == locked_distributions(service) | MEMBERS | own


def test_an_image_contains_its_own_service_only(image: str, service: str) -> None:
    program = PROGRAMS.get(service, f"{PACKAGES[service]}.__main__")
    others = [package for package in PACKAGES.values() if package not in ("creatorflow", PACKAGES[service])]
    code = f"import importlib.util as u, {program}; print([u.find_spec(name) for name in {others}])"
    assert python(image, code) == str([None for _ in others])


def test_an_image_runs_as_an_unprivileged_user_that_writes_to_its_state_directory_only(image: str) -> None:
    assert docker("inspect", "--format", "{{.Config.User}}", image) == "10001:10001"
    code = (
        "import os, pathlib\n"
        "pathlib.Path(os.environ['CREATORFLOW_STATE_DIR'], 'file').touch()\n"
        "try: pathlib.Path('/app/file').touch()\n"
        "except OSError as error: print(error.errno)\n"
    )
    assert python(image, code) == "30"  # a read-only file system


def test_an_image_prints_its_usage_and_has_a_health_check(image: str, service: str) -> None:
    assert "Usage" in docker("run", "--rm", *ISOLATED, image, "--help")
    health_check = json.loads(docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", image))
    assert health_check[1:] == ["python", "-I", "-m", "creatorflow.health", "ready"]
    with pytest.raises(Unavailable, match="docker run"):  # exit 1: no service runs
        docker("run", "--rm", *ISOLATED, "--entrypoint", health_check[1], image, *health_check[2:])


@pytest.mark.parametrize("service", ["orchestrator"], indirect=True)
def test_two_orchestrators_on_one_sqlite_file_are_refused_with_the_reason(image: str) -> None:
    first = docker("run", "--detach", *ISOLATED, image, "serve")
    try:
        until(lambda: _has_opened_store(first), "the first has its store", every=0.2)
        with pytest.raises(Unavailable, match=r"orchestrator\.db"):
            docker("run", "--rm", *ISOLATED, "--volumes-from", first, image, "serve")
    finally:
        remove([first])


def _has_opened_store(container: str) -> bool:
    """True if the orchestrator has opened its store: it waits for a broker then, which does not exist here."""
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return "broker_awaited" in done.stdout + done.stderr
