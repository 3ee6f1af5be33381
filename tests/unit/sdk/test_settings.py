"""Settings from the environment: misspelt ones are refused, and no error shows a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from creatorflow.settings import ConfigurationError, Settings, without_password


def test_what_is_not_said_has_a_default() -> None:
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
def test_a_value_that_cannot_be_is_refused_in_one_line_without_showing_it(
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
