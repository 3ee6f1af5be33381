"""The settings of a process: environment variables that begin with CREATORFLOW_. A misspelt name is refused."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .environment import AMQP_FILES, PREFIX, ConfigurationError, amqp_url, secret

__all__ = [
    "EXIT_CONFIGURATION",
    "KNOWN_ELSEWHERE",
    "PREFIX",
    "ConfigurationError",
    "Settings",
    "check_amqp_url",
    "without_password",
]

EXIT_CONFIGURATION = 78
"""The exit code of a process with an unusable configuration (EX_CONFIG)."""
KNOWN_ELSEWHERE = frozenset(
    {
        "CREATORFLOW_STORE_URL",
        "CREATORFLOW_STORE_URL_FILE",
        "CREATORFLOW_SILENCE_S",
        "CREATORFLOW_MAX_OPEN_SAGAS",
        "CREATORFLOW_CHECK_AFTER_S",
        "CREATORFLOW_UNAVAILABLE_AFTER_S",
        "CREATORFLOW_AGENT_PAUSE_S",
        "CREATORFLOW_KEEP_FINAL_DAYS",
    }
)
"""Settings of other services; processes often share one environment."""


class Settings(BaseSettings):
    """The settings of every process."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    SECRETS: ClassVar[tuple[str, ...]] = ()
    """Further secrets, which may come from files instead: CREATORFLOW_<NAME>_FILE."""

    amqp_url: SecretStr = Field(
        default=SecretStr("amqp://guest:guest@127.0.0.1:5672/"), description="amqp(s)://user:password@host:port/vhost"
    )
    state_dir: Path | None = Field(default=None, description="Directory of results that are not confirmed yet.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    fault: str = ""
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port for Prometheus; 0: any free port. Unset: no metrics."
    )
    metrics_host: str = Field(default="127.0.0.1", min_length=1, description="Address on which that port is opened.")
    trace_url: str = Field(default="", description="URL of a trace's page, with {trace_id} in it.")

    @field_validator("trace_url")
    @classmethod
    def _names_the_trace(cls, url: str) -> str:
        if url and "{trace_id}" not in url:
            raise ValueError("write it with {trace_id} in it, such as http://localhost:16686/trace/{trace_id}")
        return url

    @classmethod
    def load(cls, known_elsewhere: Iterable[str] = KNOWN_ELSEWHERE) -> Self:
        """Read the settings from the environment. Raises ConfigurationError."""
        files = {f"{PREFIX}{name.upper()}_FILE" for name in cls.SECRETS}
        known = {PREFIX + name.upper() for name in cls.model_fields} | AMQP_FILES | files | set(known_elsewhere)
        unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise ConfigurationError(
                f"unknown setting {', '.join(unknown)} in the environment: remove it, or use one of "
                f"{', '.join(sorted(known))}"
            )
        try:
            settings = cls(**cls._from_files())
        except ValidationError as error:
            names = "; ".join(f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
            raise ConfigurationError(f"invalid setting in the environment: {names}") from None
        check_amqp_url(settings.amqp_url.get_secret_value())
        return settings

    @classmethod
    def _from_files(cls) -> dict[str, Any]:
        """Return secrets that may come from files; values given to the model precede those of the environment."""
        values = {"amqp_url": amqp_url()} | {name: secret(PREFIX + name.upper()) for name in cls.SECRETS}
        return {name: value for name, value in values.items() if value}


def check_amqp_url(url: str) -> None:
    """Raise ConfigurationError, without showing the URL, if it cannot be a broker's address."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("amqp", "amqps") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError(f"{PREFIX}AMQP_URL is no broker's address: write amqp://user:password@host:port/vhost")


def without_password(url: str) -> str:
    """Return the parts of an address that may be shown: host, port and virtual host."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].removesuffix(f":{parts.port}")
    return f"{host}:{parts.port or (5671 if parts.scheme == 'amqps' else 5672)}{parts.path or '/'}"
