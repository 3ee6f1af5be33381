"""An agent of one's own: one file, chosen by its own words, as a process and as a container with its own user."""

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
from tests.system.images import ALONE, HARDENED, built, distributions, locked, python, service_image
from tests.system.processes import System
from tests.waiting import patient, until

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[2] / "ops" / "examples" / "own-agent"
GEHEIM = "geheim"


@dataclass(frozen=True)
class Case:
    """An agent's name, its folder, and a request in its words."""

    name: str
    folder: Path
    request: str

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name.replace('-', '_')}.py"


@dataclass
class House:
    """A broker whose users have what the topology gives them, an orchestrator that has never heard of the agent."""

    broker: Broker
    vhost: str
    folder: Path
    added: set[str] = field(default_factory=set)

    def url(self, user: str, password: str = GEHEIM) -> str:
        parse = BrokerUrl.parse(self.broker.url)
        return str(BrokerUrl("amqp", user, password, parse.host, parse.port, self.vhost))

    def add(self, name: str) -> str:
        """Make the agent's user, as its compose block does; the password."""
        assert self.broker.management is not None
        (self.folder / name).mkdir(exist_ok=True)
        agent.add(name, self.folder, self.broker.management.base, self.vhost)
        self.added.add(name)
        return (self.folder / name / PASSWORD).read_text()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """`creatorflow` as a client."""
        env = {**os.environ, "CREATORFLOW_AMQP_URL": self.url(CLIENT_USER)}
        arguments = [str(BIN / "creatorflow"), *command]
        return subprocess.run(arguments, env=env, capture_output=True, text=True, timeout=patient(), check=False)

    def answers_with(self, case: Case) -> None:
        """The request is refused without the agent; beside it, it is answered by it alone."""
        until(lambda: self._heard(case.name), f"the announcement of {case.name}", every=0.2)
        done = self.run("submit", "--json", case.request)
        result = json.loads(done.stdout.splitlines()[-1])
        assert result["overall_success"] is True, done.stdout
        assert [step["agent"] for step in result["execution_summary"]["steps"]] == [case.name]
        assert result["completeness"]["complete"] is True

    def refuses(self, case: Case) -> None:
        """Nobody else's words match the request."""
        done = self.run("submit", "--json", case.request)
        assert done.returncode == 5, done.stdout
        assert json.loads(done.stdout.splitlines()[-1])["code"] == "NO_AGENT_MATCHES"

    def connections(self, name: str) -> set[str]:
        """The names of a user's connections, of which each new one has another."""
        assert self.broker.management is not None
        return {each["name"] for each in self.broker.management.ask("GET", "connections") if each.get("user") == name}

    def _heard(self, name: str) -> bool:
        lines = self.run("agents", "--json").stdout.splitlines()
        return any(json.loads(line)["card"]["name"] == name for line in lines)


@pytest.fixture
def house(broker: Broker, broker_url: str, tmp_path: Path) -> Iterator[House]:
    if broker.node is None or broker.management is None:
        pytest.skip("the broker was given by URL: its users are not for tests to make (unset CREATORFLOW_AMQP_URL)")
    house = House(broker, BrokerUrl.parse(broker_url).vhost, tmp_path)
    names = [user.name for user in users([])]
    broker.management.ask(
        "POST", "definitions", with_passwords(definitions([], house.vhost), dict.fromkeys(names, GEHEIM))
    )
    (tmp_path / ADMIN_USER).mkdir()
    (tmp_path / ADMIN_USER / PASSWORD).write_text(GEHEIM)
    system = System(house.url(ORCHESTRATOR_USER), tmp_path)
    system.orchestrator()
    yield house
    system.stop()
    for name in [*names, *house.added]:
        broker.management.ask("DELETE", f"users/{name}")


