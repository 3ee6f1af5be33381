from pathlib import Path

import pytest
from creatorflow.cli.broker import DEFAULT, broker_url
from creatorflow.cli.errors import CommandError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREATORFLOW_AMQP_URL", raising=False)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")


def local(folder: Path, text: str) -> None:
    (folder / ".local").mkdir()
    (folder / ".local" / "env").write_text(text)


def test_the_option_comes_first_then_the_environment_then_the_local_system_then_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker_url(None) == DEFAULT
    local(tmp_path, "CREATORFLOW_STORE_URL=x\nexport CREATORFLOW_AMQP_URL='amqp://local/'\n")
    assert broker_url(None) == "amqp://local/"
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqp://environment/")
    assert broker_url(None) == "amqp://environment/"
    assert broker_url("amqps://option/") == "amqps://option/"


def test_the_nearest_local_system_counts(tmp_path: Path) -> None:
    local(tmp_path, "CREATORFLOW_AMQP_URL=amqp://far/")
    local(tmp_path / "a", "CREATORFLOW_AMQP_URL=amqp://near/")
    assert broker_url(None) == "amqp://near/"


def test_a_file_of_another_user_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local(tmp_path, "CREATORFLOW_AMQP_URL=amqp://evil/")
    monkeypatch.setattr("os.getuid", lambda: 12345)
    monkeypatch.setattr("creatorflow.cli.broker._ROOT", 12346)
    assert broker_url(None) == DEFAULT


@pytest.mark.parametrize("url", ["localhost", "http://localhost/", "amqp://", "amqp://host:port/", "amqp://[::1/"])
def test_a_url_that_is_none_is_usage_on_the_command_line_and_configuration_in_the_environment(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError) as typed:
        broker_url(url)
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", url)
    with pytest.raises(CommandError) as configured:
        broker_url(None)
    assert (typed.value.exit_code, configured.value.exit_code) == (2, 78)
    assert url not in configured.value.problem.message
