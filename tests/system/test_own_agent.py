"""A user's own agent: one file, chosen by its own vocabulary, as a process and as a container with its own user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from creatorflow_contracts.permissions import ADMIN_USER, CLIENT_USER, ORCHESTRATOR_USER, users
from creatorflow_contracts.rabbitmq_definitions import definitions, with_passwords

from ops.compose import agent
from ops.compose.passwords import PASSWORD
from ops.local.broker import Broker, BrokerUrl
from ops.local.broker.container import Container
from ops.local.docker import docker, remove
from tests.system.images import (
    HARDENED,
    ISOLATED,
    build_image,
    distributions,
    locked_distributions,
    python,
    service_image,
)
from tests.system.processes import System
from tests.waiting import patient, until

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[2] / "ops" / "examples" / "own-agent"
GEHEIM = "geheim"


@dataclass(frozen=True)
class Case:
    """An agent's name, its folder, and a request in its vocabulary."""

    name: str
    folder: Path
    request: str

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name.replace('-', '_')}.py"


@dataclass
class Installation:
    """A broker with the users of the topology, and an orchestrator that does not know the agent."""

    broker: Broker
    vhost: str
    folder: Path
    added: set[str] = field(default_factory=set)

    def url(self, user: str, password: str = GEHEIM) -> str:
        parse = BrokerUrl.parse(self.broker.url)
        return str(BrokerUrl("amqp", user, password, parse.host, parse.port, self.vhost))

    def add(self, name: str) -> str:
        """Creates the agent's user, as its compose block does; returns the password."""
        assert self.broker.management is not None
        (self.folder / name).mkdir(exist_ok=True)
        agent.add(name, self.folder, self.broker.management.base, self.vhost)
        self.added.add(name)
        return (self.folder / name / PASSWORD).read_text()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs `creatorflow` as the client user."""
        env = {**os.environ, "CREATORFLOW_AMQP_URL": self.url(CLIENT_USER)}
        arguments = [str(BIN / "creatorflow"), *command]
        return subprocess.run(arguments, env=env, capture_output=True, text=True, timeout=patient(), check=False)

    def assert_answered_by(self, case: Case) -> None:
        """Waits for the agent's announcement and asserts that it alone answers the request."""
        until(lambda: self._is_announced(case.name), f"the announcement of {case.name}", every=0.2)
        done = self.run("submit", "--json", case.request)
        result = json.loads(done.stdout.splitlines()[-1])
        assert result["overall_success"] is True, done.stdout
        assert [step["agent"] for step in result["execution_summary"]["steps"]] == [case.name]
        (asked,) = result["completeness"]["requirements"]
        assert [source["agent"] for source in asked["answered_by"]] == [case.name]

    def assert_no_agent_matches(self, case: Case) -> None:
        """Asserts that no agent matches the request."""
        done = self.run("submit", "--json", case.request)
        assert done.returncode == 5, done.stdout
        assert json.loads(done.stdout.splitlines()[-1])["code"] == "NO_AGENT_MATCHES"

    def connections(self, name: str) -> set[str]:
        """The names of a user's connections, which are unique."""
        assert self.broker.management is not None
        return {
            connection["name"]
            for connection in self.broker.management.ask("GET", "connections")
            if connection.get("user") == name
        }

    def _is_announced(self, name: str) -> bool:
        lines = self.run("agents", "--json").stdout.splitlines()
        return any(json.loads(line)["card"]["name"] == name for line in lines)


@pytest.fixture
def installation(broker: Broker, broker_url: str, tmp_path: Path) -> Iterator[Installation]:
    if broker.node is None or broker.management is None:
        pytest.skip("the broker was given by URL: its users are not for tests to make (unset CREATORFLOW_AMQP_URL)")
    installation = Installation(broker, BrokerUrl.parse(broker_url).vhost, tmp_path)
    names = [user.name for user in users([])]
    broker.management.ask(
        "POST", "definitions", with_passwords(definitions([], installation.vhost), dict.fromkeys(names, GEHEIM))
    )
    (tmp_path / ADMIN_USER).mkdir()
    (tmp_path / ADMIN_USER / PASSWORD).write_text(GEHEIM)
    system = System(installation.url(ORCHESTRATOR_USER), tmp_path)
    system.orchestrator()
    yield installation
    system.stop()
    for name in [*names, *installation.added]:
        broker.management.ask("DELETE", f"users/{name}")


