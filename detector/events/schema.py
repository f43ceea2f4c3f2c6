"""The JSON Schema of the drift event, made from the same types that encode it."""

from typing import Any

import msgspec

from detector.events.event import DriftEvent


def event_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one event; subscribers ignore fields that it does not name."""
    (root,), components = msgspec.json.schema_components(
        [DriftEvent], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:detector:drift-event:1",
        "title": "Drift event",
        **root,
        "$defs": {name: _all_required(part) for name, part in sorted(components.items())},
    }


def _all_required(part: dict[str, Any]) -> dict[str, Any]:
    """What is always written is required; fields left out at their default stay optional."""
    if part["title"] == "Transform":
        return {**part, "required": part["required"]}
    if part["title"] == "Training":
        return {**part, "required": [*part["required"], "quantiles"]}
    return {**part, "required": list(part["properties"])}
