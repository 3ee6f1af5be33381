"""The synchronous client matches its generator and offers everything that the asynchronous one does."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from creatorflow.client import BrokerUnavailable, Client, Quarantine, Run, SyncClient, SyncQuarantine, SyncRun

from ops import generate_sync_client

PAIRS = [(Client, SyncClient), (Run, SyncRun), (Quarantine, SyncQuarantine)]
NOWHERE = "amqp://guest:guest@127.0.0.1:9/"


Member = property | Callable[..., object]


def public(owner: type) -> dict[str, Member]:
    return {name: member for name, member in vars(owner).items() if not name.startswith("_")}


def signature(member: Member) -> inspect.Signature:
    if isinstance(member, property):
        assert member.fget is not None
        return inspect.signature(member.fget)
    return inspect.signature(member)


def parameters(member: Member) -> list[tuple[object, ...]]:
    """Return names, kinds, defaults and types of the parameters."""
    listed = signature(member).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default, parameter.annotation) for parameter in listed]


def result_type(member: Member) -> str:
    return str(signature(member).return_annotation)


def test_the_committed_module_matches_the_generator() -> None:
    assert generate_sync_client.main(["--check"]) == 0


def test_a_module_that_differs_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(generate_sync_client, "generated", lambda: "")
    assert generate_sync_client.main(["--check"]) == 1
    assert "run `make contracts`" in capsys.readouterr().err


@pytest.mark.parametrize(("asynchronous", "synchronous"), PAIRS)
def test_every_public_method_exists_with_its_parameters_and_docstring(asynchronous: type, synchronous: type) -> None:
    there = public(synchronous)
    for name, member in public(asynchronous).items():
        assert parameters(there[name]) == parameters(member), name
        assert inspect.getdoc(there[name]) == inspect.getdoc(member), name


@pytest.mark.parametrize(("asynchronous", "synchronous"), PAIRS)
def test_result_types_differ_only_by_sync(asynchronous: type, synchronous: type) -> None:
    there = public(synchronous)
    for name, member in public(asynchronous).items():
        wanted = result_type(member).replace("AsyncGenerator[", "Generator[").replace(", None]", ", None, None]")
        wanted = f"Sync{wanted}" if wanted in ("Run", "Quarantine") else wanted
        assert result_type(there[name]) == wanted, name
        assert not inspect.iscoroutinefunction(there[name]), name


def test_both_clients_are_created_with_the_same_arguments() -> None:
    assert parameters(SyncClient.__init__) == parameters(Client.__init__)


def test_a_client_that_is_not_open_explains_how_to_open_it() -> None:
    with pytest.raises(BrokerUnavailable, match=r"with SyncClient\(\)"):
        SyncClient(NOWHERE).list()
    with pytest.raises(BrokerUnavailable, match=r"with SyncClient\(\)"):
        _ = SyncClient(NOWHERE).quarantine


def test_an_unreachable_broker_is_the_same_error_and_leaves_no_thread() -> None:
    client = SyncClient(NOWHERE, name="leaves-no-thread")
    with pytest.raises(BrokerUnavailable), client:
        pass
    with pytest.raises(BrokerUnavailable):
        client.execute("Print postage")
    assert client._thread._running is None
