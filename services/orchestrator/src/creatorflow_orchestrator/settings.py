"""The settings of the orchestrator from its environment, in addition to those of every process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from creatorflow.settings import Settings
from pydantic import Field, SecretStr


class OrchestratorSettings(Settings):
    """The orchestrator's settings, each as CREATORFLOW_<NAME>."""

    SECRETS: ClassVar[tuple[str, ...]] = ("store_url",)

    store_url: SecretStr | None = Field(
        default=None, description="sqlite:///path or postgresql://user:password@host/database; SQLite if not set."
    )
    silence_s: float = Field(
        default=45.0,
        ge=0.5,
        le=3600,
        description="Seconds without a heartbeat about a claimed task before its next attempt.",
    )

    max_open_sagas: int = Field(
        default=10_000,
        ge=1,
        description="Maximum of open requests; another is refused with the time after which to retry.",
    )
    check_after_s: float = Field(
        default=15.0,
        ge=0.1,
        le=3600,
        description="Seconds after which the consumers of an unclaimed task's queue are counted.",
    )
    unavailable_after_s: float = Field(
        default=900.0,
        ge=0.1,
        le=604_800,
        description="Seconds an agent may be unavailable before its step is given up.",
    )
    agent_pause_s: float = Field(
        default=30.0, ge=0.1, le=3600, description="Seconds without dispatches to an agent whose attempts keep failing."
    )
    keep_final_days: float = Field(
        default=30.0, gt=0, le=3650, description="Days after which a request that has ended is deleted."
    )

    @property
    def keep_final(self) -> timedelta:
        """`keep_final_days` as a duration."""
        return timedelta(days=self.keep_final_days)

    @property
    def store(self) -> str:
        """The store's URL: `store_url`, else a SQLite file in the state directory or the working directory."""
        if self.store_url is not None:
            return self.store_url.get_secret_value()
        return f"sqlite:///{(self.state_dir or Path()) / 'orchestrator.db'}"

    @property
    def silence_ms(self) -> int:
        """`silence_s` in milliseconds."""
        return round(self.silence_s * 1000)

    @property
    def check_after_ms(self) -> int:
        """`check_after_s` in milliseconds."""
        return round(self.check_after_s * 1000)

    @property
    def unavailable_after_ms(self) -> int:
        """`unavailable_after_s` in milliseconds."""
        return round(self.unavailable_after_s * 1000)
