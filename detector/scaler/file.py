"""Scaler files: read with all their faults at once, and written so that reading gives the same."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import numpy as np

from detector import yamlfile
from detector.scaler.file_parameters import PARAMETERS, read_parameters, written_parameters
from detector.scaler.file_reference import read_reference, written_reference
from detector.scaler.parameters import KINDS, Kind
from detector.scaler.scaler import BEFORE, Before, FeatureScaler, Scaler, apply_before
from detector.yamlfile import Node

SCHEMA = "scaler/v1"
MAX_NAME = 128  # characters; names become Kafka keys and labels of metrics
_ROOT = ("schema", "name", "version", "created_at", "source", "kind", "features", "digest")
_FEATURE = ("kind", "unit", "before", "reference")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read_scaler(path: Path) -> Scaler:
    """The scaler in the file *path*; ConfigError with every fault of the file."""
    root, source = yamlfile.load(path, secrets=False)
    scaler = _scaler(root)
    source.raise_faults()
    assert scaler is not None  # noqa: S101 - a file without faults has features
    _verify(root.get("digest"), scaler)
    source.raise_faults()
    return scaler


def write_scaler(scaler: Scaler, path: Path) -> None:
    """Write *scaler* to *path*, whole or not at all; ConfigError where that fails."""
    yamlfile.save(path, yamlfile.dump(written(scaler)))


def written(scaler: Scaler) -> dict[str, object]:
    """The file as plain data, in the order in which people read it."""
    data: dict[str, object] = {
        "schema": SCHEMA,
        "name": scaler.name,
        "version": scaler.version,
        "created_at": scaler.created_at,
        "source": yamlfile.Inline(scaler.source) if scaler.source else None,
        "kind": scaler.kind,
        "features": {
            name: dict(_written_feature(feature, scaler.kind))
            for name, feature in scaler.features.items()
        },
        "digest": scaler.digest,
    }
    return {key: value for key, value in data.items() if value is not None}


def name_fault(name: str) -> str | None:
    """What is wrong with *name* as the name of a feature, model or scaler; None if nothing is."""
    if not name:
        return "an empty name"
    if len(name) > MAX_NAME:
        return f"{len(name)} characters"
    if not name.isprintable():
        return f"{name!r}, which does not print"
    return "'*', which means the whole model" if name == "*" else None


def _written_feature(feature: FeatureScaler, kind: Kind) -> Iterator[tuple[str, object]]:
    if feature.kind != kind:
        yield "kind", feature.kind
    yield from written_parameters(feature.parameters).items()
    if feature.unit is not None:
        yield "unit", feature.unit
    if feature.before is not None:
        yield "before", feature.before
    if feature.reference is not None:
        yield "reference", written_reference(feature.reference)


def _scaler(root: Node) -> Scaler | None:
    if not root.require_mapping(f"a scaler file: a mapping with schema: {SCHEMA}"):
        return None
    root.only(_ROOT)
    root.get("schema").choice([SCHEMA], required=True)
    name, version = _name(root.get("name")), _name(root.get("version"))
    created_at = root.get("created_at")
    if created_at.is_given:
        created_at.moment()
    kind = cast("Kind | None", root.get("kind").choice(KINDS, required=True) or None)
    features = _features(root.get("features"), kind)
    if kind is None or not features:
        return None
    return Scaler(
        name=name,
        version=version,
        kind=kind,
        features=features,
        created_at=cast("str | None", created_at.plain()),
        source=_source(root.get("source")),
    )


def _name(node: Node) -> str:
    faults = node.fault_count
    name = node.text(required=True)
    if node.fault_count == faults:
        _check_name(node, name)
    return name


def _check_name(node: Node, name: str) -> None:
    wrong = name_fault(name)
    if wrong is not None:
        node.fault(f"a printable name of 1 to {MAX_NAME} characters, not '*'", got=wrong)


def _source(node: Node) -> Mapping[str, object]:
    if not node.is_given or not node.require_mapping():
        return {}
    return cast("Mapping[str, object]", node.plain())


def _features(node: Node, kind: Kind | None) -> dict[str, FeatureScaler]:
    expected = "a mapping of at least one feature name to its parameters"
    if not node.exists:
        node.fault(expected, got="nothing (the key is required)")
    elif node.require_mapping(expected) and not node.keys():
        node.fault(expected, got="an empty mapping")
    features = {}
    for name, child in node.items():
        _check_name(child, name)
        feature = _feature(child, kind)
        if feature is not None:
            features[name] = feature
    return features


def _feature(node: Node, default: Kind | None) -> FeatureScaler | None:
    """One feature; None where it has faults."""
    faults = node.fault_count
    own = node.get("kind")
    kind = cast("Kind | None", own.choice(KINDS) or None) if own.exists else default
    if kind == "identity" and node.is_null:  # `age:` alone: nothing is known, and nothing needed
        return FeatureScaler(parameters=read_parameters(node, kind))
    if not node.require_mapping("a mapping of scaling parameters"):
        return None
    kind = kind or _likely_kind(node)
    _only(node, kind)
    unit, transformation, reference = node.get("unit"), node.get("before"), node.get("reference")
    before = transformation.choice(BEFORE) if transformation.is_given else None
    feature = FeatureScaler(
        parameters=read_parameters(node, kind),
        unit=unit.text() if unit.is_given else None,
        before=cast("Before | None", before or None),
        reference=read_reference(reference) if reference.is_given else None,
    )
    if node.fault_count > faults:
        return None
    _check_before(reference, feature)
    return feature


def _likely_kind(node: Node) -> Kind:
    """What a feature without a valid kind seems to be, so that its other faults are found too."""
    keys = set(node.keys())
    return max(KINDS, key=lambda kind: len(keys.intersection(PARAMETERS[kind])))


def _only(node: Node, kind: Kind) -> None:
    """Faults for unknown keys; for a parameter of another kind, one that says whose it is."""
    own = PARAMETERS[kind]
    foreign = {
        key: f"that is a parameter of {other}, and this feature is {kind}."
        for other in KINDS
        for key in PARAMETERS[other]
        if key not in own
    }
    node.only((*own, *_FEATURE), refused=foreign)


def _check_before(node: Node, feature: FeatureScaler) -> None:
    """A training value for which ``before`` is not defined cannot have been scaled."""
    if feature.reference is None or feature.before is None:
        return
    lowest = float(feature.reference.quantiles[0])
    if feature.reference.phases is not None:
        lowest = min(lowest, *(float(law.quantiles[0]) for law in feature.reference.phases.laws))
    if feature.reference.min is not None:
        lowest = min(lowest, feature.reference.min)
    if not np.isfinite(apply_before(feature.before, np.array([lowest]))).all():
        node.fault(
            f"only training values that have a {feature.before}",
            got=repr(lowest),
            hint="the reference is in the unit before 'before'.",
        )


def _verify(node: Node, scaler: Scaler) -> None:
    """The digest in the file, where there is one, is that of what the file says."""
    if not node.is_given:
        return
    faults = node.fault_count
    text = node.text()
    if node.fault_count > faults or text == scaler.digest:
        return
    if _DIGEST.fullmatch(text):
        hint = "the parameters were changed after the file was written: restore them or, if the "
        hint += "change is meant, write this digest or remove the line."
        node.fault(f"{scaler.digest}, the digest of these parameters", hint=hint)
    else:
        node.fault("sha256: and 64 hexadecimal digits")
