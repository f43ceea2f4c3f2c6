"""One entry of ``models``: how a model is judged and where its values stand in a message."""

from collections.abc import Collection, Mapping
from typing import cast

from detector.config import schema
from detector.config.headers import read_headers
from detector.config.scalers import ScalerFiles
from detector.config.section import check_name, read_section, read_tolerance, read_topic
from detector.config.settings import ModelConfig
from detector.detection.settings import FeatureSettings, ModelSettings, Tolerance, Values
from detector.records import TimeField, TimeUnit
from detector.records.times import LATEST_S
from detector.yamlfile import Node, nearest

FALSE_ALARM_EVERY = 1_000_000
SILENCE_AFTER_S = 600.0
UNITS = ("s", "ms", "us", "iso")
_LATER_KEYS = {
    "upstream": "a later release brings it; leave it out, each model is judged by itself until then"
}
_PAIR = "with `values: both` a feature stands at {raw: PLACE, scaled: PLACE}."


def read_model(
    name: str, node: Node, files: ScalerFiles, *, stop_above: float
) -> ModelConfig | None:
    """The model called *name*; None, and faults, where there is no scaler to judge it with.

    stop_above: as in ModelSettings.
    """
    check_name(name, node)
    if not node.require_mapping("a mapping with topic and scaler"):
        return None
    node.only(schema.MODEL, later=_LATER_KEYS)
    topic = read_topic(node.get("topic"))
    scaler = files.read(node.get("scaler"))
    known = None if scaler is None else list(scaler.features)
    values = _values(node.get("values"))
    fields = _fields(node.get("fields"), known, pairs=values == "both")
    time = _time(node.get("time"))
    versions = files.read_versions(node.get("versions"), besides=scaler)
    headers = read_headers(node.get("headers"))
    silence_after_s = _silence(node.get("silence_after_s"))
    sensitivity = read_section(node.get("sensitivity"), schema.SENSITIVITY)
    every = _false_alarm_every(sensitivity.get("false_alarm_every"))
    tolerance = read_tolerance(
        read_section(sensitivity.get("tolerance"), schema.TOLERANCE), Tolerance()
    )
    overrides = _features(node.get("features"), known, tolerance)
    if scaler is None:
        return None
    standard = FeatureSettings(tolerance=tolerance)
    settings = ModelSettings(
        name=name,
        topic=topic,
        scaler=scaler,
        values=values,
        false_alarm_every=every,
        silence_after_s=silence_after_s,
        stop_above=stop_above,
        features={feature: overrides.get(feature, standard) for feature in scaler.features},
        versions=versions,
    )
    places = {name: fields.get(name, _default(name, values)) for name in scaler.features}
    return ModelConfig(
        settings=settings,
        fields={name: place for name, (place, _) in places.items()},
        scaled_fields={name: scaled for name, (_, scaled) in places.items() if scaled is not None},
        time=time,
        tolerance=tolerance,
        scaler_path=files.path_of(scaler),
        version_paths=tuple(files.path_of(version) for version in versions),
        headers=headers,
    )


def _values(node: Node) -> Values:
    return cast("Values", node.choice(("raw", "scaled", "both"), "raw"))


Place = tuple[str, str | None]  # of a value, and of the scaled one where it is half of a pair


def _default(feature: str, values: Values) -> Place:
    return (f"raw.{feature}", f"scaled.{feature}") if values == "both" else (feature, None)


def _fields(node: Node, known: Collection[str] | None, *, pairs: bool) -> Mapping[str, Place]:
    if not node.exists or not node.require_mapping(
        "a mapping of features to places in the message"
    ):
        return {}
    return {
        feature: _pair(feature, child) if pairs else _place(child)
        for feature, child in _of_features(node, known)
    }


def _place(node: Node) -> Place:
    if node.is_mapping:
        node.fault("the key or dotted path of one value", hint=_PAIR)
        return "", None
    return _path(node, ""), None


def _pair(feature: str, node: Node) -> Place:
    if not node.is_mapping:
        node.fault("a mapping with raw and scaled", hint=_PAIR)
        return "", None
    read_section(node, schema.PAIR)
    raw = _path(node.get("raw"), f"raw.{feature}")
    scaled = _path(node.get("scaled"), f"scaled.{feature}")
    if raw == scaled and raw:
        node.fault("two places", got=f"{raw!r} for both")
    return raw, scaled


def _path(node: Node, default: str) -> str:
    if default and not node.exists:
        return default
    path = node.text()
    if node.is_text and not path:
        node.fault("the key or dotted path of a value")
    return path


def _time(node: Node) -> TimeField | None:
    if not node.exists or node.is_null:
        return None
    read_section(node, schema.TIME)
    if not node.is_mapping:
        return None
    field = node.get("field").text(required=True)
    if node.get("field").is_text and not field:
        node.get("field").fault("the key or dotted path of the record's time")
    return TimeField(field, cast("TimeUnit", node.get("unit").choice(UNITS, "s")))


def _silence(node: Node) -> float | None:
    if node.is_null:
        return None
    return node.number(
        SILENCE_AFTER_S,
        check=lambda seconds: seconds > 0,
        expected="a number of seconds above 0, or null for never",
    )


def _false_alarm_every(node: Node) -> int:
    return node.integer(
        FALSE_ALARM_EVERY,
        check=lambda n: schema.MIN_FALSE_ALARM_EVERY <= n <= schema.MAX_FALSE_ALARM_EVERY,
        expected=f"a whole number of messages, {schema.MIN_FALSE_ALARM_EVERY} or more and at most "
        f"{schema.MAX_FALSE_ALARM_EVERY:.0e}",
    )


def _features(
    node: Node, known: Collection[str] | None, tolerance: Tolerance
) -> Mapping[str, FeatureSettings]:
    if not node.exists or not node.require_mapping("a mapping of features to overrides"):
        return {}
    return {name: _feature(child, tolerance) for name, child in _of_features(node, known)}


def _feature(node: Node, tolerance: Tolerance) -> FeatureSettings:
    read_section(node, schema.FEATURE)
    accept = read_section(node.get("accept"), schema.ACCEPT).get("decimals")
    decimals = accept.integer(
        -1,
        check=lambda digits: 0 <= digits <= schema.MAX_DECIMALS,
        expected=f"a whole number of digits, 0 to {schema.MAX_DECIMALS}",
    )
    return FeatureSettings(
        tolerance=read_tolerance(read_section(node.get("tolerance"), schema.TOLERANCE), tolerance),
        accept_decimals=None if decimals < 0 else decimals,
        mute_until=_mute_until(node.get("mute_until")),
    )


def _mute_until(node: Node) -> float | None:
    until = node.moment()
    if until is None:
        return None
    if until.tzinfo is None:
        node.fault("a date and time with its zone", hint=f"in UTC: {until.isoformat()}Z")
        return None
    seconds = until.timestamp()
    if not 0 <= seconds <= LATEST_S:
        node.fault("a date and time between 1970 and 9999")
    return seconds


def _of_features(node: Node, known: Collection[str] | None) -> list[tuple[str, Node]]:
    """The entries of a mapping by feature; a fault for each feature that the scaler lacks."""
    entries = []
    for name, child in node.items():
        if known is None or name in known:
            entries.append((name, child))
            continue
        child.fault(
            f"a feature of the scaler ({_some(known)})",
            got=f"the unknown feature {name!r}",
            hint=nearest(name, known),
        )
    return entries


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:10]
    return ", ".join(shown) + (", …" if len(names) > len(shown) else "")
