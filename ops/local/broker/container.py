"""RabbitMQ in a container of this machine's Docker engine, bound to the loopback."""

from __future__ import annotations

from dataclasses import dataclass

from ops.local import docker
from ops.local.broker.management import Management
from ops.local.broker.model import Broker, BrokerUrl
from ops.local.broker.probe import wait_until_it_answers
from ops.local.console import Unavailable
from ops.local.ports import LOOPBACK

IMAGE = "rabbitmq:4-management"


@dataclass(frozen=True, slots=True)
class Container:
    """A `Node` in a container, by its name or id. Its host ports must be fixed, or a restart changes them."""

    name: str

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl ARGUMENTS` inside, return its output."""
        return docker.docker("exec", self.name, "rabbitmqctl", "--quiet", *arguments)

    def start(self) -> None:
        """Start the container again."""
        docker.docker("start", self.name)

    def stop(self) -> None:
        """Send SIGTERM, and after 20 s SIGKILL."""
        docker.docker("stop", "--time", "20", self.name, timeout=120)

    def kill(self) -> None:
        """Send SIGKILL."""
        docker.docker("kill", self.name)

    def freeze(self) -> None:
        """Freeze every process inside."""
        docker.docker("pause", self.name)

    def thaw(self) -> None:
        """Resume every process, if they are frozen."""
        if docker.docker("inspect", "--format", "{{.State.Paused}}", self.name) == "true":
            docker.docker("unpause", self.name)

    def remove(self) -> None:
        """Remove the container and its volume."""
        docker.remove([self.name])


def broker_in(container: Container, host: str, port: int, web_port: int, user: str, password: str) -> Broker:
    """Wait for the broker in a container that was just started.

    Raises:
        Unavailable: it does not answer within a minute.
    """
    url = str(BrokerUrl("amqp", user, password, host, port, "/"))
    return _answering(container, url, f"http://{host}:{web_port}")


def run(name: str, port: int, web_port: int, user: str, password: str) -> Broker:
    """Start a container `name` with its two ports on the loopback; an existing container of that name is replaced.

    Raises:
        Unavailable: no engine, no image, or it does not answer.
    """
    docker.need_image(IMAGE, "broker")
    docker.remove([name])
    docker.docker(
        *("run", "--detach", "--name", name, "--label", "org.creatorflow.local=broker", "--hostname", "broker"),
        *("--publish", f"{LOOPBACK}:{port}:5672", "--publish", f"{LOOPBACK}:{web_port}:15672"),
        *("--env", f"RABBITMQ_DEFAULT_USER={user}", "--env", f"RABBITMQ_DEFAULT_PASS={password}"),
        IMAGE,
    )
    container = Container(name)
    try:
        return broker_in(container, LOOPBACK, port, web_port, user, password)
    except Unavailable:
        container.remove()
        raise


def again(name: str, url: str, web: str) -> Broker:
    """Get the broker in a container that `run` started earlier; the container is started again if it is not running.

    Raises:
        Unavailable: there is no such container, or it does not answer.
    """
    container = Container(name)
    container.thaw()
    container.start()
    return _answering(container, url, web)


def _answering(container: Container, url: str, web: str) -> Broker:
    parts = BrokerUrl.parse(url)
    management = Management(web, parts.user, parts.password)
    wait_until_it_answers(url)
    management.wait_until_it_answers()
    return Broker("docker", url, management, container)
