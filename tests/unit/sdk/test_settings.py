"""Settings from the environment: misspelt ones are refused, and no error shows a value."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from creatorflow.cli.errors import CommandError
from creatorflow.cli.inputs.broker_url import broker_url
from creatorflow.client import BrokerConfiguration, Client
from creatorflow.settings import KNOWN_ELSEWHERE, ConfigurationError, Settings, without_password
from creatorflow_orchestrator.settings import OrchestratorSettings


def test_an_unset_setting_has_a_default() -> None:
    settings = Settings.load()
    assert settings.amqp_url.get_secret_value() == "amqp://guest:guest@127.0.0.1:5672/"
    assert settings.state_dir is None


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqps://u:geheim@host/v")
    monkeypatch.setenv("CREATORFLOW_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CREATORFLOW_STORE_URL", "sqlite:///x")
    settings = Settings.load()
    assert settings.amqp_url.get_secret_value() == "amqps://u:geheim@host/v"
    assert settings.state_dir == tmp_path
    assert "geheim" not in repr(settings)


def test_every_process_knows_the_names_of_the_orchestrators_settings() -> None:
    own = OrchestratorSettings.model_fields.keys() - Settings.model_fields.keys()
    assert {f"CREATORFLOW_{name.upper()}" for name in own} <= KNOWN_ELSEWHERE


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORFLOW_AMQP_URI", "amqp://u:geheim@host/")
    with pytest.raises(ConfigurationError, match="CREATORFLOW_AMQP_URI") as raised:
        Settings.load()
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREATORFLOW_AMQP_URL", "http://u:geheim@host/"),
        ("CREATORFLOW_AMQP_URL", "amqp://u:geheim@host:99999/"),
        ("CREATORFLOW_AMQP_URL", "geheim"),
        ("CREATORFLOW_LOG_LEVEL", "geheim"),
    ],
)
def test_an_invalid_value_is_refused_in_one_line_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as raised:
        Settings.load()
    text = str(raised.value)
    assert "geheim" not in text
    assert "\n" not in text
    assert raised.value.__cause__ is None


def test_an_address_is_shown_without_its_password() -> None:
    assert without_password("amqp://u:geheim@host/v") == "host:5672/v"


def _file(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content)
    return str(path)


def test_secrets_are_read_from_files_without_the_trailing_newline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREATORFLOW_AMQP_URL_FILE", _file(tmp_path, "amqp", "amqp://u:geheim@host/v\n"))
    monkeypatch.setenv("CREATORFLOW_STORE_URL_FILE", _file(tmp_path, "store", "postgresql://u:geheim@host/d\n"))
    settings = OrchestratorSettings.load()
    assert settings.amqp_url.get_secret_value() == "amqp://u:geheim@host/v"
    assert settings.store == "postgresql://u:geheim@host/d"
    assert "geheim" not in repr(settings)
    assert Settings.load().amqp_url == settings.amqp_url


def test_a_password_from_a_file_is_inserted_into_the_url_whatever_its_characters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqp://ui-ux-specialist@rabbitmq:5672/v")
    monkeypatch.setenv("CREATORFLOW_AMQP_PASSWORD_FILE", _file(tmp_path, "password", "ge/h@e:i m%?\n"))
    reported = urlsplit(Settings.load().amqp_url.get_secret_value())
    assert (reported.username, reported.hostname, reported.port, reported.path) == (
        "ui-ux-specialist",
        "rabbitmq",
        5672,
        "/v",
    )
    assert unquote(reported.password or "") == "ge/h@e:i m%?"
    assert broker_url(None) == broker_url("amqp://ui-ux-specialist@rabbitmq:5672/v") == reported.geturl()


def test_tls_files_require_a_tls_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = _file(tmp_path, "c a.pem", "certificate")
    monkeypatch.setenv("CREATORFLOW_AMQP_CA_FILE", authority)
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqps://u:geheim@host/v?heartbeat=5")
    secret_value = Settings.load().amqp_url.get_secret_value()
    assert dict(parse_qsl(urlsplit(secret_value).query)) == {"cafile": authority, "heartbeat": "5"}
    assert without_password(secret_value) == "host:5671/v"
    monkeypatch.setenv("CREATORFLOW_AMQP_URL", "amqp://u:geheim@host/v")
    assert Settings.load().amqp_url.get_secret_value() == "amqp://u:geheim@host/v"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AMQP_URL_FILE": "nowhere"}, "CREATORFLOW_AMQP_URL_FILE names cannot be read"),
        ({"AMQP_URL_FILE": "empty"}, "CREATORFLOW_AMQP_URL_FILE names is empty"),
        ({"AMQP_URL_FILE": "binary"}, "CREATORFLOW_AMQP_URL_FILE names cannot be read"),
        ({"AMQP_URL_FILE": "secret"}, "CREATORFLOW_AMQP_URL is no broker's address"),
        ({"AMQP_URL_FILE": "secret", "AMQP_URL": "amqp://u:geheim@host/"}, "CREATORFLOW_AMQP_URL_FILE are both set"),
        (
            {"AMQP_PASSWORD_FILE": "secret", "AMQP_URL": "amqp://u:geheim@host/"},
            "CREATORFLOW_AMQP_PASSWORD_FILE is set",
        ),
        ({"AMQP_PASSWORD_FILE": "nowhere", "AMQP_URL": "amqp://u@host/"}, "CREATORFLOW_AMQP_PASSWORD_FILE names"),
        ({"AMQP_CA_FILE": "nowhere", "AMQP_URL": "amqps://u:geheim@host/"}, "CREATORFLOW_AMQP_CA_FILE names cannot"),
        ({"STORE_URL_FILE": "nowhere"}, "CREATORFLOW_STORE_URL_FILE names cannot be read"),
    ],
)
def test_an_unavailable_secret_is_refused_in_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], expected: str
) -> None:
    _file(tmp_path, "secret", "geheim")
    _file(tmp_path, "empty", "\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, value in environment.items():
        monkeypatch.setenv(f"CREATORFLOW_{name}", str(tmp_path / value) if name.endswith("_FILE") else value)
    with pytest.raises(ConfigurationError) as raised:
        OrchestratorSettings.load()
    text = str(raised.value)
    assert expected in text
    assert "geheim" not in text
    assert "\n" not in text
    assert raised.value.__cause__ is None


def test_a_client_names_the_file_it_cannot_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORFLOW_AMQP_URL_FILE", "/nowhere")
    with pytest.raises(BrokerConfiguration, match="CREATORFLOW_AMQP_URL_FILE names cannot be read"):
        Client()
    with pytest.raises(CommandError, match="CREATORFLOW_AMQP_URL_FILE names cannot be read"):
        broker_url(None)
