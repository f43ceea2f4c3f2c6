"""Digests of a scaler: of what changes a prediction, and of the whole meaning of its file."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from detector.scaler.canonical import Json, canonical

if TYPE_CHECKING:
    from detector.scaler.scaler import FeatureScaler, Scaler


def prediction_digest(features: "Mapping[str, FeatureScaler]") -> str:
    """``sha256:…`` over what changes a prediction: kind, parameters and ``before`` by feature.

    What is hashed is RFC 8785 JSON of ``{"features": {NAME: {"before": …, "kind": …, and the
    kind's parameters under scikit-learn's names}}}``, defaults filled in.
    """
    return _sha256({"features": {name: _prediction(feature) for name, feature in features.items()}})


def meaning_digest(scaler: "Scaler") -> str:
    """``sha256:…`` over all that a verdict may depend on: names, units and references too.

    The key of whatever is cached or stored between runs. ``created_at`` and ``source`` are not
    in it. The value is stable within a release of the detector, not across them.
    """
    return _sha256(
        {
            "name": scaler.name,
            "version": scaler.version,
            "features": {
                name: _prediction(feature)
                | {"unit": feature.unit, "reference": _plain(feature.reference)}
                for name, feature in scaler.features.items()
            },
        }
    )


def _prediction(feature: "FeatureScaler") -> dict[str, Json]:
    parameters = _plain(feature.parameters)
    assert isinstance(parameters, dict)  # noqa: S101 - a dataclass
    return {"kind": feature.kind, "before": feature.before, **parameters}


def _plain(value: object) -> Json:
    """Dataclasses as objects; an array by its own digest, since canonical numbers are slow."""
    if isinstance(value, np.ndarray):
        # adding 0.0 makes -0.0 and 0.0 the same bytes
        return hashlib.sha256((value + 0.0).astype("<f8").tobytes()).hexdigest()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    assert value is None or isinstance(value, (bool, int, float, str))  # noqa: S101 - all there is
    return value


def _sha256(value: Json) -> str:
    return f"sha256:{hashlib.sha256(canonical(value).encode()).hexdigest()}"
