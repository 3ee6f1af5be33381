import inspect
import subprocess
import sys

import creatorflow


def test_the_public_names_are_these() -> None:
    assert dir(creatorflow) == [
        "Agent",
        "AgentCard",
        "AgentResult",
        "AgentTask",
        "Capability",
        "Client",
        "ClientError",
        "DependencyMissing",
        "GiveUp",
        "Problem",
        "RequestRefused",
        "RetryLater",
        "Run",
        "SpecialistOutput",
        "SyncClient",
        "SyncRun",
        "SynthesizedResult",
        "Work",
        "agent",
        "run_agents",
    ]


def test_each_public_name_can_be_imported_and_is_not_a_module() -> None:
    assert not [name for name in creatorflow.__all__ if inspect.ismodule(getattr(creatorflow, name))]


def test_the_decorator_exists_after_its_package_was_imported() -> None:
    probe = "import creatorflow.agents.runtime; from creatorflow import agent; assert callable(agent)"
    subprocess.run([sys.executable, "-c", probe], check=True)


def test_importing_the_package_loads_no_submodule() -> None:
    probe = "import sys, creatorflow; print(*(n for n in sys.modules if n.startswith(('creatorflow', 'pydantic'))))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["creatorflow"]