@contextmanager
def process(case: Case, installation: Installation, password: str, _: str) -> Iterator[None]:
    """Runs the agent with `creatorflow agent run FILE`."""
    env = {**os.environ, "CREATORFLOW_AMQP_URL": installation.url(case.name, password)}
    command = [str(BIN / "creatorflow"), "agent", "run", str(case.file)]
    with subprocess.Popen(command, env=env, cwd=installation.folder) as child:
        try:
            yield
        finally:
            child.terminate()
    assert child.returncode == 0


@contextmanager
def container(case: Case, installation: Installation, password: str, image: str) -> Iterator[None]:
    """Runs the agent's image in the broker's network, hardened as in compose."""
    node = installation.broker.node
    if not isinstance(node, Container):
        pytest.skip("the broker is in no container whose network the agent's could share")
    secret = installation.folder / case.name / PASSWORD
    name = docker(
        *("run", "--detach", *HARDENED, "--network", f"container:{node.name}"),
        *("--volume", f"{secret}:/run/password:ro"),
        *("--env", f"CREATORFLOW_AMQP_URL=amqp://{case.name}@127.0.0.1/{installation.vhost}"),
        *("--env", "CREATORFLOW_AMQP_PASSWORD_FILE=/run/password", image),
    )
    try:
        health = ("inspect", "--format", "{{.State.Health.Status}}", name)
        until(lambda: docker(*health) == "healthy", "the container's health", every=0.5)
        yield
        docker("stop", "--time", "15", name, timeout=patient())
        assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "0"
    finally:
        remove([name])


Runner = Callable[[Case, Installation, str, str], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def sdk() -> Iterator[str]:
    """The SDK's image."""
    with service_image("sdk") as image:
        yield image


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The agent that `creatorflow agent new` creates in an empty folder."""
    empty = tmp_path_factory.mktemp("empty")
    command = [str(BIN / "creatorflow"), "agent", "new", "gift-wrapping-agent", "--json"]
    done = subprocess.run(command, cwd=empty, capture_output=True, text=True, timeout=patient(), check=True)
    return Case("gift-wrapping-agent", empty / json.loads(done.stdout)["folder"], "Tell us about gift wrapping")


@pytest.fixture(scope="module", params=["example", "new"])
def case(request: pytest.FixtureRequest, new: Case) -> Case:
    codes = "Check the GTINs 4006381333931, 4006381333932 and 036000291452 before we list them"
    return new if request.param == "new" else Case("product-code-agent", EXAMPLE, codes)


def test_the_generated_test_of_a_new_agent_passes(new: Case) -> None:
    pytest_alone = [sys.executable, "-m", "pytest", "-q", new.folder.name]
    done = subprocess.run(
        pytest_alone, cwd=new.folder.parent, capture_output=True, text=True, timeout=patient(), check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_installed_wheel_generates_the_same_files(new: Case, sdk: str) -> None:
    write = "creatorflow agent new gift-wrapping-agent --dir /tmp/own >&2 && tail -n +1 /tmp/own/*"
    shell = ("--tmpfs", "/tmp", "--entrypoint", "sh", sdk, "-c", write)  # noqa: S108 - in the container
    written = docker("run", "--rm", *ISOLATED, *shell)
    for file in sorted(path for path in new.folder.iterdir() if path.is_file()):
        assert file.read_text().replace(str(new.folder.resolve()), "/tmp/own").strip() in written  # noqa: S108


def test_a_running_agent_answers_requests_that_match_its_vocabulary_only(
    case: Case, installation: Installation
) -> None:
    installation.assert_no_agent_matches(case)
    with process(case, installation, installation.add(case.name), ""):
        installation.assert_answered_by(case)


def test_an_agents_container_contains_the_sdk_and_one_file_and_answers_as_its_own_user(
    case: Case, installation: Installation, sdk: str
) -> None:
    with build_image(case.name, case.folder, "--build-arg", f"SDK_IMAGE={sdk}") as image:
        assert distributions(image) == locked_distributions("sdk") | {"creatorflow", "creatorflow-contracts"}
        assert docker("inspect", "--format", "{{.Config.User}}", image) == "10001:10001"
        assert python(image, "import os; print(os.listdir('/agent'))") == f"['{case.file.name}']"
        with container(case, installation, installation.add(case.name), image):
            installation.assert_answered_by(case)


@pytest.mark.parametrize("case", ["new"], indirect=True)
def test_adding_an_agent_again_keeps_its_password_and_its_connections(case: Case, installation: Installation) -> None:
    password = installation.add(case.name)
    with process(case, installation, password, ""):
        installation.assert_answered_by(case)
        before = until(lambda: installation.connections(case.name), "the agent's connections", every=0.5)
        assert installation.add(case.name) == password
        installation.assert_answered_by(case)
        assert before <= installation.connections(case.name)
