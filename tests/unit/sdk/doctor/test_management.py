"""The address of the management API: derived from the broker's or configured, and never less secure than the
broker's."""

from __future__ import annotations

import pytest
from creatorflow.doctor.management import Management


@pytest.mark.parametrize(
    ("broker", "given", "asked"),
    [
        ("amqp://guest:geheim@mq.example:5673/v", None, "http://mq.example:15672/api"),
        ("amqp://mq.example", None, "http://mq.example:15672/api"),
        ("amqps://guest:geheim@mq.example/v", None, "https://mq.example:15671/api"),
        ("amqp://guest:geheim@[::1]:5673/", None, "http://[::1]:15672/api"),
        ("amqp://[::1]/", None, "http://[::1]:15672/api"),
        ("amqp://mq/", "https://admin:geheim@mq.example/prefix/", "https://mq.example/prefix/api"),
        ("amqp://mq/", "http://[::1]:15672", "http://[::1]:15672/api"),
    ],
)
def test_the_management_address_is_derived_or_configured(broker: str, given: str | None, asked: str) -> None:
    assert Management(broker, given).address == asked


@pytest.mark.parametrize("given", ["ftp://mq/", "http://mq:99999", "http://mq:0", "http:///api", "mq"])
def test_an_address_of_another_scheme_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"http or https|[Pp]ort"):
        Management("amqp://mq/", given)
