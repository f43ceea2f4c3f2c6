"""Every key of a configuration file: its JSON Schema, and the list that the reader accepts.

The reader takes the keys of each section from here, so that a key cannot be in one and not in
the other.
"""

from collections.abc import Iterable
from typing import Any

from detector.scaler.file import MAX_NAME

JsonSchema = dict[str, Any]

MAX_TOLERANCE = 1000  # the tests tell values apart up to a thousand training scales
MIN_FALSE_ALARM_EVERY = 1_000  # more often, and the alarms of a quiet stream hide the true ones
MAX_FALSE_ALARM_EVERY = 10**15  # the statistic is a float32 and must be able to get there
MAX_DECIMALS = 15  # float64 carries no more
TOPIC_PATTERN = r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$"  # what Kafka accepts

_REFERENCE: JsonSchema = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "Read from the environment or a file: ${NAME}, ${NAME:-default}, ${file:/path}",
}


def _or_reference(schema: JsonSchema) -> JsonSchema:
    return {"anyOf": [schema, {"$ref": "#/$defs/reference"}]}


def _number(description: str, **bounds: float) -> JsonSchema:
    return _or_reference({"type": "number", **bounds}) | {"description": description}


def _whole(description: str, **bounds: float) -> JsonSchema:
    return _or_reference({"type": "integer", **bounds}) | {"description": description}


def _choice(description: str, *words: str) -> JsonSchema:
    return _or_reference({"enum": list(words)}) | {"description": description}


def _text(description: str, **more: Any) -> JsonSchema:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _header(description: str) -> JsonSchema:
    return {
        "anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}],
        "description": f"{description}; null: none",
    }


def _topic(description: str) -> JsonSchema:
    return _or_reference({"type": "string", "pattern": TOPIC_PATTERN}) | {
        "description": description
    }


def _section(properties: JsonSchema, *required: str, description: str = "") -> JsonSchema:
    schema: JsonSchema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": description,
    }
    return schema | ({"required": list(required)} if required else {})


TOLERANCE = {
    "shift": _number(
        "Of the location, in training scales", exclusiveMinimum=0, maximum=MAX_TOLERANCE
    ),
    "scale": _number(
        "Of the spread, as a ratio: 1.1 is a tenth", exclusiveMinimum=1, maximum=MAX_TOLERANCE
    ),
}
ACCEPT = {
    "decimals": _whole("Digits after the point that are intended", minimum=0, maximum=MAX_DECIMALS)
}
FEATURE = {
    "tolerance": _section(TOLERANCE, description="In place of the model's"),
    "accept": _section(ACCEPT, description="Changes that are intended"),
    "mute_until": {
        "type": "string",
        "description": "Until this time judged and counted, not published; with its zone",
        "anyOf": [{"format": "date-time"}, {"$ref": "#/$defs/reference"}],
    },
}
SENSITIVITY = {
    "false_alarm_every": _whole(
        "Messages between false alarms that you accept, for the whole model",
        minimum=MIN_FALSE_ALARM_EVERY,
        maximum=MAX_FALSE_ALARM_EVERY,
    ),
    "tolerance": _section(TOLERANCE, description="Departures below this are nobody's business"),
}
TIME = {
    "field": _text("Where the record's time stands: a key or a dotted path"),
    "unit": _choice("How it is written", "s", "ms", "us", "iso"),
}
PAIR = {
    "raw": _text("Where the raw value stands: a key or a dotted path"),
    "scaled": _text("Where the scaled value stands: a key or a dotted path"),
}
HEADERS = {
    "digest": _header("Holds the digest of the scaler that a message was made with"),
    "version": _header("Holds its version; counts where there is no digest"),
}
MODEL = {
    "topic": _topic("The topic with the live features"),
    "scaler": _text("The training scaler file, relative to this file or absolute"),
    "values": _choice("What the topic carries", "raw", "scaled", "both"),
    "fields": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                _text("A key or a dotted path"),
                _section(PAIR, description="With values: both"),
            ]
        },
        "description": "Where a feature stands in the message; default its name, of pairs"
        " raw.NAME and scaled.NAME",
    },
    "time": {
        "anyOf": [_section(TIME, "field"), {"type": "null"}],
        "description": "Default: Kafka's timestamp",
    },
    "versions": {
        "type": "array",
        "items": _text("A scaler file; * stands for any characters"),
        "description": "Other versions ever deployed, for the diagnosis",
    },
    "headers": _section(HEADERS, description="Of messages, that name the scaler they follow"),
    "silence_after_s": {
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "null"},
            {"$ref": "#/$defs/reference"},
        ],
        "description": "Seconds without a record that are an event; null: never",
    },
    "sensitivity": _section(SENSITIVITY, description="How soon, and how quiet"),
    "features": {
        "type": "object",
        "additionalProperties": _section(FEATURE),
        "description": "Overrides, by feature",
    },
}
ALERTS = {"topic": _topic("Where drift events go")}
DEAD_LETTERS = {
    "topic": _topic("Where undecodable records go"),
    "stop_above": _number(
        "Share of dead letters above which a topic is paused", exclusiveMinimum=0, maximum=1
    ),
}
LIMITS = {"max_message_bytes": _whole("Larger records are dead letters", minimum=1)}
WEB = {
    "listen": _text('"host:port" of health and metrics; port 0 takes a free one'),
    "token": {
        "anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}],
        "description": "What /metrics asks of its clients, as a bearer token; never shown",
    },
}
TOP = {
    "kafka": {
        "type": "object",
        "properties": {
            "bootstrap.servers": _text("host:port, several with commas"),
            "group.id": _text("The consumer group; a part of every alert's identity"),
        },
        "additionalProperties": {"type": ["string", "number", "boolean"]},
        "required": ["bootstrap.servers"],
        "description": "librdkafka's keys as they are",
    },
    "start": _choice("Where a group without committed offsets begins", "earliest", "latest"),
    "delivery": _choice("What a crash may do to an event: repeat it", "at_least_once"),
    "alerts": _section(ALERTS, description="Drift events"),
    "dead_letters": _section(DEAD_LETTERS, description="Undecodable records"),
    "limits": _section(LIMITS, description="What one record may cost"),
    "web": _section(WEB, description="Health and metrics over HTTP"),
    "models": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"maxLength": MAX_NAME, "not": {"const": "*"}},
        "additionalProperties": _section(MODEL, "topic", "scaler"),
        "description": "The models to watch, by name",
    },
}


def config_schema(refused: Iterable[str]) -> JsonSchema:
    """The JSON Schema (2020-12) of a configuration file, before the environment is read.

    refused: the keys of ``kafka`` that the detector owns.
    """
    schema = _section(TOP, "kafka", "models", description="A configuration of the drift detector")
    kafka = TOP["kafka"] | {"propertyNames": {"not": {"enum": sorted(refused)}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:detector:config:1",
        "title": "Detector configuration",
        **schema,
        "properties": TOP | {"kafka": kafka},
        "$defs": {"reference": _REFERENCE},
    }
