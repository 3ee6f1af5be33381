"""compose.yaml as data: one container for each agent's card, nothing open to the network, no unneeded privileges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from creatorflow_contracts.cards import load_cards

from ops.compose.passwords import main as make_passwords

ROOT = Path(__file__).parents[3]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
CUSTOM_AGENT: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "ops/examples/own-agent/compose.yaml").read_text())[
    "services"
]
"""A custom agent: its container, and the one that creates its user."""
AGENTS = [card.name for card in load_cards()]
SYSTEM_SERVICES = ["orchestrator", *AGENTS]
WRITING_IMAGES = {"rabbitmq", "postgres"}
"""Services whose images write beside their data when they start."""


def test_each_agent_has_a_container_that_runs_it() -> None:
    assert {name for name in SERVICES if name.endswith("-specialist")} == set(AGENTS)
    assert all(SERVICES[name]["command"] == [name] for name in AGENTS)


@pytest.mark.parametrize("name", [*SERVICES, *CUSTOM_AGENT])
def test_no_service_has_or_can_gain_capabilities(name: str) -> None:
    service = {**SERVICES, **CUSTOM_AGENT}[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert name == "postgres" or "cap_add" not in service
    assert service["read_only"] is (name not in WRITING_IMAGES)


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_on_the_loopback_alone(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", AGENTS)
def test_a_specialist_sees_only_its_own_secrets_and_none_in_its_environment(name: str) -> None:
    service = SERVICES[name]
    assert service["volumes"] == [f"{name}-secrets:/run/secrets:ro"]
    assert service["environment"]["CREATORFLOW_AMQP_URL"] == f"amqp://{name}@rabbitmq/"
    assert service["environment"]["CREATORFLOW_AMQP_PASSWORD_FILE"].startswith("/run/secrets/")


def test_the_orchestrator_has_its_own_user_and_a_command_in_its_container_is_a_client() -> None:
    service = SERVICES["orchestrator"]
    assert service["volumes"] == ["orchestrator-secrets:/run/secrets:ro", "client-secrets:/run/client:ro"]
    assert "CREATORFLOW_AMQP_URL=amqp://orchestrator@rabbitmq/" in service["entrypoint"]
    assert service["environment"]["CREATORFLOW_AMQP_URL"] == "amqp://client@rabbitmq/"


@pytest.mark.parametrize("name", SYSTEM_SERVICES)
def test_a_service_waits_for_the_broker_and_has_time_to_end(name: str) -> None:
    service = SERVICES[name]
    assert service["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}
    assert service["stop_grace_period"] == "15s"


def test_passwords_are_generated_for_every_service_with_secrets() -> None:
    made = {volume.partition(":")[0] for volume in SERVICES["secrets"]["volumes"] if not volume.startswith(".")}
    assert made == {f"{name}-secrets" for name in ["rabbitmq", "postgres", "client", "admin", *SYSTEM_SERVICES]}


def test_a_custom_agent_runs_like_the_specialists() -> None:
    own, specialist = CUSTOM_AGENT["product-code-agent"], SERVICES[AGENTS[0]]
    different = {"image", "build", "pull_policy", "command", "depends_on", "networks"}
    assert set(own) - different == set(specialist) - different
    same = json.dumps(own["environment"]).replace("product-code-agent", AGENTS[0])
    assert json.loads(same) == specialist["environment"]
    assert own["networks"] == {"default": {"aliases": ["agents"]}}  # where Prometheus looks
    assert own["volumes"] == ["product-code-agent-secrets:/run/secrets:ro"]


def test_a_custom_agent_changes_no_service_of_the_system_and_waits_for_its_user() -> None:
    assert not set(CUSTOM_AGENT) & set(SERVICES)
    assert CUSTOM_AGENT["product-code-agent"]["depends_on"] == {
        "product-code-agent-user": {"condition": "service_completed_successfully"}
    }
    user = CUSTOM_AGENT["product-code-agent-user"]
    assert user["depends_on"] == SERVICES[AGENTS[0]]["depends_on"]
    assert user["image"] == SERVICES["secrets"]["image"]
    assert user["volumes"] == [
        "./ops:/repository/ops:ro",
        "admin-secrets:/secrets/admin:ro",
        "product-code-agent-secrets:/secrets/product-code-agent",
    ]


def test_an_existing_password_is_kept(tmp_path: Path) -> None:
    for name in ["rabbitmq", "postgres", "client", "admin", *SYSTEM_SERVICES]:
        (tmp_path / name).mkdir()
    make_passwords(tmp_path)
    first = {file: file.read_text() for file in tmp_path.rglob("*password")}
    make_passwords(tmp_path)
    assert {file: file.read_text() for file in tmp_path.rglob("*password")} == first
    assert len(set(first.values())) == len(SYSTEM_SERVICES) + 3
    users = json.loads((tmp_path / "rabbitmq" / "definitions.json").read_text())["users"]
    assert all(user["password_hash"] for user in users)


@pytest.mark.parametrize("name", SYSTEM_SERVICES)
def test_a_service_exposes_its_metrics_only_in_the_projects_network(name: str) -> None:
    service = SERVICES[name]
    assert service["environment"]["CREATORFLOW_METRICS_PORT"] == 9464
    assert service["environment"]["CREATORFLOW_METRICS_HOST"] == "0.0.0.0"  # noqa: S104 - the container's
    assert "ports" not in service


def test_prometheus_scrapes_every_service_by_name_and_custom_agents_by_an_alias() -> None:
    scraped = yaml.safe_load((ROOT / "ops" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    found = [discovery for job in scraped for discovery in job.get("dns_sd_configs", ())]
    assert sorted(name for discovery in found for name in discovery["names"]) == sorted([*SYSTEM_SERVICES, "agents"])
    assert {(discovery["type"], discovery["port"]) for discovery in found} == {("A", 9464)}
