"""The JSON Schema (2020-12) of scaler files, for editors and for what writes such files.

It says what a schema can say. Order (data_min below data_max, ascending quantiles), duplicate keys
and the digest are checked by the reader alone.
"""

from collections.abc import Mapping, Sequence

from detector.scaler.coarser import LEAST_DIGITS, MOST_DIGITS
from detector.scaler.file import MAX_NAME, SCHEMA
from detector.scaler.file_parameters import PARAMETERS
from detector.scaler.file_reference import MAX_DECIMALS
from detector.scaler.parameters import KINDS, Kind
from detector.scaler.reference import MAX_LAWS, PHASES
from detector.scaler.scaler import BEFORE

Schema = dict[str, object]

_NUMBER: Schema = {"type": "number"}
_ABOVE_ZERO: Schema = {"type": "number", "exclusiveMinimum": 0}
_FROM_ZERO: Schema = {"type": "number", "minimum": 0}
_FROM_ONE: Schema = {"type": "integer", "minimum": 1}
_SHARE: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
_NUMBER_KEY = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+][0-9]+)?$"
_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_NAME,
    "not": {"const": "*"},
}
_PARAMETER: Mapping[str, Schema] = {
    "mean": _NUMBER,
    "center": _NUMBER,
    "scale": _ABOVE_ZERO,
    "data_min": _NUMBER,
    "data_max": _NUMBER,
    "max_abs": _ABOVE_ZERO,
    "clip": {"type": "boolean", "default": False},
    "feature_range": {
        "type": "array",
        "items": _NUMBER,
        "minItems": 2,
        "maxItems": 2,
        "default": [0, 1],
    },
}
_OPTIONAL = {"clip", "feature_range"}


def scaler_schema() -> Schema:
    """What a file of ``schema: scaler/v1`` may say."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:detector:scaler:1",
        "title": "Training scaler",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "name": _NAME,
            "version": _NAME,
            "created_at": _or_null({"type": "string"}),
            "source": _or_null({"type": "object"}),
            "kind": {"enum": list(KINDS)},
            "features": {"type": "object", "minProperties": 1, "propertyNames": _NAME},
            "digest": _or_null({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}),
        },
        "required": ["schema", "name", "version", "kind", "features"],
        "additionalProperties": False,
        "allOf": [_features_of(kind) for kind in KINDS],
        "$defs": {
            **{str(kind): _feature(kind) for kind in KINDS},
            "by_own_kind": {
                "properties": {"kind": {"enum": list(KINDS)}},
                "allOf": [_when_kind(kind, {"$ref": f"#/$defs/{kind}"}) for kind in KINDS],
            },
            "reference": _reference(),
        },
    }


def _features_of(kind: Kind) -> Schema:
    """In a file of *kind*, a feature without a kind of its own is of that kind."""
    feature = {
        "if": {"type": "object", "required": ["kind"]},
        "then": {"$ref": "#/$defs/by_own_kind"},
        "else": {"$ref": f"#/$defs/{kind}"},
    }
    return _when_kind(kind, {"properties": {"features": {"additionalProperties": feature}}})


def _when_kind(kind: Kind, then: Schema) -> Schema:
    """*then* for an object that has this kind."""
    condition = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
    return {"if": condition, "then": then}


def _feature(kind: Kind) -> Schema:
    required = [name for name in PARAMETERS[kind] if name not in _OPTIONAL]
    properties: Schema = {
        "kind": {"const": kind},
        **{name: _PARAMETER[name] for name in PARAMETERS[kind]},
        "unit": _or_null({"type": "string"}),
        "before": {"enum": [*BEFORE, None]},
        "reference": _or_null({"$ref": "#/$defs/reference"}),
    }
    feature = _object(properties, required)
    return _or_null(feature) if kind == "identity" else feature


def _reference() -> Schema:
    quantiles = _quantiles()
    optional: dict[str, Schema] = {
        "min": _NUMBER,
        "max": _NUMBER,
        "mean": _NUMBER,
        "std": _ABOVE_ZERO,
        "atoms": _by_number(_SHARE),
        "distinct": _FROM_ONE,
        "decimals": {"type": "integer", "minimum": 0, "maximum": MAX_DECIMALS},
        "coarser": {"type": "array", "items": _coarser()},
        "missing_rate": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "autocorrelation_time": {"type": "number", "minimum": 1},
        "longest_run": _FROM_ONE,
        "step": _magnitudes("mean", "q99", "max"),
        "block_change": _magnitudes("mean", "log_std"),
        "phases": {"oneOf": [_phases(by, length) for by, length in PHASES.items()]},
    }
    properties = {name: _or_null(schema) for name, schema in optional.items()}
    return _object(
        {"count": _FROM_ONE, "quantiles": quantiles, **properties}, ["count", "quantiles"]
    )


def _quantiles() -> Schema:
    return {
        "oneOf": [
            {"type": "array", "items": _NUMBER, "minItems": 2},
            {**_by_number(_NUMBER), "minProperties": 2},
        ]
    }


def _coarser() -> Schema:
    """A lattice of fewer digits than the values have."""
    properties = {
        "digits": {"type": "integer", "minimum": LEAST_DIGITS, "maximum": MOST_DIGITS},
        "count": _FROM_ONE,
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "longest_run": {"type": "integer", "minimum": 0},
    }
    return _object(properties, list(properties))


def _phases(by: str, length: int) -> Schema:
    """Laws by phase; *length* phases of which each names a law."""
    law = _object({"count": _FROM_ONE, "quantiles": _quantiles()}, ["count", "quantiles"])
    entry = {"type": "integer", "minimum": 0, "maximum": MAX_LAWS - 1}
    properties = {
        "by": {"const": by},
        "table": {"type": "array", "items": entry, "minItems": length, "maxItems": length},
        "laws": {"type": "array", "items": law, "minItems": 2, "maxItems": MAX_LAWS},
    }
    return _object(properties, list(properties))


def _by_number(values: Schema) -> Schema:
    """A mapping of numbers; in JSON its keys are text that looks like numbers."""
    return {
        "type": "object",
        "propertyNames": {"pattern": _NUMBER_KEY},
        "additionalProperties": values,
    }


def _magnitudes(*names: str) -> Schema:
    return _object(dict.fromkeys(names, _FROM_ZERO), list(names))


def _object(properties: Mapping[str, object], required: Sequence[str]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