@contextmanager
def process(case: Case, house: House, password: str, _: str) -> Iterator[None]:
    """`creatorflow agent run FILE`."""
    env = {**os.environ, "CREATORFLOW_AMQP_URL": house.url(case.name, password)}
    command = [str(BIN / "creatorflow"), "agent", "run", str(case.file)]
    with subprocess.Popen(command, env=env, cwd=house.folder) as child:
        try:
            yield
        finally:
            child.terminate()
    assert child.returncode == 0


@contextmanager
def container(case: Case, house: House, password: str, image: str) -> Iterator[None]:
    """The agent's image in the broker's network, hardened as compose runs it."""
    node = house.broker.node
    if not isinstance(node, Container):
        pytest.skip("the broker is in no container whose network the agent's could share")
    secret = house.folder / case.name / PASSWORD
    name = docker(
        *("run", "--detach", *HARDENED, "--network", f"container:{node.name}"),
        *("--volume", f"{secret}:/run/password:ro"),
        *("--env", f"CREATORFLOW_AMQP_URL=amqp://{case.name}@127.0.0.1/{house.vhost}"),
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


Way = Callable[[Case, House, str, str], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def sdk() -> Iterator[str]:
    """The SDK's image."""
    with service_image("sdk") as image:
        yield image


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """What `creatorflow agent new` makes in an empty folder."""
    empty = tmp_path_factory.mktemp("empty")
    command = [str(BIN / "creatorflow"), "agent", "new", "gift-wrapping-agent", "--json"]
    done = subprocess.run(command, cwd=empty, capture_output=True, text=True, timeout=patient(), check=True)
    return Case("gift-wrapping-agent", empty / json.loads(done.stdout)["folder"], "Tell us about gift wrapping")


@pytest.fixture(scope="module", params=["example", "new"])
def case(request: pytest.FixtureRequest, new: Case) -> Case:
    codes = "Check the GTINs 4006381333931, 4006381333932 and 036000291452 before we list them"
    return new if request.param == "new" else Case("product-code-agent", EXAMPLE, codes)


def test_its_own_test_passes_where_it_was_written(new: Case) -> None:
    pytest_alone = [sys.executable, "-m", "pytest", "-q", new.folder.name]
    done = subprocess.run(
        pytest_alone, cwd=new.folder.parent, capture_output=True, text=True, timeout=patient(), check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_installed_wheel_writes_the_same(new: Case, sdk: str) -> None:
    write = "creatorflow agent new gift-wrapping-agent --dir /tmp/own >&2 && tail -n +1 /tmp/own/*"
    shell = ("--tmpfs", "/tmp", "--entrypoint", "sh", sdk, "-c", write)  # noqa: S108 - in the container
    reported = docker("run", "--rm", *ALONE, *shell)
    for file in sorted(each for each in new.folder.iterdir() if each.is_file()):
        assert file.read_text().replace(str(new.folder.resolve()), "/tmp/own").strip() in reported  # noqa: S108


def test_it_runs_and_answers_what_only_its_own_words_match(case: Case, house: House) -> None:
    house.refuses(case)
    with process(case, house, house.add(case.name), ""):
        house.answers_with(case)


def test_its_container_holds_the_sdk_and_one_file_and_answers_as_its_own_user(
    case: Case, house: House, sdk: str
) -> None:
    with built(case.name, case.folder, "--build-arg", f"SDK_IMAGE={sdk}") as image:
        assert distributions(image) == locked("sdk") | {"creatorflow", "creatorflow-contracts"}
        assert docker("inspect", "--format", "{{.Config.User}}", image) == "10001:10001"
        assert python(image, "import os; print(os.listdir('/agent'))") == f"['{case.file.name}']"
        with container(case, house, house.add(case.name), image):
            house.answers_with(case)


@pytest.mark.parametrize("case", ["new"], indirect=True)
def test_adding_it_again_keeps_its_password_and_its_connections(case: Case, house: House) -> None:
    password = house.add(case.name)
    with process(case, house, password, ""):
        house.answers_with(case)
        before = until(lambda: house.connections(case.name), "the broker's word on connections", every=0.5)
        assert house.add(case.name) == password
        house.answers_with(case)
        assert before <= house.connections(case.name)
