"""The public names of the package: removing one breaks users, adding one is a promise to them."""

import subprocess
import sys

import creatorflow_contracts

MESSAGES = """
    AgentAnnounced AgentHeartbeat AgentResult AgentTask AnnouncementRefused CancelRequest CancelTask DiscoverAgents
    Message Problem PruneAnswer PruneCommand QuarantineAnswer QuarantineCommand Query QueryAnswer RequestSubmitted
    SagaEvents StepCommand SynthesizedResult TaskClaimed
"""
PARTS = "AgentCard AgentError PlanSpec ProblemCode SpecialistOutput"
INGRESS = "CONTRACTS Delivery admit"
OTHERS = "load_cards topology BrokerTooOld CardsInvalid ContractsError NameInvalid"


def test_the_public_names_are_these() -> None:
    assert sorted(creatorflow_contracts.__all__) == sorted(f"{MESSAGES} {PARTS} {INGRESS} {OTHERS}".split())


def test_every_public_name_exists_and_has_a_docstring() -> None:
    for name in creatorflow_contracts.__all__:
        found = getattr(creatorflow_contracts, name)
        assert name == "CONTRACTS" or found.__doc__, name


def test_importing_the_package_loads_no_development_tool() -> None:
    script = "import sys, creatorflow_contracts; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "creatorflow_contracts.ingress" in loaded
    assert not {"yaml", "jsonsubschema", "creatorflow_contracts.generate"} & set(loaded)
