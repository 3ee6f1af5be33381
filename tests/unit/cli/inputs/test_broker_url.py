import os
from pathlib import Path

import pytest
from creatorflow.cli.errors import CommandError
from creatorflow.cli.inputs.broker_url import DEFAULT, broker_url, find_broker
from creatorflow.cli.inputs.local_system import LocalSystem, recorded


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREATORFLOW_AMQP_URL", raising=False)
    (tmp_path / "runtime").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")


def local(folder: Path, text: str) -> None:
    (folder / ".local").mkdir()
    (folder / ".local" / "env").write_text(text)
    (folder / ".local" / "env").chmod(0o600)


def test_the_option_precedes_the_environment_the_local_system_and_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker_url(None) == DEFAULT
    local(tmp_path, "CREATORFLOW_STORE_URL=x\nexport CREATORFLOW_AMQP_URL='amqp://local/'\n")
    assert broker_url(None) == "amqp://local/"
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqp://environment/")
    assert broker_url(None) == "amqp://environment/"
    assert broker_url("amqps://option/") == "amqps://option/"


def test_the_nearest_local_system_is_used(tmp_path: Path) -> None:
    local(tmp_path, "CREATORFLOW_AMQP_URL=amqp://far/")
    local(tmp_path / "a", "CREATORFLOW_AMQP_URL=amqp://near/")
    assert broker_url(None) == "amqp://near/"


def test_a_file_of_another_user_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local(tmp_path, "CREATORFLOW_AMQP_URL=amqp://evil/")
    monkeypatch.setattr("os.getuid", lambda: 12345)
    monkeypatch.setattr("creatorflow.cli.inputs.local_system._ROOT", 12346)
    assert broker_url(None) == DEFAULT


@pytest.fixture
def running(tmp_path: Path) -> LocalSystem:
    """Create the files of a system that `make up` has started in another folder."""
    clone = tmp_path / "clone"
    clone.mkdir()
    local(clone, "export CREATORFLOW_AMQP_URL='amqp://user:s3cret@recorded/'\n")
    return LocalSystem(clone, clone / ".local" / "env")


def test_a_recorded_system_is_found_from_any_folder_by_a_private_file_without_a_secret(
    running: LocalSystem,
) -> None:
    file = running.record()
    assert file.stat().st_mode & 0o777 == 0o600 and "s3cret" not in file.read_text()
    assert broker_url(None) == "amqp://user:s3cret@recorded/"


def test_the_environment_and_a_system_of_this_folder_precede_the_recorded_one(
    running: LocalSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.record()
    local(tmp_path, "CREATORFLOW_AMQP_URL=amqp://near/")
    assert broker_url(None) == "amqp://near/"
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqp://environment/")
    assert find_broker(None).url == "amqp://environment/" and not find_broker(None).hint


def test_without_a_session_the_record_is_in_the_users_state_folder(
    running: LocalSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert running.record().is_relative_to(tmp_path / "state")
    assert recorded() == running


def test_a_stale_record_is_skipped_and_the_hint_names_the_folder_and_the_variable(
    running: LocalSystem,
) -> None:
    running.record()
    running.env_file.unlink()
    found = find_broker(None)
    assert found.url == DEFAULT
    assert str(running.folder) in found.hint and "make up" in found.hint
    assert "export CREATORFLOW_AMQP_URL=amqp://" in found.hint


def test_without_a_record_the_hint_names_the_variable() -> None:
    assert "export CREATORFLOW_AMQP_URL=amqp://" in find_broker(None).hint


def test_a_stopped_system_removes_only_its_own_record(running: LocalSystem, tmp_path: Path) -> None:
    running.record()
    LocalSystem(tmp_path, tmp_path / "env").forget()
    assert recorded() == running
    running.forget()
    assert recorded() is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"folder": 1, "env_file": 2}', "\xff"])
def test_an_unreadable_record_is_ignored(running: LocalSystem, content: str) -> None:
    running.record().write_text(content)
    assert recorded() is None


@pytest.mark.parametrize("url", ["localhost", "http://localhost/", "amqp://", "amqp://host:port/", "amqp://[::1/"])
def test_an_invalid_url_is_a_usage_error_on_the_command_line_and_a_configuration_error_in_the_environment(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError) as typed:
        broker_url(url)
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", url)
    with pytest.raises(CommandError) as configured:
        broker_url(None)
    assert (typed.value.exit_code, configured.value.exit_code) == (2, 78)
    assert url not in configured.value.problem.message


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666], ids=oct)
def test_a_file_that_others_can_write_is_not_believed(tmp_path: Path, mode: int) -> None:
    local(tmp_path, "CREATORFLOW_AMQP_URL=amqp://evil/")
    (tmp_path / ".local" / "env").chmod(mode)
    assert broker_url(None) == DEFAULT


def test_a_record_that_others_can_write_is_none(running: LocalSystem) -> None:
    running.record().chmod(0o666)
    assert recorded() is None


def test_a_record_that_is_no_file_is_not_waited_for(running: LocalSystem) -> None:
    file = running.record()
    file.unlink()
    os.mkfifo(file, 0o600)
    assert recorded() is None


def test_a_record_nested_too_deeply_to_be_read_is_none(running: LocalSystem) -> None:
    running.record().write_text("[" * 100_000)
    assert recorded() is None


def test_a_record_whose_file_cannot_have_such_a_name_leads_nowhere(running: LocalSystem) -> None:
    running.record().write_text('{"folder": "/a", "env_file": "/a\\u0000b"}')
    assert broker_url(None) == DEFAULT


def test_a_command_in_a_deleted_folder_finds_the_recorded_system(
    running: LocalSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.record()
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert broker_url(None) == "amqp://user:s3cret@recorded/"
