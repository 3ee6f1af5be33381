"""The names of attributes, from OpenTelemetry's semantic conventions; the one file that imports the unstable ones."""

from __future__ import annotations

from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import (
    GEN_AI_AGENT_NAME as AGENT_NAME,
)
from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import (
    GEN_AI_CONVERSATION_ID as AGENT_CONVERSATION,
)
from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import (
    GEN_AI_OPERATION_NAME as AGENT_OPERATION,
)
from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import (
    GEN_AI_RESPONSE_MODEL as RESPONSE_MODEL,
)
from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import (
    GEN_AI_USAGE_INPUT_TOKENS as INPUT_TOKENS,
)
from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import (
    GEN_AI_USAGE_OUTPUT_TOKENS as OUTPUT_TOKENS,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_DESTINATION_NAME as DESTINATION,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_DESTINATION_TEMPLATE as TEMPLATE,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_MESSAGE_CONVERSATION_ID as CONVERSATION,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_MESSAGE_ID as MESSAGE_ID,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_OPERATION_NAME as OPERATION_NAME,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_OPERATION_TYPE as OPERATION_TYPE,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY as ROUTING_KEY,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG as DELIVERY_TAG,
)
from opentelemetry.semconv._incubating.attributes.messaging_attributes import (
    MESSAGING_SYSTEM as SYSTEM,
)
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT

STEP = "creatorflow.step"
ATTEMPT = "creatorflow.attempt"
ENGINE = "creatorflow.engine"
"""Method of an agent's work: `playbook`, `model`, or a value of its own."""
QUEUE_TIME = "creatorflow.queue_time_ms"
"""Our own attribute: milliseconds from a message's publish until its processing."""

__all__ = [
    "AGENT_CONVERSATION",
    "AGENT_NAME",
    "AGENT_OPERATION",
    "ATTEMPT",
    "CONVERSATION",
    "DELIVERY_TAG",
    "DESTINATION",
    "ENGINE",
    "ERROR_TYPE",
    "INPUT_TOKENS",
    "MESSAGE_ID",
    "OPERATION_NAME",
    "OPERATION_TYPE",
    "OUTPUT_TOKENS",
    "QUEUE_TIME",
    "RESPONSE_MODEL",
    "ROUTING_KEY",
    "SERVER_ADDRESS",
    "SERVER_PORT",
    "STEP",
    "SYSTEM",
    "TEMPLATE",
]
